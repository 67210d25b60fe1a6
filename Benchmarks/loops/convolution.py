"""A convolution by four plain loops: N x N with 9 x 9."""

import numpy as np

SIZES = (24, 100, 1000)


def convolve(f, g):
    vmax, wmax = f.shape[0], f.shape[1]
    smax, tmax = g.shape[0], g.shape[1]
    smid, tmid = smax // 2, tmax // 2
    xmax, ymax = vmax + 2 * smid, wmax + 2 * tmid
    h = np.zeros((xmax, ymax), dtype=f.dtype)
    for x in range(xmax):
        for y in range(ymax):
            s_from = max(smid - x, -smid)
            s_to = min((xmax - x) - smid, smid + 1)
            t_from = max(tmid - y, -tmid)
            t_to = min((ymax - y) - tmid, tmid + 1)
            value = 0
            for s in range(s_from, s_to):
                for t in range(t_from, t_to):
                    v = x - smid + s
                    w = y - tmid + t
                    value += g[smid - s, tmid - t] * f[v, w]
            h[x, y] = value
    return h


def prepare(size):
    f = (np.arange(size * size) * 7919 % 1009 % 100).reshape(size, size)
    return f, np.arange(81).reshape(9, 9)


CORES = ["convolve"]


def run(size):
    return convolve(*prepare(size))
