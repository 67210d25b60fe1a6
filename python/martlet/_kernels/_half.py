"""`cuda.fp16`: operations on half precision, under numba's names.

Each function converts its arguments to float16 and gives a float16, or a truth value where it
compares. They compute in float32 and round once. Kernels for grids and their device functions call
them.
"""

import numpy as np

from martlet._kernels._grid_kernel import jit

_device = jit(device=True)


@_device
def hadd(a, b):
    return np.float16(a) + np.float16(b)


@_device
def hsub(a, b):
    return np.float16(a) - np.float16(b)


@_device
def hmul(a, b):
    return np.float16(a) * np.float16(b)


@_device
def hdiv(a, b):
    return np.divide(np.float16(a), np.float16(b))


@_device
def hfma(a, b, c):
    # A product of two halves is exact in double precision. Where the sum is not, the smaller part
    # is far below half a unit of the result.
    product = np.float64(np.float16(a)) * np.float64(np.float16(b))
    return np.float16(product + np.float64(np.float16(c)))


@_device
def hneg(a):
    return -np.float16(a)


@_device
def habs(a):
    return abs(np.float16(a))


@_device
def heq(a, b):
    return np.float16(a) == np.float16(b)


@_device
def hne(a, b):
    return np.float16(a) != np.float16(b)


@_device
def hge(a, b):
    return np.float16(a) >= np.float16(b)


@_device
def hgt(a, b):
    return np.float16(a) > np.float16(b)


@_device
def hle(a, b):
    return np.float16(a) <= np.float16(b)


@_device
def hlt(a, b):
    return np.float16(a) < np.float16(b)


@_device
def hmax(a, b):
    x, y = np.float16(a), np.float16(b)
    return x if x > y else y


@_device
def hmin(a, b):
    x, y = np.float16(a), np.float16(b)
    return x if x < y else y


@_device
def hsin(a):
    return np.sin(np.float16(a))


@_device
def hcos(a):
    return np.cos(np.float16(a))


@_device
def hlog(a):
    return np.log(np.float16(a))


@_device
def hlog2(a):
    return np.log2(np.float16(a))


@_device
def hlog10(a):
    return np.log10(np.float16(a))


@_device
def hexp(a):
    return np.exp(np.float16(a))


@_device
def hexp2(a):
    return np.exp2(np.float16(a))


@_device
def hexp10(a):
    return np.float16(np.power(np.float32(10), np.float32(np.float16(a))))


@_device
def hsqrt(a):
    return np.sqrt(np.float16(a))


@_device
def hrsqrt(a):
    return np.float16(np.divide(np.float32(1), np.sqrt(np.float32(np.float16(a)))))


@_device
def hrcp(a):
    return np.divide(np.float16(1), np.float16(a))


@_device
def hfloor(a):
    return np.floor(np.float16(a))


@_device
def hceil(a):
    return np.ceil(np.float16(a))


@_device
def hrint(a):
    return np.rint(np.float16(a))


@_device
def htrunc(a):
    return np.trunc(np.float16(a))
