"""Measure and print the table: ``python -m benchmarks --help``."""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["GLASSTAPE_CACHE"] = "off"  # nothing of an earlier run, and nothing in the user's home

from benchmarks import case, contestants, machine, rows, table
from benchmarks.bench import Bench
from benchmarks.race import Effort

FULL, QUICK = Effort(blocks=31, seconds=0.3), Effort(blocks=3, seconds=0.02)
FULL_PAIRS, QUICK_PAIRS = 15, 1
KINDS = (
    "step", "many_steps", "overhead", "eager", "recording", "glass", "data", "first_call",
    "first_step", "gan", "roofline",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Run the command; the results, as `--json` keeps them."""
    options = _parse(arguments)
    bench = Bench(
        nets=options.nets,
        pythons=_pythons(options),
        effort=QUICK if options.quick else FULL,
        pairs=QUICK_PAIRS if options.quick else FULL_PAIRS,
        against=options.against,
    )
    results: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "machine": machine.describe(),
        "versions": {},
        "load": machine.busy(),
        "remark": options.remark,
        "effort": bench.effort._asdict(),
        "failures": bench.failures,
        "sections": [],
    }
    for kind in options.rows:
        for _ in _measure(kind, bench, results["sections"]):
            results["versions"] = dict(sorted(bench.versions.items()))
            if options.json:  # row by row, because a run takes half an hour
                _keep(results, options.json)
    print(f"\n{table.machine_line(results)}\n\n{table.markdown(results)}")
    for who, why in bench.failures.items():
        print(f"\nDid not run: {who}: {why}")
    return results


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    nets = [*case.net_names(), *case.gan_names()]
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("--tensorflow-python", metavar="PATH", help="an interpreter with it")
    parser.add_argument("--torch-python", metavar="PATH", help="an interpreter with it")
    parser.add_argument(
        "--nets", nargs="+", choices=nets, default=nets, metavar="NET", help=", ".join(nets)
    )
    parser.add_argument(
        "--rows", nargs="+", choices=KINDS, default=KINDS, metavar="KIND", help=", ".join(KINDS)
    )
    parser.add_argument(
        "--against",
        nargs="+",
        choices=contestants.names(),
        metavar="NAME",
        help="only these: " + ", ".join(contestants.names()),
    )
    parser.add_argument(
        "--quick", action="store_true", help="see that it works; the numbers mean nothing"
    )
    parser.add_argument(
        "--remark", default="", metavar="TEXT", help="what a reader should know about this run"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the results")
    return parser.parse_args(arguments)


def _pythons(options: argparse.Namespace) -> dict[str, str]:
    given = {"tensorflow": options.tensorflow_python, "torch": options.torch_python}
    return {"jax": sys.executable} | {name: path for name, path in given.items() if path}


def _measure(kind: str, bench: Bench, sections: list[Any]) -> Iterator[None]:
    """Add a section to `sections`, one row after the other."""
    module = importlib.import_module(f"benchmarks.rows.{kind}")
    found: list[Any] = []
    sections.append({"kind": kind, "title": module.TITLE, "rows": found})
    for row in module.measure(bench):
        found.append(_plain(row))
        print(f"{module.TITLE}: {table.line(found[-1])}", file=sys.stderr, flush=True)
        yield


def _keep(results: dict[str, Any], file: Path) -> None:
    text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    file.write_text(text, encoding="utf-8")


def _plain(row: rows.Row) -> dict[str, Any]:
    """Four digits of each number: more were not measured."""
    return {key: _rounded(value) for key, value in row._asdict().items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_rounded(v) for v in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
