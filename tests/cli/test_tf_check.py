"""`glasstape tf-check`: names found by their imports, with lines, ways to go and an exit code."""

import importlib
import json
import subprocess
import sys
import time
import types
from pathlib import Path

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

import glasstape.tf
from glasstape.cli import app
from glasstape.cli.check import known as knowledge
from glasstape.cli.check import uses
from glasstape.cli.check.known import Class, Known, Missing, Module, Value
from glasstape.tf import _ways

KNOWN = Known()
ROOT = Path(__file__).parents[2]


def check(folder, text, name="program.py"):
    (folder / name).write_text(text, encoding="utf-8")
    return run(folder / name)


def run(*paths):
    result = CliRunner().invoke(app, ["tf-check", "--json", *map(str, paths)])
    assert result.exit_code in (0, 1), result.output
    found = json.loads(result.stdout)
    assert result.exit_code == (0 if all(f["covered"] for f in found["files"]) else 1)
    return found["files"][0] if len(found["files"]) == 1 else found


def missing(found):
    return {m["name"]: m["at"] for m in found["missing"]}


def notebook(*cells):
    parts = [{"cell_type": "code", "source": cell.splitlines(True)} for cell in cells]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "# tf.nope"}, *parts]})


# Names nobody will ever cover stand for what is missing.
PROGRAM = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers as L
import tensorflow.keras.backend as K
from tensorflow.keras.models import Model, Nonsense

x = tf.reduce_mean(tf.nonsense(1.0))
tf.math.nonsense(tf.math.square(x))
tf.math.nonsense(x)
class Net(keras.Model):
    def call(self, x):
        return L.Dense(3)(x) + L.Nonsense(3)(x) + K.mean(x) + K.nonsense(x)
"""


def test_names_are_found_however_they_are_imported(tmp_path):
    found = check(tmp_path, PROGRAM)
    assert missing(found) == {
        "keras.models.Nonsense": ["5"],
        "nonsense": ["7"],
        "math.nonsense": ["8", "9"],
        "keras.layers.Nonsense": ["12"],
        "keras.backend.nonsense": ["12"],
    }
    assert {"reduce_mean", "math.square", "keras.Model", "keras.layers.Dense"} <= {*found["names"]}
    assert found["names"]["keras.backend.mean"] == 1


def test_the_import_lines_to_write(tmp_path):
    found = check(tmp_path, PROGRAM)
    assert [i["write"] for i in found["imports"]] == [
        "import glasstape.tf as tf",
        "from glasstape.tf import keras",
        "from glasstape.tf.keras import layers as L",
        "import glasstape.tf.keras.backend as K",
        "from glasstape.tf.keras.models import Model, Nonsense",
    ]
    for line in found["imports"]:
        if "Nonsense" not in line["write"]:
            exec(line["write"], {})


@pytest.mark.parametrize(
    "program",
    [
        "import tensorflow\ntensorflow.nonsense",
        "import tensorflow.keras\ntensorflow.keras.layers.Dense(1), tensorflow.nonsense",
        "from tensorflow import nonsense",
        "import tensorflow as tf\nm = tf.math\nm.square, tf.nonsense",
        "import tensorflow as tf\nm = tf\ndef f(y=m.nonsense): pass",
        "import tensorflow as tf\nf = lambda x: tf.nonsense",
        "import tensorflow as tf\n@tf.nonsense\ndef f(): pass",
        "import tensorflow as tf\ndef f(x: tf.nonsense): pass",
        "import tensorflow as tf\n[x for x in y if tf.nonsense]",
        "import tensorflow as tf\nasync def f():\n  async for x in tf.nonsense: pass",
        "def f():\n  import tensorflow as tf\n  return tf.nonsense",
        "def f():\n  return tf.nonsense\nimport tensorflow as tf",
        "try:\n  import tensorflow as tf\nexcept ImportError:\n  pass\ntf.nonsense",
        "import glasstape.tf as tf\ntf.nonsense",
        "from glasstape import tf\ntf.nonsense",
        "from glasstape.tf import nonsense",
    ],
)
def test_where_names_hide(program, tmp_path):
    assert {*missing(check(tmp_path, program))} == {"nonsense"}


@pytest.mark.parametrize(
    "program",
    [
        "import tensorflow as tf\ndef f(tf): return tf.nonsense",
        "import tensorflow as tf\n[tf.nonsense for tf in y]",
        "import tensorflow as tf\nlambda tf: tf.nonsense",
        "import tensorflow as tf\nclass A:\n  tf = 1\n  b = tf.nonsense",
        "import tensorflow as tf\ndef f():\n  tf = g()\n  return tf.nonsense",
        "from tensorflow.keras import layers\nlayers = [1]\nlayers.nonsense",
        "from .tensorflow import nonsense",
        "from mine import tensorflow\ntensorflow.nonsense",
        "import tensorflow as tf\ntf.__version__, tf.keras.__name__",
        "import tensorflow as tf\nnn = tf.nn",
        "import tensorflow as tf\nmodel = tf.keras.Model()\nmodel.nonsense",
    ],
)
def test_what_is_not_tensorflows_is_left_alone(program, tmp_path):
    assert missing(check(tmp_path, program)) == {}


def test_star_imports(tmp_path):
    program = "from tensorflow.keras.layers import *\nDense(1)\nNonsense(1)\n"
    found = check(tmp_path, program)
    assert found["covered"]
    assert found["names"] == {"keras.layers.Dense": 1}


def test_methods_of_datasets_tapes_and_variables(tmp_path):
    found = check(
        tmp_path,
        """\
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices(x).shuffle(3).nonsense()
batches = tf.data.Dataset.from_tensor_slices(x).batch(2).prefetch(tf.data.AUTOTUNE)
batches.also_nonsense()
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    tape.nonsense()
int(batches.cardinality()).nonsense
ckpt = tf.train.Checkpoint(step=tf.Variable(1), net=net)
ckpt.step.assign_add(1)
""",
    )
    assert missing(found) == {
        "data.Dataset.nonsense": ["2"],
        "data.Dataset.also_nonsense": ["4"],
        "GradientTape.nonsense": ["7"],
    }


def test_keras_at_the_root(tmp_path):
    program = "import tensorflow as tf\ntf.optimizers.Adam, tf.losses.MSE, tf.losses.nonsense"
    found = check(tmp_path, program)
    assert {*found["names"]} == {"optimizers.Adam", "losses.MSE"}
    assert missing(found) == {"keras.losses.nonsense": ["2"]}


def test_packages_that_need_tensorflow(tmp_path):
    found = check(tmp_path, "import tensorflow_datasets as tfds\nfrom tensorflow_addons import x\n")
    assert missing(found) == {"tensorflow_datasets": ["1"], "tensorflow_addons": ["2"]}


def test_the_ways_are_those_of_the_errors(tmp_path):
    found = check(tmp_path, "import tensorflow as tf\ntf.audio.decode_wav, tf.raw_ops.Relu")
    ways = {m["name"]: m["way"] for m in found["missing"]}
    for name, way in ways.items():
        with pytest.raises(AttributeError) as caught:
            eval(f"tf.{name}", {"tf": glasstape.tf})
        assert f"  Do this: {way}" in str(caught.value).splitlines()
    assert len(ways) == 2


def test_a_way_of_keras():
    assert KNOWN.way("no_such.Adam") == "write it with keras.ops, Keras or jax.numpy"
    assert KNOWN.way("signal.stft") == "use keras.ops.stft (its arguments may differ)"
    assert KNOWN.way("keras.backend.learning_phase") == (
        "use the argument `training` of layers and models"
    )


def test_notebooks(tmp_path):
    cells = [
        "%matplotlib inline\n!pip install tensorflow\nimport tensorflow as tf",
        "%%time\nfiles = !ls\ntf.nonsense(1)",
        "%%bash\nthis is no Python",
        "if True:\n    %pip install x\n    tf.nonsense(2)\ntf.nonsense?",
        "this is no Python either",
        "await tf.nonsense(3)",
    ]
    found = check(tmp_path, notebook(*cells), "book.ipynb")
    assert missing(found) == {"nonsense": ["cell 2, line 3", "cell 4, line 3", "cell 6, line 1"]}
    assert [e["at"] for e in found["errors"]] == ["cell 5, line 1"]
    assert found["imports"][0]["at"] == "cell 1, line 3"


@pytest.mark.parametrize("text", ["{", "[]", '{"worksheets": []}'])
def test_what_is_no_notebook(text, tmp_path):
    assert "not a notebook" in check(tmp_path, text, "x.ipynb")["errors"][0]["message"]


def test_syntax_errors(tmp_path):
    found = check(tmp_path, "import tensorflow as tf\nprint 'hello'\n")
    assert found["errors"] == [
        {
            "at": "2",
            "message": "not Python 3: Missing parentheses in call to 'print'. Did you mean "
            "print(...)?",
        }
    ]
    assert not found["covered"]


@pytest.mark.parametrize("text", ["", "\ufeffimport tensorflow as tf\n", "print('hello')"])
def test_programs_with_nothing_missing(text, tmp_path):
    assert check(tmp_path, text)["covered"]


def test_null_bytes_and_other_encodings(tmp_path):
    assert check(tmp_path, "\0")["errors"]
    (tmp_path / "latin.py").write_bytes(
        "# é\nimport tensorflow as tf\ntf.nonsense".encode("latin1")
    )
    assert missing(run(tmp_path / "latin.py")) == {"nonsense": ["3"]}


def test_folders(tmp_path):
    for name in ("a.py", "sub/b.ipynb", "sub/c.txt", ".hidden/d.py", "__pycache__/e.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        text = "import tensorflow as tf\ntf.nonsense"
        (tmp_path / name).write_text(notebook(text) if name.endswith("ipynb") else text)
    found = run(tmp_path, tmp_path / "a.py")
    assert [Path(f["path"]).name for f in found["files"]] == ["a.py", "b.ipynb"]
    assert found["summary"] == {
        "files": 2,
        "with_tensorflow": 2,
        "covered": 0,
        "unreadable": 0,
        "missing": {"nonsense": 2},
    }


def shown(*paths):
    result = CliRunner().invoke(app, ["tf-check", *map(str, paths)])
    return result.exit_code, [line.rstrip() for line in result.stdout.splitlines()]


def test_what_the_terminal_shows(tmp_path):
    path = tmp_path / "p.py"
    path.write_text("import tensorflow as tf\ntf.square(tf.nonsense(1))\ntf.compat.v1.nonsense\n")
    code, lines = shown(path)
    assert code == 1
    assert lines == [
        f"{path}: not covered, 1 of 3 names are there",
        "  line 1: write import glasstape.tf as tf",
        "  at    not there                instead",
        "   2    tf.nonsense              write it with keras.ops, Keras or jax.numpy",
        "   3    tf.compat.v1.nonsense    use the name that TensorFlow 2 has for it",
        "",
        "0 of 1 programs are covered.",
    ]


def test_what_it_shows_of_covered_and_other_programs(tmp_path):
    path = tmp_path / "p.py"
    path.write_text("import tensorflow as tf\ntf.square(2)\n")
    assert shown(path) == (
        0,
        [
            f"{path}: covered, 1 of 1 names are there",
            "  line 1: write import glasstape.tf as tf",
            "",
            "1 of 1 programs are covered.",
        ],
    )
    path.write_text("import torch\n")
    assert shown(path) == (0, ["1 file uses no TensorFlow."])


def test_a_file_that_is_not_there():
    assert shown("no/such/file.py")[0] == 2


def test_it_imports_neither_jax_nor_keras_and_is_quick(tmp_path):
    (tmp_path / "p.py").write_text(PROGRAM)
    code = (
        "import sys\nfrom glasstape.cli import app\n"
        f"try: app(['tf-check', {str(tmp_path)!r}])\nexcept SystemExit: pass\n"
        "print({'jax', 'keras', 'numpy', 'glasstape.tf'} & set(sys.modules))"
    )
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        seconds.append(time.perf_counter() - start)
        assert ran.stdout.splitlines()[-1] == "set()", ran.stderr
    assert min(seconds) < 1.5  # 0.35 on an idle machine; importing JAX and Keras takes 2


# ----- what it knows is what is there -----


def namespaces():
    yield "", glasstape.tf
    for name, module in list(vars(glasstape.tf).items()):
        if isinstance(module, types.ModuleType) and module.__name__ == f"glasstape.tf.{name}":
            yield name, module


@pytest.mark.parametrize(("path", "module"), namespaces())
def test_it_knows_all_names_and_no_others(path, module):
    public = {n for n in dir(module) if not n.startswith("_")}
    prefix = f"{path}." if path else ""
    assert [n for n in public if isinstance(KNOWN.find(prefix + n), Missing)] == []
    read = {n for n in knowledge._names(module.__name__) if not n.startswith("_")}
    assert read - public - {"install"} == set()


@pytest.mark.parametrize(
    "name", ["layers", "losses", "optimizers", "ops", "utils", "applications.vgg16", "datasets"]
)
def test_it_knows_keras(name):
    module = importlib.import_module(f"keras.{name}")
    for public in (n for n in vars(module) if not n.startswith("_")):
        assert not isinstance(KNOWN.find(f"keras.{name}.{public}"), Missing)
    assert isinstance(KNOWN.find(f"keras.{name}.NoSuchName"), Missing)


def test_kinds_of_names():
    assert isinstance(KNOWN.find("math"), Module)
    assert isinstance(KNOWN.find("data.Dataset"), Class)
    assert isinstance(KNOWN.find("square"), Value)
    assert isinstance(KNOWN.find("keras.layers.Dense"), Value)
    assert KNOWN.find("data.Dataset.nonsense.more") == Missing("data.Dataset.nonsense")
    for name in _ways.NAMESPACES:
        assert isinstance(KNOWN.find(name), Module)


def test_old_keras_names_are_known_without_running():
    from glasstape.tf import _old_names

    for namespace, names in _old_names.MOVED.items():
        for name in names:
            assert isinstance(KNOWN.find(f"{namespace}.{name}"), Value)
    for name in ("losses.MSE", "losses.Reduction", "preprocessing.text.Tokenizer", "backend.mean"):
        assert isinstance(KNOWN.find(f"keras.{name}"), Value | Class)
        assert eval(f"keras.{name}") is not None
    for name in _old_names.GONE:
        assert isinstance(KNOWN.find(name), Missing) or hasattr(keras, name.split(".")[1])


def test_the_programs_of_this_project_are_covered():
    assert run(ROOT / "examples" / "chapter.py")["covered"]


def test_it_knows_the_methods_of_tensors():
    for method in ("numpy", "get_shape", "set_shape"):
        assert KNOWN.array_has(method)
        assert hasattr(glasstape.tf.constant(1.0), method)
    assert not KNOWN.array_has("nonsense")


def test_methods_of_shapes_are_found_where_shapes_are_tuples(tmp_path):
    program = """\
import tensorflow as tf
x = tf.ones([2])
v = tf.Variable(1.0)
print(x.shape.as_list(), v.shape.as_list(), x.get_shape().as_list(), x.shape.rank)
"""
    found = check(tmp_path, program)
    assert missing(found) == {"Tensor.shape.as_list": ["4"], "Tensor.shape.rank": ["4"]}
    ways = {m["name"]: m["way"] for m in found["missing"]}
    assert ways["Tensor.shape.as_list"] == "use list(x.shape), or x.get_shape().as_list()"


def test_properties_of_dtypes_are_found_where_dtypes_are_numpys(tmp_path):
    program = """\
import tensorflow as tf
x = tf.ones([2])
v = tf.Variable(1.0)
print(tf.float32.max, v.dtype.max, tf.as_dtype(x.dtype).max, x.dtype.name)
print(x.dtype.max)
assert x.dtype.is_floating and x.dtype is tf.float32 and x.dtype is not None
assert x.dtype == tf.float32 and v.dtype is tf.float32
"""
    found = check(tmp_path, program)
    assert missing(found) == {
        "Tensor.dtype.max": ["5"],
        "Tensor.dtype.is_floating": ["6"],
        "Tensor.dtype is tf.float32": ["6"],
    }
    ways = {m["name"]: m["way"] for m in found["missing"]}
    assert ways["Tensor.dtype.max"] == "use tf.as_dtype(x.dtype).max"
    assert ways["Tensor.dtype is tf.float32"] == "use == or !="


def test_the_listed_properties_of_dtypes_are_those_that_only_ours_have():
    ours = {name for name in vars(glasstape.tf.DType) if not name.startswith("_")}
    ours -= set(glasstape.tf.DType.__members__) | {"dtype"}
    assert ours - set(dir(np.dtype)) == uses._DTYPE_NAMES
