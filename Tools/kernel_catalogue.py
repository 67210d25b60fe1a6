"""What common programs ask of Martlet: running this asks for the kernels that a build ships.

A list of calls, not of kernels: which kernels they need is the library's own affair, and changes
with it. The calls are the operations and reductions by themselves, on the types and arrangements of
memory that array code has.
"""

import operator

import martlet
import martlet.numpy as np

FLOATS = ["float64", "float32"]
NUMBERS = [*FLOATS, "int64"]
OTHERS = ["int32", "uint8"]

# In most programs: these come in every type and arrangement.
UNARY = "negative absolute sqrt square exp log".split()
BINARY = "add subtract multiply divide minimum maximum".split()
COMPARISONS = "less less_equal greater greater_equal equal not_equal".split()
LOGICAL = "logical_and logical_or logical_not logical_xor".split()
# In fewer: along memory only.
RARER_UNARY = (
    "sin cos tan tanh sign floor ceil rint trunc isnan isfinite isinf arctan arcsin arccos "
    "sinh cosh log2 log10 log1p exp2 expm1 reciprocal cbrt deg2rad rad2deg signbit"
).split()
RARER_BINARY = (
    "power floor_divide remainder hypot arctan2 logaddexp fmin fmax copysign heaviside fmod"
).split()
INTEGER_BINARY = "add subtract multiply minimum maximum floor_divide remainder power".split()
BITWISE = "bitwise_and bitwise_or bitwise_xor left_shift right_shift".split()
REDUCTIONS = "sum mean min max prod any all argmin argmax std var".split()

LARGE = 20_000

IN_PLACE = [operator.iadd, operator.isub, operator.imul, operator.itruediv]


def attempt(call, *arguments, **options):
    """Some operations have no loop for some types."""
    try:
        result = call(*arguments, **options)
        for part in result if isinstance(result, tuple) else (result,):
            if isinstance(part, np.ndarray):
                martlet.evaluate(part)
    except TypeError:
        pass


def data(shape, dtype):
    """Numbers that raise no events, in any type."""
    count = 1
    for size in shape:
        count *= size
    return (np.arange(count) % 5 + 1).reshape(shape).astype(dtype)


def places(dtype):
    """Arrays as they lie in programs: small, whole, parts of others, and so large that work on
    them is put off."""
    grid = data((9, 40), dtype)
    return {
        "small": data((6,), dtype),
        "whole": data((300,), dtype),
        "inside": grid[1:-1, 1:-1],
        "steps": data((600,), dtype)[::2],
        "column": grid[:, 1],
        "reversed": data((300,), dtype)[::-1],
        "turned": data((30, 20), dtype).T,
        "large": data((LARGE,), dtype),
    }


def pairs(dtype):
    """Two operands, as they meet in programs."""
    grid, row, column = data((9, 40), dtype), data((40,), dtype), data((9, 1), dtype)
    cube = data((4, 5, 6), dtype)
    points, plate = data((30, 2), dtype), data((150, 150), dtype)
    yield from ((a, a) for a in places(dtype).values())
    yield grid[1:-1, :-2], grid[1:-1, 2:]
    yield grid, row
    yield row, grid
    yield grid, column
    yield column, grid
    yield column, row[None, :]
    yield grid, grid[:, :1]
    yield grid[:, 1], grid[2, :9]
    yield points[:, None, :], points[None, :5, :]
    yield cube, cube[:, :, :1]
    yield cube, row[:6]
    yield row, grid[:, ::-1]
    yield grid.T, grid.T.copy()
    yield plate[1:-1, :-2], plate[1:-1, 2:]
    yield plate, plate[0]
    yield plate, plate[:, :1]


def scalars(dtype):
    yield from (2.0, np.float64(2.0)) if dtype in FLOATS else (2, np.int64(2))


def elementwise():
    for dtype in NUMBERS:
        here = places(dtype)
        for name in UNARY:
            for a in here.values():
                attempt(getattr(np, name), a)
        some = [here["small"], here["whole"], here["large"]]
        for name in RARER_UNARY if dtype != "int64" else ():
            for a in some:
                attempt(getattr(np, name), a)
        for name in BINARY + COMPARISONS:
            function = getattr(np, name)
            for a, b in pairs(dtype) if name in BINARY else ((a, a) for a in here.values()):
                attempt(function, a, b)
            for number in scalars(dtype):
                for a in here.values():
                    attempt(function, a, number)
                    attempt(function, number, a)
        for name in RARER_BINARY if dtype != "int64" else INTEGER_BINARY + BITWISE:
            for a in some:
                attempt(getattr(np, name), a, a)
                for number in scalars(dtype):
                    attempt(getattr(np, name), a, number)
                    attempt(getattr(np, name), number, a)
        for exponent in (0.5, 2, 3, -1, -0.5, -1.5, 4):
            for a in (*some, here["inside"]):
                if dtype != "int64" or (isinstance(exponent, int) and exponent > 0):
                    attempt(operator.pow, a, exponent)
    for dtype in OTHERS:
        here = places(dtype)
        for name in [*BINARY, *COMPARISONS]:
            for a in (here["whole"], here["inside"], here["large"]):
                attempt(getattr(np, name), a, a)
                attempt(getattr(np, name), a, 2)
        for other in NUMBERS:
            for name in BINARY[:4]:
                attempt(getattr(np, name), here["whole"], places(other)["whole"])
    for name in LOGICAL + ["bitwise_and", "bitwise_or", "invert", "bitwise_xor", "equal"]:
        for a in places("bool").values():
            attempt(getattr(np, name), *([a] if name in ("logical_not", "invert") else [a, a]))
    for a, b in pairs("float64"):
        attempt(np.multiply, a, b > 2)
        for name in BINARY[:4]:
            attempt(getattr(np, name), a, b.astype("int64"))
            attempt(getattr(np, name), b.astype("int64"), a)
    for name in [*UNARY, "real", "imag", "conjugate", "angle"]:
        for place in ("small", "whole", "inside", "large"):
            attempt(getattr(np, name), places("complex128")[place])
    for name in BINARY[:4]:
        for a, b in pairs("complex128"):
            attempt(getattr(np, name), a, b)
            attempt(getattr(np, name), a, b.real)
            attempt(getattr(np, name), a.real, b)
        for a in (places("complex128")[place] for place in ("small", "whole", "inside", "large")):
            for number in (2.0, 1j):
                attempt(getattr(np, name), a, number)
                attempt(getattr(np, name), number, a)
        for real in (places("float64")[place] for place in ("small", "whole")):
            attempt(getattr(np, name), real, real.astype("complex128"))
            attempt(getattr(np, name), real, 1j)


def writing():
    for dtype in NUMBERS:
        grid = data((9, 40), dtype)
        targets = [
            data((6,), dtype),
            data((300,), dtype),
            data((302,), dtype)[1:-1],
            grid[1:-1, 1:-1],
            grid[3],
            grid[:, 3],
            grid[3, :5],
            grid[2:, 1],
        ]
        for target in targets:
            same = target.copy()
            for number in scalars(dtype):
                for operation in IN_PLACE:
                    attempt(operation, target, number)
                attempt(target.__setitem__, ..., number)
            for operation in IN_PLACE:
                attempt(operation, target, same)
            attempt(target.__setitem__, ..., same)
            attempt(target.__setitem__, ..., same.astype("float64"))
            for name in BINARY[:4]:
                attempt(getattr(np, name), same, same, out=target)
        grid[1:] += grid[1:, :1] * data((40,), dtype)[None, :]
        grid[2:, 1:] -= data((7, 1), dtype) * data((39,), dtype)
        grid[:] = data((40,), dtype)
        grid[...] = data((9, 1), dtype)
        grid[0], grid[:, 0] = 1, 0
        grid[[0, 1]] = grid[[1, 0]]
        grid[grid > 2] = 1
        grid[grid == 1] += 1
        grid[:, [2, 1]] = 0
        attempt(grid.tolist)


def making():
    for shape in ((5,), (300,), (20, 20), (LARGE,)):
        for dtype in [*NUMBERS, "bool", "int32", "uint8", "complex128"]:
            for make in (np.zeros, np.ones, np.empty):
                attempt(make, shape, dtype)
            attempt(np.full, shape, 2, dtype)
            a = data(shape, dtype)
            for call in (np.copy, np.zeros_like, np.ones_like, np.ravel, np.array, np.transpose):
                attempt(call, a)
            attempt(np.full_like, a, 2)
            for other in [*NUMBERS, "bool", "int32", "uint8", "complex128"]:
                attempt(a.astype, other)
    for stop in (5, 300, LARGE):
        attempt(np.arange, stop)
        attempt(np.arange, float(stop))
        attempt(np.arange, 0, stop, 0.5)
        attempt(np.arange, 1, stop + 1)
        attempt(np.linspace, 0, 1, stop)
        attempt(np.linspace, -2.0, 2.0, stop, endpoint=False)
        attempt(np.eye, stop % 100)
        attempt(np.identity, stop % 100)
    attempt(np.meshgrid, data((6,), "float64"), data((5,), "float64"))
    attempt(np.indices, (4, 5))
    attempt(operator.getitem, np.mgrid, (slice(0, 5), slice(0, 6)))
    attempt(np.diag, data((5,), "float64"))
    attempt(np.tri, 5)
    for name in ("tril", "triu"):
        attempt(getattr(np, name), data((6, 6), "float64"))


def reducing():
    for dtype in [*NUMBERS, "bool"]:
        wanted = [name for name in REDUCTIONS if dtype != "bool" or name in "sum mean any all"]
        arrays = [
            *places(dtype).values(),
            data((30, 20), dtype),
            data((300, 3), dtype),
            data((3, 300), dtype),
            data((12, 8, 3), dtype),
            data((60, 60, 6), dtype)[..., :3],
            data((300, 60), dtype),
            data((5000, 4), dtype),
        ]
        for a in arrays:
            for name in wanted:
                attempt(getattr(np, name), a)
                for axis in range(a.ndim) if a.ndim > 1 else ():
                    attempt(getattr(np, name), a, axis=axis)
        for a in (data((30, 20), dtype), data((12, 8, 3), dtype)):
            for name in wanted[:4]:
                attempt(getattr(np, name), a, axis=-1, keepdims=True)
        if dtype == "bool":
            attempt(np.count_nonzero, data((30, 20), dtype))
            continue
        for name in ("std", "var") if dtype in FLOATS else ():
            for axis in (None, 0, 1):
                attempt(getattr(np, name), data((30, 20), dtype), axis=axis, ddof=1)
        for a in (data((5,), dtype), data((LARGE,), dtype), data((30, 20), dtype)):
            for name in ("cumsum", "cumprod", "diff", "ptp", "sort", "argsort", "median"):
                for axis in range(a.ndim):
                    attempt(getattr(np, name), a, axis=axis)


def choosing():
    for dtype in NUMBERS:
        whole, grid = data((300,), dtype), data((9, 40), dtype)
        for a in (data((6,), dtype), whole, grid, grid[1:-1, 1:-1], data((LARGE,), dtype)):
            for b in (a, 2, 0.0):
                attempt(np.where, a > 2, a, b)
                attempt(np.where, a > 2, b, a)
            attempt(np.where, a > 2, 1, 0)
            attempt(np.where, a > 2, 1.0, 0.0)
            attempt(np.where, a > 2)
            attempt(np.nonzero, a)
            attempt(np.flatnonzero, a > 2)
            attempt(np.clip, a, 1, 3)
            attempt(operator.getitem, a, a > 2)
            attempt(np.roll, a, 1)
            attempt(np.flip, a)
            attempt(np.isclose, a, a)
            attempt(np.allclose, a, a)
            attempt(np.array_equal, a, a)
            attempt(np.unique, a)
        for index in ([0, 2, 1], np.array([1, 0]), slice(None, None, -1)):
            for a in (whole, grid):
                attempt(operator.getitem, a, index)
                attempt(np.copy, a[index])
        attempt(operator.getitem, grid, (slice(None), [0, 1]))
        attempt(operator.getitem, grid, (np.arange(9), np.arange(9)))
        attempt(operator.setitem, grid, (np.arange(9), np.arange(9)), 1)
        attempt(np.take, whole, np.array([1, 2]))
        attempt(np.roll, grid, 1, 0)
        attempt(np.roll, grid, -1, 1)
        attempt(np.searchsorted, np.sort(whole), whole)
        attempt(np.repeat, whole, 2)
        attempt(np.tile, whole, 2)
        attempt(np.insert, whole, 0, 0)
        attempt(np.outer, whole[:5], whole[:6])
        for join in (np.concatenate, np.stack, np.vstack, np.hstack, np.column_stack):
            for parts in ([whole, whole], [grid, grid], [whole[:5], whole[5:10], whole[:5]]):
                attempt(join, parts)
        attempt(np.concatenate, [grid, grid], axis=1)
        attempt(np.stack, [whole, whole], axis=1)
        for a, b in ((grid, grid.T), (grid, grid[0]), (grid.T, grid), (whole, whole)):
            attempt(operator.matmul, a, b)
            attempt(np.dot, a, b)


def formulas():
    """A few that programs have so often that they are fused so often."""
    for dtype in FLOATS:
        for result in common(dtype):
            attempt(np.copy, result)


def common(dtype):
    a, b, c = data((LARGE,), dtype), data((LARGE,), dtype)[::-1].copy(), data((LARGE,), dtype) + 1
    yield ((a - b) ** 2).sum()
    yield ((a - b) ** 2).mean()
    yield (a * b).sum()
    yield np.abs(a - b).max()
    yield np.sqrt((a**2).mean())
    yield a * b + c
    yield 2.0 * a + b
    yield (a - a.mean()) / a.std()
    yield (a > 2.0).sum()
    yield 1.0 / (1.0 + np.exp(-a))
    grid = data((200, 200), dtype)
    yield 0.25 * (grid[:-2, 1:-1] + grid[2:, 1:-1] + grid[1:-1, :-2] + grid[1:-1, 2:])
    yield (grid - grid.mean(axis=0)) / grid.std(axis=0)
    yield grid / grid.sum(axis=1, keepdims=True)
    points = data((400, 3), dtype)
    yield ((points[:, None, :] - points[None, :50, :]) ** 2).sum(axis=2)


def transforming():
    for size in (8, 16, 32, 64, 100, 128, 256, 512, 1000, 1024, 4096):
        signal = data((size,), "complex128")
        attempt(np.fft.fft, signal)
        attempt(np.fft.ifft, signal)
        attempt(np.fft.rfft, signal.real.copy())
        attempt(np.fft.irfft, signal[: size // 2 + 1].copy())
    for dtype in ("complex128", "complex64"):
        for size in (16, 64, 128, 1024):
            signal = data((size,), dtype)
            attempt(np.fft.fft, signal)
            attempt(np.fft.rfft, signal.real.copy())
            attempt(np.fft.irfft, signal[: size // 2 + 1].copy())
        for size in (16, 64, 128):
            image = data((size, size), dtype)
            attempt(np.fft.fft2, image)
            attempt(np.fft.rfft2, image.real.copy())


def run():
    with np.errstate(all="ignore"):
        for part in (making, elementwise, writing, reducing, choosing, transforming, formulas):
            part()
