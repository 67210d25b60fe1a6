"""Every row of the benchmark: what runs, on what, and the ratio to reach.

A row's program is a string, an expression in `np` and its inputs' names, or a function that takes
the array module and the inputs. `touched` and `flops` are the least that the job needs (inputs
read once, output written once), for the comparison with the machine's limit.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy
from program import load, uniform

MB = 1e6


@dataclass
class Row:
    group: str
    name: str
    program: str | Callable
    inputs: Callable[[], dict]  # name -> NumPy array or plain value, the same for every module
    target: float  # NumPy's time over Martlet's
    touched: float = 0.0  # bytes
    flops: float = 0.0
    dtype: str = "float64"  # which FLOP/s limit applies
    peers: tuple[str, ...] = field(default=())  # which of numexpr, numba, jax can run it as it is

    @property
    def small(self) -> bool:
        return self.group == "8 elements"

    def function(self) -> Callable:
        """The program as a function of the module and the inputs by name."""
        if callable(self.program):
            return self.program
        names = ", ".join(self.inputs_names())
        return eval(f"lambda np, {names}: {self.program}")  # the program is this file's own text

    def inputs_names(self) -> list[str]:
        return list(self.inputs())


def vectors(names, count, dtype="float64"):
    return lambda: {name: uniform(count, dtype, seed=i) for i, name in enumerate(names)}


def in_module(family, name):
    """A program of `programs/` as a function of the array module and the inputs."""
    return lambda np, **inputs: getattr(load(family, np), name)(**inputs)


def options(count):
    return lambda: {
        "price": uniform(count, low=10, high=50, seed=1),
        "strike": uniform(count, low=15, high=40, seed=2),
        "years": uniform(count, low=0.25, high=3, seed=3),
        "rate": 0.02,
        "volatility": 0.3,
    }


def complex_plane(n):
    real, imaginary = numpy.linspace(-2, 0.5, n), numpy.linspace(-1.25, 1.25, n)
    return real + 1j * imaginary[:, numpy.newaxis]


def bodies(n):
    return {
        "position": uniform((n, 3), low=-1, high=1, seed=1),
        "velocity": uniform((n, 3), low=-0.1, high=0.1, seed=2),
        "mass": uniform(n, low=0.5, high=1, seed=3),
    }


def small(name, program, target, **extra):
    base = vectors("ab", 8)
    return Row("8 elements", name, program, lambda: {**base(), **extra}, target)


def elementwise(name, program, names, count, target, dtype="float64", peers=True, outputs=1):
    size = numpy.dtype(dtype).itemsize * count
    return Row(
        "elementwise",
        name,
        program,
        vectors(names, count, dtype),
        target,
        touched=size * (len(names) + outputs),
        peers=("numexpr", "numba", "jax") if peers else (),
    )


def square(n):
    return lambda: {"a": uniform((n, n))}


def reduction(name, program, inputs, target, touched):
    return Row("reductions", name, program, inputs, target, touched=touched, peers=("jax",))


def movement(name, program, inputs, target, touched):
    return Row("movement", name, program, inputs, target, touched=touched)


def masked(count):
    generator = numpy.random.default_rng(5)
    return lambda: {"a": uniform(count), "m": generator.random(count) < 0.5}


def gathered(count):
    generator = numpy.random.default_rng(6)
    return lambda: {"a": uniform(count), "i": generator.integers(0, count, count)}


def product(dtype, n=1024):
    return Row(
        "matmul",
        f"a @ b {n} {'f64' if dtype == 'float64' else 'f32'}",
        "a @ b",
        vectors("ab", (n, n), dtype),
        0.97,
        touched=3 * n * n * numpy.dtype(dtype).itemsize,
        flops=2 * n**3,
        dtype=dtype,
        peers=("jax",),
    )


def program(name, function, inputs, target, touched=0.0, flops=0.0):
    return Row("programs", name, function, inputs, target, touched=touched, flops=flops)


def rows() -> list[Row]:
    n = 1_000_000
    return [
        small("a+b", "a + b", 3),
        small("a*2", "a * 2", 4),
        small("a.sum()", "a.sum()", 4),
        small("a.mean()", "a.mean()", 4),
        small("where(a>b,a,b)", "np.where(a > b, a, b)", 4),
        small("concatenate((a,b))", "np.concatenate((a, b))", 4),
        small("a[3]", "a[3]", 1),
        small("a[1:5]", "a[1:5]", 1),
        small("a.reshape(2,4)", "a.reshape(2, 4)", 1),
        small("zeros(8)", "np.zeros(8)", 1),
        elementwise("a+b 1e6", "a + b", "ab", n, 1.8),
        elementwise("a+b 1e7", "a + b", "ab", 10 * n, 1.7),
        elementwise("a*b+c*2-a 1e6", "a * b + c * 2 - a", "abc", n, 6),
        elementwise("sqrt(a*a+b*b) 1e6", "np.sqrt(a * a + b * b)", "ab", n, 6),
        elementwise("where(a>b,a,b) 1e6", "np.where(a > b, a, b)", "ab", n, 8),
        elementwise("where(a>b,a,b) 1e6 f32", "np.where(a > b, a, b)", "ab", n, 20, "float32"),
        Row(
            "elementwise",
            "Black-Scholes 1e6",
            in_module("signals", "black_scholes"),
            options(n),
            6,
            touched=32 * n,
            peers=("jax",),
        ),
        Row(
            "elementwise",
            "Black-Scholes 1e7",
            in_module("signals", "black_scholes"),
            options(10 * n),
            15,
            touched=320 * n,
            peers=("jax",),
        ),
        elementwise("exp(a) 1e6", "np.exp(a)", "a", n, 1.6),
        elementwise("tanh(a) 1e6", "np.tanh(a)", "a", n, 1.6),
        elementwise("sin(a) 1e6", "np.sin(a)", "a", n, 8),
        elementwise("a**2.5 1e6", "a**2.5", "a", n, 5),
        elementwise("a+a 1e6 f16", "a + a", "a", n, 30, "float16", peers=False),
        Row(
            "elementwise",
            "(1e6,3)+(3,)",
            "a + b",
            lambda: {"a": uniform((n, 3)), "b": uniform(3)},
            3,
            touched=48 * n,
            peers=("numexpr", "jax"),
        ),
        Row(
            "elementwise",
            "(1000,1)+(1,1000)",
            "a + b",
            lambda: {"a": uniform((1000, 1)), "b": uniform((1, 1000))},
            5,
            touched=8 * n,
            peers=("numexpr", "jax"),
        ),
        reduction(
            "((a-b)**2).sum() 1e7",
            "((a - b) ** 2).sum()",
            vectors("ab", 10 * n),
            8,
            160 * n,
        ),
        *[
            reduction(f"{name} {side}²", f"a.{name}()", square(side), target, side * side * 8)
            for side, target in ((1000, 2.5), (4000, 1.1))
            for name in ("sum", "mean", "max")
        ],
        *[
            reduction(f"var {label} 4000²", f"a.var({axis})", square(4000), 5, 128 * n)
            for label, axis in (("all", ""), ("axis 0", "axis=0"), ("axis 1", "axis=1"))
        ],
        reduction(
            "(1e6,3).sum(axis=1)",
            "a.sum(axis=1)",
            lambda: {"a": uniform((n, 3))},
            8,
            32 * n,
        ),
        reduction("argmax axis 0 4000²", "a.argmax(axis=0)", square(4000), 4, 128 * n),
        reduction("cumsum 1e6", "np.cumsum(a)", vectors("a", n), 3, 16 * n),
        movement("a[mask] 1e6", "a[m]", masked(n), 3, 13 * n),
        movement("a[indices] 1e6", "a[i]", gathered(n), 3, 24 * n),
        movement("a.T.copy() 4000²", "a.T.copy()", square(4000), 3, 256 * n),
        movement("a + a.T 4000²", "a + a.T", square(4000), 3, 384 * n),
        movement(
            "concatenate 2×4e6",
            "np.concatenate((a, b))",
            vectors("ab", 4 * n),
            1,
            128 * n,
        ),
        product("float64"),
        product("float32"),
        program(
            "Jacobi 1000² ×100",
            lambda np, u: load("stencils", np).jacobi(u, 100),
            lambda: {"u": uniform((1000, 1000))},
            6,
            touched=1600 * n,
            flops=400 * n,
        ),
        program(
            "life 1000² ×100",
            lambda np, cells: load("images", np).life(cells, 100),
            lambda: {"cells": numpy.random.default_rng(7).integers(0, 2, (1000, 1000), "u1")},
            6,
            touched=200 * n,
        ),
        program(
            "Mandelbrot 1000² ×100",
            lambda np, c: load("images", np).mandelbrot(c, 100),
            lambda: {"c": complex_plane(1000)},
            4,
            touched=20 * n,
            flops=1000 * n,
        ),
        program(
            "k-means 1e5×10 k=8 ×10",
            lambda np, points: load("data", np).k_means(points, 8, 10),
            lambda: {"points": uniform((100_000, 10))},
            10,
            touched=80 * n,
            flops=240 * n,
        ),
        program(
            "n-body 1000 ×10",
            lambda np, position, velocity, mass: load("particles", np).n_body(
                position, velocity, mass, 10
            ),
            lambda: bodies(1000),
            8,
            flops=200 * n,
        ),
        program(
            "convolution 1000² 9²",
            in_module("images", "convolution"),
            lambda: {"image": uniform((1000, 1000)), "kernel": uniform((9, 9), seed=1)},
            10,
            touched=16 * n,
            flops=162 * n,
        ),
    ]
