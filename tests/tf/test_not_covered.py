"""Names that are not there: what is said, and that asking for them is quiet."""

import re
import sys

import jax
import keras
import pytest

import glasstape
import glasstape.tf as tf
from glasstape.errors import NotCoveredError, NotCoveredImportError
from glasstape.tf import _ways


def test_the_whole_text():
    line = sys._getframe().f_lineno + 2
    with pytest.raises(NotCoveredError) as caught:
        tf.nn.relu([1.0])
    assert str(caught.value).splitlines() == [
        "tf.nn.relu is not there.",
        "  Expected: a name that glasstape.tf translates; dir(tf) lists them",
        "  Received: tf.nn.relu",
        "  Do this: use keras.ops.relu (its arguments may differ)",
        f"  At: {__file__}:{line}, in test_the_whole_text",
    ]


FIXES = {
    "reduce_max": "use keras.ops.max (its arguments may differ)",
    "shape": "use keras.ops.shape (its arguments may differ)",
    "concat": "use keras.ops.concatenate",
    "math.log": "use keras.ops.log (its arguments may differ)",
    "math.pow": "use keras.ops.power",
    "image.affine_transform": "use keras.ops.image.affine_transform (its arguments may differ)",
    "image.decode_webp": "use tf.image.decode_image, which reads WebP too",
    "linalg.svd": "use keras.ops.svd (its arguments may differ)",
    "random.shuffle": "use keras.random.shuffle (its arguments may differ)",
    "initializers.GlorotUniform": "use keras.initializers.GlorotUniform (its arguments may differ)",
    "nn.sparse_softmax_cross_entropy_with_logits": "use keras.ops.sparse_categorical_crossentropy("
    "labels, logits, from_logits=True)",
    "compat.v1.enable_eager_execution": "leave it out: operations run at once",
    "summary.trace_on": "use jax.profiler.start_trace, whose folder TensorBoard shows",
    "compat.v1.Session": "use the name that TensorFlow 2 has for it",
    "strings.unicode_decode": "use Python's str.encode and str.decode",
    "data.FixedLengthRecordDataset": "write it with keras.ops, Keras or jax.numpy",
    "data.experimental.make_csv_dataset": "write it with keras.ops, Keras or jax.numpy",
    "dtypes.variant": "write it with keras.ops, Keras or jax.numpy",
    "no_such_name": "write it with keras.ops, Keras or jax.numpy",
}


def look_up(name):
    found = tf
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("name", FIXES)
def test_the_way_there_is(name):
    with pytest.raises(NotCoveredError) as caught:
        look_up(name)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"tf.{name} is not there."
    assert lines[3] == f"  Do this: {FIXES[name]}"
    assert lines[4].startswith(f"  At: {__file__}:")


@pytest.mark.parametrize("way", [*_ways.WAYS.values(), *_ways.NEEDLESS.values()])
def test_what_is_recommended_exists(way):
    """Every dotted name of Keras, JAX and GlassTape in the table is one."""
    for path in re.findall(r"\b(?:keras|jax|glasstape|tf)(?:\.\w+)+", way):
        owner = {"keras": keras, "jax": jax, "glasstape": glasstape, "tf": tf}[path.split(".")[0]]
        for part in path.split(".")[1:]:
            owner = getattr(owner, part)


@pytest.mark.parametrize("name", [*_ways.WAYS, *_ways.NEEDLESS])
def test_the_table_lists_nothing_that_is_there(name):
    if name in _ways.NAMESPACES:
        assert dir(look_up(name)) == []
    else:
        with pytest.raises(NotCoveredError):
            look_up(name)


def test_hasattr_is_quiet(capfd, recwarn):
    assert not hasattr(tf, "no_such_name")
    assert not hasattr(tf, "__no_such_name__")
    assert not hasattr(tf.nn, "relu")
    assert not hasattr(tf.data, "FixedLengthRecordDataset")
    assert getattr(tf, "no_such_name", 1) == 1
    assert capfd.readouterr() == ("", "")
    assert len(recwarn) == 0


def test_dir_lists_what_is_there():
    names = dir(tf)
    assert {"GradientTape", "function", "keras", "random", "float32", "__version__"} <= set(names)
    assert all(hasattr(tf, name) for name in names)
    assert not [n for n in names if n.startswith("_") and n != "__version__"]
    assert dir(tf.config.threading)[2:] == [
        "set_inter_op_parallelism_threads",
        "set_intra_op_parallelism_threads",
    ]
    assert dir(tf.random) == ["normal", "set_seed", "uniform"]
    assert dir(tf.data.experimental) == [
        "AUTOTUNE", "INFINITE_CARDINALITY", "Options", "UNKNOWN_CARDINALITY", "cardinality",
    ]  # fmt: skip
    assert dir(tf.nn) == []
    assert "nn" not in names


IMPORTS = {
    "from glasstape.tf import one_hot": "one_hot",
    "from glasstape.tf.nn import relu": "nn",
    "import glasstape.tf.compat.v1": "compat",
    "from glasstape.tf.data import FixedLengthRecordDataset": "data.FixedLengthRecordDataset",
}


@pytest.mark.parametrize("statement", IMPORTS)
def test_import_statements_say_the_same(statement):
    program = compile(statement, "program.py", "exec")
    with pytest.raises(NotCoveredImportError) as caught:
        exec(program, {})
    assert isinstance(caught.value, ImportError)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"tf.{IMPORTS[statement]} is not there."
    assert lines[4] == "  At: program.py:1"
