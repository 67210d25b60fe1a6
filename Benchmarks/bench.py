"""How fast Martlet is against NumPy.

    python Benchmarks/bench.py             some hundreds of drawn statements, and rows with targets
    python Benchmarks/bench.py --all       every statement that can be drawn
    python Benchmarks/bench.py --programs  whole programs at three sizes
    python Benchmarks/bench.py --first     their first runs, each in a process of its own

`--only TEXT` chooses rows by name. Every ratio is NumPy's time over Martlet's, measured in turns in
one process: at 2, Martlet is twice as fast.
"""

import argparse
import json
import sys

from drawn_rows import print_drawn_rows
from first_runs import print_first_runs
from program_rows import print_program_rows
from targets.target_rows import print_target_rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    section = parser.add_mutually_exclusive_group()
    section.add_argument("--drawn", action="store_true", help="only the drawn statements")
    section.add_argument("--all", action="store_true", help="every statement that can be drawn")
    section.add_argument("--programs", action="store_true", help="whole programs at three sizes")
    section.add_argument("--first", action="store_true", help="first runs in fresh processes")
    section.add_argument("--targets", action="store_true", help="only the rows with targets")
    parser.add_argument("--only", default="", help="rows with this text in name or group")
    parser.add_argument("--seed", type=int, help="what is drawn; another one each time without")
    parser.add_argument("--count", type=int, default=400, help="how many statements to draw")
    parser.add_argument("--sizes", default="0,1,2", help="which sizes of programs")
    parser.add_argument("--markdown", action="store_true", help="programs as the README's table")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter samples")
    parser.add_argument("--json", help="write the results to this file")
    parser.add_argument("--no-peers", action="store_true", help="only NumPy and Martlet")
    parser.add_argument("--module", default="martlet.numpy", help="the module under test")
    options = parser.parse_args()

    results = []
    if options.programs:
        results = print_program_rows(options)
    elif options.first:
        results = print_first_runs(options)
    elif options.all or options.drawn:
        results = print_drawn_rows(options)
    elif options.targets:
        results = print_target_rows(options)
    else:
        results = [*print_drawn_rows(options), *print_target_rows(options)]
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)
    return 0 if all(row["same"] for row in results) else 1


if __name__ == "__main__":
    sys.exit(main())
