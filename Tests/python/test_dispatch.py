"""Users' own operations: what they accept, which implementation serves, what is recorded."""

import functools
import pickle
import sys
import threading

import martlet
import martlet.numpy as np
import numpy
import pytest

DEVICES = [name for name in martlet.devices() if name != "cpu"]
every_device = pytest.mark.parametrize("device", DEVICES)


def same(actual, expected):
    actual = numpy.asarray(actual)
    assert actual.dtype == numpy.asarray(expected).dtype
    numpy.testing.assert_array_equal(actual, expected)


def kind_of(device):
    return device.partition(":")[0]


@martlet.dispatch("(float64[:,:], float64) -> float64[:,:]", gpu=None, replace=True)
def picklable(image, weight):
    return image * weight


# Signatures and arguments


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("(floot64) -> any", "'floot64' is no dtype"),
        ("(float64[:,:) -> any", r"'\]' is expected, and there is '\)'"),
        ("float64", r"'\(' is expected"),
        ("(float64) -> bfloat16", None),
        ("(float64) -> ", "a dtype is expected, and there is the end"),
    ],
)
def test_wrong_signatures_are_explained(text, problem):
    problem = "has a dtype that NumPy" if problem is None else f"is wrong: {problem}"
    with pytest.raises(ValueError, match=rf"^\[f\] the signature .* {problem}"):

        @martlet.dispatch(text)
        def f(a):
            return a


def test_the_signature_and_the_function_must_agree():
    with pytest.raises(ValueError, match=r"has 2 arguments, but the implementation takes \(a\)"):

        @martlet.dispatch("(int, int) -> int")
        def one(a):
            return a

    with pytest.raises(ValueError, match=r"has 1 arguments, but"):

        @martlet.dispatch("(int) -> int")
        def two(a, b):
            return a

    with pytest.raises(ValueError, match="calls an argument 'x' that the implementation calls 'a'"):

        @martlet.dispatch("(x: int) -> int")
        def other(a):
            return a

    with pytest.raises(TypeError, match="takes a signature as a str, not 'int'"):
        martlet.dispatch(3)
    for wrong in (3, lambda a, b: a):
        with pytest.raises((TypeError, ValueError), match=r"^\[unborn\] "):
            martlet.dispatch("(int) -> int", gpu=wrong, name="unborn")(lambda a: a)
    assert "unborn" not in {row.name for row in martlet.operations()}


def test_arguments_are_converted():
    seen = []

    @martlet.dispatch("(float32[:,:], int64, float32, complex128, any[...]) -> any", replace=True)
    def converting(a, n, x, z, rest=None):
        seen[:] = [a, n, x, z, rest]
        return a

    for image in (
        np.ones((2, 2)),
        numpy.ones((2, 2)),
        [[1, 1], [1, 1]],
        [[True, True], [True, True]],
        np.ones((2, 2), "float32"),
        ((1.0, 1.0), (1.0, 1.0)),
    ):
        result = converting(image, numpy.int8(3), 0.1, 2, 5)
        a, n, x, z, rest = seen
        assert type(a) is type(result) is np.ndarray
        same(a, numpy.ones((2, 2), "float32"))
        assert (type(n), n) == (int, 3)
        assert (type(x), x) == (float, float(numpy.float32(0.1)))
        assert (type(z), z) == (complex, 2)
        same(rest, numpy.array(5))
    # A number takes the dtype of the array it meets.
    assert (seen[0] * seen[2]).dtype == "float32"
    # Numbers may be arrays without axes, arguments may be named.
    converting(x=np.array(0.5), a=[[1.0]], n=np.array(2), z=1j, rest=[])
    assert seen[1:4] == [2, 0.5, 1j]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1j]], 1), "argument 1 'image': expected float64[:,:], got complex128[:,:]."),
        ((np.ones(3), 1), "argument 1 'image': expected float64[:,:], got float64[:]."),
        ((numpy.ones((1, 1, 1)), 1), "argument 1 'image': expected float64[:,:], got float64[:,:,"),
        ((1.0, 1), "argument 1 'image': expected float64[:,:], got float64[]."),
        (("text", 1), "argument 1 'image': expected float64[:,:], got str"),
        ((None, 1), "argument 1 'image': expected float64[:,:], got object[]."),
        (([[1], [2, 3]], 1), "argument 1 'image': expected float64[:,:], got list."),
        (([[1]], 1.5), "argument 2 'count': expected int8, got float 1.5."),
        (([[1]], 300), "argument 2 'count': expected int8, got 300."),
        (([[1]], "1"), "argument 2 'count': expected int8, got str."),
        (([[1]], np.ones(2)), "argument 2 'count': expected int8, got float64[:]."),
        (([[1]], numpy.float32(1)), "argument 2 'count': expected int8, got float32[]."),
    ],
)  # fmt: skip
def test_wrong_arguments_are_explained(arguments, message):
    @martlet.dispatch("(float64[:,:], int8) -> any", replace=True)
    def particular(image, count):
        raise AssertionError("it was called")

    with pytest.raises(TypeError) as caught:
        particular(*arguments)
    assert str(caught.value).startswith(f"[particular] {message}")


def test_wrong_counts_are_explained():
    @martlet.dispatch("(int, int) -> int", replace=True)
    def add_two(a, b=5, *, sign=1):
        return sign * (a + b)

    assert add_two(1, 2) == 3
    assert add_two(1) == 6
    assert add_two(b=1, a=2, sign=-1) == -3
    with pytest.raises(TypeError, match=r"^\[add_two\] missing a required argument: 'a'"):
        add_two()
    with pytest.raises(TypeError, match=r"^\[add_two\] too many positional arguments"):
        add_two(1, 2, 3)
    with pytest.raises(TypeError, match=r"^\[add_two\] got an unexpected keyword argument 'c'"):
        add_two(1, c=3)


def test_without_a_signature_anything_goes():
    @martlet.dispatch(replace=True)
    def anything(*args, **kwargs):
        return args, kwargs

    a = np.ones(2)
    (first, second, text), named = anything(a, numpy.ones(2), "text", key=[a, None])
    assert first is a and type(second) is np.ndarray and text == "text"
    assert named["key"][0] is a and named["key"][1] is None

    @martlet.dispatch
    def bare(a):
        """The first line.

        And another.
        """
        return a.sum()

    assert bare(np.ones(3)) == 3
    assert bare.name == bare.__name__ == "bare" and str(bare.signature) == "(...) -> ..."
    assert bare.summary == "The first line."


def test_memory_of_numpys_arrays_is_not_copied():
    n = numpy.ones(3)

    @martlet.dispatch("(float64[:], any) -> any", replace=True)
    def shared(a, b):
        assert numpy.shares_memory(numpy.asarray(a), n)
        return numpy.shares_memory(numpy.asarray(b), n)

    assert shared(n, n) and shared(np.asarray(n), n)
    with martlet.device("simulator"):
        assert shared(np.asarray(n, device="cpu"), n)


# Results


@pytest.mark.parametrize(
    ("results", "value", "message"),
    [
        ("float64[:]", [1.0], "the implementation for cpu: expected float64[:], got list."),
        ("float64[:]", numpy.ones(2, "f"), "expected float64[:], got float32[:]."),
        ("float64[:]", np.ones((2, 2)), "expected float64[:], got float64[:,:]."),
        ("float64", 1j, "expected float64, got complex."),
        ("int64", numpy.int8(1), "expected int64, got int8[]."),
        ("int64", None, "expected int64, got NoneType."),
        ("(int64, int64)", 1, "expected 2 results, got int."),
        ("(int64, int64)", (1, 2, 3), "expected 2 results, got 3."),
        ("(int64, int64)", (1, 2.5), "of the implementation for cpu: expected int64, got float."),
    ],
)  # fmt: skip
def test_wrong_results_are_explained(results, value, message):
    @martlet.dispatch(f"() -> {results}", replace=True)
    def wrong():
        return value

    with pytest.raises(TypeError) as caught:
        wrong()
    assert str(caught.value).startswith("[wrong] ") and str(caught.value).endswith(message)


def test_results_are_arrays_of_martlet():
    @martlet.dispatch("(any[...]) -> (float64[:], float64, any[...])", replace=True)
    def three(a):
        return numpy.ones(2), 1, a

    first, second, third = three(np.zeros(1))
    assert type(first) is np.ndarray and second == 1 and type(third) is np.ndarray


def test_an_implementations_own_error_comes_out():
    class OwnError(Exception):
        pass

    error = OwnError("mine")

    @martlet.dispatch("(int) -> int", replace=True)
    def raising(n):
        raise error

    with pytest.raises(OwnError) as caught:
        raising(1)
    assert caught.value is error and error.__cause__ is None and error.__context__ is None
    for device in DEVICES:
        with martlet.device(device), pytest.raises(OwnError):
            raising(1)
        assert martlet.get_device() == "cpu"


# Devices


@every_device
def test_the_closest_implementation_serves_without_a_transfer(device):
    @martlet.dispatch("(float64[:,:], float64) -> float64[:,:]", gpu=None, replace=True)
    def closest(image, weight):
        return image * 0

    there = np.ones((2, 3)).to(device)
    targets = list(dict.fromkeys(["gpu", kind_of(device), device]))
    for number, target in enumerate(targets):

        @closest.implement(target)
        def _(image, weight, number=number):
            assert image.device == device == martlet.get_device()
            assert np.ones(2).device == device
            return image * number + weight

        before = martlet.transfers()
        result = closest(there, 0.5)
        assert martlet.transfers() == before
        assert result.device == device
        assert martlet.get_device() == "cpu"
        same(result, numpy.full((2, 3), number + 0.5))
        same(closest(np.ones((2, 3)), 0.5), numpy.zeros((2, 3)))


@every_device
def test_arrays_of_the_host_join(device):
    @martlet.dispatch(
        "(float64[:], float64[:], any[...]) -> float64[:]",
        gpu=lambda a, b, c: a + b + c,
        replace=True,
    )
    def joined(a, b, c):
        raise AssertionError("the CPU's was called")

    there = np.ones(3).to(device)
    for other in (np.ones(3), numpy.ones(3), [1, 1, 1]):
        result = joined(other, there, 1)
        assert result.device == device
        same(result, numpy.full(3, 3.0))
    # What is no array of Martlet's goes where new arrays are made.
    with martlet.device(device):
        assert joined([1.0], [2.0], 0).device == device
        assert joined(np.ones(1, device=device), [2.0], 0).device == device


def test_arrays_on_two_devices_dont_meet():
    if len(DEVICES) < 2:
        pytest.skip("there is but one device beside the CPU")
    first, second, *_ = DEVICES

    @martlet.dispatch(replace=True)
    def meeting(a, b):
        return a

    with pytest.raises(ValueError, match=rf"^\[meeting\] The arrays live on {first} and {second}"):
        meeting(np.ones(1).to(first), b=[np.ones(1).to(second)])


@every_device
def test_the_cpu_serves_what_the_device_lacks(device):
    @martlet.dispatch("(float64[:,:], float64) -> float64[:,:]", gpu=None, replace=True)
    def lacking(image, weight, *, extra=None):
        assert image.device == "cpu" == martlet.get_device()
        assert extra is None or extra[0].device == "cpu"
        return image * weight

    there = np.ones((2, 3)).to(device)
    martlet.clear_fallback_records()
    before = martlet.transfers()
    for _ in range(2):
        result = lacking(there, 2)
    line = sys._getframe().f_lineno - 1
    assert result.device == device
    count, moved = martlet.transfers()
    assert (count - before[0], moved - before[1]) == (4, 4 * 48)
    same(result, numpy.full((2, 3), 2.0))
    [record] = [item for item in martlet.fallback_records() if item.name == "lacking"]
    assert (record.source, record.target, record.count) == (device, "cpu", 2)
    assert record.reason == f"it has no implementation for {device}"
    assert (record.file, record.line) == (__file__, line)
    assert record.bytes == 4 * 48 and record.seconds > 0
    assert f"lacking ({device} → cpu), test_dispatch.py:{line}" in martlet.fallback_report()
    lacking(there, 2, extra=[there])
    martlet.clear_fallback_records()
    assert not martlet.fallback_records()


@every_device
def test_fallback_modes_hold(device, capsys):
    @martlet.dispatch("(any[...]) -> any[...]", replace=True)
    def modal(a):
        return a

    there = np.ones(1).to(device)
    message = f"'modal' is served by the CPU: it has no implementation for {device}"
    with martlet.errstate(fallback_mode="print"):
        modal(there)
    assert capsys.readouterr().out == f"martlet: {message}\n"
    with martlet.errstate(fallback_mode="warn"):
        with pytest.warns(martlet.FallbackWarning, match=message) as caught:
            modal(there)
        assert caught[0].filename == __file__
    with martlet.errstate(fallback_mode="raise"):
        with pytest.raises(martlet.FallbackError, match=message):
            modal(there)
        modal(np.ones(1))


@every_device
def test_policies_hold(device):
    @martlet.dispatch("(float64[:,:], float64) -> float64[:,:]", gpu=None, replace=True)
    def politic(image, weight):
        return image * weight

    there = np.ones((2, 2)).to(device)
    with martlet.policy("only_device"):
        with pytest.raises(NotImplementedError) as caught:
            politic(there, 1)
        assert str(caught.value) == (
            f"[politic] has no implementation for {device}. Add one with "
            f'@politic.implement("{kind_of(device)}") or "gpu", '
            f"or call it with arrays on the CPU."
        )
        politic.implement("gpu")(lambda image, weight: image)
        assert politic(there, 1).device == device
    with martlet.policy("only_host"):
        result = politic(there, 2)
        assert result.device == "cpu"
        same(result, numpy.full((2, 2), 2.0))


@every_device
def test_an_operation_without_arrays_runs_on_the_current_device(device):
    @martlet.dispatch("(int) -> float64[:]", replace=True)
    def phantom(n):
        return np.ones(n)

    phantom.implement("gpu")(lambda n: np.zeros(n))
    same(phantom(2), numpy.ones(2))
    with martlet.device(device):
        result = phantom(2)
        assert result.device == device
    same(result, numpy.zeros(2))


@pytest.mark.parametrize("target", ["cpu", "gpu:0", "abacus", "simulator:1", "cuda:x", "", "CUDA"])
def test_wrong_targets_are_refused(target):
    with pytest.raises(
        ValueError, match=r"^\[picklable\] .*(gpu, opencl, cuda, simulator|already)"
    ):
        picklable.implement(target)(lambda image, weight: image)


# The table


def test_an_operation_is_a_row():
    @martlet.dispatch("(float64[:], float64) -> (float64[:], int64)", domain=(-1, 1), replace=True)
    def tabled(a, b):
        """A line of documentation."""
        return a, 1

    tabled.implement("opencl")(lambda a, b: (a, 1))
    rows = {row.name: row for row in martlet.operations()}
    row = rows["tabled"]
    assert row == (
        "tabled", 2, 2, "A line of documentation.",
        "(float64[:], float64) -> (float64[:], int64)", ("cpu", "opencl"),
    )  # fmt: skip
    assert rows["add"][:3] == ("add", 2, 1) and rows["add"].devices == ("cpu", "gpu")
    assert rows["frexp"].signature == "(any[...]) -> (any[...], any[...])"
    assert list(tabled.implementations) == ["cpu", "opencl"]
    assert tabled.implementations["cpu"].__name__ == "tabled"
    assert tabled.domain == ((-1.0, 1.0), (-1.0, 1.0))
    assert "tabled(float64[:], float64)" in repr(tabled)
    with pytest.raises(ValueError, match="the domain has 1 ranges for 2 arguments"):
        martlet.dispatch("(int, int) -> int", domain=[(0, 1)], name="other")(lambda a, b: a)
    with pytest.raises(ValueError, match="there is an implementation for opencl already"):
        tabled.implement("opencl")(lambda a, b: (a, 1))
    tabled.implement("opencl", replace=True)(lambda a, b: (b, 1))


def test_names_are_taken_once():
    def declare(name, **keywords):
        return martlet.dispatch("(int) -> int", name=name, **keywords)(lambda n: n)

    first = declare("taken")
    with pytest.raises(ValueError, match=r"^\[taken\] .* was declared before; pass replace=True"):
        declare("taken")
    second = declare("taken", replace=True)
    assert first(1) == second(1) == 1
    with pytest.raises(ValueError, match="was declared anew"):
        first.implement("gpu")(lambda n: n)
    for name in ("add", "abs", "sum"):
        with pytest.raises(ValueError, match=rf"^\[{name}\] a built-in operation has this name"):
            declare(name, replace=True)
    with pytest.raises(ValueError, match="is an identifier"):
        declare("two words")


def test_threads_may_declare_and_add():
    outcomes = []

    def declare():
        try:
            outcomes.append(martlet.dispatch("(int) -> int", name="contested")(lambda n: n))
        except ValueError:
            outcomes.append(None)

    def run(body, count):
        threads = [threading.Thread(target=body, args=(i,) * takes) for i in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    takes = 0
    run(declare, 16)
    [operation] = [item for item in outcomes if item is not None]

    def add(number):
        operation.implement(f"cuda:{number}")(lambda n: n)
        assert operation(1) == 1

    takes = 1
    run(add, 32)
    assert len(operation.implementations) == 33
    row = next(row for row in martlet.operations() if row.name == "contested")
    assert len(row.devices) == 33


def test_what_has_no_name_is_given_one():
    function = functools.partial(max, 5)
    with pytest.raises(TypeError, match="which has no name, takes name="):
        martlet.dispatch("(int) -> int")(function)
    assert martlet.dispatch("(int) -> int", name="at_least_5", replace=True)(function)(3) == 5


def test_operations_are_pickled_by_name():
    assert pickle.loads(pickle.dumps(picklable)) is picklable


def test_a_function_written_in_c():
    operation = martlet.dispatch("(float64, float64) -> float64", name="greatest", replace=True)(
        max
    )
    assert operation(1, 2.0) == 2
    with pytest.raises(TypeError, match="takes 2 arguments"):
        operation(1)


# Grids


def gridded(shape, spacing, origin):
    count = int(numpy.prod(shape))
    return martlet.with_grid(np.arange(float(count)).reshape(shape), spacing, origin)


def test_arrays_carry_grids():
    a = np.ones((2, 3))
    assert a.grid is None
    b = martlet.with_grid(a, spacing=(0.5, 2), origin=10)
    assert type(b) is np.ndarray and b is not a and a.grid is None
    assert b.grid == ((2, 3), (0.5, 2.0), (10.0, 10.0))
    assert isinstance(b.grid, martlet.Grid)
    assert b.grid.coordinates(1).tolist() == [10, 12, 14]
    assert martlet.with_grid(a).grid == ((2, 3), (1.0, 1.0), (0.0, 0.0))
    assert martlet.with_grid([1, 2]).grid.shape == (2,)
    # Writing in place keeps it.
    b += 1
    b[0] = 7
    assert b.grid.spacing == (0.5, 2.0)
    b.shape = (3, 2)
    assert b.grid is None
    for wrong in ({"spacing": 0}, {"spacing": (1, 2, 3)}, {"origin": numpy.inf}, {"origin": (1,)}):
        with pytest.raises(ValueError, match="with_grid: "):
            martlet.with_grid(a, **wrong)


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.ones(100),
        lambda: np.ones(50_000) * 2,
        lambda: np.ones((4, 4))[1:, 1:],
        lambda: np.ones((4, 4)).T,
        lambda: np.asarray(numpy.ones(10)),
        lambda: np.ones(5).to("simulator"),
    ],
)
def test_writing_one_never_changes_the_other(make):
    a = make()
    expected = numpy.array(a)
    b = martlet.with_grid(a, spacing=2)
    b[...] = 5
    same(a, expected)
    c = martlet.with_grid(a)
    view = c[:1]
    a[...] = 6
    a += 1
    same(c, expected)
    same(view, expected[:1])
    assert a.device == b.device == c.device
    numpy.asarray(b.to("cpu"))[...] = 9
    same(c, expected)


@pytest.mark.parametrize("shape", [(4, 1, 6, 5), (3, 4), (7,)])
@pytest.mark.parametrize("seed", range(20))
def test_views_keep_their_place(shape, seed):
    """Random views against the same views of arrays that hold each element's place."""
    random = numpy.random.default_rng(seed)
    spacing = tuple(random.choice([0.5, 2, -3, 1]) for _ in shape)
    origin = tuple(float(random.integers(-5, 5)) for _ in shape)
    base = gridded(shape, spacing, origin)
    places = [
        numpy.broadcast_to(
            base.grid.coordinates(axis).reshape(
                [-1 if i == axis else 1 for i in range(len(shape))]
            ),
            shape,
        )
        for axis in range(len(shape))
    ]
    view, axes = base, list(range(len(shape)))
    for _ in range(4):
        choice = random.integers(4)
        if choice == 0 and view.ndim:
            order = random.permutation(view.ndim).tolist()
            view, places = view.transpose(order), [p.transpose(order) for p in places]
            axes = [axes[i] for i in order]
        elif choice == 1 and view.ndim > 1:
            axis = int(random.integers(view.ndim))
            key = (slice(None),) * axis + (int(random.integers(-1, view.shape[axis])),)
            view, places = view[key], [p[key] for p in places]
            del axes[axis]
        elif choice == 2:
            axis = int(random.integers(view.ndim + 1))
            view = np.expand_dims(view, axis)
            places = [numpy.expand_dims(p, axis) for p in places]
            axes.insert(axis, None)
        elif view.ndim:
            start = [int(random.integers(0, max(n - 1, 1))) for n in view.shape]
            step = [int(random.choice([1, 2, -1])) for _ in view.shape]
            key = tuple(
                slice(None, None, k) if k < 0 else slice(s, None, k)
                for s, k in zip(start, step, strict=True)
            )
            view, places = view[key], [p[key] for p in places]
    grid = view.grid
    assert grid is not None and grid.shape == view.shape
    for axis, source in enumerate(axes):
        if source is None:
            assert grid.spacing[axis] == 1 and grid.origin[axis] == 0
            continue
        line = numpy.moveaxis(places[source], axis, 0).reshape(view.shape[axis], -1)[:, 0]
        numpy.testing.assert_array_equal(grid.coordinates(axis), line)


def test_what_else_keeps_a_grid_and_what_does_not():
    a = gridded((4, 6), (1, 2), (3, 4))
    for view in (a[...], a.view(), a.real, np.squeeze(a), np.flipud(np.flipud(a)), a.T.T):
        assert view.grid == a.grid
    assert a.reshape(1, 4, 6).grid.spacing == (1, 1, 2)
    z = martlet.with_grid(np.ones(3, "complex128"), 2, 1)
    assert z.imag.grid == z.grid == z[::-1].real[::-1].grid
    for other in (
        a + 1, a.copy(), np.sin(a), a[[0, 1]], a[a > 3], a.reshape(24), a.reshape(8, 3),
        a.reshape(2, 2, 6), a[2:2], np.diagonal(a), a.view("int32"), a.astype("float32"),
        np.lib.stride_tricks.sliding_window_view(a, 2, axis=0), a.sum(axis=0),
    ):  # fmt: skip
        assert other.grid is None
    assert np.broadcast_to(a, (2, 4, 6)).grid.spacing == (1, 1, 2)
    for device in DEVICES:
        moved = a[1:, ::2].to(device)
        assert moved.grid == a[1:, ::2].grid == moved.T.T.grid
        assert moved.to_device("cpu").grid == moved.grid


def test_grids_die_with_their_arrays():
    from martlet import _grid

    before = len(_grid._grids)
    for _ in range(100):
        a = martlet.with_grid(np.ones(3))
        assert np.ones(3).grid is None
        view = a[1:]
        del a
        assert view.grid.origin == (1.0,)
        del view
    assert len(_grid._grids) == before


@every_device
def test_grids_reach_implementations(device):
    @martlet.dispatch("(any[...], float32[:]) -> any", replace=True)
    def placed(a, b, *, grid, shape):
        assert shape == grid.shape
        seen.append(grid)
        return a

    @placed.implement("gpu")
    def _(a, b, *, shape):
        seen.append(shape)
        return a

    @martlet.dispatch("(any[:]) -> any", replace=True)
    def served(a, *, grid):
        seen.append(grid)
        return a

    plain, line = np.ones((2, 2)), gridded((4,), (0.5,), (3,))[1:]
    own = martlet.Grid((1,), (2.0,), (3.0,))
    seen = []
    placed(plain, [1])
    placed(plain, line)  # converted to float32, which keeps no grid itself
    placed(plain, line, grid=own)
    placed(plain.to(device), line.to(device))
    served(line.to(device))
    served(line.to(device), grid=own)
    assert seen == [((2, 2), (1, 1), (0, 0)), line.grid, own, (3,), line.grid, own]


# The document
