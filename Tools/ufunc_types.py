"""Writes Tests/MartletTests/UFuncTypes.swift: the loops and identities of NumPy's ufuncs.

Run from the repository's root with the NumPy that Martlet follows:

    python3 Tools/ufunc_types.py > Tests/MartletTests/UFuncTypes.swift
"""

import numpy as np
from numpy._core import umath

# Ufuncs over more than elements, and of types that stay with NumPy.
EXCLUDED = {"matmul", "vecdot", "matvec", "vecmat", "isnat"}
# Types that Martlet does not compute in: long double, objects, dates.
FOREIGN = set("gGOMm")
# The two spellings of a 64-bit integer are one type here.
SAME = str.maketrans("qQ", "lL")


def loops(ufunc):
    result = []
    for types in ufunc.types:
        if FOREIGN.isdisjoint(types):
            types = types.translate(SAME)
            if types not in result:
                result.append(types)
    return result


def main():
    ufuncs = {}
    aliases = {}
    for name in dir(np):
        value = getattr(np, name)
        if isinstance(value, np.ufunc) and value.__name__ not in EXCLUDED:
            ufuncs[value.__name__] = value
            if name != value.__name__:
                aliases[name] = value.__name__
    for name in ("clip", "_ones_like"):
        ufuncs[name] = getattr(umath, name)

    print("// Written by Tools/ufunc_types.py; do not edit.")
    print()
    print(f"/// What NumPy {np.__version__} says of its ufuncs.")
    print("enum UFuncTypes {")
    print("  /// Name, identity as Python prints it, loops.")
    print("  static let rows: [(name: String, identity: String, loops: String)] = [")
    for name in sorted(ufuncs):
        ufunc = ufuncs[name]
        print("    (")
        print(f'      "{name}", "{ufunc.identity}",')
        lines = [""]
        for types in loops(ufunc):
            if len(lines[-1]) + len(types) > 80:
                lines.append("")
            lines[-1] += types + " "
        lines[-1] = lines[-1].rstrip()
        text = '"\n        + "'.join(lines)
        print(f'      "{text}"')
        print("    ),")
    print("  ]")
    print()
    print("  static let aliases: [String: String] = [")
    for name in sorted(aliases):
        print(f'    "{name}": "{aliases[name]}",')
    print("  ]")
    print("}")


main()
