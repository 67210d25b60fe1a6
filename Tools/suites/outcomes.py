"""A pytest plugin that writes what runs and how it ended at once: a crash leaves a trace."""

import os

import pytest

LOG = os.environ["OUTCOMES_LOG"]
_worst = {}


def _name(nodeid: str) -> str:
    return nodeid.partition("::")[2]


def _write(word: str, nodeid: str) -> None:
    # A name may hold any character, and a line is a record.
    with open(LOG, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"{word}\t{_name(nodeid)!r}\n")


def pytest_pycollect_makeitem(collector, name, obj):
    """Functions for kernels are no tests, whatever their names."""
    return [] if type(obj).__name__ == "JitFunction" else None


def pytest_collection_modifyitems(config, items):
    """Leaves out what an earlier process of this file has come through."""
    try:
        with open(LOG, encoding="utf-8") as file:
            done = {line.split("\t", 1)[1].rstrip("\n") for line in file}
    except FileNotFoundError:
        return
    items[:] = [item for item in items if repr(_name(item.nodeid)) not in done]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logstart(nodeid, location):
    _worst[nodeid] = "passed"
    _write("start", nodeid)


def pytest_runtest_logreport(report):
    if report.outcome == "failed":
        _worst[report.nodeid] = "failed"
    elif report.outcome == "skipped" and _worst[report.nodeid] == "passed":
        _worst[report.nodeid] = "xfailed" if hasattr(report, "wasxfail") else "skipped"


def pytest_runtest_logfinish(nodeid, location):
    _write(_worst.pop(nodeid), nodeid)
