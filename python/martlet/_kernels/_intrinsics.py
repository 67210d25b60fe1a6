"""Names that have a meaning inside of kernels only: those of `martlet.cuda`, and `prange`."""


class Intrinsic:
    """A name of the kernel language, such as `cuda.threadIdx` or `cuda.syncthreads`."""

    def __init__(self, path, summary):
        self.path = path
        self.__doc__ = summary
        # Where pickle finds it by its name.
        self.__module__ = "martlet.cuda"

    def _misuse(self):
        return RuntimeError(f"{self.path} has a meaning in kernels only, under @cuda.jit")

    def __call__(self, *arguments, **keywords):
        raise self._misuse()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise self._misuse()

    def __repr__(self):
        return f"<{self.path}: {self.__doc__}>"

    def __reduce__(self):
        return self.path.removeprefix("cuda.")


class Namespace:
    """Names of the kernel language under one name, such as `cuda.atomic`."""

    def __init__(self, path, summary, **names):
        self.__doc__ = summary
        for name, text in names.items():
            setattr(self, name, Intrinsic(f"{path}.{name}", text))


class prange:
    """`range` whose iterations may run at the same time, in a function with `parallel=True`.

    Outside of kernels, and without `parallel=True`, it is `range`.
    """

    def __new__(cls, *bounds):
        return range(*bounds)
