"""The README's code runs: blocks in Python here, blocks in Swift in files of Swift tests."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from subject import needs_martlet

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@needs_martlet
@pytest.mark.parametrize("code", blocks("python"))
def test_python_block_runs(code, tmp_path):
    # In a file, since kernels are compiled from their source.
    script = tmp_path / "block.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_swift_blocks_are_tested():
    """They stand in the Swift tests word for word, but for their indentation and imports."""
    files = ("MartletTests/ReadmeTests.swift", "MartletKernelsTests/KernelsDocumentTests.swift")
    tests = "".join((ROOT / "Tests" / file).read_text() for file in files)
    lines = [line.strip() for line in tests.splitlines()]
    assert blocks("swift")
    for block in blocks("swift"):
        code = [line.strip() for line in textwrap.dedent(block).strip().splitlines()]
        for line in [line for line in code if line.startswith("import ")]:
            assert line in lines, line
            code.remove(line)
        while code and not code[0]:
            del code[0]
        starts = [n for n, line in enumerate(lines) if line == code[0]]
        assert any(lines[n : n + len(code)] == code for n in starts), block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    prose = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", prose):
        assert (page.parent / target).exists(), target


def test_every_variable_is_documented():
    read = re.compile(
        r"""(?:Environment\[|Environment\.\w+\(|environ\[|get(?:env)?\()"(MARTLET_\w+)"""
    )
    found = set()
    for folder in ("Sources", "python", "Tests/python", "Tools", "Benchmarks", "demo"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".swift", ".c", ".py"):
                found |= set(read.findall(path.read_text()))
    page = (ROOT / "docs" / "environment.md").read_text()
    assert {"MARTLET_THREADS", "MARTLET_FALLBACK"} <= found
    assert not [name for name in sorted(found) if f"`{name}`" not in page]
