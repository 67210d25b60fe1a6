"""Writes Tests/MartletTests/surface/*.txt, the public API of the Swift modules, line by line.

python Tools/swift_surface.py [--check] MODULES

MODULES is the folder of compiled modules, such as .build/debug/Modules. `--check` writes nothing,
and fails where the API is not what the files say, or where a public symbol has no documentation
comment. What the compiler only names the successor of (`@available(*, unavailable)`) is no API.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SURFACE = ROOT / "Tests" / "MartletTests" / "surface"
NAMES = ["Martlet", "MartletKernels", "MartletDifferentiation", "MartletNumerics"]


def extract(module: str, folder: Path, output: Path) -> None:
    """Writes what the compiler says of a module's public symbols."""
    maps = [folder.parent / "CMartlet.build" / "module.modulemap"]
    maps += ROOT.glob(".build/checkouts/swift-numerics/Sources/_NumericsShims/**/module.modulemap")
    files = [word for file in maps for word in ("-Xcc", f"-fmodule-map-file={file}")]
    triple = json.loads(
        subprocess.run(
            ["swiftc", "-print-target-info"], check=True, capture_output=True, text=True
        ).stdout
    )["target"]["triple"]
    subprocess.run(
        ["swift", "symbolgraph-extract", "-module-name", module, "-target", triple]
        + ["-I", str(folder), *files]
        + ["-minimum-access-level", "public", "-skip-synthesized-members"]
        + ["-output-dir", str(output)],
        check=True,
    )


def symbols(module: str, folder: Path) -> list[dict]:
    """What the compiler says of a module's own symbols, those that users can see."""
    with tempfile.TemporaryDirectory() as output:
        extract(module, folder, Path(output))
        found = []
        # What extends other modules stands in files of its own.
        for path in sorted(Path(output).glob("*.symbols.json")):
            for symbol in json.loads(path.read_text())["symbols"]:
                own = symbol.get("location", {}).get("uri", "")
                gone = any(
                    entry.get("isUnconditionallyUnavailable")
                    for entry in symbol.get("availability", [])
                )
                if f"/Sources/{module}/" in own and not gone:
                    found.append(symbol)
        return found


def line(symbol: dict) -> str:
    declaration = "".join(part["spelling"] for part in symbol["declarationFragments"])
    owner = ".".join(symbol["pathComponents"][:-1])
    declaration = re.sub(r"\s+", " ", declaration)
    return f"{owner or 'global'}: {declaration}"


def main() -> int:
    folder = Path(next(word for word in sys.argv[1:] if not word.startswith("--"))).resolve()
    failed = False
    for module in NAMES:
        if not (folder / f"{module}.swiftmodule").exists():
            print(f"{module} is not built in {folder}")
            failed = True
            continue
        found = symbols(module, folder)
        text = "\n".join(sorted({line(symbol) for symbol in found})) + "\n"
        page = SURFACE / f"{module}.txt"
        if "--check" not in sys.argv:
            page.parent.mkdir(exist_ok=True)
            page.write_text(text)
            continue
        known = set(page.read_text().splitlines())
        now = set(text.splitlines())
        for gone in sorted(known - now):
            print(f"{module}: gone or changed: {gone}")
        for new in sorted(now - known):
            print(f"{module}: new: {new}")
        bare = sorted(line(symbol) for symbol in found if "docComment" not in symbol)
        for one in bare:
            print(f"{module}: without a documentation comment: {one}")
        failed = failed or known != now or bool(bare)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
