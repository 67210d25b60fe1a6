"""`martlet.check`: that it passes what is right, finds what is wrong, and says so shortly."""

import martlet
import numpy
import pytest
from subject import IS_NUMPY, mnp

pytestmark = pytest.mark.skipif(IS_NUMPY, reason="it is about Martlet alone")


def name_of(operation):
    return operation if isinstance(operation, str) else operation.__name__


# The Simulator and the CPU compile quickly; other devices have the same tests by way of the tool.
DEVICES = ("cpu", "simulator")


def test_sqrt():
    martlet.check(mnp.sqrt, devices=DEVICES).require()


NAMES = ["add", "divmod", "isnan", "absolute", "sum", "mean", "argmax", "cumsum"]


@pytest.mark.parametrize("operation", [*NAMES, numpy.arctan2, mnp.prod], ids=name_of)
def test_rows_of_the_table(operation):
    report = martlet.check(operation, devices=DEVICES).require()
    assert report and report.ok and not report.failures
    assert {row.device for row in report.rows} == set(DEVICES)
    for row in report.rows:
        assert row.verdict == "ok" and row.elements > 100
        assert row.numpy_error is not None
        assert (row.oracle_error is None) == (row.device == "simulator")


def test_accumulate_is_named_by_its_ufunc():
    report = martlet.check(numpy.maximum.accumulate, devices="cpu", examples=1)
    assert {row.operation for row in report.rows} == {"maximum.accumulate"}


def test_a_list_makes_one_report():
    report = martlet.check(["negative", "positive"], devices="cpu", examples=1)
    assert [row.operation for row in report.rows] == ["negative", "positive"]
    assert repr(report).splitlines()[0].split() == [
        *["operation", "dtypes", "device", "elements", "from", "simulator", "from", "NumPy"]
    ]


def test_numpys_settings_stay():
    with numpy.errstate(divide="raise", over="warn"):
        before = numpy.geterr()
        martlet.check("reciprocal", devices="cpu", examples=1)
        assert numpy.geterr() == before


def test_edge_values_warn_of_nothing(recwarn):
    martlet.check(["log", "divide"], devices=DEVICES, examples=1)
    mnp.add(1.0, 2.0)
    assert not recwarn.list


def test_nothing_counts_as_a_fallback():
    martlet.clear_fallback_records()
    martlet.check("floor", devices="cpu", examples=1)
    assert not martlet.fallback_records()


def test_unknown_names_are_errors():
    with pytest.raises(ValueError, match="There is no operation 'sqroot' in the table"):
        martlet.check("sqroot")
    with pytest.raises(ValueError, match="There is no device 'tpu'"):
        martlet.check("add", devices="tpu")
    with pytest.raises(TypeError, match="check takes an operation or its name, not 3"):
        martlet.check(3)


# What users declare


@pytest.fixture
def halves():
    @martlet.dispatch("(float64[:], float64) -> float64[:]", name="halves", replace=True)
    def operation(a, b):
        return a / 2 + b

    return operation


def test_without_an_implementation(halves):
    report = martlet.check(halves, devices=DEVICES).require()
    assert [row.verdict for row in report.rows] == ["ok", "no implementation"]


def test_an_implementation_that_agrees(halves):
    halves.implement("simulator")(lambda a, b: a * 0.5 + b)
    report = martlet.check("halves", devices=DEVICES).require()
    assert [row.verdict for row in report.rows] == ["ok", "ok"]
    assert report.rows[1].oracle_error == 0


def test_an_implementation_off_by_one_unit(halves):
    halves.implement("simulator")(lambda a, b: mnp.nextafter(a / 2 + b, mnp.inf))
    martlet.check(halves, devices=DEVICES).require()
    report = martlet.check(halves, devices="simulator", tolerance=0)
    assert not report
    assert repr(report) == (
        "operation  dtypes   device     elements  from cpu  from NumPy\n"
        "halves     float64  simulator        33         1           -  FAIL\n"
        "Errors are the worst, in units in the last place.\n"
        "\n"
        "FAIL halves (float64, float64) on simulator: 1 ULP from cpu, at most 0\n"
        '  halves(np.asarray([1.0], "float64", device="simulator"), 1.0)\n'
        "  it is 1.5000000000000002, not 1.5"
    )
    with pytest.raises(AssertionError, match="FAIL halves"):
        report.require()


def test_the_line_of_a_failure_shows_it(halves):
    halves.implement("simulator")(lambda a, b: a + b)
    report = martlet.check(halves, devices="simulator")
    (failure,) = report.failures
    names = {"np": mnp, "halves": halves}
    there = eval(failure.source, names)
    here = eval(failure.source.replace("simulator", "cpu"), names)
    assert there.device == "simulator"
    assert numpy.asarray(there) != numpy.asarray(here)


def test_an_implementation_that_fails(halves):
    @halves.implement("simulator")
    def _(a, b):
        raise LookupError("no such thing")

    report = martlet.check(halves, devices="simulator")
    (failure,) = report.failures
    assert failure.reason == "LookupError: no such thing"


def test_an_interrupt_ends_it(halves):
    @halves.implement("simulator")
    def _(a, b):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        martlet.check(halves, devices="simulator")


def test_a_signature_is_needed():
    @martlet.dispatch(name="unsigned_operation", replace=True)
    def operation(a):
        return a

    with pytest.raises(ValueError, match="says nothing of the arguments"):
        martlet.check(operation)


def test_any_object_with_implementations():
    class Doubled:
        name = "doubled"
        signature = "(any[...]) -> any[...]"
        implementations = {"cpu": lambda a: a * 2, "gpu": lambda a: a + a}

    report = martlet.check(Doubled(), devices=DEVICES).require()
    assert report.rows[1].dtypes == (("float64",), ("float32",), ("int64",))
