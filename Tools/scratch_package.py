"""Builds and runs a package of its own that depends on Martlet, as a user's would.

python Tools/scratch_package.py [--by path|tag] [--configuration debug|release]

Without options: by the path of this checkout and by a tag of a clone, each in debug and release.
The package names no traits, so nothing else is fetched; its program must give what it should in an
environment where it finds neither Python nor this checkout, and its release, with Swift's library
linked in, may need no libraries but those of C and C++.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
VERSION = "0.0.1"

MANIFEST = """// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Scratch",
  dependencies: [{dependency}],
  targets: [
    .executableTarget(
      name: "Scratch", dependencies: [.product(name: "Martlet", package: "{package}")])
  ],
  swiftLanguageModes: [.v6]
)
"""

PROGRAM = """import Martlet

let a: NDArray = [[1, 2], [3, 4]]
let b = try a.matmul(a) + a * 0.5
print(b)
let slope = try grad { (x: NDArray) in try (x ** 2).sum() }(NDArray([1.0, 2, 3]))
print(slope)
print(try abs(NDArray.linspace(-1, 1, 100_000)).sum())
var random = RandomGenerator(seed: 1)
print(try random.integers(in: 0..<1000, shape: [3]))
do { _ = try a.reshaped(3) } catch { print("error:", error) }
"""

EXPECTED = """[[ 7.5 11. ]
 [16.5 24. ]]
[2. 4. 6.]
50000.50000500005
[473 511 755]
error: [reshape] cannot reshape array of size 4 into shape (3,)
"""

# Of the system, and of the compiler's runtime.
ALLOWED = {
    "linux-vdso",
    "libc",
    "libm",
    "libdl",
    "libpthread",
    "libstdc++",
    "libgcc_s",
    "ld-linux-x86-64",
}


def run(command: list[str], **options) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def dependency(way: str, folder: Path) -> tuple[str, str]:
    """How the manifest names Martlet, and by what the products are found."""
    if way == "path":
        return f'.package(name: "Martlet", path: "{ROOT.resolve()}", traits: [])', "Martlet"
    clone = folder / "martlet-clone"
    run(["git", "clone", "-q", str(ROOT), str(clone)])
    run(["git", "-C", str(clone), "tag", "--force", VERSION])
    url = clone.as_uri()
    return f'.package(url: "{url}", exact: "{VERSION}", traits: [])', "martlet-clone"


def try_out(way: str, configuration: str) -> None:
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="martlet-scratch-") as name:
        folder = Path(name)
        package = folder / "package"
        (package / "Sources" / "Scratch").mkdir(parents=True)
        text, identity = dependency(way, folder)
        (package / "Package.swift").write_text(MANIFEST.format(dependency=text, package=identity))
        (package / "Sources" / "Scratch" / "main.swift").write_text(PROGRAM)
        static = ["--static-swift-stdlib"] if configuration == "release" else []
        command = ["swift", "build", "-c", configuration, *static]
        output = run(command, cwd=package)
        if found := re.findall(r"^.*(?:warning|error):.*$", output, re.MULTILINE):
            sys.exit(f"{way}, {configuration}: " + "\n".join(found))
        if (package / ".build" / "checkouts" / "swift-syntax").exists():
            sys.exit(f"{way}, {configuration}: swift-syntax was fetched")
        program = Path(run([*command, "--show-bin-path"], cwd=package).strip()) / "Scratch"
        environment = {"PATH": "/nonexistent", "HOME": name}
        if configuration == "debug":
            environment["LD_LIBRARY_PATH"] = os.environ.get("LD_LIBRARY_PATH", "")
        found = run([str(program)], cwd=folder, env=environment)
        if found != EXPECTED:
            sys.exit(f"{way}, {configuration}: the program printed\n{found}")
        if configuration == "release":
            needed = {
                line.split(".so")[0].split("/")[-1].strip()
                for line in run(["ldd", str(program)]).splitlines()
            }
            if strange := needed - ALLOWED:
                sys.exit(f"{way}, {configuration}: the program needs {', '.join(sorted(strange))}")
        size = program.stat().st_size / 1e6
    print(f"by {way}, {configuration}: {time.monotonic() - start:.0f} s, {size:.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--by", choices=["path", "tag"])
    parser.add_argument("--configuration", choices=["debug", "release"])
    options = parser.parse_args()
    for way in [options.by] if options.by else ["path", "tag"]:
        for configuration in (
            [options.configuration] if options.configuration else ["debug", "release"]
        ):
            try_out(way, configuration)


if __name__ == "__main__":
    main()
