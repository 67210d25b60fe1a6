"""pandas and xarray with Martlet's arrays, in the ways that programs mix them."""

import warnings

import numpy as real
import pytest
from subject import mnp

pd = pytest.importorskip("pandas", reason="pandas is not installed")

PANDAS = [
    "df[np.array([True, False, True])]",
    "df.loc[np.array([True, False, True])]",
    'df.loc[np.array([True, False, True]), "a"]',
    "df.iloc[np.array([0, 2])]",
    "df.iloc[np.array([True, False, True])]",
    "df.set_index(np.array([5, 6, 7]))",
    "pd.unique(np.array([1, 2, 1]))",
    "pd.factorize(np.array([1, 2, 1]))",
    "pd.Series(np.arange(3.0))",
    "pd.Series(np.arange(3), index=np.array([3, 4, 5]))",
    "pd.DataFrame(np.ones((2, 3)))",
    'pd.DataFrame({"x": np.arange(3), "y": np.ones(3)})',
    'pd.DataFrame(np.ones((2, 2)), columns=np.array(["a", "b"]))',
    "pd.Index(np.array([1, 2, 3]))",
    "s.isin(np.array([1.0, 3.0]))",
    'df["a"].isin(np.array([1, 3]))',
    "s.map(np.sqrt)",
    "s.apply(np.sin)",
    "np.sin(s)",
    "np.array([1.0, 2, 3]) * s",
    "s * np.array([1.0, 2, 3])",
    "s + np.arange(3)",
    "np.arange(3) + s",
    "np.arange(3) < s",
    "s == np.arange(3)",
    "np.ones((3, 2)) * df",
    "df * np.ones((3, 2))",
    "df.assign(c=np.arange(3))",
    "df.where(np.array([[True, False]] * 3))",
    "df.mask(np.array([[True, False]] * 3), -1)",
    "s.where(np.array([True, False, True]), np.zeros(3))",
    "s[np.array([True, False, True])]",
    "s.iloc[np.array([0, 1])]",
    "s.loc[np.array([0, 1])]",
    "s.reindex(np.array([2, 1, 0]))",
    "s.take(np.array([0, 2]))",
    "s.dot(np.arange(3.0))",
    "np.arange(3.0) @ s",
    "s @ np.arange(3.0)",
    "df.to_numpy() + np.ones((3, 2))",
    "np.asarray(s) + np.arange(3)",
    "np.array(df)",
    "np.mean(s)",
    "np.sum(df)",
    "np.where(s > 1, s, 0)",
    "np.concatenate([s, np.arange(3)])",
    "np.maximum(s, np.ones(3))",
    "np.add(s, np.ones(3))",
    "np.isnan(s)",
    "np.log1p(df)",
    "pd.cut(np.array([1, 7, 5]), 3)",
    "pd.cut(s, np.array([0, 1.5, 5]))",
    "pd.qcut(np.arange(10.0), 4)",
    'pd.to_datetime(np.array(["2020-01-01", "2020-02-01"]))',
    'pd.to_datetime(np.array(["2020-01-01"], dtype="M8[D]"))',
    "pd.isna(np.array([1.0, np.nan]))",
    'pd.Series(np.array(["a", "b"]))',
    'pd.Series(np.array([1, "a"], dtype=object))',
    "pd.concat([s, pd.Series(np.arange(2.0))])",
    "df.groupby(np.array([0, 1, 0])).sum()",
    'df.groupby("a")["b"].agg(np.sum)',
    "df.agg(np.mean)",
    "df.apply(np.max)",
    'df.insert(0, "n", np.arange(3))',
    "s.replace(np.array([1.0]), np.array([5.0]))",
    "s.fillna(np.float64(1))",
    "s.clip(np.zeros(3), np.ones(3))",
    "s.searchsorted(np.array([1.5]))",
    "s.repeat(np.array([1, 2, 3]))",
    "s.interpolate()",
    "np.interp(np.array([0.5]), s.index, s)",
    "np.polyfit(s.index, s, 1)",
    'np.corrcoef(df["a"], df["b"])',
    "np.histogram(s, bins=np.array([0, 1, 2, 3]))",
    "np.unique(s)",
    "np.percentile(s, 50)",
    'pd.get_dummies(np.array(["a", "b", "a"]))',
    'pd.MultiIndex.from_arrays([np.array([1, 2]), np.array(["a", "b"])])',
    'pd.Categorical(np.array(["a", "b", "a"]))',
    "pd.crosstab(np.array([1, 2]), np.array([3, 4]))",
    "df.corr().values @ np.ones(2)",
    'df.sort_values("a", key=lambda c: np.negative(c))',
    'df.pivot_table(index="a", values="b", aggfunc=np.mean)',
    "s.rolling(2).apply(np.mean)",
    "s.rolling(2).apply(np.mean, raw=True)",
    'pd.DataFrame(np.arange(6).reshape(3, 2), index=np.arange(3), columns=list("xy"))',
    'pd.DataFrame(np.zeros(2, dtype="i4,f8"))',
    "pd.array(np.array([1, 2]))",
    "pd.Series(np.arange(3)).values.sum() + np.arange(2)",
    "df.loc[:, np.array([True, False])]",
    "df.drop(np.array([0]))",
    "df.values[np.array([0, 1])]",
    'df.query("a > 1").index[np.array([0])]',
    'df.eval("a + b") * np.arange(3)',
    'df.at[0, "a"] * np.arange(3)',
    'setitem(df, "a", np.arange(3))',
    'setloc(df, (np.array([True, False, True]), "a"), np.array([7, 8]))',
    "setitem(s, np.array([True, False, True]), 9.0)",
    "setitem(df, np.array([True, False, True]), 0)",
    "pd.testing.assert_series_equal(pd.Series(np.arange(3)), pd.Series([0, 1, 2]))",
]

XARRAY = [
    'xr.DataArray(np.arange(6.0).reshape(2, 3), dims=("x", "y"))',
    'xr.DataArray(np.ones((2, 3)), dims=("x", "y"), coords={"x": np.array([1.0, 2.0])})',
    'np.arange(3.0) * xr.DataArray(np.ones(3), dims="x")',
    'xr.DataArray(np.ones(3), dims="x") * np.arange(3.0)',
    'np.sin(xr.DataArray(np.ones(3), dims="x"))',
    'xr.DataArray(np.ones(3), dims="x", coords={"x": np.arange(3.0)}).sel(x=np.array([0, 2]))',
    'xr.DataArray(np.arange(3.0), dims="x")[np.array([0, 2])]',
    'xr.DataArray(np.arange(3.0), dims="x")[np.array([True, False, True])]',
    'xr.DataArray(np.arange(3.0), dims="x").where(np.array([True, False, True]))',
    'xr.Dataset({"v": ("x", np.arange(3.0))}).mean()',
    'xr.DataArray(np.arange(6.0).reshape(2, 3), dims=("x", "y")).mean("x")',
    'xr.apply_ufunc(np.sqrt, xr.DataArray(np.arange(3.0), dims="x"))',
    'xr.DataArray(np.ones(4), {"t": pd.date_range("2020", None, 4)}, ["t"]).resample(t="2D").sum()',
    'xr.where(xr.DataArray(np.arange(3.0), dims="x") > 1, np.arange(3.0), 0)',
    'xr.concat([xr.DataArray(np.ones(2), dims="x")] * 2, "y")',
    'xr.DataArray(np.ones((2, 2)), dims=("x", "y")).dot(xr.DataArray(np.ones(2), dims="y"))',
    'xr.DataArray(np.arange(3.0), dims="x").values + np.arange(3)',
]


def shown(value):
    """A result as text, so that its class, labels, dtype and elements are compared."""
    if isinstance(value, real.ndarray | mnp.ndarray):
        return "array", str(value.dtype), value.tolist()
    if isinstance(value, pd.DataFrame | pd.Series):
        return type(value).__name__, value.to_string(), str(getattr(value, "dtypes", ""))
    if isinstance(value, tuple):
        return tuple(map(shown, value))
    return type(value).__name__, str(value)


def set_item(target, key, value):
    target[key] = value
    return target


def set_loc(target, key, value):
    target.loc[key] = value
    return target


def run(np, statement, **names):
    names |= {"np": np, "pd": pd, "setitem": set_item, "setloc": set_loc}
    names["df"] = pd.DataFrame({"a": [1, 2, 3], "b": [4.0, 5.0, 6.0]})
    names["s"] = pd.Series([0.0, 1.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = eval(statement, names)
    return shown(names["df"] if value is None else value)


@pytest.mark.parametrize("statement", PANDAS)
def test_pandas(statement):
    assert run(mnp, statement) == run(real, statement)


@pytest.mark.parametrize("statement", XARRAY)
def test_xarray(statement):
    xr = pytest.importorskip("xarray", reason="xarray is not installed")
    assert run(mnp, statement, xr=xr) == run(real, statement, xr=xr)
