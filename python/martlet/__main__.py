"""`python -m martlet script.py ARGS`: runs a NumPy script on Martlet's arrays, unchanged.

In the script, and in the modules that stand beside it, `import numpy` means `martlet.numpy`. Other
libraries that it imports keep the real NumPy. `python -m martlet -m module` runs a module, such as
pytest; the program's own code is then what stands in the current folder, or in the files and
folders that the arguments name. With MARTLET_REPORT=1 a table of what NumPy served is written to
standard error at the end.

Options before the script:
  --profile            ends with a table of the costliest lines and what would help
  --line-profile       the same, and the time of every source line of the program's own
  --compile            lets hot loops over numbers and elements of arrays compile themselves; what
                       can't be compiled is left to Python. New, and not the default yet
  --no-compile         leaves all loops to Python
  --profile-to FILE    writes the profile: a trace (.json), a picture (.svg) or the table (.txt)

`python -m martlet inspect FILE.npy` (or `.npz`) shows what is in a file of arrays: a tree on a
terminal, as a page with `--web`, else as text. A script of that name is run as `./inspect`.
"""

import builtins
import importlib
import importlib.util
import os
import sys
import types

PROFILES = (".json", ".svg", ".txt")

_import = builtins.__import__
_import_module = importlib.import_module


def _translated(name):
    if name == "numpy" or name.startswith("numpy."):
        return "martlet." + name
    return None


class Program:
    """The program's own code: what stands in its folders and is no library's."""

    def __init__(self, folders):
        self.folders = [os.path.join(os.path.realpath(folder), "") for folder in folders]
        self._known = {}

    def holds(self, file):
        """Whether a file is the program's own."""
        if file not in self._known:
            self._known[file] = self._holds(os.path.realpath(file))
        return self._known[file]

    def _holds(self, path):
        from martlet._fallback import LIBRARIES

        if path.startswith(LIBRARIES):
            return False
        for folder in self.folders:
            if path.startswith(folder):
                # A virtual environment inside the program's folder is not the program's.
                parts = path[len(folder) :].split(os.sep)
                return "site-packages" not in parts and "dist-packages" not in parts
        return False

    def runs(self, namespace, frame):
        """Whether code with these global names, which runs in a frame, is the program's own."""
        if namespace is not None:
            file = namespace.get("__file__")
            if isinstance(file, str):
                return self.holds(file)
            if namespace.get("__name__") == "__main__":
                return True
        # Text that somebody executes is his who does so.
        while frame is not None and frame.f_code.co_filename.startswith("<"):
            frame = frame.f_back
        return frame is not None and self.holds(frame.f_code.co_filename)

    def install(self):
        """From now on the program's own code imports Martlet under NumPy's name."""
        builtins.__import__ = importlib.__import__ = self._import
        importlib.import_module = self._import_module

    def _import(self, name, globals=None, locals=None, fromlist=(), level=0):
        translated = _translated(name) if level == 0 else None
        if translated is None or not self.runs(globals, sys._getframe(1)):
            return _import(name, globals, locals, fromlist, level)
        module = _import_module(translated)
        if not fromlist:
            return sys.modules["martlet.numpy"]
        for item in fromlist:
            if item != "*" and not hasattr(module, item):
                # `from numpy import linalg`: a submodule that is not loaded yet.
                try:
                    _import_module(f"{translated}.{item}")
                except ModuleNotFoundError:
                    pass  # The import statement itself raises ImportError.
        return module

    def _import_module(self, name, package=None):
        caller = sys._getframe(1)
        translated = _translated(name)
        if translated is not None and self.runs(caller.f_globals, caller):
            return _import_module(translated)
        return _import_module(name, package)


def _fresh_main(name, path):
    module = types.ModuleType("__main__")
    module.__file__ = path
    module.__cached__ = None
    sys.modules["__main__"] = module
    return vars(module)


class Options:
    """What the command line asks for beside the program."""

    compile = False
    profile = False
    lines = False
    to = None


def run_path(path, arguments, options=Options):
    """Runs a file as `python path ARGS` does."""
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        print(f"martlet: can't open file {path!r}: {error.strerror}", file=sys.stderr)
        return 2
    sys.argv = [path, *arguments]
    path = os.path.abspath(path)  # The program may go to another folder.
    folder = os.path.dirname(os.path.realpath(path))
    sys.path[0] = folder
    program = Program([folder])
    program.install()
    namespace = _fresh_main("__main__", path)
    namespace["__spec__"] = None
    make = compile
    if options.compile:
        from martlet._loops import _program

        _program.install(program.holds)
        make = lambda source, path, _: _program.rewritten(source, path)  # noqa: E731
    return _execute(lambda: make(source, path, "exec"), namespace, program, options)


def _named_folders(arguments):
    """The folders that arguments name, and those of files; pytest names tests behind a file."""
    for argument in arguments:
        path = argument.partition("::")[0]
        if os.path.isdir(path):
            yield path
        elif os.path.isfile(path):
            yield os.path.dirname(os.path.abspath(path))


def run_module(name, arguments, options=Options):
    """Runs a module as `python -m name ARGS` does."""
    sys.path[0] = os.getcwd()
    program = Program([os.getcwd(), *_named_folders(arguments)])
    program.install()
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(name + ".__main__")
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None or not hasattr(spec.loader, "get_code"):
        print(f"martlet: No module named {name}", file=sys.stderr)
        return 1
    if options.compile:
        from martlet._loops import _program

        _program.install(program.holds)
    sys.argv = [spec.origin, *arguments]
    namespace = _fresh_main("__main__", spec.origin)
    namespace["__spec__"] = spec
    namespace["__package__"] = spec.parent
    return _execute(lambda: spec.loader.get_code(spec.name), namespace, program, options)


def _profiled(code, namespace, program, options):
    from martlet import _profile

    taken, lines = _profile.profile(), None
    if options.lines:
        from martlet._line_profile import LineProfile

        lines = LineProfile(program.holds)
    try:
        with taken:
            if lines:
                lines.start()
            try:
                exec(code, namespace)
            finally:
                if lines:
                    lines.stop()
    finally:
        sys.stdout.flush()
        if lines:
            lines.report(taken, sys.stderr)
        if options.profile or lines:
            _profile.report(taken)
        if options.to:
            try:
                taken.save(options.to)
            except OSError as error:
                # How the program ended stays as it was.
                print(f"martlet: the profile is not saved: {error}", file=sys.stderr)


def _execute(code, namespace, program, options):
    try:
        if options.profile or options.lines or options.to:
            _profiled(code(), namespace, program, options)
        else:
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


def inspect_file(arguments):
    """Shows a file of arrays."""
    from martlet._inspect import inspect_file

    files = [argument for argument in arguments if argument != "--web"]
    if len(files) != 1:
        print("martlet: inspect takes one file, .npy or .npz, and --web", file=sys.stderr)
        return 2
    try:
        inspect_file(files[0], web="--web" in arguments)
    except (OSError, ValueError, NotImplementedError) as error:
        print(f"martlet: {error}", file=sys.stderr)
        return 1
    return 0


def main():
    """The command line."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if arguments else 2
    options = Options()
    while arguments and arguments[0].startswith("--"):
        option = arguments.pop(0)
        if option == "--profile":
            options.profile = True
        elif option in ("--compile", "--no-compile"):
            options.compile = option == "--compile"
        elif option == "--line-profile":
            options.lines = True
        elif option == "--profile-to" and arguments and arguments[0].endswith(PROFILES):
            options.to = os.path.abspath(arguments.pop(0))
            if not os.path.isdir(os.path.dirname(options.to)):
                print(f"martlet: there is no folder for {options.to!r}", file=sys.stderr)
                return 2
        elif option == "--profile-to":
            print("martlet: --profile-to takes a file: .json, .svg or .txt", file=sys.stderr)
            return 2
        else:
            print(f"martlet: unknown option {option}", file=sys.stderr)
            return 2
    if not arguments:
        print("martlet: a script or -m and a module expected", file=sys.stderr)
        return 2
    if arguments[0] == "-m":
        if len(arguments) < 2:
            print("martlet: argument expected for the -m option", file=sys.stderr)
            return 2
        return run_module(arguments[1], arguments[2:], options)
    if arguments[0] == "inspect":
        return inspect_file(arguments[1:])
    return run_path(arguments[0], arguments[1:], options)


if __name__ == "__main__":
    sys.exit(main())
