"""Whose loops are compiled: those of a program's files, of a module, or of a function."""

import ast
import importlib.machinery
import inspect
import sys
import types

from martlet._loops._rewrite import Rewriter
from martlet._loops._session import loops


def rewritten(source, filename):
    """The code of a module whose loops can compile themselves."""
    tree = ast.parse(source, filename)
    # What Python itself refuses is refused with its own words.
    compile(source, filename, "exec", dont_inherit=True)
    rewriter = Rewriter(filename)
    code = compile(rewriter.module(tree), filename, "exec", dont_inherit=True)
    loops.extend(rewriter.loops)
    return rewriter.marks.fill(code)


def install(holds):
    """From now on the loops of modules in files for which `holds` is true compile themselves."""
    loader = importlib.machinery.SourceFileLoader
    plain = loader.get_code

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        if not holds(path):
            return plain(self, fullname)
        return rewritten(self.get_data(path), path)

    loader.get_code = get_code


def compile_loops(target=None):
    """Lets the loops of a function, or of all functions of a module, compile themselves.

    As a decorator without arguments, or called with a module; `compile_loops()` at the end of a
    module is for that module. Returns what it was given.

    Raises TypeError for anything else, and `KernelError` for a function without its source.
    """
    if target is None:
        target = sys.modules.get(sys._getframe(1).f_globals.get("__name__"))
    if isinstance(target, types.ModuleType):
        for value in list(vars(target).values()):
            for function in _functions(value, target.__name__):
                _rewrite(function)
        return target
    if not isinstance(target, types.FunctionType):
        raise TypeError(
            f"compile_loops takes a Python function or a module, not {type(target).__name__}"
        )
    _rewrite(target)
    return target


def _functions(value, module):
    if isinstance(value, types.FunctionType) and value.__module__ == module:
        yield value
    elif inspect.isclass(value) and value.__module__ == module:
        for item in vars(value).values():
            if isinstance(item, types.FunctionType):
                yield item


def _rewrite(function):
    from martlet._kernels._reading import read

    code = function.__code__
    if code.co_name == "<lambda>" or any(name.startswith("\0") for name in code.co_names):
        return
    # Names that a class makes its own are other ones outside of it.
    if any("__" in name and name.startswith("_") and not name.startswith("__")
           for name in (*code.co_names, *code.co_varnames)):  # fmt: skip
        return
    written = read(function)
    node = written.node
    ast.increment_lineno(node, written.position(node)[0] - node.lineno)
    node.decorator_list = []
    rewriter = Rewriter(code.co_filename)
    rewriter.function(node)
    body = [node]
    if code.co_freevars:
        # The variables of the function around it, as that one would have them.
        names = [ast.Assign([ast.Name(name, ast.Store())], ast.Constant(None))
                 for name in code.co_freevars]  # fmt: skip
        arguments = ast.arguments([], [], None, [], [], None, [])
        body = [ast.FunctionDef("around", arguments, [*names, node], [])]
    module = ast.fix_missing_locations(ast.Module(body, []))
    made = rewriter.marks.fill(compile(module, code.co_filename, "exec", dont_inherit=True))
    found = _inside(made, code)
    if found is None or found.co_freevars != code.co_freevars:
        raise TypeError(f"compile_loops can't rewrite '{function.__qualname__}'")
    loops.extend(rewriter.loops)
    function.__code__ = found


def _inside(code, wanted):
    for item in code.co_consts:
        if isinstance(item, types.CodeType):
            if item.co_name == wanted.co_name:
                return item.replace(co_qualname=wanted.co_qualname)
            found = _inside(item, wanted)
            if found is not None:
                return found
    return None


def compile_report():
    """A text: which loops were compiled, for which types, and why others were not.

    The time that was won is an estimate: Python's own iterations of the same loop are the measure.
    """
    lines = []
    for loop in loops:
        if not loop.starts and loop.reason is None:
            continue
        place = f"{loop.filename}:{loop.line} in {loop.function}"
        if loop.kernels:
            kernel = next(iter(loop.kernels.values()))
            count = len(loop.kernels)
            kinds = f"{count} signature{'s' if count > 1 else ''}"
            line = f"{place}: compiled for {kinds} ({kernel.shown()})"
            line += f", {loop.compiled_seconds:.3g} s in compiled code, "
            line += f"{loop.seconds:.3g} s in Python, {loop.compiling_seconds:.3g} s compiling"
            lines.append(line)
            for reason, times in loop.leavings.items():
                lines.append(f"    left {times} times: {reason}")
        if loop.reason is not None:
            where = "" if loop.reason_line == loop.line else f" (line {loop.reason_line})"
            lines.append(f"{place}: left to Python: {loop.reason}{where}")
        elif not loop.kernels:
            lines.append(f"{place}: not hot, {loop.seconds:.3g} s")
    return "\n".join(lines) if lines else "No loop ran that can be compiled."
