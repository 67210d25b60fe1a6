"""Random programs with loops end the same, to the bit, compiled and left to Python.

`python loop_programs.py --count 5000 --seed 1000` runs thousands.
"""

import ast
import importlib.util

import loop_programs
import pytest
from loop_sources import Source
from subject import needs_martlet

BATCHES = 8
# Martlet's texts of these errors are laid out otherwise than NumPy's.
OTHER_TEXTS = ("broadcast", "too large to convert", "index-sized", "out of bounds for int64")


def shown(programs, found):
    return "\n".join(
        f"{name} (loop_programs.py --only {name[7:]} --reduce)\n{loop_programs.told(records)}"
        for name, records in found.items()
    )


@needs_martlet
@pytest.mark.parametrize("number", range(BATCHES))
def test_compiled_loops_mean_what_python_means(number):
    for programs in loop_programs.batches(50 * number, 50):
        found = loop_programs.differences(programs, ("plain", "compiled"))
        assert not found, shown(programs, found)


@needs_martlet
def test_programs_mean_what_numpy_means():
    """The programs whose bits NumPy promises, on Martlet's arrays without compiling."""
    for programs in loop_programs.batches(0, 50, exact=True):
        found = loop_programs.differences(programs, ("numpy", "plain"))
        found = {
            name: records
            for name, records in found.items()
            if not any(text in str(records) for text in OTHER_TEXTS)
        }
        assert not found, shown(programs, found)


def test_programs_are_the_same_for_a_seed_and_of_many_kinds():
    sources = [Source(seed) for seed in range(200)]
    assert all(source.text == Source(seed).text for seed, source in enumerate(sources[:20]))
    text = "\n".join(source.text for source in sources)
    nodes = {type(node).__name__ for source in sources for node in ast.walk(ast.parse(source.text))}
    assert {"For", "While", "If", "Break", "Continue", "Try", "Raise", "Slice"} <= nodes
    for part in (
        "2**63",
        "global ",
        "np.int64(",
        "np.float64(",
        "range(len(",
        "enumerate(",
        "else:",
    ):
        assert part in text


def test_a_difference_is_found_and_reduced():
    """Of two ways that do not agree, the reduced program keeps only what tells them apart."""
    source = (
        "import sys\nimport numpy as np\nx = 1\nfor i in range(5):\n    x += i\n"
        "    if i == 3:\n        y = 'martlet' in sys.modules\nz = x * 2\n"
    )
    ways = ("numpy", "plain")
    found = loop_programs.differences({"program0": source}, ways)
    if importlib.util.find_spec("martlet._martlet") is None:
        pytest.skip("Martlet is not built")
    assert "y" in loop_programs.told(found["program0"])
    assert len(loop_programs.reduced(source, ways).splitlines()) < 5


def test_a_program_that_dies_is_the_only_one_lost():
    programs = {
        "program0": "x = 1\n",
        "program1": "import os\nos._exit(7)\n",
        "program2": "while True:\n    pass\n",
        "program3": "x = 2\n",
    }
    records = loop_programs.run(programs, "numpy", patience=1)
    assert records["program1"]["broken"].startswith("exit 7")
    assert "hangs" in records["program2"]["broken"]
    assert records["program3"]["names"]["x"] == "int 0x2"
