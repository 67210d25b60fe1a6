"""Every function of the table gives NumPy's answers on the calls that the benchmark makes of it.

The calls follow from a row's signature (`Benchmarks/recipes.py`): a function is tested here as soon
as its row is written.
"""

import random
import sys
import warnings
from pathlib import Path

import numpy
import pytest
from subject import IS_NUMPY, mnp

sys.path.insert(0, str(Path(__file__).parents[2] / "Benchmarks"))
import drawn_rows  # noqa: E402
import recipes  # noqa: E402

# Enough for every statement of a function; `bench.py --all` makes them all.
MOST = 80
# NumPy refuses the calls that a recipe makes of these: they want three dimensions, a target, bytes,
# lists.
NO_CALLS = {"np.dsplit", "np.copyto", "np.unpackbits", "np.block"}
# NumPy promises no order of these.
ANY_ORDER = {"np.unique_values"}


def some(rows):
    rows = [row for row in rows if row.size <= 70]
    return random.Random(0).sample(rows, MOST) if len(rows) > MOST else rows


FUNCTIONS = {
    subject: some(rows)
    for subject, rows in ({} if IS_NUMPY else recipes.subjects()).items()
    if not isinstance(getattr(numpy, subject.removeprefix("np."), None), numpy.ufunc)
    and not subject.startswith(("operator", "[", "syntax"))
}


@pytest.mark.parametrize("subject", FUNCTIONS)
def test_calls_give_numpys_answers(subject):
    compared = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row in FUNCTIONS[subject]:
            try:
                theirs, ours = drawn_rows.prepare(row, mnp)
            except drawn_rows.NotThere:
                continue
            exec(row.run, theirs)
            try:
                exec(row.run, ours)
                if subject in ANY_ORDER:
                    theirs["answer"] = numpy.sort(theirs["answer"])
                    ours["answer"] = mnp.sort(ours["answer"])
                drawn_rows.check(row, theirs["answer"], ours["answer"])
            except Exception as error:
                raise AssertionError(f"{row.name}: {error}") from error
            compared += 1
    assert (compared == 0) == (subject in NO_CALLS)


@pytest.mark.skipif(IS_NUMPY, reason="it has no rows")
def test_most_functions_have_a_recipe():
    """What is not compared here has tests of its own; that should be the exception."""
    assert len(FUNCTIONS) > 150
    assert len(recipes.without_recipe) < len(FUNCTIONS) / 3, recipes.without_recipe
