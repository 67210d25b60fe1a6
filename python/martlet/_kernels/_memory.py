"""What `martlet.cuda` has for memory, streams, events and devices, under numba's names."""

import collections
import contextlib
import time

import numpy

from martlet import _grid, _martlet
from martlet._kernels._placement import (
    check_dtype,
    default_grid_device,
    first,
    grid_device,
    moved,
    simulated,
)

# MARK: Arrays


def to_device(obj, stream=0, copy=True, to=None):
    """A copy of an array on the device of kernels, or in the device array `to`."""
    if to is not None:
        to[...] = moved(obj, to.device)
        return to
    device = grid_device()
    if _grid.is_native(obj) and obj.device == device:
        return obj.copy() if copy else obj
    if not _grid.is_native(obj):
        obj = numpy.asarray(obj)
        check_dtype("to_device", obj.dtype)
    return moved(obj, device)


def device_array(shape, dtype=numpy.float64, strides=None, order="C", stream=0):
    """A new array on the device of kernels, whose elements are not set.

    Raises ValueError for strides other than those of the order.
    """
    dtype = numpy.dtype(dtype)
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if order not in ("C", "F"):
        raise ValueError(f"device_array has the order 'C' or 'F', not {order!r}")
    axes = range(len(shape))
    made = _made(shape, dtype, axes if order == "C" else reversed(axes))
    if strides is not None and tuple(strides) != made.strides:
        raise ValueError(f"device_array gives strides of {made.strides} bytes, not {strides}")
    return made


def device_array_like(ary, stream=0):
    """A new array on the device with the shape and dtype of another, its axes in that one's order
    in memory, without gaps."""
    return _made(tuple(ary.shape), numpy.dtype(ary.dtype), _axes_in_memory(ary))


def _axes_in_memory(ary):
    """The axes of an array in the order of its memory, the outermost first."""
    if ary.flags.c_contiguous:
        return list(range(ary.ndim))
    return sorted(range(ary.ndim), key=lambda axis: -abs(ary.strides[axis]))


def _made(shape, dtype, axes):
    """A new array whose axes lie in memory in the order of `axes`, the first outermost."""
    check_dtype("device_array", dtype)
    axes = list(axes)
    stored = [shape[axis] for axis in axes]
    made = _martlet.empty(stored, dtype=dtype, device=grid_device())
    return made if axes == sorted(axes) else made.transpose(numpy.argsort(axes).tolist())


def pinned_array(shape, dtype=numpy.float64, strides=None, order="C"):
    """An array of the host to copy from and to. Martlet pins no pages: copies have one speed."""
    if strides is not None:
        raise ValueError("pinned_array has the strides of its order, and takes no others")
    return numpy.empty(shape, dtype=dtype, order=order)


def pinned_array_like(ary):
    """`pinned_array` with the shape and dtype of another array, its axes in that one's order."""
    axes = _axes_in_memory(ary)
    made = numpy.empty([ary.shape[axis] for axis in axes], dtype=ary.dtype)
    return made.transpose(numpy.argsort(axes))


@contextlib.contextmanager
def pinned(*arrays):
    """Nothing: Martlet pins no pages, and copies have one speed."""
    yield arrays


def _missing(name, why):
    def missing(*arguments, **keywords):
        raise NotImplementedError(f"martlet.cuda has no {name}: {why}")

    missing.__name__ = name
    return missing


_NO_MAPPING = "the host has no memory in common with a device; use device_array"
mapped_array = _missing("mapped_array", _NO_MAPPING)
mapped_array_like = _missing("mapped_array_like", _NO_MAPPING)
mapped = _missing("mapped", _NO_MAPPING)
managed_array = _missing("managed_array", _NO_MAPPING)
open_ipc_handle = _missing("open_ipc_handle", "processes share no device memory")


def is_cuda_array(obj):
    """Whether an object is an array on a device."""
    return _grid.is_native(obj) and obj.device != "cpu"


def as_cuda_array(obj, sync=True):
    """The object itself, if it is Martlet's array on a device; foreign memory is an error."""
    if is_cuda_array(obj):
        return obj
    raise NotImplementedError(f"as_cuda_array takes arrays of Martlet, not {type(obj).__name__}")


def copy_to_host(self, ary=None, stream=0):
    """The elements as an array of NumPy, or in `ary`, which it returns."""
    if ary is None:
        return numpy.array(self.to("cpu"))
    if tuple(ary.shape) != tuple(self.shape):
        raise ValueError(f"copy_to_host: the shapes {self.shape} and {ary.shape} differ")
    ary[...] = self.to("cpu")
    return ary


def copy_to_device(self, ary, stream=0):
    """Sets the elements to those of another array of the same shape."""
    if tuple(ary.shape) != tuple(self.shape):
        raise ValueError(f"copy_to_device: the shapes {ary.shape} and {self.shape} differ")
    self[...] = moved(ary, self.device)


def install():
    """Gives Martlet's arrays the methods that numba's device arrays have."""
    _martlet.ndarray.copy_to_host = copy_to_host
    _martlet.ndarray.copy_to_device = copy_to_device
    _martlet.ndarray.is_c_contiguous = lambda self: self.flags.c_contiguous
    _martlet.ndarray.is_f_contiguous = lambda self: self.flags.f_contiguous
    _martlet.ndarray.alloc_size = property(lambda self: self.nbytes)


# MARK: Streams and events


class Stream:
    """A queue of work. A device of Martlet's has one, so work runs in the order it is given."""

    def synchronize(self):
        """Waits for the work given so far."""
        synchronize()

    @contextlib.contextmanager
    def auto_synchronize(self):
        """Waits for the work given so far at the end of a `with`."""
        yield self
        self.synchronize()

    def add_callback(self, callback, arg=None):
        """Calls `callback(stream, status, arg)` once the work given so far is done."""
        self.synchronize()
        callback(self, 0, arg)


def stream():
    """A new stream; see `Stream`."""
    return Stream()


def default_stream():
    """The device's own stream."""
    return Stream()


legacy_default_stream = per_thread_default_stream = default_stream


class Event:
    """A moment between two pieces of work on the device."""

    def __init__(self, timing=True):
        self._timing = timing
        self._time = None

    def record(self, stream=0):
        """Notes when the work given so far is done, which it waits for."""
        synchronize()
        self._time = time.perf_counter()

    def query(self):
        """Whether the work before it is done."""
        return True

    def synchronize(self):
        """Waits for the work before it, which `record` has done."""

    def wait(self, stream=0):
        """Makes later work wait for that before it, which is done."""

    def elapsed_time(self, evtend):
        """Milliseconds between this event and a later one."""
        return event_elapsed_time(self, evtend)


def event(timing=True):
    """A new event."""
    return Event(timing)


def event_elapsed_time(evtstart, evtend):
    """Milliseconds between two recorded events."""
    if evtstart._time is None or evtend._time is None:
        raise RuntimeError("an event was not recorded, so no time has passed between the two")
    return (evtend._time - evtstart._time) * 1000


def synchronize():
    """Waits for the work of the current device."""
    _martlet.synchronize(grid_device())


@contextlib.contextmanager
def defer_cleanup():
    """Nothing: memory is given back when its last array is gone."""
    yield


# MARK: Devices


class Device:
    """A device on which kernels run; `name` is Martlet's name for it."""

    def __init__(self, name):
        self.name = name
        self.id = int(name.partition(":")[2] or 0)

    @property
    def compute_capability(self):
        """CUDA's version of the processor, such as (9, 0); other devices have none."""
        capability = _martlet.compute_capability(self.name)
        if capability is None:
            raise NotImplementedError(f"{self.name} has no compute capability, as GPUs of CUDA do")
        return capability

    WARP_SIZE = 32
    MAX_THREADS_PER_BLOCK = 1024

    def __eq__(self, other):
        return isinstance(other, Device) and other.name == self.name

    def __hash__(self):
        return hash(self.name)

    def __enter__(self):
        self._before = _martlet.enter_device(self.name)
        return self

    def __exit__(self, *exception):
        _martlet.leave_device(self._before)

    def reset(self):
        """Nothing: a device of Martlet's keeps no state but its arrays."""

    def __repr__(self):
        return f"<martlet.cuda device {self.id} '{self.name}'>"


MemoryInfo = collections.namedtuple("MemoryInfo", "free total")


class Context:
    """What belongs to the current device."""

    def __init__(self):
        self.device = get_current_device()

    def synchronize(self):
        """Waits for the device's work."""
        _martlet.synchronize(self.device.name)

    def reset(self):
        """Nothing: a device of Martlet's keeps no state but its arrays."""

    def get_memory_info(self):
        """The free and all bytes of the device's memory."""
        _, _, total, free, *_ = _martlet.device_info(self.device.name)
        return MemoryInfo(free, total)

    def push(self):
        """Nothing: the device is chosen by `martlet.device`."""

    pop = push

    @contextlib.contextmanager
    def defer_cleanup(self):
        """Nothing: memory is given back when its last array is gone."""
        yield

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass


def current_context(devnum=None):
    """What belongs to the current device, after choosing device `devnum` if that is given."""
    if devnum is not None:
        select_device(devnum)
    return Context()


def _names():
    if simulated():
        return ["simulator"]
    names = _martlet.devices()
    for kind in ("cuda", "opencl"):
        found = [name for name in names if name.partition(":")[0] == kind]
        if found:
            return found
    return ["simulator"]


def list_devices():
    """The devices on which kernels run."""
    return [Device(name) for name in _names()]


def select_device(device_id):
    """Chooses a device by its number, for every thread that chose none itself.

    Raises ValueError for a number that no device has.
    """
    names = _names()
    if not 0 <= device_id < len(names):
        raise ValueError(f"there is no device {device_id}: there are {', '.join(names)}")
    _martlet.set_device(names[device_id])
    return Device(names[device_id])


def get_current_device():
    """The device on which kernels run."""
    return Device(grid_device())


def close():
    """Goes back to the processor as the place of new arrays."""
    _martlet.set_device("cpu")


def is_available():
    """Whether kernels run on a GPU, or the Simulator was asked for."""
    return simulated() or first("cuda") is not None or first("opencl") is not None


def is_supported_version():
    """Whether the CUDA libraries that are there can be used."""
    return first("cuda") is not None


def detect():
    """Prints the devices on which kernels run; gives whether there is one besides the Simulator."""
    found = list_devices()
    print(f"Found {len(found)} device{'' if len(found) == 1 else 's'} for kernels")
    for device in found:
        print(f"id {device.id}    {device.name}")
    return is_available()


def default_device():
    """The device that kernels run on where none was chosen."""
    return Device(default_grid_device())
