"""Kernels for grids of threads, under the names of numba's `cuda`: `from martlet import cuda`.

A kernel runs where its arrays live, else on the device of the thread that launches it, else on the
first CUDA device, else on the first OpenCL device, else on the Simulator. With MARTLET_SIMULATOR=1
or NUMBA_ENABLE_CUDASIM=1 it runs on the Simulator. docs/kernels.md lists what numba has and what
of it is here.
"""

from martlet._kernels import _memory
from martlet._kernels._grid_kernel import In, InOut, Out, jit
from martlet._kernels._intrinsics import Intrinsic as _Intrinsic
from martlet._kernels._intrinsics import Namespace as _Namespace
from martlet._kernels._memory import (
    Device,
    Event,
    Stream,
    as_cuda_array,
    close,
    current_context,
    default_stream,
    defer_cleanup,
    detect,
    device_array,
    device_array_like,
    event,
    event_elapsed_time,
    get_current_device,
    is_available,
    is_cuda_array,
    is_supported_version,
    legacy_default_stream,
    list_devices,
    managed_array,
    mapped,
    mapped_array,
    mapped_array_like,
    open_ipc_handle,
    per_thread_default_stream,
    pinned,
    pinned_array,
    pinned_array_like,
    select_device,
    stream,
    synchronize,
    to_device,
)
from martlet._kernels._reduce import Reduce

reduce = Reduce

# Names of the kernel language.

_FUNCTIONS = {
    "threadIdx": "the thread's place in its block: .x, .y and .z",
    "blockIdx": "the block's place in the grid: .x, .y and .z",
    "blockDim": "how many threads a block has: .x, .y and .z",
    "gridDim": "how many blocks the grid has: .x, .y and .z",
    "laneid": "the thread's place in its warp",
    "warpsize": "how many threads a warp has",
    "grid": "the thread's place in the grid: a number, or a tuple of 2 or 3",
    "gridsize": "how many threads the grid has: a number, or a tuple of 2 or 3",
    "syncthreads": "waits for all threads of the block",
    "syncthreads_count": "waits for the block; how many of its threads gave a true value",
    "syncthreads_and": "waits for the block; whether all its threads gave a true value",
    "syncthreads_or": "waits for the block; whether any of its threads gave a true value",
    "syncwarp": "waits for the threads of the warp that the mask names",
    "threadfence": "earlier writes are seen by the device before later ones",
    "threadfence_block": "earlier writes are seen by the block before later ones",
    "threadfence_system": "earlier writes are seen by all devices before later ones",
    "all_sync": "whether all threads of the warp in the mask gave a true value",
    "any_sync": "whether any thread of the warp in the mask gave a true value",
    "eq_sync": "whether all threads of the warp in the mask gave the same truth value",
    "ballot_sync": "a bit for each thread of the warp in the mask: whether it gave a true value",
    "shfl_sync": "the value of another thread of the warp",
    "shfl_up_sync": "the value of the thread that is `delta` places lower in the warp",
    "shfl_down_sync": "the value of the thread that is `delta` places higher in the warp",
    "shfl_xor_sync": "the value of the thread whose place differs in the bits of a mask",
    "match_any_sync": "a bit for each thread of the warp that gave the same value",
    "match_all_sync": "the mask and True if all threads of the warp gave the same value",
    "activemask": "a bit for each thread of the warp that runs this statement",
    "lanemask_lt": "a bit for each lower place in the warp",
    "popc": "how many bits are one",
    "clz": "how many bits above the highest one are zero",
    "ffs": "the place of the lowest bit that is one, counted from 1; 0 if there is none",
    "brev": "the bits in reverse order",
    "fma": "a * b + c, rounded once",
    "cbrt": "the cube root",
    "selp": "the second argument where the first is true, else the third",
    "nanosleep": "lets the thread wait",
}
globals().update({name: _Intrinsic(f"cuda.{name}", text) for name, text in _FUNCTIONS.items()})

shared = _Namespace(
    "cuda.shared",
    "Memory that the threads of a block share.",
    array="an array of the block: shape and dtype; shape 0 takes the launch's shared memory",
)
local = _Namespace(
    "cuda.local",
    "Memory of one thread.",
    array="an array of the thread: shape and dtype",
)
const = _Namespace(
    "cuda.const",
    "Memory that all threads read.",
    array_like="an array from around the kernel, as constants",
)
atomic = _Namespace(
    "cuda.atomic",
    "Changes of one element that no other thread interrupts: array, index, value.",
    add="adds, and gives the old value",
    sub="subtracts, and gives the old value",
    and_="keeps the bits that both have, and gives the old value",
    or_="sets the bits that either has, and gives the old value",
    xor="sets the bits that one of both has, and gives the old value",
    inc="counts up to the value, then starts from 0; gives the old value",
    dec="counts down to 0, then starts from the value; gives the old value",
    exch="sets the element, and gives the old value",
    max="keeps the larger, NaN if either is; gives the old value",
    min="keeps the smaller, NaN if either is; gives the old value",
    nanmax="keeps the larger, a number rather than NaN; gives the old value",
    nanmin="keeps the smaller, a number rather than NaN; gives the old value",
    compare_and_swap="array, old, value: sets the first element where it is `old`",
    cas="array, index, old, value: sets the element where it is `old`; gives what was there",
)

_memory.install()

__all__ = [
    "Device", "Event", "In", "InOut", "Out", "Reduce", "Stream", "as_cuda_array", "atomic", "close",
    "const", "current_context", "default_stream", "defer_cleanup", "detect", "device_array",
    "device_array_like", "event", "event_elapsed_time", "get_current_device",
    "is_available", "is_cuda_array", "is_supported_version", "jit", "legacy_default_stream",
    "list_devices", "local", "managed_array", "mapped", "mapped_array", "mapped_array_like",
    "open_ipc_handle", "per_thread_default_stream", "pinned", "pinned_array", "pinned_array_like",
    "reduce", "select_device", "shared", "stream", "synchronize", "to_device", *_FUNCTIONS,
]  # fmt: skip


def __getattr__(name):
    from martlet._kernels import _types

    if name == "gpus":
        return list_devices()
    if name == "fp16":
        from martlet._kernels import _half

        return _half
    # `cuda.float32` and the like, which numba has too.
    if name in _types.NAMES:
        return _types.NAMES[name]
    raise AttributeError(f"martlet.cuda has no {name!r}; docs/kernels.md lists what there is")
