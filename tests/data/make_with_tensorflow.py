"""Run the pipelines under ``tf.data`` and write down what they yield.

Needs an environment with TensorFlow.

    python tests/data/make_with_tensorflow.py [FILE]
"""

from __future__ import annotations

import collections
import json
import sys
from pathlib import Path

import pipelines
import tensorflow as tf

PASSES = 20_000


def shuffle_counts(buffer_size: int, rows: int) -> dict[str, int]:
    """How often each order came out of a shuffle."""
    dataset = tf.data.Dataset.range(rows).shuffle(buffer_size, seed=1).batch(rows).repeat(PASSES)
    orders = ("".join(map(str, order)) for order in dataset.as_numpy_iterator())
    return dict(sorted(collections.Counter(orders).items()))


def main() -> None:
    """Write one line a pipeline, so that a change can be read."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "tf_data.json")
    seen = {
        name: pipelines.describe(name, pipeline, tf.data.Dataset)
        for name, pipeline in pipelines.pipelines().items()
    }
    seen = {"tensorflow": tf.__version__, "shuffle 2 of 4": shuffle_counts(2, 4)} | seen
    lines = [f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in seen.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
