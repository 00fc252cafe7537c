"""Names that are not there: what is said, and that asking for them is quiet."""

import re
import sys
from types import ModuleType

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
        tf.nn.sparsemax([1.0])
    assert str(caught.value).splitlines() == [
        "tf.nn.sparsemax is not there.",
        "  Expected: a name that glasstape.tf translates; dir(tf) lists them",
        "  Received: tf.nn.sparsemax",
        "  Do this: use keras.ops.sparsemax (its arguments may differ)",
        f"  At: {__file__}:{line}, in test_the_whole_text",
    ]


FIXES = {
    "isclose": "use keras.ops.isclose (its arguments may differ)",
    "math.logaddexp": "use keras.ops.logaddexp (its arguments may differ)",
    "nn.hard_sigmoid": "use keras.ops.hard_sigmoid (its arguments may differ)",
    "image.affine_transform": "use keras.ops.image.affine_transform (its arguments may differ)",
    "image.decode_webp": "use tf.image.decode_image, which reads WebP too",
    "linalg.lu_factor": "use keras.ops.lu_factor (its arguments may differ)",
    "random.beta": "use keras.random.beta (its arguments may differ)",
    "enable_eager_execution": "leave it out: operations run at once",
    "summary.audio": "use tf.summary.image of a spectrogram, or a file of your own",
    "ragged.range": "use padded tensors: tf.RaggedTensor.to_tensor, tf.sequence_mask",
    "compat.v1.placeholder": "use the name that TensorFlow 2 has for it",
    "data.FixedLengthRecordDataset": "use tf.data.Dataset.from_generator",
    "experimental.numpy.fix": "use jax.numpy",
    "lookup.experimental.DenseHashTable": "use tf.lookup.StaticHashTable, or a dict in dataset.map",
    "math.special.bessel_j0": "write it with keras.ops, Keras or jax.numpy",
    "data.experimental.table_from_dataset": "write it with keras.ops, Keras or jax.numpy",
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
    elif isinstance(sys.modules.get(f"glasstape.tf.{name}"), ModuleType):
        look_up(name)  # some of it is there; the way is that of the rest
    else:
        with pytest.raises(NotCoveredError):
            look_up(name)


def test_hasattr_is_quiet(capfd, recwarn):
    assert not hasattr(tf, "no_such_name")
    assert not hasattr(tf, "__no_such_name__")
    assert not hasattr(tf.nn, "sparsemax")
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
    assert {"normal", "set_seed", "uniform", "Generator"} <= set(dir(tf.random))
    assert {"AUTOTUNE", "cardinality", "make_csv_dataset"} <= set(dir(tf.data.experimental))
    assert "Dataset" not in dir(tf.data.experimental)
    assert dir(tf.sets) == []
    assert "sets" not in names


IMPORTS = {
    "from glasstape.tf import isclose": "isclose",
    "from glasstape.tf.sets import union": "sets",
    "import glasstape.tf.compat.v2": "compat.v2",
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
