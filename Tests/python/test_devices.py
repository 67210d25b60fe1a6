"""Where arrays live, on every device of this machine that has memory of its own."""

import pickle
import sys
import threading

import martlet
import martlet.numpy as np
import numpy
import pytest

DEVICES = [name for name in martlet.devices() if name != "cpu"]
every_device = pytest.mark.parametrize("name", DEVICES)


def same(actual, expected):
    actual = numpy.asarray(actual)
    assert actual.dtype == expected.dtype
    numpy.testing.assert_array_equal(actual, expected)


def test_the_processor_is_always_there():
    assert martlet.devices()[0] == "cpu"
    assert np.ones(3).device == "cpu"


@every_device
def test_arrays_go_there_and_back(name):
    a = np.arange(12.0).reshape(3, 4)
    b = a.to(name)
    assert b.device == name
    assert b.to(name) is b
    assert b.to_device("cpu").device == "cpu"
    same(b, numpy.arange(12.0).reshape(3, 4))
    same(b.T.to("cpu"), numpy.arange(12.0).reshape(3, 4).T)


@every_device
def test_operations_run_there(name):
    a, n = np.arange(12.0).reshape(3, 4).to(name), numpy.arange(12.0).reshape(3, 4)
    cases = [
        lambda a, np: a * 2 + 1,
        lambda a, np: np.sqrt(a),
        lambda a, np: a.sum(axis=0),
        lambda a, np: np.cumsum(a, axis=1),
        lambda a, np: np.where(a > 5, a, -a),
        lambda a, np: a[1:, ::-1],
        lambda a, np: a[[2, 0]],
        lambda a, np: a[a > 3],
        lambda a, np: np.sort(-a, axis=1),
        lambda a, np: a @ a.T,
        lambda a, np: np.concatenate([a, a]),
        lambda a, np: a.astype("int32") // 3,
        lambda a, np: np.polynomial.polynomial.polyder(a),
        lambda a, np: np.nanmax(a, axis=0),
    ]
    for case in cases:
        result, expected = case(a, np), case(n, numpy)
        assert result.device == name
        same(result, expected)
    same(a, n)


@every_device
def test_writes_change_the_array_there(name):
    a, n = np.arange(12.0).reshape(3, 4).to(name), numpy.arange(12.0).reshape(3, 4)
    for x in (a, n):
        view = x[1]
        view += 10
        x[0, ::2] = -1
        x[x > 15] = 0
        x[[0, 2], [1, 1]] = 99
        x.sort(axis=1)
    same(a, n)
    assert a.device == name


@every_device
def test_in_place_functions_of_numpy_change_the_array_there(name):
    a, n = np.arange(6.0).to(name), numpy.arange(6.0)
    np.put(a, [0, 5], 7)
    numpy.put(n, [0, 5], 7)
    np.fill_diagonal(a.reshape(2, 3), 3)
    numpy.fill_diagonal(n.reshape(2, 3), 3)
    same(a, n)
    assert a.device == name


@every_device
def test_a_pipeline_copies_nothing(name):
    a = np.arange(1000.0).to(name)
    before = martlet.transfers()
    x = a
    for _ in range(5):
        x = np.sin(x) * a + x.mean()
    x = x.reshape(10, 100).sum(axis=1)[::2].copy()
    martlet.synchronize(name)
    assert martlet.transfers() == before
    x.tolist()
    count, size = martlet.transfers()
    assert (count, size) == (before[0] + 1, before[1] + 5 * 8)


@every_device
def test_new_arrays_are_made_on_the_current_device(name):
    with martlet.device(name):
        assert martlet.get_device() == name
        made = [
            np.zeros(3), np.ones((2, 2)), np.full(3, 7), np.empty(3), np.arange(5),
            np.array([1, 2]), np.asarray(numpy.ones(3)), np.array(3.5), np.eye(3),
            np.linspace(0, 1, 5),
        ]  # fmt: skip
        other = []
        thread = threading.Thread(target=lambda: other.append(np.zeros(3).device))
        thread.start()
        thread.join()
    assert [array.device for array in made] == [name] * len(made)
    assert other == ["cpu"]
    assert np.zeros(3).device == "cpu"
    assert np.zeros(3, device=name).device == name
    assert np.eye(3, device=name).device == np.eye(3, 2, order="F", device=name).device == name
    assert np.zeros_like(np.zeros(3, device=name)).device == name
    assert np.asarray([1, 2], device=name).device == name


@every_device
def test_memory_of_a_device_is_not_lent(name):
    a = np.arange(3.0).to(name)
    with pytest.raises(BufferError, match=f"lives on {name}"):
        memoryview(a)
    with pytest.raises(AttributeError, match=f"lives on {name}"):
        _ = a.__array_interface__
    copy = numpy.asarray(a)
    copy[0] = 100
    same(a, numpy.arange(3.0))
    same(pickle.loads(pickle.dumps(a)), numpy.arange(3.0))


@every_device
def test_index_errors_are_raised(name):
    a = np.arange(3.0).to(name)
    with pytest.raises(IndexError, match="index 7 is out of bounds for axis 0 with size 3"):
        a[[0, 7]]
    with pytest.raises(IndexError):
        a[numpy.array([0, -4])] = 1
    same(a, numpy.arange(3.0))


@every_device
def test_the_last_of_repeated_indices_stays(name):
    a, n = np.zeros(4).to(name), numpy.zeros(4)
    for x in (a, n):
        x[[1, 1, 2, 1]] = [1.0, 2.0, 3.0, 4.0]
    same(a, n)


@every_device
def test_only_device_refuses_what_the_host_would_do(name):
    a = np.arange(3.0).to(name)
    with martlet.policy("only_device"), pytest.raises(NotImplementedError, match=name):
        np.sort(a)
    same(np.sort(a), numpy.arange(3.0))
    with martlet.policy("only_host"):
        assert (a + 1).device == "cpu"


def test_a_wrong_name_lists_what_there_is():
    with pytest.raises(ValueError, match="There is no device 'abacus'. Found: cpu"):
        np.ones(3).to("abacus")
    with pytest.raises(TypeError):
        np.ones(3).to(3)
    with pytest.raises(ValueError, match="prefer_device"):
        martlet.policy("never")


# MARK: Looking at parts


@every_device
def test_reading_an_element_copies_that_element(name):
    a = np.arange(1000.0).to(name)
    martlet.synchronize(name)
    for read in (
        lambda: float(a[3]),
        lambda: a[3].item(),
        lambda: a.item(3),
        lambda: bool(a[3]),
        lambda: f"{a[3]}",
        lambda: repr(a[3]),
        lambda: a[3].tolist(),
        lambda: a[3][()],
    ):
        before = martlet.transfers()
        read()
        after = martlet.transfers()
        assert (after[0] - before[0], after[1] - before[1]) == (1, 8)
    before = martlet.transfers()
    assert a[10:20].tolist() == list(range(10, 20))
    assert martlet.transfers()[1] - before[1] == 80
    assert float(a[3]) == 3.0


@every_device
def test_printing_brings_nothing_back(name):
    a = np.arange(100.0).to(name)
    before = martlet.transfers()
    assert repr(a) == repr(numpy.arange(100.0))
    after = martlet.transfers()
    assert (after[0] - before[0], after[1] - before[1]) == (1, 800)
    assert a.device == name


@every_device
def test_resize_stays_there(name):
    a, n = np.arange(6.0).to(name), numpy.arange(6.0)
    before = martlet.transfers()
    for x in (a, n):
        x.resize((2, 5), refcheck=False)
    assert a.device == name
    assert martlet.transfers() == before
    same(a, n)
    for x in (a, n):
        x.resize(3, refcheck=False)
    assert a.device == name
    same(a + 1, n + 1)


# MARK: What the host does instead


@pytest.fixture
def records():
    martlet.clear_fallback_records()
    yield lambda: {record.name: record for record in martlet.fallback_records()}
    martlet.clear_fallback_records()


@every_device
def test_what_a_device_lacks_is_recorded(name, records):
    a = np.asarray([3.0, 1.0, 2.0]).to(name)
    line = sys._getframe().f_lineno + 1
    same(np.sort(a), numpy.asarray([1.0, 2.0, 3.0]))
    record = records()["sort"]
    assert (record.source, record.target, record.count) == (name, "cpu", 1)
    assert (record.file, record.line, record.bytes) == (__file__, line, 48)
    assert record.seconds > 0
    assert record.reason
    assert f"sort ({name} → cpu), test_devices.py:{line}" in martlet.fallback_report()


@every_device
def test_modes_hold_for_what_a_device_lacks(name, records, capsys):
    a = np.asarray([3.0, 1.0, 2.0]).to(name)
    with np.errstate(fallback_mode="raise"), pytest.raises(martlet.FallbackError, match="sort"):
        np.sort(a)
    same(a, numpy.asarray([3.0, 1.0, 2.0]))
    with np.errstate(fallback_mode="warn"), pytest.warns(martlet.FallbackWarning, match="the CPU"):
        np.sort(a)
    with np.errstate(fallback_mode="print"):
        np.sort(a)
    assert capsys.readouterr().out.startswith("martlet: 'sort' is served by the CPU: ")
    np.sort(a)
    assert capsys.readouterr().out == ""


@every_device
def test_a_step_of_long_work_has_its_line_too(name, records):
    a = np.arange(60_000.0).to(name)
    line = sys._getframe().f_lineno + 1
    np.sort(a)
    assert records()["sort"].line == line


# MARK: The automatic policy


@every_device
def test_the_automatic_policy_keeps_small_arrays_on_the_host(name):
    count = martlet.crossover(name)
    assert count == martlet.crossover(name)
    assert count is None or count >= 0
    assert martlet.crossover("cpu") == 0
    with martlet.policy("auto"), martlet.device(name):
        small = np.ones(3)
        assert small.device == ("cpu" if count is None or count > 3 else name)
        assert np.asarray([1.0, 2.0]).device == small.device
        if count is None:
            assert np.zeros(100_000).device == "cpu"
        elif count < 10_000_000:
            assert np.zeros(count + 1).device == name
        # Who names a device means it, and work stays where its arrays live.
        assert np.ones(3, device=name).device == name
        there = small.to(name)
        assert (there + small).device == name
        assert (small + small).device == small.device
        same(there + small, numpy.full(3, 2.0))
    with martlet.device(name):
        assert np.ones(3).device == name


@every_device
def test_the_automatic_policy_serves_what_a_device_lacks(name, records):
    with martlet.policy("auto"):
        same(np.sort(np.asarray([2.0, 1.0]).to(name)), numpy.asarray([1.0, 2.0]))
    assert records()["sort"].source == name
    martlet.policy("prefer_device")


def test_the_list_of_devices_tells_what_they_are():
    found = martlet.devices()
    for name in found:
        info = name.info
        assert info["processor"]
        assert info["memory"] >= info["free"] >= 0
        assert info["memory"] > 0
        assert name.self_test() is None
    text = str(found)
    for word in (*found, "memory", "dtypes", "self-test", *found.absent.values()):
        assert word in text
