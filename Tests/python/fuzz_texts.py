"""Texts and bytes that a fuzzed call is given to read: nearly right ones, made wrong.

dtypes, einsum subscripts, signatures, tables of numbers, .npy and .npz files.
"""

import io
import random
import tempfile
import zipfile

from subject import IS_NUMPY, mnp

NUMBERS = ["0", "1", "-1", "2", "7", "255", "65536", "2147483648", "4294967296", "1099511627776"]
NUMBERS += ["9223372036854775807", "9223372036854775808", "18446744073709551616", "1" * 60]
LETTERS = "abcijknxyz0123456789 ,.->()[]{}<>|=!'\":;_*/\\\0\n\t\xe9\u2026\U0001f600"

DTYPES = ["float64", "f8", "<f4", ">i8", "|u1", "=c16", "?", "bool", "int", "complex64", "e", "U3"]
DTYPES += ["S5", "V8", "M8[ns]", "m8", "O", "f4,i4", "(2,3)f8", "i4, (2)f4, S3", "float16", "<b1"]
SUBSCRIPTS = ["ij,jk->ik", "ii", "ii->i", "...i,...i", "i...->...", "ij,jk,kl->il", "i,i", "ij->ji"]
SUBSCRIPTS += ["ij", ",", "->", "...->...", "abc,cd->abd", "i,j->ij", "ij...,j->i...", "ijk->"]
SIGNATURES = [
    "(n),(n)->()",
    "(m,n),(n,p)->(m,p)",
    "(n),()->(n)",
    "()->()",
    "(),()->(),()",
    "(n)->(3)",
]
SIGNATURES += ["(m?,n),(n,p?)->(m?,p?)", "(n|1),(n|1)->()", "(i,j)->(j,i)"]
TYPES = [
    "float64(float64, float64)",
    "int64(int64)",
    "void(float64[:], int64)",
    "f8(f8)",
    "b1(i4,u8)",
]
TYPES += ["float64[:,::1](float64[:,:])", "(float64[:], float64[:])", "Tuple((i8, f4))(i8)", "i8()"]
TABLES = ["1 2 3\n4 5 6\n", "1.5,2e3,-inf\nnan,0x1p3,7\n", "# words\n1\t2\n\n3\t4", '"1" "2"\n']
TABLES += ["1+2j 3\n4 5j\n", "1 2\n3\n", "9" * 400 + "\n", ".5 5. 1e400 -0.0\n"]
HEADERS = [
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
    "{'descr': '|u1', 'fortran_order': True, 'shape': (4,), }",
    "{'descr': '>i4', 'fortran_order': False, 'shape': (), }",
    "{'descr': [('a', '<f4'), ('b', '|S3')], 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
]


def changed(draw: random.Random, text: str, others) -> str:
    """The text with some letters and numbers exchanged, or parts of others put in."""
    for _ in range(draw.choice([0, 1, 1, 2, 3, 8])):
        place = draw.randint(0, len(text))
        end = min(len(text), place + draw.choice([0, 1, 1, 2, 5]))
        other = draw.choice(others)
        cut = draw.randint(0, len(other))
        new = draw.choice(["", draw.choice(LETTERS), draw.choice(NUMBERS), other[cut:], text[:end]])
        text = text[:place] + new + text[end:]
        if len(text) > 4000:
            text = text[:4000]
    if draw.random() < 0.02:
        text *= draw.choice([50, 2000])
    return text


def broken(draw: random.Random, data: bytes) -> bytes:
    """The bytes with some exchanged, cut out, cut off or put in."""
    data = bytearray(data)
    for _ in range(draw.choice([0, 1, 1, 2, 4, 16])):
        place = draw.randint(0, len(data))
        kind = draw.randrange(5)
        if kind == 0:
            data[place : place + draw.choice([1, 2, 4, 8])] = draw.randbytes(draw.choice([1, 4, 8]))
        elif kind == 1:
            del data[place : place + draw.choice([1, 2, 9, 100])]
        elif kind == 2 and draw.random() < 0.4:
            del data[place:]
        elif kind == 3:
            word = draw.choice([0, 1, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1])
            data[place : place + 4] = word.to_bytes(8, "little")[: draw.choice([2, 4, 8])]
        else:
            data[place:place] = data[draw.randint(0, len(data)) :][:64]
    return bytes(data[:20_000])


def npy(draw: random.Random) -> bytes:
    header = changed(draw, draw.choice(HEADERS), HEADERS).encode("utf-8", "replace")
    version = draw.choice([1, 1, 2, 3, 0, 9, 255])
    size = len(header) + 1
    if draw.random() < 0.2:
        size = draw.choice([0, 1, size - 1, size + 100, 2**16 - 1, 2**31, 2**32 - 1])
    length = (size % 2 ** (16 if version == 1 else 32)).to_bytes(2 if version == 1 else 4, "little")
    elements = draw.randbytes(draw.choice([0, 4, 47, 48, 49, 200]))
    return broken(draw, b"\x93NUMPY" + bytes([version, 0]) + length + header + b"\n" + elements)


def npz(draw: random.Random) -> bytes:
    file = io.BytesIO()
    kind = draw.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name in draw.sample(
            ["a.npy", "b", "../c.npy", "a\0.npy", "\xe9.npy"], draw.randint(0, 3)
        ):
            archive.writestr(name, npy(draw))
    return broken(draw, file.getvalue())


def in_file(data: bytes) -> str:
    with tempfile.NamedTemporaryFile(dir=".", delete=False) as file:
        file.write(data)
    return file.name


def loaded(file, **options):
    """All that a file holds."""
    found = mnp.load(file, **options)
    return [found[name] for name in list(found)[:3]] if hasattr(found, "files") else found


def arrays(draw: random.Random) -> list:
    shapes = [(), (2,), (3,), (2, 3), (3, 2), (2, 2), (2, 2, 2), (0, 3), (1, 2), (2, 3, 4)]
    dtypes = ["float64", "int64", "bool", "complex64", "int8"]
    return [
        mnp.ones(draw.choice(shapes), draw.choice(dtypes))
        for _ in range(draw.choice([1, 2, 2, 3, 4]))
    ]


class Reader:
    """A function that reads texts, with a way to draw its arguments."""

    def __init__(self, function, arguments):
        self.function, self.arguments = function, arguments

    def __call__(self, *positional):
        return self.function(*positional)


def readers() -> list:
    """(name, Reader) of everything that reads texts or bytes."""

    def dtype(draw):
        return changed(draw, draw.choice(DTYPES), DTYPES)

    def subscripts(draw):
        return changed(draw, draw.choice(SUBSCRIPTS), SUBSCRIPTS)

    def signature(draw):
        return changed(draw, draw.choice(SIGNATURES), SIGNATURES)

    def type_text(draw):
        return changed(draw, draw.choice(TYPES), TYPES)

    def table(draw):
        return changed(draw, draw.choice(TABLES), TABLES).encode("utf-8", "replace")

    a = mnp.arange(6)
    found = {
        "dtype of zeros": (lambda t: mnp.zeros(3, t), lambda d: [dtype(d)]),
        "dtype of array": (lambda t: mnp.array([1, 2], t), lambda d: [dtype(d)]),
        "dtype of astype": (a.astype, lambda d: [dtype(d)]),
        "dtype of view": (a.view, lambda d: [dtype(d)]),
        "dtype of sum": (lambda t: mnp.sum(a, dtype=t), lambda d: [dtype(d)]),
        "einsum": (mnp.einsum, lambda d: [subscripts(d), *arrays(d)]),
        "einsum, optimal": (
            lambda *x: mnp.einsum(*x, optimize=True), lambda d: [subscripts(d), *arrays(d)]
        ),
        "einsum_path": (mnp.einsum_path, lambda d: [subscripts(d), *arrays(d)]),
        "signature of vectorize": (
            lambda t, *x: mnp.vectorize(lambda *y: y[0], signature=t)(*x),
            lambda d: [signature(d), *arrays(d)],
        ),
        "npy": (lambda b: loaded(io.BytesIO(b)), lambda d: [npy(d)]),
        "npy in a file": (lambda b: loaded(in_file(b)), lambda d: [npy(d)]),
        "npz": (lambda b: loaded(io.BytesIO(b)), lambda d: [npz(d)]),
        "npz in a file": (lambda b: loaded(in_file(b)), lambda d: [npz(d)]),
        "table": (lambda b: mnp.loadtxt(io.BytesIO(b)), lambda d: [table(d)]),
        "table in a file": (
            lambda b, s: mnp.loadtxt(in_file(b), delimiter=s),
            lambda d: [table(d), d.choice([None, ",", "\t", "e", "\xe9"])],
        ),
        "raw elements": (
            lambda b, *x: mnp.fromfile(in_file(b), *x),
            lambda d: [d.randbytes(d.choice([0, 7, 64])), dtype(d), d.choice([-1, 0, 3, 2**62])],
        ),
    }  # fmt: skip
    if not IS_NUMPY:
        import martlet
        from martlet import _martlet

        def kernel(*values):
            return values[0]

        found |= {
            "signature": (_martlet.parse_signature, lambda d: [signature(d)]),
            "signature of guvectorize": (
                lambda t: martlet.guvectorize(t)(lambda x, y, out: None), lambda d: [signature(d)]
            ),
            "signature of dispatch": (
                lambda t: martlet.dispatch(signature=t)(kernel), lambda d: [signature(d)]
            ),
            "types of vectorize": (
                lambda t: martlet.vectorize([t])(lambda x, y: x + y), lambda d: [type_text(d)]
            ),
            "types of njit": (lambda t: martlet.njit(t)(lambda x: x), lambda d: [type_text(d)]),
        }  # fmt: skip
    return [(f"text, {name}", Reader(*both)) for name, both in found.items()]
