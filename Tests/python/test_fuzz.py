"""No call from Python, however wrong, ends the interpreter, hangs it or keeps memory.

`make fuzz` makes such calls for ten minutes, always others; here they are the same ones every time.
"""

import os
from types import SimpleNamespace

import fuzz
import fuzz_texts
import pytest
from subject import needs_martlet

MINUTES = float(os.environ.get("MARTLET_FUZZ_MINUTES", "1"))


@needs_martlet
def test_wrong_calls_raise():
    culprits = fuzz.run(MINUTES, seed=0)
    assert not culprits, "\n".join(map(str, culprits))


@needs_martlet
def test_wrong_texts_raise():
    """dtypes, subscripts, signatures, files: what is read letter by letter."""
    names = [name for name, _ in fuzz_texts.readers()]
    assert len(names) > 18
    culprits = fuzz.run(MINUTES / 8, seed=0, options=["--only", *names])
    assert not culprits, "\n".join(map(str, culprits))


@needs_martlet
@pytest.mark.parametrize(
    ("how", "call"),
    [
        ("signal", "os.kill(os.getpid(), 11)"),
        ("exit 7", "os._exit(7)"),
        ("hang", "time.sleep(60)"),
        ("exit 3", "kept.append(bytes([1]) * (5 << 28))"),
    ],
)
def test_culprits_are_found(how, call, tmp_path, monkeypatch):
    """What the fuzzer looks for it finds: a crash, an exit, a hang, memory that is kept."""
    script = tmp_path / "fuzz_calls.py"
    source = fuzz.SCRIPT.read_text()
    before, after = source.split("                call.make()\n")
    made = f"                if number == 5:\n                    {call}\n"
    head = before.replace("def main()", "import time\n\nkept = []\n\n\ndef main()")
    script.write_text(head + made + after)
    monkeypatch.setenv("PYTHONPATH", f"{fuzz.SCRIPT.parent}:{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setattr(fuzz, "SCRIPT", script)
    monkeypatch.setattr(fuzz, "PATIENCE", 10)
    monkeypatch.setattr(fuzz, "on_numpy", lambda *_: SimpleNamespace(poll=lambda: ""))
    found = fuzz.run(1, seed=0, workers=1, calls=8, rounds=1)
    assert [c.number for c in found] == [5]
    assert found[0].how.startswith(how)
