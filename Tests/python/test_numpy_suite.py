"""The runner of NumPy's own tests: on quick files, and what it says of the list of known ones."""

import subprocess
import sys
from pathlib import Path

import pytest
from subject import needs_martlet

SUITES = Path(__file__).parents[2] / "Tools" / "suites"


def run(output, *arguments):
    command = [sys.executable, str(SUITES / "numpy_tests.py"), "--output", str(output), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """Where plain NumPy's results are kept, so that they are found again."""
    return tmp_path_factory.mktemp("suite")


@needs_martlet
def test_quick_files_pass(output):
    done = run(output, "test_indexerrors", "test_getlimits", "test_arraymethod")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passes now" not in done.stdout
    assert "3 left out: C internals: helpers in C" in done.stdout
    assert "(100.00 %)" in done.stdout


@needs_martlet
def test_the_command_fails_for_what_is_not_listed(output, tmp_path):
    known = tmp_path / "known.txt"
    known.write_text("differs: why\n  _core/tests/test_arraymethod.py::test_no_such_one\n")
    done = run(output, "--known", str(known), "test_arraymethod")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "known.txt: _core/tests/test_arraymethod.py::test_no_such_one" in done.stdout
    assert "TestSimpleStridedCall::test_invalid_arguments[args6-ValueError]" in done.stdout


@pytest.fixture
def known_class(monkeypatch):
    monkeypatch.syspath_prepend(str(SUITES))
    import reasons

    return reasons.Known


def test_the_list_names_tests_with_parameters_or_without(known_class, tmp_path):
    file = tmp_path / "known.txt"
    file.write_text(
        "# Which ones.\ninternal: how it is built\n  a.py::test_one\n  a.py::Two::test[x-y]\n"
        "differs: on purpose\n  a.py::Three\n  b.py::test\n"
    )
    known = known_class(file)
    internal, differs = ("internal", "how it is built"), ("differs", "on purpose")
    assert known.reason("a.py", "test_one[3]") == internal
    assert known.reason("a.py", "Two::test[x-y]") == internal
    assert known.reason("a.py", "Two::test[x]") is None
    assert known.reason("a.py", "test_one_more") is None
    assert known.passing(["a.py"]) == ["a.py::Three"]
    assert known.reason("a.py", "Three::test_this[1]") == differs
    assert known.passing(["a.py"]) == []


@pytest.mark.parametrize(
    "text",
    ["  a.py::test\n", "perhaps: so\n", "differs:\n", "differs: so\n  a.py::t\n  a.py::t\n"],
)
def test_a_list_without_reasons_is_none(known_class, tmp_path, text):
    (tmp_path / "known.txt").write_text(text)
    with pytest.raises(ValueError, match=r"known\.txt"):
        known_class(tmp_path / "known.txt")


def test_each_listed_test_is_one_of_numpys(known_class):
    import numpy

    package = Path(numpy.__file__).parent
    # Some tests stand in other files than the classes that inherit them.
    everywhere = "".join(file.read_text() for file in package.glob("*/tests/test_*.py"))
    for entry in known_class(SUITES / "numpy_known.txt").reasons:
        path, _, names = entry.partition("::")
        *classes, test = names.partition("[")[0].split("::")
        source = (package / path).read_text()
        assert all(f"class {name}" in source for name in classes), entry
        assert f"def {test}(" in everywhere, entry
