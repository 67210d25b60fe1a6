"""The demo: one unmodified NumPy script on photographs, with NumPy and then with Martlet.

    python demo/run.py [--output FOLDER] [--repeat N] [--skip-swift]

Runs demo/photographs.py both ways, checks that the numbers agree, prints the times and what fell
back to NumPy, and leaves the pictures under the output folder. Then a Swift program computes the
same convolution, and its answer is checked too. Exits with 1 when any answer differs.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "demo" / "photographs.py"

# Relative to the largest value of each result. The jobs add in another order than NumPy does, so
# the last bits may differ. A pixel of k-means at equal distance from two colours may take either,
# hence the share of values that may exceed the tolerance.
TOLERANCE = 1e-9
FREE_SHARE = {"k-means": 1e-3}

# Runs `python -m martlet SCRIPT ...` as it is, then writes down what fell back while it ran.
RECORDING = """
import atexit, json, runpy, sys
import martlet
path = sys.argv.pop(1)
def write():
    with open(path, "w") as file:
        json.dump([record._asdict() for record in martlet.fallback_records()], file)
atexit.register(write)
runpy.run_module("martlet", run_name="__main__", alter_sys=True)
"""


def photographs() -> list[Path]:
    """The photographs of scikit-learn's load_sample_images, found without importing it."""
    package = importlib.util.find_spec("sklearn")
    if package is None:
        sys.exit("The photographs come with scikit-learn, which is missing: run `make demo`.")
    return sorted((Path(package.origin).parent / "datasets" / "images").glob("*.jpg"))


def run_script(title: str, command: list[str], folder: Path, pictures: list[Path], repeat: int):
    print(f"==> {title}", flush=True)
    arguments = ["--output", str(folder), "--repeat", str(repeat), *map(str, pictures)]
    subprocess.run([*command, str(SCRIPT), *arguments], check=True)
    return json.loads((folder / "timings.json").read_text())


def compare(label: str, expected: np.ndarray, actual: np.ndarray) -> tuple[float, bool]:
    """The largest relative difference, and whether the two agree within the tolerance."""
    if expected.shape != actual.shape or expected.dtype != actual.dtype:
        return float("inf"), False
    difference = np.abs(actual - expected) / np.abs(expected).max()
    share = np.count_nonzero(~(difference <= TOLERANCE)) / difference.size
    return float(difference.max()), share <= FREE_SHARE.get(label.split()[1], 0.0)


def print_comparison(ours, theirs, folder: Path) -> bool:
    """The table of times, ratios and differences; True when every result agrees."""
    print(f"\n{'job':24}{'NumPy':>11}{'Martlet':>11}{'ratio':>8}{'first':>11}   difference")
    agree = True
    with np.load(folder / "numpy/results.npz") as a, np.load(folder / "martlet/results.npz") as b:
        for label, numpy_time in theirs.items():
            martlet_time = ours[label]
            difference, same = compare(label, a[label], b[label])
            agree = agree and same
            print(
                f"{label:24}{numpy_time['median'] * 1e3:8.2f} ms"
                f"{martlet_time['median'] * 1e3:8.2f} ms"
                f"{numpy_time['median'] / martlet_time['median']:8.2f}"
                f"{martlet_time['first'] * 1e3:8.2f} ms"
                f"   {difference:.1e}{'' if same else '  DIFFERS'}"
            )
    total = sum(t["median"] for t in theirs.values()), sum(t["median"] for t in ours.values())
    print(
        f"{'all':24}{total[0] * 1e3:8.2f} ms{total[1] * 1e3:8.2f} ms{total[0] / total[1]:8.2f}"
        f"\n(medians; ratio: NumPy's time over Martlet's; first: Martlet's first run, compilation"
        f" included;\n difference: the largest, relative to the largest value; {TOLERANCE:g} is"
        f" allowed)"
    )
    return agree


def print_fallbacks(path: Path) -> None:
    records = json.loads(path.read_text())
    if not records:
        print("\nNothing fell back to NumPy.")
        return
    print("\nWhat fell back to NumPy:")
    for record in records:
        print(
            f"    {record['name']:24}{record['count']:6} times{record['seconds'] * 1e3:10.2f} ms"
            f"   {Path(record['file']).name}:{record['line']}: {record['reason']}"
        )
    print(f"    {'all':24}{'':12}{sum(r['seconds'] for r in records) * 1e3:10.2f} ms")


def write_grey(path: Path, picture: np.ndarray) -> None:
    """A binary PGM, the simplest picture format there is, for the Swift program to read."""
    Image.fromarray(picture).convert("L").save(path, format="PPM")


def run_swift(picture: Path, folder: Path, numpy_seconds: float) -> bool:
    """Builds and runs demo/convolution on the picture; True when it agrees with NumPy."""
    print("\n==> The same convolution as a Swift program (demo/convolution)", flush=True)
    sys.path.insert(0, str(ROOT / "Tools"))
    from build_extension import build_flags

    folder.mkdir(parents=True, exist_ok=True)
    source, result = folder / f"{picture.stem}.pgm", folder / f"{picture.stem}-convolution.f64"
    write_grey(source, np.asarray(Image.open(picture)))
    program = ["swift", "run", *build_flags(), "Convolution", str(source), str(result)]
    subprocess.run(program, check=True)

    sys.path.insert(0, str(SCRIPT.parent))
    from photographs import as_picture, convolve, gaussian_kernel

    expected = convolve(np.asarray(Image.open(source)).astype(np.float64), gaussian_kernel(9, 2.0))
    actual = np.fromfile(result, dtype="<f8")
    if actual.size != expected.size:
        print(f"    {actual.size} values where {expected.size} were expected  DIFFERS")
        return False
    actual = actual.reshape(expected.shape)
    as_picture(actual).save(folder / f"{picture.stem}-convolution.png")
    difference = float(np.abs(actual - expected).max() / np.abs(expected).max())
    same = difference <= TOLERANCE
    print(
        f"    NumPy, same job: {numpy_seconds * 1e3:.2f} ms;"
        f" difference {difference:.1e}{'' if same else '  DIFFERS'}"
    )
    return same


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "output")
    parser.add_argument("--repeat", type=int, default=5, help="times each job runs (default 5)")
    parser.add_argument("--skip-swift", action="store_true", help="only the Python half")
    arguments = parser.parse_args()
    folder, pictures = arguments.output, photographs()
    folder.mkdir(parents=True, exist_ok=True)

    theirs = run_script(
        "demo/photographs.py with NumPy",
        [sys.executable],
        folder / "numpy",
        pictures,
        arguments.repeat,
    )
    records = folder / "fallbacks.json"
    ours = run_script(
        "demo/photographs.py with Martlet (python -m martlet)",
        [sys.executable, "-c", RECORDING, str(records)],
        folder / "martlet",
        pictures,
        arguments.repeat,
    )
    agree = print_comparison(ours, theirs, folder)
    print_fallbacks(records)
    if not arguments.skip_swift:
        name = f"{pictures[0].stem} convolution"
        agree = run_swift(pictures[0], folder / "swift", theirs[name]["median"]) and agree
    print(f"\nPictures: {os.path.relpath(folder)}/numpy, martlet, swift")
    print("All results agree." if agree else "SOME RESULTS DIFFER: see above.")
    return 0 if agree else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"`{' '.join(map(str, error.cmd[:3]))} ...` failed with {error.returncode}")
