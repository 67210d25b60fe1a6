"""Builds the Python extension and puts it where `import martlet` finds it.

    python Tools/build_extension.py [--destination FOLDER] [--no-pack]

Run by `make` for development, and by the build hook for the wheel. The module is built against
the stable ABI, with the Swift runtime linked in, so one file serves CPython 3.11 and later. Beside
it go the packs of compiled kernels that belong to this build (`kernel_pack.py`).
"""

import argparse
import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

import kernel_pack

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = "libMartletPython.so"
MODULE = "_martlet.abi3.so"

# `--static-swift-stdlib` is ignored for dynamic products, hence the compiler's own flag; the
# linker's -s leaves out the symbols that only a debugger needs. By the build ID a pack of kernels
# is known to be of this build.
FLAGS = ["-c", "release", "-Xswiftc", "-static-stdlib"]
FLAGS += ["-Xlinker", "-s", "-Xlinker", "--build-id=sha1"]


def build_flags() -> list[str]:
    """The flags of every release build, shared so that one build serves extension and demo."""
    scratch = os.environ.get("MARTLET_BUILD_PATH")
    return [*FLAGS, "--package-path", str(ROOT), *(["--scratch-path", scratch] if scratch else [])]


def build(destination: Path, levels=kernel_pack.LEVELS) -> Path:
    """Builds the extension and copies it into the folder `destination`; returns its path.

    Beside it go packs of kernels for these levels of x86-64.
    """
    print("==> Building the Python extension (swift build -c release)", flush=True)
    command = ["swift", "build", *build_flags(), "--product", "MartletPython"]
    subprocess.run(command, check=True)
    shown = subprocess.run(
        ["swift", "build", *build_flags(), "--show-bin-path"],
        check=True,
        capture_output=True,
        text=True,
    )
    library = Path(shown.stdout.strip()) / LIBRARY
    module = destination / MODULE
    is_new = not module.exists() or not filecmp.cmp(library, module, shallow=False)
    # Renamed into place: a running interpreter keeps the file it has mapped.
    partial = module.with_suffix(".partial")
    shutil.copyfile(library, partial)
    os.replace(partial, module)
    print(f"==> {module} ({module.stat().st_size / 1e6:.1f} MB)", flush=True)
    if is_new:
        kernel_pack.remove(destination)
    if levels and not kernel_pack.is_current(destination, levels):
        kernel_pack.make(destination, levels)
    return module


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--destination", type=Path, default=ROOT / "python" / "martlet")
    parser.add_argument(
        "--no-pack",
        action="store_true",
        help="leave out the kernels that are compiled beforehand; they are compiled when needed",
    )
    options = parser.parse_args()
    try:
        build(options.destination, () if options.no_pack else kernel_pack.HERE)
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
