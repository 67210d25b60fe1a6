"""Which tests of other projects are left out, and why.

A test is left out because it tests how the other is built, not what its users see. Whole files
stand here, single tests of NumPy's in `numpy_known.txt`.
"""

from pathlib import Path

# By the beginning of the file's path below the package.
FILES = {
    "f2py/": "the compiler of Fortran extensions",
    "distutils/": "the build system of old",
    "typing/": "type stubs",
    "_pyinstaller/": "packaging of NumPy itself",
    "tests/": "NumPy's own packaging, its public names and its configuration",
    "testing/": "the test helpers themselves",
    "_core/tests/test_simd": "C internals: vector registers",
    "_core/tests/test_cpu_": "C internals: processor dispatch",
    "_core/tests/test_mem_policy": "C internals: allocators of the C API",
    "_core/tests/test_hashtable": "C internals: a hash table",
    "_core/tests/test_extint128": "C internals: arithmetic of 128 bits",
    "_core/tests/test_custom_dtypes": "C internals: dtypes written in C",
    "_core/tests/test_conversion_utils": "C internals: converters of arguments",
    "_core/tests/test_argparse": "C internals: the argument parser",
    "_core/tests/test_casting_unittests": "C internals: casts as C functions",
    "_core/tests/test_array_api_info": "facts of NumPy's own array API namespace",
    "_core/tests/test_cython": "a build of an extension against NumPy's C API",
    "_core/tests/test_limited_api": "a build of an extension against NumPy's C API",
    "_core/tests/test__exceptions": "C internals: exceptions",
    "_core/tests/test_umath_accuracy": "accuracy tables of NumPy's vector code",
    "random/tests/test_extending": "a build of an extension against NumPy's C API",
}

# Files of numba's that test its compiler from inside, by the beginning of their paths.
NUMBA_FILES = {
    "cuda/tests/cudadrv": "numba's own door to the driver",
    "cuda/tests/cudasim": "numba's own simulator",
    "cuda/tests/nocuda": "numba's import of libraries",
    "cuda/tests/data": "sources of device functions",
}


class Known:
    """The tests that are known to fail, as a file lists them.

    Each reason is a line, `internal: why` for tests of how the other project is built and
    `differs: why` for what Martlet does in another way or not yet. Below it, indented, stand the
    tests: a file's path, `::` and the test's name, which without parameters stands for all of them;
    so does a class for its tests.
    """

    def __init__(self, file: Path):
        self.reasons: dict[str, tuple[str, str]] = {}
        self.met: set[str] = set()
        reason = None
        for line in file.read_text().splitlines():
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            if line[0].isspace():
                if reason is None or text in self.reasons:
                    raise ValueError(f"{file.name}: no reason, or two, for {text}")
                self.reasons[text] = reason
            else:
                kind, _, why = text.partition(": ")
                if kind not in ("internal", "differs") or not why:
                    raise ValueError(f"{file.name}: no kind of reason: {text}")
                reason = (kind, why)

    def reason(self, path, test: str) -> tuple[str, str] | None:
        """The kind of reason and the reason for a test that did not pass, if it is known."""
        name = f"{path}::{test}"
        whole = name.partition("[")[0]
        for entry in (name, whole, whole.rpartition("::")[0]):
            if entry in self.reasons:
                self.met.add(entry)
                return self.reasons[entry]
        return None

    def passing(self, paths) -> list[str]:
        """What is listed in these files, and of which nothing failed."""
        files = {f"{path}" for path in paths}
        return [
            entry
            for entry in self.reasons
            if entry.partition("::")[0] in files and entry not in self.met
        ]
