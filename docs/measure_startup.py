"""Where the seconds to the demo's first epoch go, each part timed in fresh processes.

    python docs/measure_startup.py [--runs 5] [--plain]

Prints the least wall and CPU time of each part. With --plain Keras is imported as any program
imports it; without, as the demo does: leaving out the packages it only looks for.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time


class Laps:
    """Wall and CPU seconds of one part after the other, in this process."""

    def __init__(self) -> None:
        self.parts: dict[str, list[float]] = {}
        self._last = (time.perf_counter(), time.process_time())

    def lap(self, part: str) -> None:
        """Add the time since the last lap to `part`."""
        now = (time.perf_counter(), time.process_time())
        spent = self.parts.setdefault(part, [0.0, 0.0])
        self.parts[part] = [s + b - a for s, a, b in zip(spent, self._last, now, strict=True)]
        self._last = now

    def batches(self, dataset, first: str, others: str):
        """The dataset once, with the time between batches added to two parts."""
        for number, batch in enumerate(dataset):
            yield batch
            self.lap(others if number else first)


def measure_here(plain: bool, folder: str) -> dict[str, list[float]]:
    """The parts, measured in this process."""
    laps = Laps()
    from glasstape.cli import demo, imports

    laps.lap("import glasstape")
    import jax

    laps.lap("import jax")
    with imports.without(*() if plain else imports.UNNEEDED):
        import keras

        laps.lap("import keras")
        keras.utils.set_random_seed(0)
        laps.lap("keras.utils.set_random_seed")
    from glasstape import glass
    from glasstape.cli.training import train

    train_ds, test_ds = demo._load(demo.Data.digits, None, 32, seed=0)
    laps.lap("import the rest, read the digits")
    compiling = laps.parts["of it compiling the initial weights"] = [0.0, 0.0]

    def heard(event: str, seconds: float, **about) -> None:
        if "backend_compile" in event and "uniform" in about.get("fun_name", ""):
            compiling[0] += seconds

    jax.monitoring.register_event_duration_secs_listener(heard)
    with glass(show=None, run_dir=f"{folder}/run"):
        steps = laps.batches(train_ds, "first training step", "43 more training steps")
        next(train(steps, laps.batches(test_ds, "test step", "test step"), 1))
    return laps.parts


def measure(plain: bool) -> dict[str, list[float]]:
    """The parts, measured in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--here", folder, *["--plain"] * plain]
        environment = os.environ | {"GLASSTAPE_CACHE": "off"}  # nothing of an earlier run
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--here", metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measure_here(options.plain, options.here)))
        return
    runs = [measure(options.plain) for _ in range(options.runs)]
    total = [0.0, 0.0]
    for part in runs[0]:
        wall, cpu = (min(run[part][kind] for run in runs) for kind in (0, 1))
        print(f"{part:40}{wall:8.2f}{cpu:8.2f}")
        if not part.startswith("of it"):
            total = [total[0] + wall, total[1] + cpu]
    print(f"{'together':40}{total[0]:8.2f}{total[1]:8.2f}")


if __name__ == "__main__":
    main()
