"""numpy.ma, and arrays with nan."""

import numpy as np

raw = np.array([1.0, -999.0, 3.0, 4.0, -999.0])
m = np.ma.masked_equal(raw, -999.0)
print(m, m.mean(), m.count(), m.filled(0), m.mask, m.compressed())
print(m + 1, (m * 2).sum(), np.ma.masked_where(raw > 3, raw), np.ma.median(m))
grid = np.ma.array(np.arange(6).reshape(2, 3), mask=[[0, 1, 0], [1, 0, 0]])
print(grid, grid.sum(axis=0), grid.max(axis=1), grid.T.shape, type(grid).__name__)
nan = np.where(raw < 0, np.nan, raw)
print(np.nansum(nan), np.nanstd(nan).round(8), np.nan_to_num(nan), np.isfinite(nan))
print(np.nanargmin(nan), np.nanmax(nan), np.nanpercentile(nan, 50), np.nancumsum(nan))
print(np.ma.masked_invalid(nan), np.interp(np.arange(5), [0, 2, 3], [1, 3, 4]))
