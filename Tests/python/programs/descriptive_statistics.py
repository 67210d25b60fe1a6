"""Means, spreads, quantiles, histograms and correlations of measurements."""

import numpy as np

rng = np.random.default_rng(1)
heights = rng.normal(170, 10, 500).round(1)
weights = (heights - 100 + rng.normal(0, 5, 500)).round(1)

print("count", heights.size, "mean", round(heights.mean(), 3), "std", round(heights.std(ddof=1), 3))
print("min", heights.min(), "at", heights.argmin(), "max", heights.max(), "at", heights.argmax())
print("median", np.median(heights), "quartiles", np.percentile(heights, [25, 50, 75]))
print("range", np.ptp(heights), "var", f"{weights.var():.4f}")
counts, edges = np.histogram(heights, bins=8)
for count, low, high in zip(counts, edges[:-1], edges[1:], strict=True):
    print(f"{low:7.2f}..{high:7.2f} {'#' * int(count // 5)} {count}")
print(np.corrcoef(heights, weights).round(6))
print(np.cov(heights, weights).round(4))
z = (heights - heights.mean()) / heights.std()
print("outliers", np.flatnonzero(np.abs(z) > 2.5), heights[np.abs(z) > 2.5])
print("weighted", round(np.average(heights, weights=weights), 4))
table = np.column_stack([heights, weights])[:12].reshape(4, 3, 2)
print(table.mean(axis=(0, 1)).round(3), table.sum(axis=2).max(axis=0), table.std(0).shape)
with_gaps = np.where(heights > 190, np.nan, heights)
print(np.nanmean(with_gaps).round(4), np.isnan(with_gaps).sum(), np.nanargmax(with_gaps))
print(np.bincount((heights // 10).astype(int), minlength=22)[12:])
