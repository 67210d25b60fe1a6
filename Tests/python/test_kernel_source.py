"""How Python functions become the text that the extension reads, and what outside names are."""

import cmath
import enum
import linecache
import math
import re
import textwrap
from types import SimpleNamespace

import martlet
import martlet.numpy as mnp
import numpy
import numpy as np
import pytest
from martlet._kernels import _source
from martlet._kernels._errors import KernelError
from martlet._kernels._intrinsics import Intrinsic, Namespace, prange
from martlet._kernels._source import Program, Source

SCALE = 2.5
BIG = 2**63
HUGE = 10**400
SMALL = numpy.float32(1.5)
PAIR = (1, 2.0)
table = numpy.arange(3.0)
native = mnp.arange(3.0)
words = ["a"]
grid = Namespace("cuda", "", threadIdx="", syncthreads="")


class Colour(enum.IntEnum):
    RED = 3


class Sizes:
    WIDTH = 7


def plain(x):
    return x


class Jitted:
    """Stands for what the decorators give."""

    def __init__(self, function):
        self.encode = Source(function)


@pytest.fixture(autouse=True)
def carriers(monkeypatch):
    monkeypatch.setattr(_source, "carriers", [*_source.carriers, Jitted])


def bare(text):
    """The text without lines and columns."""
    return re.sub(r'\((\w+|"[^"]*") \d+ \d+', r"(\1", text)


def body(function):
    text = Source(function)()[0]
    found = re.fullmatch(
        r'\(python \(def "[^"]*" \((?:\("[^"]*"\) ?)*\) \((.*)\)\)\)', bare(text), re.DOTALL
    )
    assert found is not None, text
    return found[1]


def value(function):
    """The form of what a function of one line returns."""
    found = re.fullmatch(r"\(return (.*)\)", body(function))
    assert found is not None
    return found[1]


# The whole text


def saturate(x, gain=2.0):
    """A docstring."""
    y = x * gain
    return y


def test_places_are_lines_and_columns_of_the_file():
    first = saturate.__code__.co_firstlineno
    assert Source(saturate)()[0] == (
        f'(python (def {first} 1 "saturate" (("x" {first} 14) ("gain" {first} 17 (float {first} 22 '
        f'2.0))) ((pass {first + 1} 5) (assign {first + 2} 5 ((name {first + 2} 5 "y")) (binary '
        f'{first + 2} 9 "*" (name {first + 2} 9 "x") (name {first + 2} 13 "gain"))) (return '
        f'{first + 3} 5 (name {first + 3} 12 "y")))))'
    )


def test_columns_count_characters():
    def f(é, x):
        return é + é * x

    line = f.__code__.co_firstlineno + 1
    text = Source(f)()[0]
    assert f'(name {line} 24 "x")' in text and f'(name {line} 20 "é")' in text


def test_functions_inside_of_functions_and_long_headers_are_found():
    def identity(f):
        return f

    # fmt: off
    @identity
    @identity
    def f(
        x,
    ):
        x = """
no end of the function
"""
        # nor this
        return x
    # fmt: on

    assert body(f).endswith('(return (name "x"))')
    assert f"(return {f.__code__.co_firstlineno + 9} 9 " in Source(f)()[0]


def test_lambdas_are_found_on_their_line():
    f, g = (lambda x: x + 1), (lambda x: x * 2)
    assert value(f) == '(binary "+" (name "x") (int 1))'
    assert value(g) == '(binary "*" (name "x") (int 2))'
    h = lambda x: (lambda y: y)(x)  # noqa: E731
    assert value(h).startswith('(call (closure 1) ((name "x")) ())')


def test_functions_without_source_are_an_error():
    space = {}
    exec("def f(x): return x", space)
    with pytest.raises(KernelError, match="source of 'f' is needed .* made by exec"):
        Source(space["f"])()


def test_a_changed_file_is_an_error(tmp_path):
    path = tmp_path / "changing.py"
    path.write_text("def f(x):\n    return x\n")
    space = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    path.write_text("# new\n# lines\ndef f(x):\n    return x\n")
    with pytest.raises(KernelError, match="changed since it was imported") as caught:
        Source(space["f"])()
    assert caught.value.filename == str(path) and caught.value.lineno == 1
    linecache.clearcache()


# Statements


def test_statements():
    def f(x, n):
        a = b = 1  # noqa: F841
        c, (d, e) = x
        s: float = 0.0
        t: int  # noqa: F842
        for i in range(n):
            if i > 2:
                continue
            elif i:
                break
            else:
                pass
        else:
            s += 1
        while s < 3:
            s *= 2
        x[0, 1:, ::-1, ..., None] = s
        return

    assert body(f) == (
        '(assign ((name "a") (name "b")) (int 1)) '
        '(assign ((tuple (name "c") (tuple (name "d") (name "e")))) (name "x")) '
        '(assign ((name "s")) (float 0.0)) '
        "(pass) "
        '(for (name "i") (call (known "builtins.range") ((name "n")) ()) '
        '((if (compare (name "i") (">" (int 2))) ((continue)) '
        '((if (name "i") ((break)) ((pass)))))) ((augment "+" (name "s") (int 1)))) '
        '(while (compare (name "s") ("<" (int 3))) ((augment "*" (name "s") (int 2))) ()) '
        '(assign ((index (name "x") (int 0) (slice (int 1) - -) (slice - - (int -1)) (ellipsis) '
        '(none))) (name "s")) '
        "(return)"
    )


def test_exceptions_and_assertions():
    def f(x):
        assert x > 0, "positive"
        assert x
        if x > 9:
            raise ValueError("large")
        if x > 8:
            raise IndexError
        raise ZeroDivisionError() from None

    # Each with the names of its classes.
    bases = '"Exception" "BaseException"'
    assert body(f) == (
        '(assert (compare (name "x") (">" (int 0))) "positive") (assert (name "x") "") '
        '(if (compare (name "x") (">" (int 9))) '
        f'((raise "ValueError" "large" ("ValueError" {bases}))) ()) '
        '(if (compare (name "x") (">" (int 8))) '
        f'((raise "IndexError()" "" ("IndexError" "LookupError" {bases}))) ()) '
        f'(raise "ZeroDivisionError()" "" ("ZeroDivisionError" "ArithmeticError" {bases}))'
    )


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("with x: pass", "a 'with' statement"),
        ("try: pass\nexcept* x: pass", "a 'try' statement"),
        ("import os", "an 'import' statement"),
        ("class C: pass", "a class inside of a function"),
        ("global q", "a 'global' statement"),
        ("del x", "a 'del' statement"),
        ("match x:\n  case 1: pass", "a 'match' statement"),
        ("raise", "a 'raise' without an exception"),
        ("raise ValueError(f'{x}')", "an exception with a computed message"),
        ("raise ValueError(x)", "an exception with a computed message"),
        ("raise x", "raising 'x', which is no exception,"),
        ("assert x, x", "an assertion with a computed message"),
    ],
)
def test_statements_that_kernels_lack(tmp_path, statement, what):
    assert f'(unsupported "{what}")' in body(written(tmp_path, statement))


@pytest.mark.parametrize(
    ("expression", "name", "what"),
    [
        ("{1: 2}", "{1: 2}", "a dictionary"),
        ("{1, 2}", "{1, 2}", "a set"),
        ("f'{x}'", "f'{x}'", "an f-string"),
        ("(x := 1)", "(x := 1)", "an assignment inside of an expression"),
        ("(yield x)", "(yield x)", "a 'yield'"),
        ("str(i for i in x)", "(i for i in x)", "a generator"),
        ("b'x'", "b'x'", "bytes"),
        ("f(**x)", "**x", "a dictionary of arguments"),
        ("missing", "missing", "a name that is not defined"),
        ("math.cosine", "math.cosine", "a name that 'math' does not have"),
        ("10**400", "10 ** 400", "an integer beyond all floating-point numbers"),
    ],
)
def test_expressions_that_kernels_lack(tmp_path, expression, name, what):
    assert f'(unusable "{name}" "{what}")' in body(written(tmp_path, f"return {expression}"))


def written(folder, statement):
    """A function of one statement, in a file of its own."""
    path = folder / "written.py"
    path.write_text("def f(x):\n" + textwrap.indent(statement, "    ") + "\n")
    space = {"math": math, "Own": type("Own", (Exception,), {})}
    exec(compile(path.read_text(), str(path), "exec"), space)
    return space["f"]


def test_parameters_that_kernels_lack():
    def f(*args, **options):
        return 1

    with pytest.raises(KernelError, match=r"the parameter \*\*options is not in the") as caught:
        Source(f)()
    assert (caught.value.lineno, caught.value.offset) == (f.__code__.co_firstlineno, 20)


def test_parameters_have_their_values():
    def f(a, /, b=SMALL, *, c=None, d):
        return a

    assert (
        '(("a" - - - positional) ("b" (scalar float32 1069547520)) ("c" (none) - - keyword) '
        '("d" - - - keyword))'
    ) in bare(Source(f)()[0])


# Expressions


def test_expressions():
    def f(a, b):
        return (a if a < b <= 3 else -b, not a and b or ~a, a is not None, a in (1, 2), [a, "x"])

    assert value(f) == (
        '(tuple (if (compare (name "a") ("<" (name "b")) ("<=" (int 3))) (name "a") '
        '(unary "-" (name "b"))) '
        '(or (and (unary "not" (name "a")) (name "b")) (unary "~" (name "a"))) '
        '(compare (name "a") ("is not" (none))) '
        '(compare (name "a") ("in" (tuple (int 1) (int 2)))) '
        '(list (name "a") (string "x")))'
    )


def test_operators():
    def f(a, b):
        return (a + b - a * b / a // b % a**b << a >> b & a | b ^ a) @ b

    signs = re.findall(r'\(binary "([^"]+)"', value(f))
    assert sorted(signs) == sorted("+ - * / // % ** << >> & | ^ @".split())


def test_literals():
    assert value(lambda: (True, 3, 0.1, 2j, None, -5, -1.5)) == (
        "(tuple (bool 1) (int 3) (float 0.1) (complex 0.0 2.0) (none) (int -5) (float -1.5))"
    )
    assert value(lambda: -9223372036854775808) == "(int -9223372036854775808)"
    assert value(lambda: 0xCBF29CE484222325) == "(scalar uint64 14695981039346656037)"
    assert value(lambda: 1e400) == "(float inf)"
    assert value(lambda: 'a"b\\c') == '(string "a\\"b\\\\c")'


def test_calls_attributes_and_indices():
    def f(a, i):
        return a[i][1].sum(axis=0, keepdims=True) + a.shape[0]

    assert value(f) == (
        '(binary "+" (call (attribute (index (index (name "a") (name "i")) (int 1)) "sum") () '
        '(("axis" (int 0)) ("keepdims" (bool 1)))) (index (attribute (name "a") "shape") (int 0)))'
    )


# Outside names


@pytest.mark.parametrize(
    ("function", "form"),
    [
        (lambda: SCALE, "(float 2.5)"),
        (lambda: BIG, "(scalar uint64 9223372036854775808)"),
        (lambda: SMALL, "(scalar float32 1069547520)"),
        (lambda: PAIR, "(tuple (int 1) (float 2.0))"),
        (lambda: np.pi, "(float 3.141592653589793)"),
        (lambda: math.inf, "(float inf)"),
        (lambda: np.newaxis, "(none)"),
        (lambda: Colour.RED, "(int 3)"),
        (lambda: Sizes.WIDTH, "(int 7)"),
        (lambda: np.finfo(np.float32).eps, "(scalar float32 872415232)"),
        (lambda: np.iinfo(np.int16).max, "(int 32767)"),
        (lambda: np.finfo(martlet.float64).max, "(scalar float64 9218868437227405311)"),
        (lambda: math.sqrt, '(known "math.sqrt")'),
        (lambda: cmath.exp, '(known "cmath.exp")'),
        (lambda: len, '(known "builtins.len")'),
        (lambda: int, '(known "builtins.int")'),
        (lambda: np.sqrt, '(known "numpy.sqrt")'),
        (lambda: mnp.sqrt, '(known "numpy.sqrt")'),
        (lambda: np.abs, '(known "numpy.absolute")'),
        (lambda: np.sum, '(known "numpy.sum")'),
        (lambda: mnp.sum, '(known "numpy.sum")'),
        (lambda: np.amax, '(known "numpy.max")'),
        (lambda: np.zeros, '(known "numpy.zeros")'),
        (lambda: mnp.zeros, '(known "numpy.zeros")'),
        (lambda: np.linalg.eigh, '(known "numpy.linalg.eigh")'),
        (lambda: mnp.linalg.eigh, '(known "numpy.linalg.eigh")'),
        (lambda: np.random.dirichlet, '(known "numpy.random.dirichlet")'),
        (lambda: mnp.random.multinomial, '(known "numpy.random.multinomial")'),
        (lambda: prange, '(known "martlet.prange")'),
        (lambda: martlet.prange, '(known "martlet.prange")'),
        (lambda: grid.threadIdx.x, '(attribute (known "cuda.threadIdx") "x")'),
        (lambda: grid.syncthreads(), '(call (known "cuda.syncthreads") () ())'),
        (lambda: np.float32, "(dtype float32)"),
        (lambda: np.bool_, "(dtype bool)"),
        (lambda: np.dtype("i2"), "(dtype int16)"),
        (lambda: np.longdouble, '(known "numpy.longdouble")'),
        (lambda: martlet.float32, "(dtype float32)"),
        (lambda: martlet.boolean, "(dtype bool)"),
        (lambda: table.dtype, '(attribute (name "table") "dtype")'),
    ],
)
def test_outside_names(function, form):
    text = bare(Source(function)()[0])
    assert text.endswith(f"((return {form}))))")


@pytest.mark.parametrize(
    ("function", "name", "what"),
    [
        (lambda: HUGE, "HUGE", "an integer beyond all floating-point numbers"),
        (lambda: {}, "{}", "a dictionary"),
        (lambda: plain(1), "plain", "a Python function that is not jitted"),
        (lambda: Sizes, "Sizes", "a class"),
        (lambda: np.linalg, "np.linalg", "a module"),
        (lambda: martlet.void, "martlet.void", "the type of something that is no number"),
        (lambda: SimpleNamespace, "SimpleNamespace", "a class"),
        (lambda: textwrap.dedent("x"), "textwrap.dedent", "a Python function that is not jitted"),
    ],
)
def test_outside_names_that_kernels_cannot_use(function, name, what):
    assert f'(unusable "{name}" "{what}")' in bare(Source(function)()[0])


def test_locals_hide_what_is_outside():
    def f(table):
        math = table
        return math.sqrt

    assert body(f).endswith('(return (attribute (name "math") "sqrt"))')


def test_closures_and_names_that_are_not_set_yet():
    factor = 3

    def f(x):
        return x * factor + later

    assert '(int 3)) (unusable "later" "a name that is not defined")' in body(f)
    later = 4
    assert "(int 4)" in body(f)


def test_arrays_become_parameters_of_the_entry():
    def f(x, n=1):
        return x + table[0] + native[n] + table[1]

    text, arrays, _ = Source(f)()
    assert bare(text).startswith('(python (def "f" (("x") ("n" (int 1)) ("table") ("native")) ')
    assert arrays == [table, native] or (arrays[0] is table and arrays[1] is native)
    text, arrays, _ = Source(f, captures=False)()
    assert '"an array, where only numbers can be taken from outside"' in text and not arrays


def test_arrays_of_other_kinds_are_no_parameters():
    names = numpy.array(["a"])
    assert '"an array of dtype <U1"' in Source(lambda: names)()[0]


# Calls of other functions


def test_called_functions_are_parts_of_the_program():
    @Jitted
    def g(x):
        return x + table[0]

    def f(x):
        return g(x) + g(1)

    text = bare(Source(f)()[0])
    assert text == (
        '(python (def "f" (("x") ("outer.table")) ((return (binary "+" '
        '(call (function 1) ((name "x")) ()) (call (function 1) ((int 1)) ()))))) '
        '(def "g" (("x")) ((return (binary "+" (name "x") '
        '(index (outer "outer.table") (int 0)))))))'
    )


def test_functions_may_call_themselves_and_each_other():
    @Jitted
    def f(x):
        return g(x - 1) if x else f(0)

    @Jitted
    def g(x):
        return f(x)

    text = bare(f.encode()[0])
    assert text.count("(def ") == 2
    assert (
        '(if (name "x") (call (function 1)' in text and "(call (function 0) ((int 0)) ())" in text
    )


def test_registered_ufuncs_are_called_by_their_source():
    @Jitted
    def g(x):
        return x

    ufunc = object()
    _source.register(ufunc, g.encode)
    assert '(call (function 1) ((name "x")) ())' in bare(Source(lambda x: ufunc(x))()[0])


def test_programs_take_functions_that_were_written_elsewhere():
    program = Program()
    program.functions.append(None)
    assert program.add(Source(saturate)) == 1
    program.functions[0] = "(def)"
    assert program.text().startswith("(python (def) (def ")


# Names of the kernel language outside of kernels


def test_intrinsics_explain_themselves():
    barrier = Intrinsic("cuda.syncthreads", "waits")
    for use in (lambda: barrier(), lambda: barrier.x):
        with pytest.raises(RuntimeError, match="cuda.syncthreads has a meaning in kernels only"):
            use()
    assert list(prange(1, 7, 2)) == [1, 3, 5]


def test_errors_show_the_line():
    line = saturate.__code__.co_firstlineno + 2
    error = KernelError("no.", __file__, line, 9)
    assert str(error) == f"{__file__}:{line}:9: no.\n    y = x * gain\n        ^"
    assert (error.msg, error.filename, error.lineno, error.offset) == ("no.", __file__, line, 9)
    assert error.text == "    y = x * gain"
    assert str(KernelError("no.")) == "no."


def test_exceptions_have_names_of_their_own(tmp_path):
    assert '(raise "ValueError" "n" (' in body(written(tmp_path, "raise ValueError('n')"))
    own = '(raise "test_kernel_source.Own()" "" ("test_kernel_source.Own" "Exception" '
    assert own in body(written(tmp_path, "raise Own()"))
