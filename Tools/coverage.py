"""Writes docs/coverage.md, who serves each public name of NumPy's, and its count into README.md.

python Tools/coverage.py [--check]

`--check` writes nothing, and fails where the page is not what would be written.
"""

import argparse
import importlib
import inspect
import re
import sys
import warnings
from collections import Counter
from pathlib import Path

import numpy

# Of another version the names are others.
VERSION = ".".join(numpy.__version__.split(".")[:2])

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "coverage.md"
README = ROOT / "README.md"
NAMESPACES = {
    "": "The main namespace",
    "linalg": "`linalg`",
    "fft": "`fft`",
    "random": "`random`",
    "lib.stride_tricks": "`lib.stride_tricks`",
}

# Why names stay NumPy's, by what they are about; the first that matches counts.
REASONS = {
    r"^(array2string|array_repr|array_str|format_float|set_print|get_print|printoptions|info|show_)"
    r"|^(base_repr|binary_repr)": "printing",
    r"^(typename|isdtype|issubdtype|mintypecode|min_scalar_type|can_cast|common_type|promote_types)"
    r"|^(find_common|get_include|getbufsize|setbufsize|errstate|seterr|geterr|iterable|require|test)"
    r"|^(may_share|shares_memory|broadcast_shapes|isfortran)": "about types and memory",
    r"^(datetime|busday|is_busday|busdaycalendar|isnat)": "dates",
    r"^(char|strings|rec|recarray|record|chararray|core)": "strings and records",
    r"(apply_along_axis|apply_over_axes|piecewise|vectorize|frompyfunc)|(fromfunction|fromiter)": (
        "calls a Python function for each part"
    ),
    r"^(load|save|savez|savetxt|loadtxt|genfromtxt|fromfile|fromstring|fromregex|frombuffer)"
    r"|^(memmap|DataSource|dump|tofile)": "files",
    r"^(poly|roots)": "polynomials",
    r"^(bmat|matrix|asmatrix|mat)": "matrices, a class of NumPy's",
    r"^(nditer|nested_iters|ndenumerate|ndindex|flatiter|broadcast|index_exp|s_|c_|r_)"
    r"|^(ogrid|mgrid)": "iterators and indexers",
}


def kind_of(value, own) -> str:
    """Who serves what stands under a name: native, numpy, same or absent."""
    from martlet import _martlet

    native = (_martlet.function, _martlet.method_function, _martlet.ufunc)
    served = (_martlet.served_function, _martlet.served_method)
    if isinstance(value, served):
        return "numpy"
    if isinstance(value, native) or value is _martlet.ndarray:
        return "native"
    if value is own or getattr(value, "makes_numpys", False) is True:
        return "same"
    if inspect.isclass(value) and any(isinstance(x, native) for x in vars(value).values()):
        return "native"  # Its methods are.
    if inspect.isroutine(value) or inspect.isclass(value):
        module = getattr(value, "__module__", "") or ""
        # A class of ours that stands for NumPy's adds nothing but the conversion of arrays.
        return "numpy" if module.startswith("martlet.numpy") else "native"
    return "numpy" if type(value).__name__ == "FallbackIndexer" else "same"


def reason(path: str) -> str:
    name = path.rpartition(".")[2]
    for pattern, words in REASONS.items():
        if re.search(pattern, name):
            return words
    return "not yet native"


def names_of(module) -> list[str]:
    public = getattr(module, "__all__", None) or dir(module)
    return sorted(name for name in public if not name.startswith("_"))


def rows_of(prefix: str) -> list[tuple[str, str, str]]:
    """Name, kind and remark of each public name of a namespace that is something to call."""
    theirs = importlib.import_module(f"numpy.{prefix}" if prefix else "numpy")
    ours = importlib.import_module(f"martlet.numpy.{prefix}" if prefix else "martlet.numpy")
    rows = []
    for name in names_of(theirs):
        own = getattr(theirs, name, None)
        if inspect.ismodule(own) or isinstance(own, (int, float, str, bool, type(None))):
            continue
        if inspect.isclass(own) and issubclass(own, (numpy.generic, BaseException)):
            continue
        path = f"{prefix}.{name}" if prefix else name
        if not hasattr(ours, name):
            rows.append((name, "absent", ""))
            continue
        kind = kind_of(getattr(ours, name), own)
        rows.append((name, kind, reason(path) if kind == "numpy" else ""))
    return rows


def method_rows() -> list[tuple[str, str, str]]:
    from martlet import _martlet

    rows = []
    for name in sorted(dir(numpy.ndarray)):
        if name.startswith("_"):
            continue
        found = inspect.getattr_static(_martlet.ndarray, name, None)
        if found is None:
            rows.append((name, "absent", ""))
        elif inspect.isgetsetdescriptor(found) or inspect.ismemberdescriptor(found):
            rows.append((name, "native", ""))
        else:
            kind = kind_of(found, None)
            rows.append((name, kind, reason(f"ndarray.{name}") if kind == "numpy" else ""))
    return rows


WORDS = {
    "native": "native",
    "numpy": "served by NumPy",
    "same": "NumPy's own object",
    "absent": "absent",
}


def section(title: str, rows: list[tuple[str, str, str]]) -> list[str]:
    counts = Counter(kind for _, kind, _ in rows)
    told = ", ".join(f"{counts[kind]} {WORDS[kind]}" for kind in WORDS if counts[kind])
    lines = [f"## {title}", "", f"{len(rows)} names: {told}.", ""]
    native = [f"`{name}`" for name, kind, _ in rows if kind == "native"]
    if native:
        lines += ["**Native:** " + ", ".join(native) + ".", ""]
    same = [f"`{name}`" for name, kind, _ in rows if kind == "same"]
    if same:
        lines += ["**NumPy's own objects:** " + ", ".join(same) + ".", ""]
    others = [(name, kind, why) for name, kind, why in rows if kind in ("numpy", "absent")]
    if others:
        lines += ["| Name | Who | Why |", "|---|---|---|"]
        lines += [f"| `{name}` | {WORDS[kind]} | {why} |" for name, kind, why in others]
        lines.append("")
    return lines


def page() -> tuple[str, int, int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = {title: rows_of(prefix) for prefix, title in NAMESPACES.items()}
        parts["Methods and attributes of `ndarray`"] = method_rows()
    everything = [kind for rows in parts.values() for _, kind, _ in rows]
    native = everything.count("native")
    counted = len(everything) - everything.count("same")
    lines = [
        "# Coverage",
        "",
        "Written by `Tools/coverage.py` from what `martlet.numpy` has under NumPy's public names "
        f"(NumPy {VERSION}).",
        "",
        f"Of {counted} functions, methods and attributes {native} are native: Martlet computes "
        "them for its own dtypes, and hands NumPy what only NumPy has (other dtypes, rare "
        "arguments). The others are served by NumPy on the same memory, each call recorded "
        "([fallback.md](fallback.md)). Constants, dtypes and exceptions are NumPy's own objects.",
        "",
    ]
    for title, rows in parts.items():
        lines += section(title, rows)
    return "\n".join(lines).rstrip() + "\n", native, counted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text, native, counted = page()
    if options.check:
        if PAGE.read_text() == text:
            return 0
        print(f"{PAGE.relative_to(ROOT)} is not up to date: run Tools/coverage.py")
        return 1
    PAGE.write_text(text)
    words = README.read_text()
    README.write_text(re.sub(r"\d+ of \d+ functions", f"{native} of {counted} functions", words))
    print(f"{native} of {counted} names are native")
    return 0


if __name__ == "__main__":
    sys.exit(main())
