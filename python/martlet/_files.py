"""Archives of arrays: what NumPy's functions for `.npz` files do in Python, on Martlet's arrays."""

import functools
import io
import os

import numpy

from martlet import _martlet


class NpzFile(numpy.lib.npyio.NpzFile):
    """An archive of arrays as `numpy.load` gives it; the arrays are Martlet's."""

    __doc__ = numpy.lib.npyio.NpzFile.__doc__

    def __getitem__(self, key):
        member = _member(self, key)
        return _martlet.adopt(super().__getitem__(key)) if member is None else member


def _member(archive, key):
    """A member that is read without Python's `zipfile`; None where that must be."""
    name = archive._files.get(key)
    file = getattr(archive.zip, "fp", None)
    if name is None or type(file) not in (io.BufferedReader, io.FileIO):
        return None
    info = archive.zip.getinfo(name)
    if info.flag_bits & 1 or info.compress_type not in (0, 8):
        return None
    limit = 2**62 if archive.allow_pickle else archive.max_header_size
    return _martlet.read_member(
        file.fileno(),
        info.header_offset,
        info.compress_type == 8,
        info.compress_size,
        info.file_size,
        info.CRC,
        name,
        limit,
    )


def open_archive(file, allow_pickle, fix_imports, encoding, max_header_size):
    """What `numpy.load` gives for an archive; None stands for what the caller left out."""
    is_own = not hasattr(file, "read")
    opened = open(os.fspath(file), "rb") if is_own else file
    try:
        return NpzFile(
            opened,
            own_fid=is_own,
            allow_pickle=bool(allow_pickle),
            pickle_kwargs={
                "encoding": "ASCII" if encoding is None else encoding,
                "fix_imports": True if fix_imports is None else fix_imports,
            },
            max_header_size=10_000 if max_header_size is None else max_header_size,
        )
    except BaseException:
        if is_own:
            opened.close()
        raise


def taken_over(archive):
    """One that NumPy opened."""
    archive.__class__ = NpzFile
    return archive


def saving(function, served, is_compressed):
    """A function of NumPy's that writes archives: Martlet's arrays, to where a path says, are
    written natively, all else by `served`."""

    @functools.wraps(function)
    def save(file, *args, allow_pickle=True, **kwds):
        members = None if hasattr(file, "write") else _members(args, kwds)
        if members is None:
            return served(file, *args, allow_pickle=allow_pickle, **kwds)
        path = os.fspath(file)
        if not path.endswith(".npz"):
            path += ".npz"
        _martlet.write_archive(path, list(members), list(members.values()), is_compressed)

    save.__module__ = "martlet.numpy"
    return save


def _members(args, kwds):
    """The arrays by their names, as Martlet's; None where some are NumPy's matter."""
    import martlet.numpy

    members = dict(kwds)
    for number, value in enumerate(args):
        if f"arr_{number}" in kwds:
            return None  # NumPy refuses it.
        members[f"arr_{number}"] = value
    for name, value in members.items():
        if type(value) is not _martlet.ndarray:
            members[name] = value = martlet.numpy.asanyarray(value)
        if type(value) is not _martlet.ndarray:
            return None
    return members
