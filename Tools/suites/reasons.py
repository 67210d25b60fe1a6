"""Which tests of other projects are left out, and why.

A test is left out because it tests how the other is built, not what its users see.
"""

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

# By a part of the test's name with its path.
TESTS: dict[str, str] = {}

# Files of numba's that test its compiler from inside, by the beginning of their paths.
NUMBA_FILES = {
    "cuda/tests/cudadrv": "numba's own door to the driver",
    "cuda/tests/cudasim": "numba's own simulator",
    "cuda/tests/nocuda": "numba's import of libraries",
    "cuda/tests/data": "sources of device functions",
}
