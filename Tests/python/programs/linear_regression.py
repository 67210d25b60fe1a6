"""Least squares by the normal equations, by lstsq, and by gradient descent."""

import numpy as np

rng = np.random.default_rng(7)
n, true = 200, np.array([2.0, -3.5, 0.75])
X = rng.normal(size=(n, 3))
y = X @ true + 1.5 + rng.normal(scale=0.1, size=n)

A = np.hstack([X, np.ones((n, 1))])
normal = np.linalg.solve(A.T @ A, A.T @ y)
least, residuals, rank, singular = np.linalg.lstsq(A, y, rcond=None)
print("normal", normal.round(6))
print("lstsq ", least.round(6), "rank", rank, residuals.round(6))
print(np.allclose(normal, least), singular.shape)

w = np.zeros(4)
losses = []
for _ in range(300):
    error = A @ w - y
    losses.append((error**2).mean())
    w -= 0.1 * (A.T @ error) / n
print("descent", w.round(4), [f"{loss:.5f}" for loss in losses[::75]])

prediction = A @ least
r2 = 1 - ((y - prediction) ** 2).sum() / ((y - y.mean()) ** 2).sum()
print(f"R2 {r2:.6f}, RMSE {np.sqrt(np.mean((y - prediction) ** 2)):.6f}")
p = np.polyfit(np.arange(5), [1.0, 2.1, 4.9, 10.2, 17.1], 2)
print("parabola", p.round(6), np.polyval(p, 5.0).round(6), np.poly1d([1, -3, 2]).roots)
