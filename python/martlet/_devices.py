"""Where arrays live: `martlet.device`, `set_device`, `devices`, and what a device lacks."""

import sys

from martlet import _martlet

# A virtual environment that is used without being activated has its packages here all the same.
_martlet.search_libraries(
    [f"{sys.prefix}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"]
)


class DeviceName(str):
    """A device's name, and what is known of the device."""

    __slots__ = ()

    @property
    def info(self):
        """A dict: processor, library, memory and free (bytes), lacking_dtypes, grid_kernels and
        library_calls."""
        names = ("processor", "library", "memory", "free", "lacking_dtypes", "grid_kernels")
        return dict(zip((*names, "library_calls"), _martlet.device_info(str(self)), strict=True))

    def self_test(self):
        """None after a kernel was compiled and run right; else what went wrong."""
        return _martlet.device_self_test(str(self))


class DeviceList(list):
    """The devices of this machine; as text with memory, abilities and self-tests, and with the
    reasons for those that are absent."""

    @property
    def absent(self):
        """A dict from each kind of device that is not there to the reason."""
        return dict(_martlet.absent_devices())

    def __str__(self):
        parts = []
        for name in self:
            info = name.info
            lacking = ", ".join(info["lacking_dtypes"])
            problem = name.self_test()
            rows = {
                "processor": info["processor"],
                "library": info["library"] or "none",
                "memory": f"{info['memory'] / 2**30:.1f} GiB, {info['free'] / 2**30:.1f} GiB free",
                "dtypes": f"all but {lacking}" if lacking else "all",
                "grid kernels": "yes" if info["grid_kernels"] else "no",
                "library calls": ", ".join(info["library_calls"]) or "none",
                "self-test": "ok" if problem is None else f"failed. {problem}",
            }
            parts.append("\n".join([name, *(f"  {key:14}{rows[key]}" for key in rows)]))
        parts += [f"{kind}: {reason}" for kind, reason in self.absent.items()]
        return "\n\n".join(parts)


def devices():
    """The names of this machine's devices. Printed, the list tells what they have and can, and why
    others are absent."""
    return DeviceList(DeviceName(name) for name in _martlet.devices())


class device:
    """`with martlet.device("opencl:0"):` makes new arrays on that device, in this thread."""

    def __init__(self, name):
        self.name = name
        self._before = []

    def __enter__(self):
        self._before.append(_martlet.enter_device(self.name))
        return self

    def __exit__(self, *exception):
        _martlet.leave_device(self._before.pop())

    def __repr__(self):
        return f"martlet.device({self.name!r})"


class policy:
    """What to do where the device of an operation's arrays cannot do it.

    `martlet.policy("only_device")` sets it, for good or for the length of a `with`:

    - `prefer_device`: the host does it, and the step is recorded.
    - `only_host`: everything runs on the host, wherever the arrays are.
    - `only_device`: what the device lacks is an error.
    - `auto`: as `prefer_device`, but new arrays too small to be worth a launch are made on the
      host; `martlet.crossover()` says how small.
    """

    def __init__(self, name):
        self.name = name
        self._before = _martlet.policy()
        _martlet.set_policy(name)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        _martlet.set_policy(self._before)

    def __repr__(self):
        return f"martlet.policy({self.name!r})"


def set_device(name):
    """Makes a device the one where new arrays are made, in every thread that chose no other."""
    _martlet.set_device(name)


def get_device():
    """The name of the device where new arrays are made."""
    return _martlet.current_device()


def synchronize(name=None):
    """Waits for the pending work of a device, the current one unless named."""
    _martlet.synchronize(get_device() if name is None else name)


def crossover(name=None):
    """How many elements a new array must have for the policy "auto" to make it on a device, the
    current one unless named: as many as the device adds sooner than the host, which is measured
    once. None where the host is always sooner."""
    count = _martlet.crossover(get_device() if name is None else name)
    return None if count == sys.maxsize else count


def transfers():
    """How many copies were made between devices so far, and of how many bytes."""
    return _martlet.transfers()


# MARK: DLPack

_HOST = (1, 0)


def dlpack(array, stream, max_version, dl_device, copy):
    """A capsule of DLPack on the memory of an array that lives on a device.

    Raises BufferError where the device's memory is nobody else's, and where the host is asked for
    without a copy.
    """
    if dl_device is not None and tuple(dl_device) == _HOST:
        if copy is False:
            raise BufferError(f"the array lives on {array.device}: the host can only have a copy")
        return array.to("cpu").__dlpack__(max_version=max_version)
    own = _martlet.dlpack_device(array)
    if dl_device is not None and tuple(dl_device) != own:
        raise BufferError(f"the array lives on {array.device}: move it with `to` first")
    if stream == 0:
        raise ValueError("stream 0 is ambiguous: 1 is the legacy default stream of CUDA")
    if copy:
        array = array.copy()
    has_version = max_version is not None and max_version[0] >= 1
    # Every stream is served, because the work is done before the consumer has the capsule.
    return _martlet.export_dlpack(array, has_version, stream != -1)
