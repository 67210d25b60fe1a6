"""Builds the documentation of Martlet's products with DocC, and fails for a warning.

python Tools/docs.py MODULES [OUTPUT]

MODULES is the folder of compiled modules, such as .build/debug/Modules. OUTPUT, output/docs unless
given, gets an archive for each product, which any static file server shows.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from swift_surface import ROOT, extract

PRODUCTS = [
    "Martlet",
    "MartletKernels",
    "MartletFoundation",
    "MartletDifferentiation",
    "MartletNumerics",
]


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    output = Path(sys.argv[2] if len(sys.argv) > 2 else ROOT / "output" / "docs")
    output.mkdir(parents=True, exist_ok=True)
    failed = False
    for product in PRODUCTS:
        with tempfile.TemporaryDirectory() as graphs:
            extract(product, folder, Path(graphs))
            archive = output / f"{product}.doccarchive"
            command = ["docc", "convert", str(ROOT / "Sources" / product / f"{product}.docc")]
            command += ["--additional-symbol-graph-dir", graphs, "--output-path", str(archive)]
            command += ["--fallback-display-name", product]
            command += ["--fallback-bundle-identifier", product, "--warnings-as-errors"]
            done = subprocess.run(command, capture_output=True, text=True)
        print(f"{archive}: {'without a warning' if done.returncode == 0 else 'failed'}")
        if done.returncode:
            failed = True
            print(done.stdout + done.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
