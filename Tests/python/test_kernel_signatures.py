"""Types and signatures of kernels, as objects and as text, and layouts."""

import pickle

import martlet
import martlet.numpy as np
import numpy
import pytest
from martlet import float32, float64, int32, types, void
from martlet._kernels import _signatures, _types

# Types


def test_types_are_dtypes():
    assert numpy.zeros(2, dtype=float32).dtype == numpy.float32
    assert np.zeros(2, dtype=martlet.int16).dtype == numpy.int16
    assert numpy.dtype("float64") == float64 == numpy.dtype("float64") == "float64"
    assert float64 != float32 and float64 != None and not float64 == 3  # noqa: E711
    assert np.arange(3).astype(martlet.complex64).dtype == numpy.complex64
    assert {float64: 1}[martlet.f8] == 1


def test_types_convert_numbers():
    assert float32(0.1) == numpy.float32(0.1) and type(float32(0.1)) is numpy.float32
    assert martlet.uint8(200).dtype == numpy.uint8
    assert type(martlet.boolean(2)) is numpy.bool_


def test_types_make_signatures_and_arrays():
    assert str(float64(float64, int32)) == "float64(float64, int32)"
    assert str(void(float32[:], int32[:, ::1], float64[::1, :])) == (
        "void(float32[:], int32[:, ::1], float64[::1, :])"
    )
    assert (float64[:, ::1].ndim, float64[:, ::1].layout, float64[:].layout) == (2, "C", "A")
    assert float64[::1] == float64[::1] != float64[:]
    with pytest.raises(ValueError, match="a dimension of an array's type is ':' or '::1'"):
        float64[3]
    with pytest.raises(ValueError, match="only the first or the last dimension"):
        float64[:, ::1, :]
    with pytest.raises(TypeError, match="float64 has 3 in it, which is no type"):
        float64(float32, 3)


def test_numbas_names_are_there():
    for name, same in {
        "f4": "float32", "double": "float64", "b1": "boolean", "intp": "int64", "u8": "uint64",
        "c16": "complex128", "byte": "uint8", "size_t": "uint64", "float_": "float32",
    }.items():  # fmt: skip
        assert getattr(martlet, name) is getattr(martlet, same)
        assert getattr(types, name) is getattr(martlet, same)
        assert name in dir(martlet)
    with pytest.raises(AttributeError, match="no attribute 'float46'"):
        martlet.float46  # noqa: B018


@pytest.mark.parametrize(
    "kind", [float64, void, float32[:, ::1], types.UniTuple(int32, 2), types.Tuple((float64[:],))]
)
def test_types_are_read_back(kind):
    assert _signatures.parse_type(str(kind)) == kind
    assert pickle.loads(pickle.dumps(kind)) == kind
    assert _types.from_description(_types.description(kind)) == kind


def test_descriptions():
    kind = types.Tuple((float64, martlet.boolean[:, ::1]))
    assert _types.description(kind) == ["float64", ("bool", 2, "C")]
    assert _types.description(void) is None


# Signatures


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("float64(float64, float64)", "float64(float64, float64)"),
        ("void(float32[:], int64)", "void(float32[:], int64)"),
        ("(float64,)", "(float64)"),
        ("(f4, i8[:,::1])", "(float32, int64[:, ::1])"),
        ("f8()", "float64()"),
        ("none(b1, c8[::1,:])", "void(boolean, complex64[::1, :])"),
        ("types.float64(nb.int32)", "float64(int32)"),
        ("UniTuple(f8, 2)(i4)", "Tuple((float64, float64))(int32)"),
        ("f8(Tuple((i4, f4[:])))", "float64(Tuple((int32, float32[:])))"),
        ("Array(float64, 2, 'C')(intp)", "float64[:, ::1](int64)"),
    ],
)  # fmt: skip
def test_signatures_are_read(text, shown):
    signature = _signatures.parse_signature(text)
    assert str(signature) == shown
    assert pickle.loads(pickle.dumps(signature)) == signature


@pytest.mark.parametrize(
    ("text", "problem", "column"),
    [
        ("float46(float64)", "'float46' is no type", 0),
        ("float64(float64", "')' is expected, and there is the end", 15),
        ("float64", "'(' is expected, and there is the end", 7),
        ("float64(float64) x", "the end is expected, and there is 'x'", 17),
        ("void(f8[:,)", "':' or '::1' is expected, and there is ')'", 10),
        ("void(f8[:)", "']' is expected, and there is ')'", 9),
        ("void(f8[::2])", "'1' is expected, and there is '2'", 10),
        ("void(f8[::1, ::1])", "only the first or the last dimension can be '::1'", 13),
        ("void(void[:])", "there are no arrays of 'void'", 5),
        ("float64(float64 & f4)", "'&' has no meaning there", 16),
        ("float64(, f8)", "a type is expected, and there is ','", 8),
        ("", "a type is expected, and there is the end", 0),
        ("optional(f8)(f8)", "'optional' is no type", 0),
    ],
)
def test_wrong_signatures_are_shown(text, problem, column):
    with pytest.raises(ValueError) as caught:
        _signatures.parse_signature(text)
    assert str(caught.value) == (
        f"the signature '{text}' is wrong: {problem}.\n    {text}\n    {' ' * column}^"
    )


def test_arguments_are_not_void():
    with pytest.raises(ValueError, match="an argument cannot be void"):
        _signatures.parse_signature("float64(void)")


def test_signatures_come_in_many_forms():
    expected = [float64(float64)]
    for given in ("float64(float64)", float64(float64), [float64(float64)], ["f8(f8)"]):
        assert _signatures.is_signatures(given)
        assert _signatures.signatures(given) == expected
    assert str(_signatures.signatures((float64, int32))) == "[(float64, int32)]"
    assert _signatures.signatures(()) == [] == _signatures.signatures(None)
    assert _signatures.signatures((float64(int32), "f4(f4)")) == [float64(int32), float32(float32)]
    assert not _signatures.is_signatures(len)
    with pytest.raises(TypeError, match="not 3"):
        _signatures.signature(3)


# Layouts


@pytest.mark.parametrize(
    ("text", "inputs", "outputs"),
    [
        ("(m,n),(n)->(m)", [("m", "n"), ("n",)], [("m",)]),
        ("(),()->()", [(), ()], [()]),
        ("(n) -> (n), (3)", [("n",)], [("n",), (3,)]),
    ],
)
def test_layouts_are_read(text, inputs, outputs):
    assert _signatures.parse_layout(text) == (inputs, outputs)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("(n)", "'->' is expected, and there is the end"),
        ("(n->(n)", r"'\)' is expected, and there is '->'"),
        ("(n),->(n)", r"'\(' is expected, and there is '->'"),
        ("n->n", r"'\(' is expected, and there is 'n'"),
        ("(n)->(:)", "a dimension's name is expected, and there is ':'"),
    ],
)
def test_wrong_layouts_are_shown(text, problem):
    with pytest.raises(ValueError, match=f"the layout '.*' is wrong: {problem}"):
        _signatures.parse_layout(text)


def test_types_belong_to_classes():
    assert isinstance(float64, types.Float) and isinstance(float64, types.Number)
    assert isinstance(types.uint8, types.Integer) and not types.uint8.signed
    assert (types.int16.bitwidth, types.int16.minval, types.int16.maxval) == (
        16,
        -(2**15),
        2**15 - 1,
    )
    assert isinstance(types.boolean, types.Boolean) and not isinstance(types.boolean, types.Number)
    assert types.complex64.underlying_float == types.float32
    assert isinstance(float32[:], types.Array) and not isinstance(float32, types.Array)
    assert isinstance(types.UniTuple(float32, 2), types.BaseTuple)
