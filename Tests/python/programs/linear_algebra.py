"""numpy.linalg and products of matrices."""

import numpy as np

A = np.array([[4.0, 1.0, 2.0], [1.0, 3.0, 0.0], [2.0, 0.0, 5.0]])
b = np.array([1.0, 2.0, 3.0])
x = np.linalg.solve(A, b)
print(x.round(10), np.allclose(A @ x, b), np.linalg.det(A).round(8), np.linalg.matrix_rank(A))
print(np.linalg.inv(A).round(6), np.linalg.cond(A).round(6))
w, V = np.linalg.eigh(A)
print(w.round(8), np.abs(V.T @ V).round(8), np.allclose(V * w @ V.T, A))
print(np.sort_complex(np.linalg.eigvals(np.array([[0.0, -1], [1, 0]]))))
U, s, Vt = np.linalg.svd(A[:2])
print(s.round(8), (U[:, :2] * s @ Vt[:2]).round(8), U.shape, Vt.shape)
Q, R = np.linalg.qr(A)
print(np.abs(np.diag(R)).round(8), np.allclose(Q @ R, A), np.linalg.cholesky(A).round(6))
print(np.linalg.norm(A), np.linalg.norm(b, 1), np.linalg.norm(A, axis=0).round(6), np.trace(A))
print(np.linalg.matrix_power(np.array([[1, 1], [1, 0]]), 10), np.kron([1, 2], [[1], [1]]))
print(
    np.dot(b, b), np.inner(A, b), np.outer(b, [1, 2]), np.cross([1, 0, 0], [0, 1, 0]), np.vdot(b, b)
)
stack = np.arange(24.0).reshape(2, 3, 4)
print(
    (stack @ stack.swapaxes(1, 2)).shape, np.matmul(stack, np.ones(4)), stack.dot(np.ones(4)).shape
)
try:
    np.linalg.inv(np.zeros((2, 2)))
except np.linalg.LinAlgError as error:
    print("LinAlgError", error)
try:
    A @ np.ones(4)
except ValueError as error:
    print("ValueError", str(error)[:6])
print(np.linalg.multi_dot([A, A, b]).round(6), np.linalg.pinv(A[:, :2]).round(6))
