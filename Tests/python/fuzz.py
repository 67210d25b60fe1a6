"""Makes wrong calls for some minutes, in processes that may die, and reports each culprit.

    python fuzz.py [--minutes 10] [--seed N] [--only NAME...]

A call that ends the process, keeps it for more than 30 s, or keeps memory, is made again on NumPy
itself: what does the same there is not counted, since NumPy serves the call.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("fuzz_calls.py")
PATIENCE = 30


@dataclass
class Culprit:
    """A call that did what none may, and how."""

    seed: int
    number: int
    name: str
    call: str
    how: str
    trace: str

    def __str__(self):
        again = f"python {SCRIPT.name} LOG {self.seed} {self.number} 1 --same '{self.name}'"
        return f"{self.how}: {self.call}\n  again: {again}\n{self.trace}"


class Worker:
    """A process that makes calls, from one number on."""

    def __init__(self, folder: Path, seed: int, first: int, count: int, options=(), module=None):
        self.seed, self.first = seed, first
        self.log = Path(tempfile.mkstemp(dir=folder, prefix="calls")[1])
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        command = [sys.executable, "-X", "faulthandler", str(SCRIPT), str(self.log)]
        environment = dict(os.environ, PYTHONHASHSEED="0")
        if module:
            environment["MARTLET_TEST_MODULE"] = module
        self.process = subprocess.Popen(
            [*command, str(seed), str(first), str(count), *options],
            stdout=subprocess.DEVNULL,
            stderr=self.errors,
            env=environment,
        )
        self.last, self.since = "", time.monotonic()

    def poll(self) -> str | None:
        """How it ended: "" for well, None while it runs."""
        said = self.log.read_text() if self.log.exists() else ""
        if said != self.last:
            self.last, self.since = said, time.monotonic()
        code = self.process.poll()
        if code is not None:
            self.last = self.log.read_text()
            return "" if code == 0 else f"signal {-code}" if code < 0 else f"exit {code}"
        if time.monotonic() - self.since > PATIENCE:
            self.process.send_signal(6)  # faulthandler says where it is.
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.stop()
            return "hang"
        return None

    def culprit(self, how: str) -> Culprit:
        number, name, call = [*self.last.strip().split("\t", 2), "", ""][:3]
        self.errors.seek(0)
        # Of faulthandler's traceback the innermost lines say enough.
        trace = [line for line in self.errors.read().splitlines() if "pytest" not in line]
        shown = "\n".join(f"    {line[:160]}" for line in trace[:12])
        place = int(number) if number.isdigit() else -1
        return Culprit(self.seed, place, name, call, how, shown)

    def stop(self):
        self.process.kill()
        self.process.wait()


def on_numpy(folder: Path, culprit: Culprit) -> Worker:
    """The same call on NumPy."""
    options = ["--same", culprit.name]
    return Worker(folder, culprit.seed, culprit.number, 1, options, module="numpy")


def run(
    minutes: float, seed: int, workers: int = 2, options=(), calls: int = 3000, rounds: int = 10**9
) -> list[Culprit]:
    """The culprits of some minutes, or of so many rounds of calls."""
    end, last = time.monotonic() + 60 * minutes, seed + rounds
    found: dict[str, Culprit] = {}
    excused: dict[str, list[Culprit]] = {}
    spared, made = set(), 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        running, again = [], []

        def start(seed, first, count):
            extra = [*options, *(["--spare", *sorted(spared)] if spared else [])]
            running.append((Worker(folder, seed, first, count, extra), count))

        def count_in(key, culprit):
            found[key] = culprit
            print(culprit, flush=True)

        while (time.monotonic() < end and seed < last) or running or again:
            while len(running) < workers and time.monotonic() < end and seed < last:
                start(seed, 0, calls)
                seed += 1
            time.sleep(0.02)
            for entry in list(again):
                replay, key, culprit = entry
                how = replay.poll()
                if how is None:
                    continue
                again.remove(entry)
                if how == "":
                    count_in(key, culprit)
                else:
                    excused.setdefault(key, []).append(culprit)
            for entry in list(running):
                worker, count = entry
                how = worker.poll()
                if how is None and time.monotonic() > end:
                    worker.stop()
                    running.remove(entry)
                    made += int(re.match(r"\d*", worker.last)[0] or 0) - worker.first
                if how is None:
                    continue
                running.remove(entry)
                if how == "":
                    made += count
                    continue
                culprit = worker.culprit(how)
                if culprit.number < 0:
                    found["start"] = culprit
                    return list(found.values())
                done = culprit.number + 1 - worker.first
                made += done
                key = f"{culprit.name} {how}"
                if how == "hang":
                    spared.add(culprit.name)
                # A call that changes its arrays meanwhile is one that NumPy does not survive, but
                # Martlet must; of others it is enough to know a few.
                if "Actor(" in culprit.call and how != "hang":
                    count_in(key, culprit)
                elif key not in found and len(excused.get(key, [])) < 3:
                    again.append((on_numpy(folder, culprit), key, culprit))
                if count > done and time.monotonic() < end:
                    start(worker.seed, culprit.number + 1, count - done)
    print(f"{made} calls, {len(found)} culprits", flush=True)
    for culprit in (c for many in excused.values() for c in many):
        print(f"NumPy does the same: {culprit.how}: {culprit.call[:200]}")
    return list(found.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    only = ["--only", *options.only] if options.only else []
    return len(run(options.minutes, options.seed, options.workers, only)) > 0


if __name__ == "__main__":
    sys.exit(main())
