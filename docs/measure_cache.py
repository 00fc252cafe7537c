"""How much sooner the second run of a script reaches its first step.

    python docs/measure_cache.py [--runs 5]

Trains three of the benchmarks' nets in fresh processes, in turns: with nothing kept on disk, with
an empty folder, and with the folder the run before has filled. Prints the medians of two times:
from the first call of the step to its result (what comes before it, such as the initial weights,
is built), and from the start of the process to that result; in seconds, and in seconds of the CPU,
which a busy machine disturbs less.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NETS = {"mlp": 32, "chapter_cnn": 32, "deep_cnn": 64}
KINDS = ("off", "empty", "filled")


def measure_here(net: str) -> dict[str, float]:
    """Seconds of the first step and of the whole, in this process."""
    sys.path.insert(0, str(ROOT))
    import glasstape as gt  # before keras: it chooses the JAX backend

    # isort: split
    import jax.numpy as jnp
    import keras
    from benchmarks.case import Case

    from benchmarks import keras_program

    case = Case(net, NETS[net])
    step = gt.function(keras_program.build(gt, keras, case).step)
    images, labels = map(jnp.asarray, case.batches()[0])
    start, spent = time.perf_counter(), time.process_time()
    step(images, labels).block_until_ready()
    return {
        "first step": time.perf_counter() - start,
        "first step, CPU": time.process_time() - spent,
        "whole": time.time() - float(os.environ["STARTED"]),
        "whole, CPU": time.process_time(),
    }


def measure(net: str, folder: str) -> dict[str, float]:
    """The same in a fresh process; `folder` may be ``"off"``."""
    settings = os.environ | {"GLASSTAPE_CACHE": folder, "STARTED": repr(time.time())}
    command = [sys.executable, __file__, "--here", net]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=settings)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--here", metavar="NET", choices=NETS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measure_here(options.here)))
        return
    print("| net | until | off | empty folder | filled folder | sooner by |")
    print("|---|---|---:|---:|---:|---:|")
    for net in NETS:
        found: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
        for _ in range(options.runs):
            with tempfile.TemporaryDirectory() as folder:
                for kind, where in zip(KINDS, ("off", folder, folder), strict=True):
                    found[kind].append(measure(net, where))
        for part in found["off"][0]:
            seconds = [statistics.median(r[part] for r in found[k]) for k in KINDS]
            cells = [net, part, *(f"{s:.2f}" for s in seconds), f"{seconds[0] / seconds[2]:.1f}x"]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
