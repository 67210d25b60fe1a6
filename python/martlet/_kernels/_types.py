"""The types of kernels under numba's names: what signatures are made of.

`float64` is a dtype (`numpy.zeros(3, dtype=martlet.float64)`), a cast (`float64(x)`), what makes an
array's type (`float64[:, ::1]`) and a signature (`float64(float64, float64)`).
"""

import numpy


class Type:
    """What an argument or result of a kernel is."""

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __call__(self, *arguments):
        """The signature of a function that takes `arguments` and gives this type."""
        wrong = next((value for value in arguments if not isinstance(value, Type)), None)
        if wrong is not None:
            raise TypeError(f"the signature of a function that gives {self} has {wrong!r} in it, "
                            f"which is no type")  # fmt: skip
        return Signature(self, arguments)

    def __eq__(self, other):
        return type(other) is type(self) and other.name == self.name

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return self.name

    def __reduce__(self):
        return type(self), (self.name,)


class LiteralType(Type):
    """A text that a kernel is compiled for."""

    __slots__ = ("text",)

    def __init__(self, text):
        super().__init__(f"Literal[str]({text})")
        self.text = text

    def __reduce__(self):
        return LiteralType, (self.text,)


class DTypeType(Type):
    """A type of numbers as an argument, which a kernel is compiled for."""

    __slots__ = ("dtype",)

    def __init__(self, dtype):
        super().__init__(f"class({dtype})")
        self.dtype = dtype

    def __reduce__(self):
        return DTypeType, (self.dtype,)


class OtherType(Type):
    """The type of an argument that no signature has: a list or a slice."""

    __slots__ = ()


class ScalarType(Type):
    """A number's type; `dtype` is NumPy's. Each is of one of the classes below."""

    __slots__ = ("dtype",)

    def __new__(cls, name):
        return super().__new__(_CLASSES[numpy.dtype(name).kind])

    def __init__(self, name):
        super().__init__("boolean" if name == "bool" else name)
        self.dtype = numpy.dtype(name)

    def __reduce__(self):
        return ScalarType, (self.dtype.name,)

    def __call__(self, *arguments):
        """A signature, or one number converted to this type."""
        if len(arguments) == 1 and not isinstance(arguments[0], Type):
            return self.dtype.type(arguments[0])
        return super().__call__(*arguments)

    def __getitem__(self, dimensions):
        """The type of an array: a colon for each dimension, `::1` where elements are adjacent."""
        if not isinstance(dimensions, tuple):
            dimensions = (dimensions,)
        steps = [_step(dimension) for dimension in dimensions]
        layout = "A"
        if steps and 1 in steps:
            layout = {len(steps) - 1: "C", 0: "F"}.get(steps.index(1))
            if layout is None or steps.count(1) > 1:
                raise ValueError("only the first or the last dimension of an array can be '::1'")
        return ArrayType(self, len(steps), layout)

    def __eq__(self, other):
        # As the dtype, so that `array.dtype == martlet.float64` whichever comes first.
        if isinstance(other, ScalarType):
            return self.dtype == other.dtype
        # NumPy takes None for float64.
        return other is not None and self.dtype == other

    def __hash__(self):
        return hash(self.dtype)

    @property
    def bitwidth(self):
        """How many bits a number has."""
        return 8 * self.dtype.itemsize


class Boolean(ScalarType):
    """The type of truth values."""

    __slots__ = ()


class Number(ScalarType):
    """The type of numbers of any kind."""

    __slots__ = ()


class Integer(Number):
    """The type of integers of one width."""

    __slots__ = ()

    @property
    def signed(self):
        """Whether there are negative ones."""
        return self.dtype.kind == "i"

    @property
    def minval(self):
        """The least integer."""
        return int(numpy.iinfo(self.dtype).min)

    @property
    def maxval(self):
        """The greatest integer."""
        return int(numpy.iinfo(self.dtype).max)


class Float(Number):
    """The type of real numbers of one width."""

    __slots__ = ()


class Complex(Number):
    """The type of complex numbers of one width."""

    __slots__ = ()

    @property
    def underlying_float(self):
        """The type of their parts."""
        return float32 if self.dtype.itemsize == 8 else float64


_CLASSES = {"b": Boolean, "i": Integer, "u": Integer, "f": Float, "c": Complex}


def _step(dimension):
    if dimension == slice(None):
        return None
    if dimension == slice(None, None, 1):
        return 1
    raise ValueError("a dimension of an array's type is ':' or '::1'")


class ArrayType(Type):
    """An array's type: `layout` is "C" or "F" for contiguous elements, "A" for any."""

    __slots__ = ("dtype", "layout", "ndim")

    def __init__(self, dtype, ndim, layout="A"):
        colons = [":"] * ndim
        if layout in ("C", "F") and ndim:
            colons[-1 if layout == "C" else 0] = "::1"
        super().__init__(f"{dtype}[{', '.join(colons)}]")
        self.dtype = dtype
        self.ndim = ndim
        self.layout = layout

    def __reduce__(self):
        return ArrayType, (self.dtype, self.ndim, self.layout)


class TupleType(Type):
    """The type of a tuple, with its items' types."""

    __slots__ = ("types",)

    def __init__(self, types):
        self.types = tuple(types)
        items = ", ".join(str(item) for item in self.types)
        super().__init__(f"Tuple(({items}{',' if len(self.types) == 1 else ''}))")

    def __reduce__(self):
        return TupleType, (self.types,)


class NoneType(Type):
    """What a function gives that gives nothing."""

    __slots__ = ()


class Signature:
    """The types of a function: `args`, and `return_type`, None where it is inferred."""

    __slots__ = ("args", "return_type")

    def __init__(self, return_type, args):
        self.return_type = return_type
        self.args = tuple(args)

    def __eq__(self, other):
        return (
            isinstance(other, Signature)
            and other.args == self.args
            and other.return_type == self.return_type
        )

    def __hash__(self):
        return hash((self.return_type, self.args))

    def __repr__(self):
        arguments = ", ".join(str(argument) for argument in self.args)
        return f"{'' if self.return_type is None else self.return_type}({arguments})"

    def __reduce__(self):
        return Signature, (self.return_type, self.args)


def UniTuple(dtype, count):
    """The type of a tuple of `count` items of one type."""
    return TupleType([dtype] * count)


# numba's names of these classes.
Array = ArrayType
Tuple = BaseTuple = TupleType

boolean = ScalarType("bool")
int8 = ScalarType("int8")
int16 = ScalarType("int16")
int32 = ScalarType("int32")
int64 = ScalarType("int64")
uint8 = ScalarType("uint8")
uint16 = ScalarType("uint16")
uint32 = ScalarType("uint32")
uint64 = ScalarType("uint64")
float16 = ScalarType("float16")
float32 = ScalarType("float32")
float64 = ScalarType("float64")
complex64 = ScalarType("complex64")
complex128 = ScalarType("complex128")
void = none = NoneType("void")

bool_ = b1 = boolean
byte = u1 = uint8
char = i1 = int8
short = i2 = int16
ushort = u2 = uint16
intc = int_c = i4 = int32
uintc = u4 = uint32
int_ = intp = long_ = longlong = ssize_t = i8 = int64
uint = uintp = ulong = ulonglong = size_t = u8 = uint64
f2 = float16
float_ = f4 = float32
double = f8 = float64
c8 = complex64
c16 = complex128

# Every name that a signature's text may use for a type without parts.
NAMES = {name: value for name, value in globals().items() if isinstance(value, Type)}
NAMES |= {"bool": boolean, "int": int64, "float": float64, "complex": complex128}

# What the decorators' users import from the top of `martlet`.
PUBLIC = tuple(name for name in NAMES if name not in ("bool", "int", "float", "complex"))


def description(kind):
    """A type as the extension takes it: a dtype's name, (dtype, ndim, layout) for an array, a list
    for a tuple, (text,) for a text, ("dtype", name) for a dtype, None for nothing."""
    if isinstance(kind, ScalarType):
        return kind.dtype.name
    if isinstance(kind, ArrayType):
        return (kind.dtype.dtype.name, kind.ndim, kind.layout)
    if isinstance(kind, TupleType):
        return [description(item) for item in kind.types]
    if isinstance(kind, LiteralType):
        return (kind.text,)
    if isinstance(kind, DTypeType):
        return ("dtype", kind.dtype.dtype.name)
    return None


def from_description(described):
    """The type that `description` was given."""
    if described is None:
        return void
    if isinstance(described, str):
        return NAMES[described]
    if isinstance(described, list):
        return TupleType(from_description(item) for item in described)
    if len(described) == 1:
        return LiteralType(described[0])
    if len(described) == 2:
        if described[0] == "dtype":
            return DTypeType(NAMES[described[1]])
        return OtherType("slice" if described[1] is None else f"reflected list({described[1]})")
    dtype, ndim, layout = described
    return ArrayType(NAMES[dtype], ndim, layout)
