"""What type checkers see of the namespace is what it has."""

import ast
import sys
from pathlib import Path

import pytest
from subject import mnp, needs_martlet

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "Tools"))
import typing_stub  # noqa: E402

pytestmark = needs_martlet
TEXT = typing_stub.STUB.read_text()


def test_parameters_are_read_from_signatures():
    kinds = typing_stub.KINDS
    assert typing_stub.parameters("(a, /, axes=(0, 1), *xi, out=<no value>, **rest)") == [
        ("a", kinds.POSITIONAL_ONLY, False),
        ("axes", kinds.POSITIONAL_OR_KEYWORD, True),
        ("xi", kinds.VAR_POSITIONAL, True),
        ("out", kinds.KEYWORD_ONLY, True),
        ("rest", kinds.VAR_KEYWORD, True),
    ]
    text = typing_stub.definition("f", "(a, /, b, *, c=None)")
    assert text == "def f(a: Any, /, b: Any, *, c: Any = ...) -> Any: ..."


@pytest.mark.skipif(
    f"NumPy {'.'.join(mnp.__version__.split('.')[:2])}." not in TEXT,
    reason="the stub is of another version of NumPy, which has other names",
)
def test_the_stub_is_what_the_rows_say():
    """`python Tools/typing_stub.py` writes it."""
    assert TEXT == typing_stub.stub()
    names = set()
    for node in ast.parse(TEXT).body:
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname for alias in node.names if alias.asname}
        elif isinstance(node, ast.FunctionDef):
            names.add(node.name)
    assert names == {*mnp.__all__} - {*typing_stub.LEFT_OUT}
