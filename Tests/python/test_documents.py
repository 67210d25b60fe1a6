"""The code in docs/ runs: blocks in Python here, blocks in Swift in a file of Swift tests."""

import importlib.util
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from subject import needs_martlet

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tools"))
import coverage  # noqa: E402

# The pages whose code is tested, and where that in Swift stands word for word, if there is any.
PAGES = {
    "fallback": ["MartletTests/FallbackDocumentTests"],
    "dispatch": ["MartletTests/DispatchTests"],
    "checking": ["MartletTests/CheckDocumentTests"],
    "differences": [],
    # Its block in Swift takes over the terminal of whoever runs the tests.
    "inspect": [],
    "gradients": [
        "MartletTests/GradientsTests",
        "MartletDifferentiationTests/DifferentiationTests",
    ],
    "profiling": ["MartletTests/ProfilingTests"],
    "libraries": [],
    "loops": [],
    "scaling": [],
}

# What a page's code imports beside what the tests have anyway.
NEEDS = {"scaling": "distributed"}


def blocks(page, language):
    text = (ROOT / "docs" / f"{page}.md").read_text()
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found, f"docs/{page}.md has no block in {language}"
    return found


def needs(page):
    name = NEEDS.get(page)
    is_missing = name is not None and importlib.util.find_spec(name) is None
    return pytest.mark.skipif(is_missing, reason=f"{name} is not installed")


PYTHON = [
    pytest.param(code, id=f"{page}{n}", marks=needs(page))
    for page in PAGES
    for n, code in enumerate(blocks(page, "python"))
]
SWIFT = [
    pytest.param(page, code, id=f"{page}{n}")
    for page, tests in PAGES.items()
    if tests
    for n, code in enumerate(blocks(page, "swift"))
]


@needs_martlet
@pytest.mark.parametrize("code", PYTHON)
def test_python_block_runs(code, tmp_path):
    # A block that declares tests is a module of pytest's: they are called.
    tests = "".join(f"{name}()\n" for name in re.findall(r"^def (test_\w+)", code, re.MULTILINE))
    # In a file, as kernels are read from there.
    file = tmp_path / "block.py"
    file.write_text(code + tests)
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("page", "code"), SWIFT)
def test_swift_block_is_tested(page, code):
    """It stands in the Swift tests word for word, but for its indentation and imports."""
    tests = [(ROOT / "Tests" / f"{name}.swift").read_text() for name in PAGES[page]]
    lines = [line.strip() for text in tests for line in text.splitlines()]
    code = [line.strip() for line in textwrap.dedent(code).strip().splitlines()]
    code = [line for line in code if not line.startswith("import ")]
    while code and not code[0]:
        del code[0]
    starts = [n for n, line in enumerate(lines) if line == code[0]]
    assert any(lines[n : n + len(code)] == code for n in starts), "\n".join(code)


@needs_martlet
@pytest.mark.skipif(
    coverage.VERSION not in (ROOT / "docs" / "coverage.md").read_text(),
    reason="the page is of another version of NumPy, which has other names",
)
def test_the_coverage_is_what_the_page_says():
    """`python Tools/coverage.py` writes it; README gives its count."""
    text, native, counted = coverage.page()
    assert (ROOT / "docs" / "coverage.md").read_text() == text
    assert f"{native} of {counted}" in (ROOT / "README.md").read_text()
