"""`martlet.check`: operations on every device against the Simulator and NumPy."""

from collections import namedtuple

from martlet import _martlet

_GPUS = ("opencl", "cuda", "simulator")

Row = namedtuple("Row", "operation dtypes device elements oracle_error numpy_error verdict")
Row.__doc__ = """Dtypes of one operation on one device with the same outcome.

`dtypes` has the names of the inputs' dtypes for each. The errors are the worst, in units in the
last place, from the oracle's results and from NumPy's; None where nothing was compared. `verdict`
is "ok", "FAIL", or what the device lacks.
"""

Failure = namedtuple("Failure", "operation dtypes device reason source")
Failure.__doc__ = """What is wrong on a device, and a line of source that shows it."""


class CheckReport:
    """What `martlet.check` found: a table, and every failure with its smallest input.

    It is true where nothing failed. `rows` and `failures` have what the table shows.
    """

    def __init__(self, text, rows, failures):
        self.text = text
        self.rows = [Row(*row) for row in rows]
        self.failures = [Failure(*failure) for failure in failures]

    @property
    def ok(self):
        """Whether nothing failed; what a device lacks is no failure."""
        return not self.failures

    def require(self):
        """Raises an AssertionError that shows the table, unless all is well; returns the report."""
        if not self.ok:
            raise AssertionError(f"\n{self.text}")
        return self

    def __bool__(self):
        return self.ok

    def __repr__(self):
        return self.text


def check(operation=None, *, devices=None, examples=None, seed=0, tolerance=None):
    """Runs an operation on every device and compares the results.

        def test_sqrt():
            martlet.check(np.sqrt).require()

    A row of the table (by name, or as the function), on inputs with edge values, random numbers and
    every layout, is compared with the Simulator and with NumPy. An operation that was declared with
    `martlet.dispatch` is compared with its own implementation for the CPU. Differences are shrunk
    to the smallest input that shows them.

    - `operation`: a name, a function, a declared operation, or a list of them; None for the table.
    - `devices`: names; None for every device of the machine.
    - `examples`: inputs with unusual layouts for each dtype; None for as many as it takes for every
      layout to come up. Each needs kernels of its own.
    - `seed`: where the random numbers begin.
    - `tolerance`: units in the last place that implementations of a declared operation may be
      apart, 4 unless given; 0 for the same bits.
    """
    places = None if devices is None else (devices,) if isinstance(devices, str) else tuple(devices)
    several = isinstance(operation, (list, tuple))
    wanted = () if operation is None else tuple(operation) if several else (operation,)
    found = [_resolve(item) for item in wanted]
    names = tuple(item for item in found if isinstance(item, str))
    texts, rows, failures = [], [], []
    parts = []
    if names or not wanted:
        parts.append(_martlet.check_operations(names, places, examples, seed))
    for item in found:
        if not isinstance(item, str):
            parts.append(_declared(item, tolerance, places, examples, seed))
    for text, some, failed in parts:
        texts.append(text)
        rows += some
        failures += failed
    return CheckReport("\n\n".join(texts), rows, failures)


def _resolve(operation):
    """A name of the table, or an object with implementations."""
    if isinstance(operation, str):
        from martlet._dispatch import declared

        return declared().get(operation, operation)
    if hasattr(operation, "implementations"):
        return operation
    name = getattr(operation, "__name__", None)
    if name is None:
        raise TypeError(f"check takes an operation or its name, not {operation!r}")
    owner = getattr(getattr(operation, "__self__", None), "__name__", "")
    return f"{owner}.{name}" if name == "accumulate" and owner else name


def _declared(operation, tolerance, places, examples, seed):
    _, arguments, _ = _martlet.parse_signature(str(operation.signature))
    if arguments is None:
        raise ValueError(
            f"[{operation.name}] check makes inputs from the signature, and {operation.signature} "
            f"says nothing of the arguments"
        )

    def lacks(device):
        return _implementation(operation, device) is None

    def run(values):
        try:
            if callable(operation):
                result = operation(*values)
            else:
                device = next((a.device for a in values if hasattr(a, "device")), "cpu")
                result = _implementation(operation, device)(*values)
        except Exception as error:  # of the user's: part of what is reported
            return f"{type(error).__name__}: {error}"
        return result if isinstance(result, tuple) else (result,)

    domain = getattr(operation, "domain", None)
    return _martlet.check_declared(
        operation.name,
        tuple((dtype, rank) for _, dtype, rank in arguments),
        None if domain is None else tuple(tuple(ends) for ends in domain),
        lacks,
        run,
        tolerance,
        places,
        examples,
        seed,
    )


def _implementation(operation, device):
    """The closest implementation: the device's own, its kind's, every GPU's."""
    table = operation.implementations
    kind = device.partition(":")[0]
    return table.get(device) or table.get(kind) or (table.get("gpu") if kind in _GPUS else None)
