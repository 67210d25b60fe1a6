"""`python -m martlet script.py ARGS`: runs a NumPy script on Martlet's arrays, unchanged.

In the script, and in the modules that stand beside it, `import numpy` means `martlet.numpy`. Other
libraries that it imports keep the real NumPy. `python -m martlet -m module` runs a module.
With MARTLET_REPORT=1 a table of what NumPy served is written to standard error at the end.
"""

import builtins
import importlib
import importlib.machinery
import importlib.util
import os
import sys
import types

_import = builtins.__import__


def _translated(name):
    if name == "numpy" or name.startswith("numpy."):
        return "martlet." + name
    return None


def import_for_script(name, globals=None, locals=None, fromlist=(), level=0):
    """`__import__` for the script's own code."""
    translated = _translated(name) if level == 0 else None
    if translated is None:
        return _import(name, globals, locals, fromlist, level)
    module = importlib.import_module(translated)
    if not fromlist:
        return sys.modules["martlet.numpy"]
    for item in fromlist:
        if item != "*" and not hasattr(module, item):
            # `from numpy import linalg`: a submodule that is not loaded yet.
            try:
                importlib.import_module(f"{translated}.{item}")
            except ModuleNotFoundError:
                pass  # The import statement itself raises ImportError.
    return module


def _script_builtins():
    own = dict(vars(builtins))
    own["__import__"] = import_for_script
    return own


class LocalLoader(importlib.machinery.SourceFileLoader):
    """Loads a module that belongs to the script, with the same meaning of `import numpy`."""

    def exec_module(self, module):
        vars(module)["__builtins__"] = _script_builtins()
        super().exec_module(module)


class LocalFinder:
    """Finds modules in the script's folder."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)

    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] in ("martlet", "numpy"):
            return None
        if path is None:
            path = [self.folder]
        elif not all(os.path.abspath(item).startswith(self.folder) for item in path):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            return None
        if "site-packages" in os.path.relpath(spec.origin, self.folder).split(os.sep):
            return None  # A virtual environment inside the script's folder is not the script's.
        spec.loader = LocalLoader(spec.loader.name, spec.loader.path)
        return spec


def _fresh_main(name, path):
    module = types.ModuleType("__main__")
    vars(module)["__builtins__"] = _script_builtins()
    module.__file__ = path
    module.__cached__ = None
    sys.modules["__main__"] = module
    return vars(module)


def run_path(path, arguments):
    """Runs a file as `python path ARGS` does."""
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        print(f"martlet: can't open file {path!r}: {error.strerror}", file=sys.stderr)
        return 2
    sys.argv = [path, *arguments]
    folder = os.path.dirname(os.path.realpath(path))
    sys.path[0] = folder
    sys.meta_path.insert(0, LocalFinder(folder))
    namespace = _fresh_main("__main__", path)
    namespace["__spec__"] = None
    return _execute(lambda: compile(source, path, "exec"), namespace)


def run_module(name, arguments):
    """Runs a module as `python -m name ARGS` does."""
    sys.path[0] = os.getcwd()
    finder = LocalFinder(os.getcwd())
    sys.meta_path.insert(0, finder)
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(name + ".__main__")
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None or not hasattr(spec.loader, "get_code"):
        print(f"martlet: No module named {name}", file=sys.stderr)
        return 1
    sys.argv = [spec.origin, *arguments]
    namespace = _fresh_main("__main__", spec.origin)
    namespace["__spec__"] = spec
    namespace["__package__"] = spec.parent
    return _execute(lambda: spec.loader.get_code(spec.name), namespace)


def _execute(code, namespace):
    try:
        exec(code(), namespace)
    except SystemExit:
        raise
    except BaseException as error:
        # Without the frames of this file, as if the script had been run directly.
        traceback = error.__traceback__
        while traceback is not None and traceback.tb_frame.f_code.co_filename == __file__:
            traceback = traceback.tb_next
        if isinstance(error, KeyboardInterrupt):
            raise
        sys.excepthook(type(error), error.with_traceback(traceback), traceback)
        return 1
    finally:
        if os.environ.get("MARTLET_REPORT", "") not in ("", "0"):
            from martlet import fallback_report

            sys.stdout.flush()
            print(fallback_report(), file=sys.stderr)
    return 0


def main():
    """The command line."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if arguments else 2
    if arguments[0] == "-m":
        if len(arguments) < 2:
            print("martlet: argument expected for the -m option", file=sys.stderr)
            return 2
        return run_module(arguments[1], arguments[2:])
    return run_path(arguments[0], arguments[1:])


if __name__ == "__main__":
    sys.exit(main())
