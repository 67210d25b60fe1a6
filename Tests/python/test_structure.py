"""The house's order: which module of the kernels' front end may know of which."""

import ast
import graphlib
from pathlib import Path

ROOT = Path(__file__).parents[2] / "python" / "martlet"


def imports(path):
    """The modules of the package that a file imports, inside of functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_no_two_modules_of_kernels_import_each_other():
    files = [*ROOT.glob("_kernels/*.py"), ROOT / "cuda.py"]
    names = {
        f"martlet.{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}": path for path in files
    }
    graph = {
        name: {other for other in imports(path) if other in names and other != name}
        for name, path in names.items()
    }
    assert len(graph) > 15
    # Raises a CycleError that names the circle.
    graphlib.TopologicalSorter(graph).prepare()
