"""`cuda.jit`: kernels for a grid of threads, their launches, and functions that they call."""

import functools

import numpy

from martlet import _grid, _martlet
from martlet._kernels import _pickling, _source, _types
from martlet._kernels._jit import (
    _inspection,
    _lacks,
    _signature_key,
    checked_options,
    python_function,
)
from martlet._kernels._placement import default_grid_device, moved, on_device, simulated
from martlet._kernels._signatures import is_signatures, signatures

_OPTIONS = {"device": False, "fastmath": False, "debug": False, "cache": False, "inline": False}

# Options of numba's about one compiler, with the values that ask for nothing.
_EMPTY = {
    "opt": True,
    "lineinfo": False,
    "link": [],
    "max_registers": None,
    "lto": None,
    "boundscheck": None,
}

_MAXIMUM_THREADS = 1024


def jit(func_or_sig=None, **options):
    """Makes a function the kernel of a grid of threads: bare, with a signature, or with options.

    `kernel[blocks, threads](arguments)` launches it. With `device=True` it is a function that
    kernels call.

    - `fastmath`: arithmetic may be rearranged, so the last bits of results can change.
    - `debug`: indices are checked on every device; the Simulator always checks.
    - `cache`, `inline`, `lineinfo`: accepted; compiled code is always kept on disk, and called
      functions are always inlined.
    """
    given = dict(options)
    for name in ("argtypes", "restype", "bind"):
        if name in given:
            raise TypeError(f"[cuda.jit] '{name}' is numba's of old: give a signature")
    given = {name: value for name, value in given.items() if name not in ("opt", "lineinfo")}
    checked = checked_options("cuda.jit", given, _OPTIONS, _EMPTY)
    if func_or_sig is None or is_signatures(func_or_sig):
        wanted = signatures(func_or_sig)
        return lambda function: _made(python_function("cuda.jit", function), checked, wanted)
    return _made(python_function("cuda.jit", func_or_sig), checked, [])


def _made(function, options, wanted):
    if options["device"]:
        return DeviceFunction(function, wanted)
    for signature in wanted:
        if signature.return_type is not None and str(signature.return_type) != "void":
            raise TypeError(
                f"[cuda.jit] the signature '{signature}' gives something; a kernel gives nothing "
                f"and writes to arrays, a function for kernels has device=True"
            )
    return Kernel(function, options, wanted)


class DeviceFunction:
    """A function that only kernels call."""

    def __init__(self, function, wanted=()):
        self.encode = _source.Source(function)
        self.encode.signatures = tuple(wanted)
        functools.update_wrapper(self, function)

    @property
    def py_func(self):
        return self.encode.function

    def __call__(self, *arguments, **keywords):
        raise TypeError(f"'{self.__name__}' has device=True: only kernels can call it")

    def __reduce__(self):
        return _pickling.reduced(self, self.py_func, DeviceFunction, self.encode.signatures)

    def __repr__(self):
        return f"<device function '{self.__name__}'>"


class Kernel:
    """What each thread of a grid runs; `kernel[blocks, threads]` says how many there are."""

    def __init__(self, function, options, wanted):
        self.encode = _source.Source(function, grid=True)
        self.targetoptions = options
        self._wanted = wanted
        source = self.encode
        self._native = _martlet.GridKernel(
            source.name,
            source.doc,
            source.filename,
            source,
            {"fastmath": options["fastmath"], "debug": bool(options["debug"])},
        )
        functools.update_wrapper(self, function)
        for signature in wanted:
            # Launches are for these only, and numbers are converted to them.
            self._native.compile([_types.description(kind) for kind in signature.args], None, True)

    @property
    def py_func(self):
        return self.encode.function

    @property
    def signatures(self):
        if self._wanted:
            return [signature.args for signature in self._wanted]
        return [_signature_key(kinds) for kinds in self._native.compiled]

    @property
    def overloads(self):
        return dict.fromkeys(self.signatures, self)

    def inspect(self, kind):
        return self._native.inspect(kind)

    inspect_kernel = _inspection("kernel", "The kernels in Martlet's language, by signature.")
    inspect_asm = _inspection(
        "ptx",
        "The kernels in PTX, by signature: NVRTC's for the first GPU there is, and without one for "
        "compute capability 9.0. Without NVRTC it is an error.",
    )
    inspect_source = _inspection("source", "The kernels in CUDA C, by signature.")
    # LLVM compiles for the CPU only; grid kernels are compiled by the device's own compiler.
    inspect_llvm = _lacks(
        "inspect_llvm",
        "LLVM compiles no kernels for grids; see inspect_source for CUDA C, inspect_asm for PTX",
    )
    inspect_sass = _lacks(
        "inspect_sass", "Martlet reads no machine code of GPUs; see inspect_asm for PTX"
    )
    inspect_lto_ptx = _lacks("inspect_lto_ptx", "Martlet links no kernels; see inspect_asm for PTX")

    def inspect_types(self, file=None):
        """Prints the types of the kernel's variables, for each signature it was launched with."""
        for kinds, text in _inspection("types", "")(self).items():
            shown = ", ".join(str(item) for item in kinds)
            print(f"{self.__name__} ({shown})\n{'-' * 80}\n{text}", file=file)

    def __getitem__(self, configuration):
        if not isinstance(configuration, tuple):
            configuration = (configuration,)
        if len(configuration) > 4:
            name = self.__name__
            raise ValueError(
                f"[{name}] a launch is {name}[blocks, threads, stream, sharedmem](…): "
                f"{len(configuration)} things are given"
            )
        return self.configure(*configuration)

    def configure(self, griddim, blockdim=None, stream=0, sharedmem=0):
        """The kernel with the numbers of blocks and of threads in a block; and, beside a stream,
        the bytes of shared memory whose size the kernel leaves open."""
        name = self.__name__
        if blockdim is None:
            raise ValueError(f"[{name}] a launch is {name}[blocks, threads](…): threads is missing")
        blocks = _three(name, "blocks", griddim)
        threads = _three(name, "threads", blockdim)
        if threads[0] * threads[1] * threads[2] > _MAXIMUM_THREADS:
            raise ValueError(
                f"[{name}] a block of {' x '.join(str(size) for size in threads)} threads is "
                f"larger than {_MAXIMUM_THREADS}"
            )
        if not isinstance(sharedmem, (int, numpy.integer)) or sharedmem < 0:
            raise ValueError(f"[{name}] sharedmem is a number of bytes, not {sharedmem!r}")
        return Launch(self, blocks, threads, stream, int(sharedmem))

    def forall(self, ntasks, tpb=0, stream=0, sharedmem=0):
        """The kernel with as many threads, of one dimension, as there are tasks."""
        if ntasks < 0:
            raise ValueError(f"[{self.__name__}] the number of tasks is {ntasks}, below 0")
        threads = tpb or 128
        return self.configure(-(-int(ntasks) // threads), threads, stream, sharedmem)

    def specialize(self, *arguments):
        """The kernel itself: it is compiled for its arguments' types at each launch."""
        return self

    def __call__(self, *arguments):
        raise ValueError(
            f"[{self.__name__}] a kernel is launched with numbers of blocks and threads: "
            f"{self.__name__}[blocks, threads](…)"
        )

    def __reduce__(self):
        return _pickling.reduced(self, self.py_func, Kernel, self.targetoptions, self._wanted)

    def __repr__(self):
        return f"<kernel '{self.__name__}'>"


def _three(name, what, value):
    """The three sizes of a grid or block, from one number or up to three."""
    sizes = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if not 1 <= len(sizes) <= 3:
        raise ValueError(f"[{name}] {what} has 1, 2 or 3 sizes, not {len(sizes)}")
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, (int, numpy.integer)):
            raise TypeError(f"[{name}] {what} is a number or a tuple of them, not {value!r}")
        if size < 0 or (size == 0 and what == "threads"):
            raise ValueError(f"[{name}] {what} is {value!r}, and each size is at least 1")
    return tuple(int(size) for size in (*sizes, 1, 1)[:3])


# MARK: Launches


class In:
    """An argument that a kernel only reads: it is not copied back to the host."""

    copies_in, copies_back = True, False

    def __init__(self, value):
        self.value = value


class Out(In):
    """An argument that a kernel only writes: its elements are not copied to the device."""

    copies_in, copies_back = False, True


class InOut(In):
    """An argument that a kernel reads and writes, as every array is that is given bare."""

    copies_in, copies_back = True, True


class Launch:
    """A kernel with its grid; calling it runs the kernel on all threads."""

    __slots__ = ("blocks", "kernel", "sharedmem", "stream", "threads")

    def __init__(self, kernel, blocks, threads, stream, sharedmem):
        self.kernel = kernel
        self.blocks = blocks
        self.threads = threads
        self.stream = stream
        self.sharedmem = sharedmem

    def __call__(self, *arguments):
        if 0 in self.blocks:
            return
        native = self.kernel._native
        device = _device((*arguments, *native.captured()))
        run(native, self.blocks, self.threads, self.sharedmem, arguments, device)


def run(native, blocks, threads, sharedmem, arguments, device):
    """Launches a kernel on a device, with its arguments and the arrays from around it there, and
    brings back what it changed of the host's."""
    taken, back = [], []
    for argument in (*arguments, *native.captured()):
        taken.append(_taken(argument, device, back))
    own, around = taken[: len(arguments)], taken[len(arguments) :]
    with on_device(device):
        native.launch(blocks, threads, sharedmem, own, around)
    for host, there in back:
        host[...] = there if _grid.is_native(host) and host.device != "cpu" else there.to("cpu")


def _device(arguments):
    """Where a launch runs: where its arrays live, or where grid kernels run."""
    for argument in arguments:
        value = argument.value if isinstance(argument, In) else argument
        for item in value if isinstance(value, tuple) else (value,):
            if _grid.is_native(item) and item.device != "cpu":
                return item.device
    if simulated():
        return "simulator"
    current = _martlet.current_device()
    return current if current != "cpu" else default_grid_device()


def _taken(value, device, back):
    """An argument as the device has it; what has to be copied back is added to `back`."""
    mode = InOut
    if isinstance(value, In):
        value, mode = value.value, type(value)
    if isinstance(value, tuple):
        items = [_taken(item, device, back) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        raise TypeError("a list is no argument of a kernel: make it an array")
    if _grid.is_native(value):
        if value.device == device:
            return value
        writable = value.flags.writeable
    elif isinstance(value, numpy.ndarray):
        writable = value.flags.writeable
    else:
        return value
    if mode.copies_in:
        # A copy even where the Simulator could share the host's memory: kernels see their own.
        there = moved(value, device)
    else:
        there = _martlet.empty(value.shape, dtype=value.dtype, device=device)
    if mode.copies_back and writable:
        back.append((value, there))
    return there


_source.carriers += [DeviceFunction]
