"""Numbers in text files: `loadtxt` and `savetxt`."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subject import EXAMPLES, mnp, natively


def same(path, **keywords):
    """What both read from a file; what NumPy refuses Martlet does."""
    try:
        expected = np.loadtxt(path, **keywords)
    except (ValueError, TypeError, IndexError) as error:
        with pytest.raises(type(error)):
            mnp.loadtxt(path, **keywords)
        return
    found = mnp.loadtxt(path, **keywords)
    assert found.dtype == expected.dtype and found.shape == expected.shape
    assert np.asarray(found).tobytes() == expected.tobytes()


numbers = st.one_of(
    st.floats(allow_nan=False).map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.builds(
        "{}{}.{}e{}".format,
        st.sampled_from(["", "-", "+"]),
        st.integers(0, 10**22),
        st.integers(0, 10**9),
        st.integers(-330, 330),
    ),
    st.sampled_from(
        "nan NaN -nan inf -Infinity INF 1. .5 -0 +0.0 1e5 1E-5 5e-324 1e400 00012 0.1e+02 "
        "9007199254740993 9007199254740992 1e22 1e23 123456789012345678901234567890 "
        "179769313486231580793728971405301e276 2.2250738585072011e-308".split()
    ),
)


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(st.data())
def test_plain_tables(tmp_path_factory, data):
    width = data.draw(st.integers(1, 4))
    rows = data.draw(
        st.lists(st.lists(numbers, min_size=width, max_size=width), min_size=1, max_size=6)
    )
    delimiter = data.draw(st.sampled_from([None, ",", ";"]))
    newline = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    between = " \t " if delimiter is None else delimiter + data.draw(st.sampled_from(["", " "]))
    lines = []
    for row in rows:
        lines += data.draw(st.sampled_from([[], ["# a remark"], [""]]))
        lines.append(between.join(row) + data.draw(st.sampled_from(["", " # more", " "])))
    text = newline.join(lines) + data.draw(st.sampled_from(["", newline]))
    path = tmp_path_factory.mktemp("text") / "a.txt"
    path.write_bytes(text.encode())
    keywords = {"delimiter": delimiter}
    keywords["dtype"] = data.draw(st.sampled_from(["f8", "f8", "f4"]))
    if data.draw(st.booleans()):
        columns = st.lists(st.integers(-width, width - 1), min_size=1, max_size=3)
        keywords["usecols"] = data.draw(columns)
    if data.draw(st.booleans()):
        keywords["ndmin"] = data.draw(st.integers(0, 2))
    keywords["unpack"] = data.draw(st.booleans())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(path, **keywords)
        same(path, skiprows=data.draw(st.integers(0, 3)), delimiter=delimiter)
        same(path, max_rows=data.draw(st.integers(0, 3)), delimiter=delimiter)


@pytest.mark.parametrize(
    "text",
    [
        "1 2\n3 4", "1 2\n3", "1,2\n3,4", "1 x", "", "\n\n", "# nothing", "1 2 #3\n#\n4 5",
        "0x10 1", "1_000", "1e", "1e+", "e5", ".", "-", "+-1", "1 2\x00", "é 1", "1\x0b2", "1\x0c2",
        "1 2\r3 4", "nan(1)", "infin", "1d5", "1.5.2", "--1", "1e5.0", "1 2\n\n3 4\n", "  1  2  ",
        "\t1\t2",
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["f8", "i4", "u1", "c16", "?"])
def test_what_is_no_plain_table(tmp_path, text, dtype):
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode("latin1"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for delimiter in (None, ","):
            same(path, dtype=dtype, delimiter=delimiter)


def test_integers(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("1 -2\n+3 004", "255 0", "256 1", "-1 2", f"{2**63 - 1} 1", f"{2**63} 1", "1.0 2"):
        path.write_text(text)
        for dtype in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                same(path, dtype=dtype)


def test_large_tables_are_native(tmp_path):
    a = np.random.default_rng(1).standard_normal((60_000, 3))
    path = tmp_path / "a.txt"
    np.savetxt(path, a)
    assert path.stat().st_size > 4 << 20
    with natively():
        found = mnp.loadtxt(path)
        assert np.array_equal(found, a)
        assert np.array_equal(mnp.loadtxt(path, usecols=(2, 0), skiprows=7), a[7:, [2, 0]])
        x, y, z = mnp.loadtxt(path, unpack=True)
    assert np.array_equal(y, a[:, 1]) and x.shape == z.shape == (60_000,)
    lines = path.read_text().splitlines()
    lines[50_000] = "1 2"
    path.write_text("\n".join(lines))
    with pytest.raises(ValueError, match="columns"):
        mnp.loadtxt(path)


@settings(max_examples=3 * EXAMPLES, deadline=None)
@given(st.data())
def test_savetxt(tmp_path_factory, data):
    shape = data.draw(st.sampled_from([(3,), (1,), (2, 3), (3, 1), (1, 1), (0, 2)]))
    dtype = data.draw(st.sampled_from(["f8", "f4", "i8", "u1", "?", "c16", "u8"]))
    value = st.integers(0, 200) if dtype in "u1u8?" else st.integers(-(10**9), 10**9)
    if dtype in ("f8", "f4"):
        value = st.floats(width=32) | st.sampled_from([np.nan, -np.nan, np.inf, -0.0])
    count = int(np.prod(shape))
    a = np.array(data.draw(st.lists(value, min_size=count, max_size=count))).astype(dtype)
    a = a.reshape(shape)
    fmt = data.draw(
        st.sampled_from(
            "%.18e %.3f %10.2g %d %5i %g %.0f %E %8.3G %+.2e %05d %s %.f %%%d %-9.2e %5.3d".split()
        )
    )
    given_text = st.sampled_from(["", "one", "two\nlines", "é"])
    keywords = {"fmt": fmt, "header": data.draw(given_text), "footer": data.draw(given_text)}
    keywords["delimiter"] = data.draw(st.sampled_from([" ", ",", ", ", "\t", "%"]))
    if data.draw(st.booleans()):
        keywords["comments"] = "//"
    folder = tmp_path_factory.mktemp("save")
    try:
        np.savetxt(folder / "theirs", a, **keywords)
    except (ValueError, TypeError, OverflowError) as error:
        with pytest.raises(type(error)):
            mnp.savetxt(folder / "own", mnp.asarray(a), **keywords)
        return
    mnp.savetxt(folder / "own", mnp.asarray(a), **keywords)
    assert (folder / "own").read_bytes() == (folder / "theirs").read_bytes()


def test_saving_plain_numbers_is_native(tmp_path):
    a = np.linspace(-3, 5, 20).reshape(4, 5)
    with natively():
        mnp.savetxt(tmp_path / "a", mnp.asarray(a), header="five columns")
        mnp.savetxt(tmp_path / "b", mnp.arange(5), fmt="%d")
        assert np.array_equal(mnp.loadtxt(tmp_path / "a"), a)
        assert mnp.loadtxt(tmp_path / "b", dtype=int).tolist() == [0, 1, 2, 3, 4]


def test_the_locale_is_of_no_matter(tmp_path):
    import locale

    before = locale.setlocale(locale.LC_NUMERIC)
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"):
        try:
            locale.setlocale(locale.LC_NUMERIC, name)
        except locale.Error:
            continue
        break
    try:
        mnp.savetxt(tmp_path / "a", mnp.asarray([0.1, 1.2345678901234567e-30]))
        assert mnp.loadtxt(tmp_path / "a").tolist() == [0.1, 1.2345678901234567e-30]
    finally:
        locale.setlocale(locale.LC_NUMERIC, before)


COLUMNS = [1.0, [0, 1.5], ["a"], [True], [], (1,), 0, [5], [-3], np.int64(1)]


@pytest.mark.parametrize("columns", COLUMNS)
def test_columns(tmp_path, columns):
    path = tmp_path / "a.txt"
    path.write_text("1 2\n3 4")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(path, usecols=columns)


def test_lines_instead_of_a_file():
    for lines in (["1 2", "3 4"], (line for line in ["1 2", "3 4"])):
        assert mnp.loadtxt(lines).tolist() == [[1, 2], [3, 4]]


@pytest.mark.filterwarnings("ignore:loadtxt")
def test_packed_files(tmp_path):
    import gzip

    a = np.arange(60_000.0).reshape(-1, 3) / 7
    path = tmp_path / "table.csv.gz"
    with gzip.open(path, "wt") as file:
        np.savetxt(file, a, delimiter=",")
    with natively():
        assert np.array_equal(mnp.loadtxt(path, delimiter=","), a)
    # Two members are one text, which NumPy reads.
    path.write_bytes(gzip.compress(b"1 2\n") + gzip.compress(b"3 4\n"))
    same(path)
    packed = gzip.compress(b"1 2\n3 4\n" * 1000)
    for damaged in [packed[:-9], packed[:30], b"1 2\n", b"", packed + b"x", packed[:-1] + b"~"]:
        path.write_bytes(damaged)
        try:
            expected = np.loadtxt(path)
        except Exception as error:  # gzip's and zlib's own
            with pytest.raises(type(error)):
                mnp.loadtxt(path)
        else:
            assert np.array_equal(mnp.loadtxt(path), expected)
