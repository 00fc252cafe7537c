"""Functions in files: what comes back, what is refused; none of the user's code is needed."""

import collections
import dataclasses
import json
import math
import pathlib
import re
import subprocess
import sys
import textwrap
import zipfile

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras import layers

import glasstape as gt
from glasstape import errors
from glasstape.compiler import saving
from tests.compiler import steps

Pair = collections.namedtuple("Pair", "left right")


@dataclasses.dataclass
class Record:
    scores: object
    name: str


@pytest.fixture
def file(tmp_path):
    return tmp_path / "function.fn"


@pytest.fixture(scope="module")
def training():
    found = steps.Training("functional")
    found.step(*steps.batch())
    return found


@pytest.fixture(scope="module")
def predict(training):
    return gt.function(lambda x: training.model(x, training=False))


def round_trip(function, file, *args, **kwargs):
    gt.function(function).save(file, *args, **kwargs)
    return gt.load_function(file)


def assert_equal(a, b):
    a, b = jax.tree.leaves(a), jax.tree.leaves(b)
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


NETS = {
    "mlp": lambda: [layers.Flatten(), layers.Dense(32, activation="relu")],
    "cnn": lambda: [layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Flatten()],
    "lstm": lambda: [layers.Reshape((8, 8)), layers.LSTM(8)],
    "dropout": lambda: [layers.Flatten(), layers.Dropout(0.5)],
}


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("size", [4, None])
def test_bit_equal_to_the_function_it_was_saved_from(net, size, file):
    keras.utils.set_random_seed(0)
    body = [keras.Input((8, 8, 1)), *NETS[net](), layers.Dense(3, activation="softmax")]
    model = keras.Sequential(body)
    function = gt.function(lambda x: model(x, training=False))
    x = jnp.asarray(np.random.default_rng(0).normal(size=(4, 8, 8, 1)), "float32")
    function.save(file, gt.TensorSpec([size, 8, 8, 1]))
    loaded = gt.load_function(file)
    assert_equal(function(x), loaded(x))
    assert_equal(function(x), loaded(np.asarray(x)))


def test_one_program_for_all_sizes(predict, file):
    predict.save(file, gt.TensorSpec([None, 4]))
    loaded = gt.load_function(file)
    for size in (1, 3, 8):
        x = steps.batch(size=size)[0]
        np.testing.assert_allclose(loaded(x), predict(x), rtol=1e-6)


@pytest.mark.thorough
def test_in_a_process_that_has_only_the_file(predict, file):
    predict.save(file, gt.TensorSpec([8, 4]))
    x = steps.batch()[0]
    np.save(file.parent / "in.npy", x)
    code = """
        import sys
        import numpy as np
        import glasstape as gt
        loaded = gt.load_function(sys.argv[1])
        np.save("out.npy", loaded(np.load("in.npy")))
        print(loaded)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), file]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=True)
    assert done.stdout == "<glasstape.LoadedFunction <lambda>(x: float32[8,4])>\n"
    assert_equal(np.load(file.parent / "out.npy"), predict(x))


def test_the_variables_have_the_values_they_had(file):
    v = gt.Variable(jnp.asarray([1.0, 2.0]), name="scale")
    function = gt.function(lambda x: x * v)
    function.save(file, jnp.ones(2))
    v.assign([10.0, 20.0])
    loaded = gt.load_function(file)
    np.testing.assert_array_equal(loaded(jnp.ones(2)), [1.0, 2.0])
    np.testing.assert_array_equal(loaded.weights[v.path], [1.0, 2.0])
    np.testing.assert_array_equal(function(jnp.ones(2)), [10.0, 20.0])


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int8", "bool", "uint32", "complex64"])
def test_dtypes(dtype, file):
    v = gt.Variable(jnp.asarray([[1, 0, 2]]).astype(dtype), dtype=dtype)
    loaded = round_trip(lambda x: (v.value, x), file, jnp.ones(2, dtype))
    value, x = loaded(jnp.ones(2, dtype))
    assert value.dtype == x.dtype == dtype
    np.testing.assert_array_equal(value, v.value)


def test_variables_without_elements_and_without_dimensions(file):
    v, w = gt.Variable(jnp.zeros((0, 3))), gt.Variable(2.5)
    values = round_trip(lambda: (v.value, w.value), file)()
    assert [a.shape for a in values] == [(0, 3), ()]
    assert float(values[1]) == 2.5


def test_saving_does_not_trace_again(file):
    function = gt.function(lambda x: x + 1.0)
    function(jnp.ones(2))
    function.save(file, jnp.ones(2))
    assert function.experimental_get_tracing_count() == 1


def test_a_concrete_function(predict, file):
    x = steps.batch()[0]
    predict.get_concrete_function(x).save(file)
    assert_equal(gt.load_function(file)(x), predict(x))


def test_an_input_signature_needs_no_arguments(file):
    gt.function(lambda x: x * 2.0, input_signature=[gt.TensorSpec([None, 2])]).save(file)
    assert repr(gt.load_function(file)) == "<glasstape.LoadedFunction <lambda>(x: float32[?,2])>"


def test_a_method(file):
    class Scale:
        def __init__(self):
            self.v = gt.Variable(3.0)

        @gt.function
        def scale(self, x):
            return self.v * x

    scale = Scale()
    scale.scale.save(file, jnp.ones(2))
    loaded = gt.load_function(file)
    assert repr(loaded) == "<glasstape.LoadedFunction scale(x: float32[2])>"
    np.testing.assert_array_equal(loaded(jnp.ones(2)), [3.0, 3.0])


# ----- structures -----


def test_the_result_has_its_structure(file):
    def function(x):
        pair = Pair(x + 1.0, [x + 2.0, None])
        return {"b": pair, "a": (x, "text", 3, 2.5, True), "c": {}, "nan": math.nan}

    x = jnp.ones(2)
    got = round_trip(function, file, x)(x)
    want = gt.function(function)(x)
    assert list(got) == list(want)
    assert got["b"]._fields == ("left", "right")
    assert type(got["b"]).__name__ == "Pair"
    assert isinstance(got["b"].right, list)
    assert got["b"].right[1] is None
    assert got["a"][1] == "text"
    assert [float(v) for v in got["a"][2:]] == [3.0, 2.5, 1.0]
    assert got["c"] == {}
    assert math.isnan(got["nan"])
    assert_equal(got["b"], want["b"])


def test_a_dataclass_comes_back_as_a_named_tuple(file):
    got = round_trip(lambda x: Record(x * 2.0, "mine"), file, jnp.ones(2))(jnp.ones(2))
    np.testing.assert_array_equal(got.scores, [2.0, 2.0])
    assert (type(got).__name__, got.name) == ("Record", "mine")


def test_arguments_of_any_structure(file):
    def function(batch, *rest, scale=2.0, **more):
        return batch["x"] * scale + batch["y"][0] + rest[0] + more["extra"] * batch["z"].left

    def arguments(n):
        batch = {"x": n, "y": [n, None], "z": Pair(n, "word")}
        return (batch, n), {"extra": n}

    args, kwargs = arguments(jnp.ones(2))
    gt.function(function).save(file, *args, **kwargs)
    loaded = gt.load_function(file)
    args, kwargs = arguments(jnp.full(2, 3.0))
    assert_equal(loaded(*args, **kwargs), function(*args, **kwargs))
    assert_equal(loaded(*args, scale=2.0, **kwargs), function(*args, **kwargs))
    signature = loaded.input_signature
    assert signature["batch"]["x"] == gt.TensorSpec([2])
    assert signature["scale"] == 2.0
    assert signature["extra"] == gt.TensorSpec([2])


def test_constants_may_be_left_out_but_not_changed(file):
    function = gt.function(lambda x, training=False, mode="full": x * (2.0 if training else 1.0))
    function.save(file, jnp.ones(2), training=True)
    loaded = gt.load_function(file)
    np.testing.assert_array_equal(loaded(jnp.ones(2)), [2.0, 2.0])
    np.testing.assert_array_equal(loaded(jnp.ones(2), True), [2.0, 2.0])
    with pytest.raises(errors.StepTypeError, match="`training` was saved as True and is False"):
        loaded(jnp.ones(2), training=False)


def test_a_constant_before_a_tensor(file):
    loaded = round_trip(lambda flag, x: x if flag else -x, file, False, jnp.ones(2))
    np.testing.assert_array_equal(loaded(False, jnp.ones(2)), [-1.0, -1.0])
    np.testing.assert_array_equal(loaded(x=jnp.ones(2), flag=False), [-1.0, -1.0])


# ----- calls that do not fit -----


@pytest.mark.parametrize(
    ("args", "what"),
    [
        ((jnp.ones((2, 5)),), "`x` is float32[2,5] and not float32[?,4]"),
        ((jnp.ones((4,)),), "`x` is float32[4] and not float32[?,4]"),
        ((jnp.ones((2, 4), "int32"),), "`x` is int32[2,4] and not float32[?,4]"),
        ((jnp.ones((0, 4)),), "a size is 0: float32[0,4]"),
        (([[1.0] * 4],), "`x` is a list and no array"),
        ((), "missing a required argument: 'x'"),
        ((jnp.ones((2, 4)), 1), "too many positional arguments"),
    ],
)
def test_other_arguments_are_refused(predict, file, args, what):
    predict.save(file, gt.TensorSpec([None, 4]))
    loaded = gt.load_function(file)
    with pytest.raises(errors.StepTypeError, match=re.escape(what)) as caught:
        loaded(*args)
    assert "Expected: <glasstape.LoadedFunction <lambda>(x: float32[?,4])>" in str(caught.value)
    assert f"At: {__file__}:" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({"a": 1}, "`batch` is a dict with the keys ['a'] and not a dict with the keys ['x', 'y']"),
        ({"x": jnp.ones(2), "y": [1, 2]}, "`batch['y']` is a list of 2 and not a list of 1"),
        ({"x": jnp.ones(2), "y": (1,)}, "`batch['y']` is a tuple of 1 and not a list of 1"),
        (3, "`batch` is a int and not a dict"),
    ],
)
def test_other_structures_are_refused(file, value, what):
    x = jnp.ones(2)
    loaded = round_trip(lambda batch: batch["x"] + batch["y"][0], file, {"x": x, "y": [x]})
    with pytest.raises(errors.StepTypeError, match=re.escape(what)):
        loaded(value)


def test_batches_that_must_be_of_one_size(file):
    loaded = round_trip(lambda x, y: x + y, file, gt.TensorSpec([None]), gt.TensorSpec([None]))
    np.testing.assert_array_equal(loaded(jnp.ones(3), jnp.ones(3)), [2.0] * 3)
    with pytest.raises(errors.StepTypeError, match="their batches are not of one size"):
        loaded(jnp.ones(3), jnp.ones(4))


def test_batches_that_need_not_be_of_one_size(file):
    specs = [gt.TensorSpec([None, 2]), gt.TensorSpec([None, 2])]
    loaded = round_trip(lambda x, y: x @ y.T, file, *specs)
    assert loaded(jnp.ones((3, 2)), jnp.ones((4, 2))).shape == (3, 4)


# ----- what cannot be saved -----


def refusal(function, file, *args):
    with pytest.raises(errors.SavedFunctionError) as caught:
        gt.function(function).save(file, *args)
    assert not file.exists()
    return str(caught.value)


def test_a_training_step_is_refused_with_what_it_writes(training, file):
    with pytest.raises(errors.SavedFunctionError, match="_step writes variables") as caught:
        training.step.save(file, *steps.batch())
    text = str(caught.value)
    count = len({id(v) for v in training.variables}) - 1  # not the learning rate
    assert f"Received: {count} written: " in text
    assert f"and {count - 5} more" in text
    assert "model(x, training=False)" in text
    assert f"At: {__file__}:" in text


def test_drawing_random_numbers_is_refused(file):
    drop = keras.layers.Dropout(0.5, seed=1)
    text = refusal(lambda x: drop(x, training=True), file, jnp.ones(3))
    assert "drawing random numbers, as Dropout does with training=True, writes a seed" in text


def test_printing_is_refused(file):
    text = refusal(lambda x: (gt.print("x", x), x)[1], file, jnp.ones(3))
    assert "prints, which a saved function cannot" in text


def test_callbacks_are_refused(file):
    def function(x):
        return jax.pure_callback(np.sin, jax.ShapeDtypeStruct((3,), "float32"), x)

    assert "cannot be exported" in refusal(function, file, jnp.ones(3))


def test_objects_as_arguments_are_refused(training, file):
    text = refusal(
        lambda model, x: model(x, training=False), file, training.model, jnp.ones((1, 4))
    )
    assert "The argument `model` of <lambda> cannot be written to a file" in text
    assert "Received: a Functional object" in text


def test_any_rank_is_refused(file):
    assert "of any rank" in refusal(lambda x: x, file, gt.TensorSpec(None))


def test_what_needs_to_know_the_size_is_refused(file):
    def function(x):
        return x * (2.0 if x.shape[0] > 5 else 1.0)

    text = refusal(function, file, gt.TensorSpec([None]))
    assert "cannot be traced with dimensions of any size" in text
    assert "give the size instead of None" in text


def test_wrong_arguments_are_refused(predict, file):
    with pytest.raises(errors.StepTypeError, match="arguments it does not take"):
        predict.save(file)


def test_without_flatbuffers(predict, file, monkeypatch):
    predict.save(file, gt.TensorSpec([8, 4]))
    for name in [m for m in sys.modules if m.startswith(("flatbuffers", "jax._src.export.ser"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "flatbuffers", None)
    with pytest.raises(errors.MissingExtraError, match="pip install 'glasstape\\[save\\]'"):
        predict.save(file, gt.TensorSpec([8, 4]))
    with pytest.raises(errors.MissingExtraError, match="flatbuffers"):
        gt.load_function(file)


# ----- files that are not right -----


@pytest.fixture
def saved(predict, file):
    predict.save(file, gt.TensorSpec([8, 4]))
    return file


def rewritten(saved, **changes):
    """The same file that says something else of itself."""
    with zipfile.ZipFile(saved) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(parts["function.json"]) | changes
    parts["function.json"] = json.dumps(about).encode()
    with zipfile.ZipFile(saved, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return saved


def load_refusal(file):
    with pytest.raises(errors.SavedFunctionError) as caught:
        gt.load_function(file)
    assert f"At: {__file__}:" in str(caught.value)
    return str(caught.value)


def test_a_newer_format(saved):
    text = load_refusal(rewritten(saved, format=saving.FORMAT + 1))
    assert "was written by a newer GlassTape" in text
    assert f"written with glasstape {gt.__version__}, jax {jax.__version__}" in text


def test_a_program_this_jax_cannot_call(saved):
    text = load_refusal(rewritten(saved, calling_convention=9999))
    assert f"that the installed JAX {jax.__version__} cannot call" in text


def test_another_kind_of_device(saved):
    text = load_refusal(rewritten(saved, platforms=["tpu"]))
    assert "was saved for another kind of device" in text
    assert "JAX_PLATFORMS=tpu" in text


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_cut_short(saved, share):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(share * len(content))])
    assert "cannot be read as a saved function" in load_refusal(saved)


def test_changed_anywhere(saved):
    content = saved.read_bytes()
    x = steps.batch()[0]
    want = np.asarray(gt.load_function(saved)(x))
    places = np.random.default_rng(0).integers(0, len(content), 60)
    for place in map(int, places):
        changed = bytearray(content)
        changed[place] ^= 0xFF
        saved.write_bytes(bytes(changed))
        try:
            got = gt.load_function(saved)(x)
        except errors.SavedFunctionError:
            continue
        np.testing.assert_array_equal(got, want)  # a date, or another byte that says nothing


def test_files_of_others(tmp_path):
    (tmp_path / "text").write_text("hello")
    np.savez(tmp_path / "arrays.npz", a=np.ones(2))
    with zipfile.ZipFile(tmp_path / "almost", "w") as archive:
        archive.writestr("function.json", "[]")
    with zipfile.ZipFile(tmp_path / "nearly", "w") as archive:
        archive.writestr("function.json", '{"format": 1}')
    for name in ("text", "arrays.npz", "almost", "nearly"):
        assert "cannot be read as a saved function" in load_refusal(tmp_path / name)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        gt.load_function(tmp_path / "none")


def test_a_failed_save_leaves_the_file_that_was_there(saved, monkeypatch):
    content = saved.read_bytes()
    monkeypatch.setattr(json, "dumps", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        gt.function(lambda x: x).save(saved, jnp.ones(2))
    assert saved.read_bytes() == content
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


def test_nothing_is_pickled():
    source = pathlib.Path(saving.__file__).read_text(encoding="utf-8")
    assert not re.search(r"import pickle|allow_pickle=True", source)


def test_checks_are_kept(file):
    loss = keras.losses.SparseCategoricalCrossentropy()
    function = gt.function(lambda y, p: loss(y, p))
    good, bad = jnp.asarray([0, 2]), jnp.asarray([0, 3])
    p = jnp.full((2, 3), 1 / 3)
    function.save(file, good, p)
    loaded = gt.load_function(file)
    assert_equal(loaded(good, p), function(good, p))
    with pytest.raises(errors.LabelRangeError, match="A check of the saved function"):
        loaded(bad, p)
