"""vectorize, apply_along_axis, dtype limits, integer tricks, bit operations, polynomials."""

import numpy as np

clip = np.vectorize(lambda x, low: max(x, low))
print(clip([1, 5, 3], 2), np.apply_along_axis(sum, 1, np.arange(6).reshape(2, 3)))
print(
    np.iinfo(np.int16).max, np.finfo(float).eps, np.float32(0.1) == 0.1, np.int8(127) + np.int8(0)
)
x = np.array([1, 2, 3], dtype=np.uint8)
print(x - 2, x << 6, x ^ 3, ~x, x & 1, np.bitwise_count(x), np.packbits([1, 0, 1]), x.astype(bool))
print(
    7 // np.array([2, -2]),
    7 % np.array([2, -2]),
    np.fmod(7, [2, -2]),
    np.gcd(12, [8, 9]),
    np.lcm(4, 6),
)
print(
    np.round([0.5, 1.5, 2.675], 2),
    np.rint([0.5, 1.5]),
    np.floor(-1.5),
    np.trunc([-1.7]),
    np.ceil([1.2]),
)
print(
    np.sign([-2, 0, 3]),
    np.heaviside([-1, 0, 1], 0.5),
    np.cbrt(27),
    np.deg2rad(180),
    np.degrees(np.pi),
)
print(
    np.modf([1.5, -2.25]),
    np.frexp([8.0, 0.3]),
    np.ldexp(1.5, [1, 2]),
    np.nextafter(1, 2),
    np.spacing(1.0),
)
z = np.array([3 + 4j, -1j])
print(abs(z), z.conj(), z.real, z.imag, np.angle(z, deg=True), z * 1j, np.iscomplexobj(z), z**2)
print(
    np.prod([1, 2, 3, 4]),
    np.cumprod([1.5, 2]),
    np.sum([[1, 2], [3, 4]], 0),
    np.add(1, 2, dtype=float),
)
print(
    np.logical_and([1, 0], [1, 1]),
    np.any([0, 1]),
    np.all([]),
    np.isclose(0.1 + 0.2, 0.3),
    not np.array([0]),
)
print(
    type(np.array([1])[0]).__name__,
    type(np.array([1.0]).sum()).__name__,
    type(np.array([1]).tolist()[0]).__name__,
)
p = np.polynomial.Polynomial([1, 2, 3])
print(p(2), p.deriv().coef, np.polymul([1, 1], [1, -1]), np.roots([1, -3, 2]), np.vander([1, 2], 3))
print(
    np.logspace(0, 2, 3),
    np.geomspace(1, 8, 4),
    np.arange(0, 1, 0.25),
    np.linspace(0, 1, 3, retstep=True),
)
for dtype in (bool, int, float, complex, np.int8, np.uint16, np.float16, "f4"):
    print(np.dtype(dtype), np.ones(2, dtype), np.zeros((), dtype), end="; ")
print(
    np.float64(3.0).is_integer(),
    np.int64(5).bit_count(),
    round(np.float64(2.567), 1),
    divmod(np.int64(7), 2),
)
total = 0
for value in np.array([1, 2, 3]):
    total += value
print(
    total,
    type(total).__name__,
    sum(np.array([1.5, 2.5])),
    [1, 2] + np.array([1, 2]),
    2 ** np.arange(4),
)
