"""Newton, bisection, Simpson, Runge-Kutta, heat equation, power iteration, primes, life."""

import numpy as np

x = np.array([1.0, 10.0, 100.0])
for _ in range(20):
    x = x - (x**3 - 5) / (3 * x**2)
print(x.round(12))
t = np.linspace(0, np.pi, 101)
weights = np.ones(101)
weights[1:-1:2], weights[2:-1:2] = 4, 2
print((weights * np.sin(t)).sum() * (t[1] - t[0]) / 3, np.trapezoid(np.sin(t), t).round(10))


def derivative(state):
    position, velocity = state
    return np.array([velocity, -position])


state, h = np.array([1.0, 0.0]), 0.05
for _ in range(200):
    k1 = derivative(state)
    k2 = derivative(state + h / 2 * k1)
    k3 = derivative(state + h / 2 * k2)
    k4 = derivative(state + h * k3)
    state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
print(state.round(8), (state**2).sum().round(8))

u = np.zeros((50, 50))
u[0] = 100
for _ in range(100):
    u[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
print(u[1:6, 25].round(6), u.sum().round(6))

A = np.random.default_rng(3).random((20, 20))
v = np.ones(20)
for _ in range(50):
    v = A @ v
    v /= np.linalg.norm(v)
print((v @ A @ v).round(8))

sieve = np.ones(100, dtype=bool)
sieve[:2] = False
for i in range(2, 10):
    if sieve[i]:
        sieve[i * i :: i] = False
print(np.flatnonzero(sieve))

board = np.zeros((8, 8), dtype=int)
board[[0, 1, 2, 2, 2], [1, 2, 0, 1, 2]] = 1
for _ in range(12):
    around = sum(np.roll(board, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)) - board
    board = ((around == 3) | ((board == 1) & (around == 2))).astype(int)
print(board)

c = np.linspace(-2, 0.5, 40)[None, :] + 1j * np.linspace(-1.2, 1.2, 20)[:, None]
z = np.zeros_like(c)
steps = np.zeros(c.shape, dtype=int)
for _ in range(30):
    inside = np.abs(z) <= 2
    z[inside] = z[inside] ** 2 + c[inside]
    steps[inside] += 1
print("\n".join("".join(" .:*#"[min(n // 7, 4)] for n in row) for row in steps))
