"""`a.flags`: how an array lies in memory."""

_BITS = {
    0x0001: "c_contiguous",
    0x0002: "f_contiguous",
    0x0004: "owndata",
    0x0100: "aligned",
    0x0400: "writeable",
    0x2000: "writebackifcopy",
}


class flagsobj:
    """How an array lies in memory, as NumPy's `flags`."""

    __slots__ = ("_array",)

    _NAMES = {
        "C": "c_contiguous", "C_CONTIGUOUS": "c_contiguous", "CONTIGUOUS": "c_contiguous",
        "F": "f_contiguous", "F_CONTIGUOUS": "f_contiguous", "FORTRAN": "f_contiguous",
        "W": "writeable", "WRITEABLE": "writeable", "A": "aligned", "ALIGNED": "aligned",
        "O": "owndata", "OWNDATA": "owndata", "X": "writebackifcopy",
        "WRITEBACKIFCOPY": "writebackifcopy", "FNC": "fnc", "FORC": "forc", "B": "behaved",
        "BEHAVED": "behaved", "CA": "carray", "CARRAY": "carray", "FA": "farray",
        "FARRAY": "farray",
    }  # fmt: skip

    def __init__(self, array):
        self._array = array

    @property
    def c_contiguous(self):
        return self._array._is_c_contiguous

    @property
    def f_contiguous(self):
        return self._array._is_f_contiguous

    contiguous = c_contiguous
    fortran = f_contiguous

    @property
    def writeable(self):
        return self._array._is_writable

    @writeable.setter
    def writeable(self, value):
        self._array._is_writable = bool(value)

    @property
    def owndata(self):
        return self._array.base is None

    @property
    def aligned(self):
        return True

    @aligned.setter
    def aligned(self, value):
        setflags(self._array, align=value)

    @property
    def writebackifcopy(self):
        return False

    @writebackifcopy.setter
    def writebackifcopy(self, value):
        setflags(self._array, uic=value)

    @property
    def num(self):
        """The flags as NumPy's numbers, added."""
        return sum(bit for bit, name in _BITS.items() if getattr(self, name))

    fnc = property(lambda self: self.f_contiguous and not self.c_contiguous)
    forc = property(lambda self: self.f_contiguous or self.c_contiguous)
    behaved = property(lambda self: self.writeable)
    carray = property(lambda self: self.writeable and self.c_contiguous)
    # NumPy's own: aligned, writeable or of Fortran's order is enough.
    farray = property(lambda self: not self.c_contiguous)

    def __getitem__(self, key):
        name = self._NAMES.get(key)
        if name is None:
            raise KeyError("Unknown flag")
        return getattr(self, name)

    def __setitem__(self, key, value):
        name = self._NAMES.get(key)
        if name not in ("writeable", "aligned", "writebackifcopy"):
            raise KeyError("Unknown flag")
        setattr(self, name, value)

    def __eq__(self, other):
        names = ("c_contiguous", "f_contiguous", "owndata", "writeable")
        return isinstance(other, flagsobj) and all(
            getattr(self, name) == getattr(other, name) for name in names
        )

    __hash__ = None

    def __repr__(self):
        return (
            "\n".join(
                f"  {name.upper()} : {getattr(self, name)}"
                for name in (
                    "c_contiguous",
                    "f_contiguous",
                    "owndata",
                    "writeable",
                    "aligned",
                    "writebackifcopy",
                )  # fmt: skip
            )
            + "\n"
        )


def setflags(self, /, write=None, align=None, uic=None):
    """As NumPy's: whether the array may be written. It is aligned and no copy to write back."""
    if align is not None and not align:
        raise ValueError("Martlet's arrays are always aligned")
    if uic:
        raise ValueError("cannot set WRITEBACKIFCOPY flag to True")
    if write is not None:
        self._is_writable = bool(write)
