"""The syntax tree of a Python function, from the file that it was written in."""

import ast
import linecache

from martlet._kernels._errors import KernelError


def _unreadable(function, reason):
    code = function.__code__
    return KernelError(
        f"the source of '{function.__name__}' is needed to make a kernel, and {reason}",
        code.co_filename,
        code.co_firstlineno,
    )


class Written:
    """The tree of a function and the lines that it stands in."""

    __slots__ = ("_lines", "_offset", "node")

    def __init__(self, node, lines, offset):
        self.node = node
        self._lines = lines
        self._offset = offset

    def of(self, node):
        """Another tree in the same lines."""
        return Written(node, self._lines, self._offset)

    def position(self, node):
        """The line and column of a node in the file, both counted from 1."""
        line = node.lineno + self._offset
        column = node.col_offset
        text = self._lines[line - 1]
        if not text.isascii():
            # The tree counts bytes.
            column = len(text.encode()[:column].decode())
        return line, column + 1


def read(function):
    """The tree of a function or a lambda.

    Raises `KernelError` where there is no source, or where it was changed since it ran.
    """
    code = function.__code__
    # Without this an edited file would be read as it was when its first function was.
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not 0 < code.co_firstlineno <= len(lines):
        reason = "there is none: it was typed at a prompt or made by exec"
        raise _unreadable(function, reason)
    if code.co_name == "<lambda>":
        return Written(_lambda(function, lines), lines, 0)
    node, offset = _definition(function, lines)
    arguments = node.args
    names = [item.arg for item in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
    taken = code.co_argcount + code.co_kwonlyargcount
    if node.name != code.co_name or names != list(code.co_varnames[:taken]):
        raise _unreadable(function, "its file was changed since it was imported")
    return Written(node, lines, offset)


def _definition(function, lines):
    """The tree of a `def`, and what to add to its lines.

    Only the function's own lines are read, because files are long: up to each line that is indented
    no deeper, until they are a whole statement.
    """
    first = function.__code__.co_firstlineno - 1
    indentation = len(lines[first]) - len(lines[first].lstrip())
    header = "if True:\n" if indentation else ""
    end = first + 1
    while end <= len(lines):
        line = lines[end] if end < len(lines) else "end"
        shown = line.lstrip()
        if shown and not shown.startswith("#") and len(line) - len(shown) <= indentation:
            try:
                tree = ast.parse(header + "".join(lines[first:end]))
            except SyntaxError:
                tree = None
            if tree is not None:
                block = tree.body[0].body if header else tree.body
                if block and isinstance(block[0], ast.FunctionDef):
                    return block[0], first - (1 if header else 0)
                break
        end += 1
    raise _unreadable(function, "its file was changed since it was imported")


def _lambda(function, lines):
    code = function.__code__
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        raise _unreadable(function, "its file cannot be read as Python") from None
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno
    ]
    if len(found) > 1:
        # The instructions know which columns they come from.
        places = {
            (line, column)
            for line, _, column, _ in code.co_positions()
            if line is not None and column is not None
        }
        found = [node for node in found if (node.body.lineno, node.body.col_offset) in places]
        inner = {id(child) for node in found for child in ast.walk(node.body)}
        found = [node for node in found if id(node) not in inner]
    if len(found) != 1:
        raise _unreadable(function, "there are several lambdas on its line: write it as a def")
    return found[0]
