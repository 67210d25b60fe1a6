"""Arrays in files: NumPy's formats, written by one and read by the other, and files that lie."""

import io
import os
import pathlib
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subject import EXAMPLES, IS_NUMPY, mnp, natively, needs_martlet

DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]

ours = mnp.array


def drawn(dtype, shape, seed=0):
    r = np.random.default_rng(seed)
    return (r.integers(0, 255, shape) - 100 + (1j if "c" in dtype else 0)).astype(dtype)


def same(one, other):
    one, other = np.asarray(one), np.asarray(other)
    assert one.dtype == other.dtype and one.shape == other.shape
    assert one.tobytes() == other.tobytes()


arrays = st.builds(
    lambda dtype, shape, seed, order: (
        drawn(dtype, shape, seed).transpose() if order else drawn(dtype, shape, seed)
    ),
    st.sampled_from(DTYPES),
    st.lists(st.integers(0, 4), max_size=4),
    st.integers(0, 9),
    st.booleans(),
)


# MARK: .npy


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(arrays)
def test_npy_both_ways(tmp_path_factory, a):
    folder = tmp_path_factory.mktemp("npy")
    theirs, own = folder / "theirs.npy", folder / "own.npy"
    np.save(theirs, a)
    x = mnp.asarray(a)
    with natively():
        mnp.save(own, x)
        found = mnp.load(theirs)
    assert own.read_bytes() == theirs.read_bytes()
    same(found, a)
    assert type(found) is mnp.ndarray and found.flags.fnc == np.load(theirs).flags.fnc
    found[...] = 0  # It is the caller's own.


@settings(max_examples=EXAMPLES, deadline=None)
@given(arrays, arrays)
def test_npy_in_open_files(a, b):
    stream = io.BytesIO()
    with natively():
        mnp.save(stream, mnp.asarray(a))
        mnp.save(stream, mnp.asarray(b))
    expected = io.BytesIO()
    np.save(expected, a)
    np.save(expected, b)
    assert stream.getvalue() == expected.getvalue()
    stream.seek(0)
    with natively():
        same(mnp.load(stream), a)
        same(mnp.load(stream), b)
    with pytest.raises(EOFError, match="No data left"):
        mnp.load(stream)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("dtype", ["<f8", ">i4", ">c16", "|b1", ">f2", "<u2"])
def test_versions_and_orders_of_bytes(tmp_path, version, dtype):
    a = np.arange(12).astype(dtype).reshape(3, 4)
    with open(tmp_path / "a.npy", "wb") as file:
        np.lib.format.write_array(file, a, version=version)
    found = mnp.load(tmp_path / "a.npy")
    assert found.dtype == a.dtype and np.array_equal(found, a)


def test_names_of_files(tmp_path):
    a = np.arange(3.0)
    for file in (str(tmp_path / "a"), tmp_path / "b.npy", pathlib.Path(tmp_path, "ü.x")):
        mnp.save(file, ours(a))
        name = str(file) if str(file).endswith(".npy") else f"{file}.npy"
        same(mnp.load(name), a)
        same(mnp.load(os.fsencode(name)), a)
    os.symlink(tmp_path / "a.npy", tmp_path / "link.npy")
    same(mnp.load(tmp_path / "link.npy"), a)
    with open(tmp_path / "a.npy", "rb") as file:
        same(mnp.load(file), a)
        assert file.tell() == os.path.getsize(tmp_path / "a.npy")


@pytest.mark.parametrize(
    "call",
    [
        lambda np, path: np.load(path / "no such file.npy"),
        lambda np, path: np.load(path),
        lambda np, path: np.save(path / "no folder" / "a.npy", np.ones(3)),
        lambda np, path: np.fromfile(path / "nothing"),
        lambda np, path: np.load(3.5),
        lambda np, path: np.load("a\0b.npy"),
        lambda np, path: np.load(path / "empty.npy", encoding="utf-8"),
        lambda np, path: np.load(path / "empty.npy"),
        lambda np, path: np.load(path / "text.npy"),
        lambda np, path: np.load(path / "objects.npy"),
        lambda np, path: np.load(path / "pickle", allow_pickle=True),
        lambda np, path: np.load(path / "objects.npy", allow_pickle=True),
        lambda np, path: np.load(path / "records.npy"),
        lambda np, path: np.load(path / "text", mmap_mode="x"),
    ],
)
def test_what_numpy_says(tmp_path, call):
    (tmp_path / "empty.npy").write_bytes(b"")
    (tmp_path / "text.npy").write_bytes(b"no array, a text")
    np.save(tmp_path / "objects.npy", np.array([1, "a", None], dtype=object))
    np.save(tmp_path / "records.npy", np.zeros(2, "i4,f8"))
    np.array([1, "a"], dtype=object).dump(tmp_path / "pickle")
    outcomes = []
    for namespace in (np, mnp):
        try:
            outcomes.append((None, np.asarray(call(namespace, tmp_path)).tolist()))
        except Exception as error:
            outcomes.append((type(error), getattr(error, "filename", None)))
    assert outcomes[0] == outcomes[1]


def test_save_what_becomes_an_array(tmp_path):
    for value in (3, [1, 2.5], np.float32(2), np.ones((2, 2), ">i2"), [[True]], range(3), "ab"):
        np.save(tmp_path / "theirs.npy", value)
        mnp.save(tmp_path / "own.npy", value)
        assert (tmp_path / "own.npy").read_bytes() == (tmp_path / "theirs.npy").read_bytes()


def test_an_array_may_go_where_it_came_from(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(50_000.0))
    x = mnp.load(tmp_path / "a.npy")
    y = x[::-1] * 2
    mnp.save(tmp_path / "a.npy", y)
    assert np.array_equal(np.load(tmp_path / "a.npy"), np.arange(50_000.0)[::-1] * 2)


def test_mapped_files_are_numpys(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(6.0))
    found = mnp.load(tmp_path / "a.npy", mmap_mode="r")
    assert isinstance(found, np.memmap) and found.tolist() == list(range(6))


@needs_martlet
def test_views_and_pending_arrays_are_saved(tmp_path):
    a = np.arange(60_000.0).reshape(200, 300)
    x = mnp.asarray(a)
    for own, theirs in ((x * 2, a * 2), (x[::2, ::-3], a[::2, ::-3]), (x.T + 1, a.T + 1)):
        mnp.save(tmp_path / "own.npy", own)
        assert np.array_equal(np.load(tmp_path / "own.npy"), theirs)


# MARK: Without a header


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(st.sampled_from(DTYPES), st.integers(-1, 9), st.integers(0, 20), st.integers(0, 30))
def test_fromfile(tmp_path_factory, dtype, count, offset, size):
    path = tmp_path_factory.mktemp("raw") / "a"
    path.write_bytes(bytes(i % 2 for i in range(size)))
    if count < 0 and offset > size:
        for namespace in (np, mnp):
            with pytest.raises(ValueError, match=r"negative dimensions|beyond"):
                namespace.fromfile(path, dtype, count, offset=offset)
        return
    with natively():
        found = mnp.fromfile(path, dtype, count, offset=offset)
    same(found, np.fromfile(path, dtype, count, offset=offset))


def test_tofile(tmp_path):
    a = np.arange(12.0).reshape(3, 4)
    for own, theirs in ((ours(a), a), (ours(a).T, a.T), (ours(a)[::2], a[::2])):
        with natively():
            own.tofile(tmp_path / "own")
        assert (tmp_path / "own").read_bytes() == theirs.tobytes()
    ours(a).tofile(tmp_path / "text", sep=",")
    assert mnp.fromfile(tmp_path / "text", sep=",").tolist() == list(range(12))
    with open(tmp_path / "open", "wb") as file:
        ours(a).tofile(file)
    assert np.array_equal(np.fromfile(tmp_path / "open"), a.ravel())


# MARK: .npz


@pytest.mark.parametrize("name", ["savez", "savez_compressed"])
@settings(max_examples=EXAMPLES, deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "file", "ü", "arr_7"]), arrays), arrays)
def test_archives_both_ways(tmp_path_factory, name, members, first):
    members.pop("file", None)
    folder = tmp_path_factory.mktemp("npz")
    with natively():
        getattr(mnp, name)(
            folder / "own", mnp.asarray(first), **{k: mnp.asarray(v) for k, v in members.items()}
        )
    getattr(np, name)(folder / "theirs.npz", first, **members)
    with (
        zipfile.ZipFile(folder / "own.npz") as archive,
        zipfile.ZipFile(folder / "theirs.npz") as expected,
    ):
        assert archive.testzip() is None and archive.namelist() == expected.namelist()
        for member in expected.namelist():
            assert archive.read(member) == expected.read(member)
            assert archive.getinfo(member).compress_type == expected.getinfo(member).compress_type
    for path in (folder / "own.npz", folder / "theirs.npz"):
        with natively(), mnp.load(path) as found:
            assert isinstance(found, np.lib.npyio.NpzFile)
            assert sorted(found.files) == sorted([*members, "arr_0"])
            for key, value in [*members.items(), ("arr_0", first)]:
                same(found[key], value)
                assert type(found[key]) is mnp.ndarray


def test_archives_of_other_kinds(tmp_path):
    a = np.arange(5.0)
    stream = io.BytesIO()
    mnp.savez(stream, a=ours(a), text=np.array(["a", "b"]))
    stream.seek(0)
    found = mnp.load(stream)
    same(found["a"], a)
    assert found["text"].tolist() == ["a", "b"]
    mnp.savez(tmp_path / "b.npz", a=ours(a), objects=np.array([None, 1], dtype=object), n=3)
    found = mnp.load(tmp_path / "b.npz")
    assert found["n"].tolist() == 3 and found.f.a.tolist() == a.tolist()
    with pytest.raises(ValueError, match="pickle"):
        found["objects"]
    with pytest.raises(KeyError):
        found["c"]
    found = mnp.load(tmp_path / "b.npz", allow_pickle=True)
    assert found["objects"].tolist() == [None, 1]
    with pytest.raises(ValueError, match="arr_0"):
        mnp.savez(tmp_path / "c.npz", ours(a), arr_0=a)
    with zipfile.ZipFile(tmp_path / "d.npz", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("text", b"a text")
        with archive.open("a.npy", "w") as file:
            np.save(file, a)
    found = mnp.load(tmp_path / "d.npz")
    assert found["text"] == b"a text" and found["a"].tolist() == a.tolist()
    assert mnp.load(tmp_path / "d.npz", max_header_size=200)["a"].shape == (5,)


# MARK: Files that lie


def npy(header, body=b"", version=1):
    if isinstance(header, str):
        header = header.encode("latin1")
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + body


GOOD = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"
HEADERS = [
    "", "{", "}", "{}", "[]", "()", "None", "{'descr': '<f8'}", GOOD[:-1], GOOD + "x", GOOD * 2,
    GOOD.replace("descr", "desc"), GOOD.replace("(2,)", "2"), GOOD.replace("(2,)", "[2]"),
    GOOD.replace("(2,)", "(2)"), GOOD.replace("(2,)", "(-1,)"), GOOD.replace("(2,)", "(2.0,)"),
    GOOD.replace("(2,)", f"({2**62}, 2)"), GOOD.replace("(2,)", f"({2**63},)"),
    GOOD.replace("(2,)", f"({2**64 + 2},)"), GOOD.replace("(2,)", f"({2**32}, {2**32})"),
    GOOD.replace("(2,)", f"(0, {2**63 - 1}, {2**63 - 1})"),
    GOOD.replace("(2,)", "(" + "1," * 300 + ")"), GOOD.replace("(2,)", "(" * 3000),
    GOOD.replace("(2,)", "(__import__('os').getpid(),)"), GOOD.replace("False", "0"),
    GOOD.replace("False", "None"), GOOD.replace("'<f8'", "3"), GOOD.replace("<f8", "<f9"),
    GOOD.replace("<f8", ""), GOOD.replace("<f8", "\\x3cf8"), GOOD.replace("<f8", "O"),
    GOOD.replace("'<f8'", "[('a', '<f8', -1)]"), GOOD.replace("(2,)", "(0o2,)"),
    GOOD.replace("(2,)", "(2_0,)"), GOOD.replace("(2,)", "(02,)"), GOOD.replace("2", "2" * 5000),
    GOOD.replace("'shape'", "'shape': (1,), 'shape'"), "\0" * 64, " " * 64, "\xff\xfe", GOOD + "#",
    "{" * 9000, "{'descr': " * 900, GOOD.replace(" ", "\0"),
]  # fmt: skip


@needs_martlet
@pytest.mark.parametrize("number", range(len(HEADERS)))
def test_headers_that_lie(tmp_path, number):
    for version in (1, 2, 3):
        data = npy(HEADERS[number], bytes(64), version)
        (tmp_path / "a.npy").write_bytes(data)
        for file in (tmp_path / "a.npy", io.BytesIO(data)):
            with pytest.raises((ValueError, MemoryError, OverflowError, SyntaxError, TypeError)):
                mnp.load(file)


@needs_martlet
def test_lengths_that_lie(tmp_path):
    good = npy(GOOD, struct.pack("<2d", 1, 2))
    for cut in range(1, len(good)):
        (tmp_path / "a.npy").write_bytes(good[:cut])
        for file in (tmp_path / "a.npy", io.BytesIO(good[:cut])):
            with pytest.raises(ValueError):  # noqa: PT011
                mnp.load(file)
    # The header is larger than the file, than the limit, or than memory.
    for length in (0xFFFF_FFFF, 10_001, 5_000):
        data = b"\x93NUMPY\x02\x00" + struct.pack("<I", length) + GOOD.encode()
        (tmp_path / "a.npy").write_bytes(data)
        with pytest.raises(ValueError, match=r"header|Header"):
            mnp.load(tmp_path / "a.npy")
    # The elements are claimed, and not there; no memory is taken for them.
    claimed = npy(GOOD.replace("(2,)", f"({2**40},)"), bytes(16))
    (tmp_path / "a.npy").write_bytes(claimed)
    for file in (tmp_path / "a.npy", io.BytesIO(claimed)):
        with pytest.raises(ValueError, match="only read 2 elements"):
            mnp.load(file)
    for version in (b"\x00\x00", b"\x04\x00", b"\x01\x01", b"\xff\xff"):
        (tmp_path / "a.npy").write_bytes(b"\x93NUMPY" + version + good[8:])
        with pytest.raises(ValueError, match="version"):
            mnp.load(tmp_path / "a.npy")


@needs_martlet
def test_streams_that_lie():
    class Stream:
        def __init__(self, answer):
            self.answer = answer

        def read(self, count):
            return self.answer(count)

        def seek(self, distance, whence=0):
            return 0

    data = npy(GOOD, struct.pack("<2d", 1, 2))
    with pytest.raises(TypeError, match="bytes"):
        mnp.load(Stream(lambda count: "text"))
    with pytest.raises(ValueError, match="bytes"):
        mnp.load(Stream(lambda count: data))
    with pytest.raises(ZeroDivisionError):
        mnp.load(Stream(lambda count: 1 / 0))

    class Slow(io.BytesIO):
        def read(self, count=-1):
            return super().read(min(count, 3))

    with natively():
        assert mnp.load(Slow(data)).tolist() == [1, 2]


@needs_martlet
def test_large_streams():
    a = np.arange(3_000_000.0)
    stream = io.BytesIO()
    np.save(stream, a)

    class Pipe:
        """One that cannot tell where it is."""

        def __init__(self, data):
            self.data, self.place = data, 0

        def read(self, count):
            self.place += count
            return self.data[self.place - count : self.place]

        def seek(self, distance, whence=0):
            if whence != 1:
                raise OSError("no place but the next")
            self.place += distance

    for source in (stream, Pipe(stream.getvalue())):
        source.seek(-stream.tell() if source is stream else 0, 1)
        with natively():
            assert np.array_equal(mnp.load(source), a)
    for source in (io.BytesIO(stream.getvalue()[:-1]), Pipe(stream.getvalue()[:-1])):
        with pytest.raises(ValueError, match="only read 2999999 elements"):
            mnp.load(source)


def archive_of(tmp_path, compressed=False):
    save = np.savez_compressed if compressed else np.savez
    save(tmp_path / "a.npz", a=np.arange(100.0), b=np.ones((3, 3), "i4"))
    return (tmp_path / "a.npz").read_bytes()


ERRORS = (
    *(ValueError, zipfile.BadZipFile, EOFError, OSError, MemoryError, KeyError, RuntimeError),
    *(OverflowError, TypeError, SyntaxError, struct.error, UnicodeError),
)


def read_all(path):
    with mnp.load(path) as found:
        if isinstance(found, mnp.ndarray):
            return {"": found.tolist()}
        return {
            name: value.tolist() if hasattr(value, "tolist") else value
            for name, value in found.items()
        }


@needs_martlet
@pytest.mark.parametrize("compressed", [False, True])
def test_archives_that_lie(tmp_path, compressed):
    good = archive_of(tmp_path, compressed)
    path = tmp_path / "b.npz"
    info = zipfile.ZipFile(tmp_path / "a.npz").getinfo("a.npy")
    directory = good.rindex(b"PK\x01\x02", 0, good.rindex(b"PK\x01\x02"))
    changes = {
        "sizes": (directory + 20, struct.pack("<II", 0x7FFF_FFFF, 0x7FFF_FFFF)),
        "packed": (directory + 20, struct.pack("<I", 5)),
        "unpacked": (directory + 24, struct.pack("<I", 1 << 31)),
        "checksum": (directory + 16, b"\1\2\3\4"),
        "start": (directory + 42, struct.pack("<I", 1 << 30)),
        "data": (info.header_offset + 300, b"\xff\0\xff\0"),
        "name": (info.header_offset + 26, b"\xff\xff"),
        "extra": (info.header_offset + 28, b"\xff\xff"),
        "count": (len(good) - 12, b"\xff\xff"),
        "list": (len(good) - 6, b"\xff\xff\xff\x7f"),
    }
    for name, (place, text) in changes.items():
        path.write_bytes(good[:place] + text + good[place + len(text) :])
        if name == "count":
            continue  # zipfile goes by the size of the list.
        with pytest.raises(ERRORS):
            read_all(path)


@needs_martlet
@settings(max_examples=10 * EXAMPLES, deadline=None)
@given(st.data())
def test_damaged_files_never_crash(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged", numbered=True)
    kind = data.draw(st.sampled_from(["npy", "npz", "packed"]))
    if kind == "npy":
        good = bytearray(npy(GOOD, struct.pack("<2d", 1, 2)))
    else:
        good = bytearray(archive_of(folder, kind == "packed"))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(good) - 1))
        good[place] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF, 0x28, 0x2C, 0x39]))
    path = folder / "a"
    path.write_bytes(good)
    try:
        found = read_all(path)
    except ERRORS:
        return
    # What can be read is what NumPy reads.
    try:
        with np.load(path) as theirs:
            expected = {"": theirs} if isinstance(theirs, np.ndarray) else dict(theirs)
    except Exception:  # The tokenizer of NumPy's second try has errors of its own.
        return
    for name, value in expected.items():
        known = value.tolist() if isinstance(value, np.ndarray) else value
        assert repr(found[name]) == repr(known)


# MARK: As functions


@needs_martlet
def test_names_and_signatures():
    import inspect

    for name in ("load", "save", "savez", "savez_compressed"):
        assert inspect.signature(getattr(mnp, name)) == inspect.signature(getattr(np, name))
    assert not IS_NUMPY
