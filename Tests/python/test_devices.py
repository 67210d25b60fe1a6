"""Where arrays live, on every device of this machine that has memory of its own."""

import pickle
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
        lambda a, np: np.linalg.svd(a)[1],
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
