"""Makes the packs of compiled kernels that are shipped beside the extension.

    python Tools/kernel_pack.py FOLDER

FOLDER is the package `martlet`, with its extension. A wheel gets a pack for each level of x86-64, a
build for development the one that this processor uses. For each a process of its own runs
`kernel_catalogue.py` and compiles every kernel that it needs for that level. Elsewhere than on
x86-64, or without NumPy or libLLVM, there is no pack: kernels are compiled when they are needed.
"""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

LEVELS = ("3", "4")
HERE = ("host",)
PACKS = "_kernels.*.pack"
SOURCES = ("kernel_pack.py", "kernel_catalogue.py")

RECORD = """
import sys
from martlet import _martlet
_martlet.record_kernels(int(sys.argv[1]) if sys.argv[1].isdigit() else None)
import kernel_catalogue
kernel_catalogue.run()
print(_martlet.write_kernels(sys.argv[2]))
"""


def words(level: str) -> str:
    return f"x86-64-v{level}" if level.isdigit() else "This processor"


def remove(package: Path) -> None:
    """Removes packs, which belong to another build of the extension."""
    for pack in package.glob(PACKS):
        pack.unlink()


def is_current(package: Path, levels=LEVELS) -> bool:
    """Whether there are packs, and none is older than what decides which kernels they have."""
    newest = max((Path(__file__).parent / name).stat().st_mtime for name in SOURCES)
    packs = list(package.glob(PACKS))
    return len(packs) >= len(levels) and all(pack.stat().st_mtime > newest for pack in packs)


def make(package: Path, levels=LEVELS) -> None:
    """Writes packs for these levels into `package`, the folder of the module `martlet`."""
    remove(package)
    if platform.machine() != "x86_64":
        print("==> No pack of kernels: there is none for this processor", flush=True)
        return
    print("==> Compiling the kernels that are shipped", flush=True)
    start = time.monotonic()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MARTLET_")}
    paths = [str(package.parent), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    environment |= {
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "MARTLET_CACHE": "0",
        "MARTLET_PACK": "0",
        "MARTLET_DEVICE": "cpu",
        "MARTLET_LLVM": os.environ.get("MARTLET_LLVM", ""),
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RECORD, level, str(package)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for level in levels
    ]
    for level, process in zip(levels, processes, strict=True):
        output, errors = process.communicate()
        if process.returncode == 0:
            seconds = time.monotonic() - start
            print(f"==> {words(level)}: {output.strip()} kernels ({seconds:.0f} s)", flush=True)
        else:
            reason = (errors.strip().splitlines() or ["it ended without a word"])[-1]
            print(f"==> {words(level)}: no pack of kernels: {reason}", flush=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]).resolve())
