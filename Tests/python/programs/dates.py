"""datetime64 and timedelta64."""

import numpy as np

start = np.datetime64("2024-02-27")
days = start + np.arange(5)
print(days, days.dtype, np.datetime_as_string(days[2]), days[-1] - days[0])
print(days.astype("datetime64[M]"), np.diff(days), (days - days[0]).astype(int))
print(
    np.is_busday(days), np.busday_count("2024-01-01", "2024-02-01"), days.max(), days[days > start]
)
hours = np.arange("2024-01-01T00", "2024-01-01T05", dtype="datetime64[h]")
print(hours, hours + np.timedelta64(90, "m"), np.timedelta64(1, "D") / np.timedelta64(1, "h"))
print(
    np.isnat(np.array(["2024-01-01", "NaT"], dtype="datetime64[D]")),
    np.datetime64("2024-03-10", "D").item(),
)
values = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
print(values[days >= np.datetime64("2024-02-29")], np.sort(days[::-1]), days.tolist()[0])
