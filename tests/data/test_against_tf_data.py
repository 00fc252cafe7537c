"""Datasets yield what ``tf.data`` yields: values, order, dtypes, shapes, cardinality, errors.

TensorFlow's results are kept in `tf_data.json`, made by `make_with_tensorflow.py`. Set
GLASSTAPE_TENSORFLOW_PYTHON to an interpreter that has TensorFlow to make them afresh as well.
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from glasstape.data import Dataset
from glasstape.errors import GlassTapeError
from tests.data import pipelines

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE / "tf_data.json").read_text())
PIPELINES = pipelines.pipelines()
TENSORFLOW_PYTHON = os.environ.get("GLASSTAPE_TENSORFLOW_PYTHON")


def as_json(value):
    """What a round through the file makes of it."""
    return json.loads(json.dumps(value))


# After `map` 64 bits are 32, because JAX computes in 32 bits unless told otherwise.
DIFFERENT = {
    # TensorFlow cuts the fraction off and says nothing.
    "generator fraction for int": {"cardinality": -2, "spec": "int32[]", "error": "ValueError"},
    # TensorFlow says how many were saved, whatever the function makes of them.
    "save and read shards": GOLDEN["save and read shards"] | {"cardinality": -2},
}
# A table is read into memory, so its length is known.
for _number, _names in {
    1: ("with labels", "with names", "with defaults"),
    3: ("of a table", "chosen", "chosen by number", "without header", "two times", "with a mark",
        "told by one line"),
}.items():  # fmt: skip
    for _name in _names:
        DIFFERENT[f"columns {_name}"] = GOLDEN[f"columns {_name}"] | {"cardinality": _number}


def narrowed(seen):
    text = json.dumps(seen)
    return json.loads(text.replace("int64", "int32").replace("float64", "float32"))


def described(ours, theirs):
    """Ours with TensorFlow's word for text; a spec always has 32 bits for 64."""
    if "spec" in ours and narrowed(ours["spec"]) == narrowed(theirs.get("spec")):
        return ours | {"spec": theirs["spec"]}
    return ours


def computes(name):
    """Whether elements went through JAX."""
    return any(word in name for word in ("map", "scan", "reduce", "single", "pass", "cache"))


def differences(theirs):
    """The pipelines that yield something else here, with both results."""
    found = {}
    for name, pipeline in PIPELINES.items():
        ours = described(as_json(pipelines.describe(name, pipeline, Dataset)), theirs[name])
        expected = narrowed(theirs[name]) if computes(name) else theirs[name]
        if computes(name):
            ours = narrowed(ours)
        if name in DIFFERENT:
            expected = DIFFERENT[name]
        if "error" in theirs[name]:
            # Its kernels complain when the dataset is made, or when it is walked; so do we.
            if "error" not in ours:
                found[name] = ours, theirs[name]
        elif ours != expected:
            found[name] = ours, expected
    return found


def test_every_pipeline_yields_what_tensorflow_yields():
    assert set(PIPELINES) <= set(GOLDEN)
    assert differences(GOLDEN) == {}


def test_a_wrong_order_would_be_noticed(monkeypatch):
    monkeypatch.setitem(pipelines.STEPS, "take 4", lambda d: d.repeat(2).take(5))
    assert "take 4" in differences(GOLDEN)
    assert "batch 3" not in differences(GOLDEN)


@pytest.mark.parametrize("name", [n for n in PIPELINES if "error" in GOLDEN[n]])
def test_what_tensorflow_refuses_is_refused_with_a_reason(name):
    with pytest.raises(GlassTapeError) as caught:
        list(PIPELINES[name](Dataset))
    for part in ("Expected:", "Received:", "Do this:", "At:"):
        assert part in str(caught.value)


def test_shuffling_has_tensorflows_distribution():
    """Of a buffer of 2 over 4 rows: the same 8 orders, each as often as there."""
    theirs = GOLDEN["shuffle 2 of 4"]
    passes = sum(theirs.values())
    dataset = Dataset.from_tensor_slices(np.arange(4)).shuffle(2, seed=0)
    ours = dict.fromkeys(theirs, 0)
    for _ in range(passes // 4):
        ours["".join(map(str, dataset))] += 1
    a = np.array([ours[k] for k in theirs]) / sum(ours.values())
    b = np.array(list(theirs.values())) / passes
    # Five standard deviations of the smaller sample.
    np.testing.assert_allclose(a, b, atol=5 * np.sqrt(0.125 * 0.875 / (passes // 4)))


def test_the_golden_file_is_small():
    assert (HERE / "tf_data.json").stat().st_size < 90_000


@pytest.mark.tensorflow
@pytest.mark.thorough
@pytest.mark.skipif(not TENSORFLOW_PYTHON, reason="GLASSTAPE_TENSORFLOW_PYTHON is not set")
def test_tensorflow_live(tmp_path):
    script = [TENSORFLOW_PYTHON, HERE / "make_with_tensorflow.py", tmp_path / "live.json"]
    made = subprocess.run(script, check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-2000:]
    live = json.loads((tmp_path / "live.json").read_text())
    assert differences(live) == {}
    for key in PIPELINES:
        assert live[key] == GOLDEN[key]  # the stored results are not out of date
