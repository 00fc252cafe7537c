"""`tf.train`: checkpoints restore exactly, late, as a whole or not at all."""

import json
import os
import zipfile
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import CheckpointError, CheckpointMismatchError, FileUnknownError
from tests.tf import checkpoints
from tests.tf.golden.read import read

THEIRS = read("checkpoints")


@pytest.mark.filterwarnings("ignore:nothing was restored")
@pytest.mark.parametrize("program", checkpoints.PROGRAMS, ids=lambda p: p.__name__)
def test_programs_give_what_they_give_under_tensorflow(program, tmp_path):
    ours = json.loads(json.dumps(program(tf, str(tmp_path))))
    theirs = THEIRS[program.__name__]
    if program is checkpoints.average:
        np.testing.assert_allclose(ours.pop("values"), theirs.pop("values"), rtol=1e-6)
    assert ours == theirs


class Net(tf.keras.Model):
    """Layers by attribute, in a list and in a dict, with state of every kind."""

    def __init__(self):
        super().__init__()
        self.blocks = [tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dropout(0.5)]
        self.by_name = {"norm": tf.keras.layers.BatchNormalization()}
        self.head = tf.keras.Sequential([tf.keras.layers.Dense(4), tf.keras.layers.Dense(1)])
        self.scale = tf.Variable(1.0)

    def call(self, x, training=False):
        x = self.blocks[1](self.blocks[0](x), training=training)
        return self.head(self.by_name["norm"](x, training=training)) * self.scale


class Trainer:
    """A program as people write them; a new one has new Keras names."""

    def __init__(self, compiled):
        self.model = Net()
        self.optimizer = tf.keras.optimizers.Adam(0.01)
        self.mean = tf.keras.metrics.Mean()
        self.checkpoint = tf.train.Checkpoint(
            model=self.model, optimizer=self.optimizer, mean=self.mean, epoch=tf.Variable(0)
        )
        self.step = tf.function(self._step) if compiled else self._step

    def _step(self, x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self.model(x, training=True) - y))
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.model.trainable_variables, strict=True))
        self.mean.update_state(loss)
        return loss

    def train(self, first, last):
        for number in range(first, last):
            rng = np.random.default_rng(number)
            x = jnp.asarray(rng.normal(size=(16, 3)), "float32")
            self.step(x, x[:, :1] * 2)
        values = [*self.model.variables, *self.optimizer.variables, *self.mean.variables]
        return [np.asarray(v.value) for v in values if "learning_rate" not in v.path]


def assert_bit_equal(left, right):
    assert len(left) == len(right)
    for a, b in zip(left, right, strict=True):
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("built", [True, False], ids=["built", "not built"])
def test_training_goes_on_with_the_same_numbers(tmp_path, compiled, built):
    """Also when the model and the optimizer make their variables after `restore`."""
    first = Trainer(compiled)
    first.train(0, 3)
    path = first.checkpoint.save(tmp_path / "ckpt")
    expected = first.train(3, 6)
    again = Trainer(compiled)
    if built:
        again.train(7, 9)
    status = again.checkpoint.restore(path)
    if not built:
        with pytest.raises(CheckpointMismatchError):
            status.assert_consumed()
    assert_bit_equal(again.train(3, 6), expected)
    status.assert_consumed()


def test_a_restored_variable_is_not_restored_again(tmp_path):
    """New variables of the model make the checkpoint look for what waits; the rest has moved on."""
    first = Trainer(True)
    first.train(0, 2)
    path = first.checkpoint.save(tmp_path / "ckpt")
    again = Trainer(True)
    again.checkpoint.restore(path)
    again.model(jnp.ones((1, 3)))
    again.model.scale.assign(77.0)
    again.train(2, 3)  # makes the optimizer's variables
    assert abs(float(again.model.scale) - 77.0) < 1


def test_a_checkpoint_that_nobody_keeps_restores_later(tmp_path):
    first = Trainer(False)
    first.train(0, 1)
    path = first.checkpoint.save(tmp_path / "ckpt")
    net = Net()
    tf.train.Checkpoint(model=net).restore(path).expect_partial()
    x = jnp.ones((2, 3))
    np.testing.assert_array_equal(net(x), first.model(x))


def test_nothing_waits_for_objects_that_are_gone(tmp_path):
    import gc

    from glasstape.ports import keras_state

    path = tf.train.Checkpoint(model=Net(), v=tf.Variable(1.0)).write(tmp_path / "ckpt")
    waiting = len(keras_state.awaiting)
    net = Net()
    tf.train.Checkpoint(other=net).read(path).expect_partial()
    assert len(keras_state.awaiting) == waiting + 1
    del net
    gc.collect()
    _ = tf.Variable(1.0).value
    assert len(keras_state.awaiting) <= waiting


def test_when_nothing_fits_it_warns(tmp_path):
    path = tf.train.Checkpoint(generator=[tf.Variable(1.0)]).save(tmp_path / "ckpt")
    with pytest.warns(UserWarning, match="has generator/0; here is model/0"):
        tf.train.Checkpoint(model=[tf.Variable(1.0)]).restore(path).expect_partial()
    with pytest.warns(UserWarning, match="nothing was restored") as caught:
        tf.train.Checkpoint(model=[tf.Variable(1.0)]).restore(path)
    assert caught[0].filename == __file__


def test_restoring_a_second_checkpoint_forgets_the_first(tmp_path):
    v = tf.Variable(1.0)
    first = tf.train.Checkpoint(a=v, late=tf.Variable(1.0)).write(tmp_path / "first")
    second = tf.train.Checkpoint(a=v, late=tf.Variable(2.0)).write(tmp_path / "second")
    checkpoint = tf.train.Checkpoint(a=v)
    checkpoint.read(first), checkpoint.read(second)
    checkpoint.late = tf.Variable(0.0)
    assert float(checkpoint.late) == 2.0


def test_a_variable_assigned_before_it_is_read_keeps_that(tmp_path):
    path = tf.train.Checkpoint(v=tf.Variable(1.0)).write(tmp_path / "ckpt")
    checkpoint = tf.train.Checkpoint()
    checkpoint.read(path)
    checkpoint.v = tf.Variable(0.0)
    checkpoint.v.assign(5.0)
    assert float(checkpoint.v) == 5.0


def test_what_does_not_fit_changes_nothing(tmp_path):
    a, b = tf.Variable([1.0, 2.0]), tf.Variable([1.0])
    path = tf.train.Checkpoint(a=a, b=b).write(tmp_path / "ckpt")
    a.assign([0.0, 0.0])
    with pytest.raises(CheckpointError) as caught:
        tf.train.Checkpoint(a=a, b=tf.Variable([[3.0]], name="bias")).read(path)
    lines = str(caught.value).splitlines()
    assert lines[:3] == [
        f"b of {path}.npz does not fit the variable it belongs to.",
        "  Expected: float32[1, 1], which bias is",
        "  Received: float32[1], which the checkpoint has",
    ]
    assert lines[4].startswith(f"  At: {__file__}:")
    assert a.value.tolist() == [0.0, 0.0]


def test_integers_do_not_become_floats(tmp_path):
    path = tf.train.Checkpoint(a=tf.Variable(1)).write(tmp_path / "ckpt")
    with pytest.raises(CheckpointError, match="int32"):
        tf.train.Checkpoint(a=tf.Variable(0.5)).read(path)


def test_the_names_that_are_missing_are_told(tmp_path):
    path = tf.train.Checkpoint(a=tf.Variable(1.0), b=tf.Variable(2.0)).write(tmp_path / "ckpt")
    status = tf.train.Checkpoint(a=tf.Variable(0.0)).read(path)
    with pytest.raises(CheckpointMismatchError, match="Received: b\n"):
        status.assert_consumed()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "uint8", "bool", "int32", "float32"])
def test_dtypes_come_back(tmp_path, dtype):
    v = tf.Variable(jnp.asarray([1, 0, 1], dtype))
    path = tf.train.Checkpoint(v=v).write(tmp_path / "ckpt")
    v.assign(jnp.zeros(3, dtype))
    tf.train.Checkpoint(v=v).read(path).assert_consumed()
    assert np.asarray(v.value).tolist() == [1, 0, 1]
    reader = tf.train.load_checkpoint(path)
    assert reader.get_variable_to_dtype_map()["v/.ATTRIBUTES/VARIABLE_VALUE"] == v.dtype


def test_numpy_reads_the_file(tmp_path):
    path = tf.train.Checkpoint(v=tf.Variable([1.5, 2.0])).write(tmp_path / "ckpt")
    with np.load(path + ".npz") as file:
        assert file["v/.ATTRIBUTES/VARIABLE_VALUE"].tolist() == [1.5, 2.0]


def saved_twice(folder):
    v = tf.Variable(jnp.arange(1000.0))
    checkpoint = tf.train.Checkpoint(v=v)
    manager = tf.train.CheckpointManager(checkpoint, str(folder), max_to_keep=3)
    return v, checkpoint, [manager.save(), manager.save()]


@pytest.mark.parametrize("left", [0, 100, 2000, -1])
def test_half_written_files_are_passed_over(tmp_path, left):
    """Whatever part of the newest file is there."""
    _, checkpoint, paths = saved_twice(tmp_path)
    file = paths[1] + ".npz"
    content = Path(file).read_bytes()
    Path(file).write_bytes(content[:left])
    with pytest.warns(UserWarning, match="is damaged"):
        assert tf.train.latest_checkpoint(tmp_path) == paths[0]
    with pytest.raises(CheckpointError, match="cannot be read"):
        checkpoint.restore(paths[1])


def test_a_changed_bit_is_found(tmp_path):
    v, checkpoint, paths = saved_twice(tmp_path)
    file = paths[1] + ".npz"
    content = bytearray(Path(file).read_bytes())
    with zipfile.ZipFile(file) as archive:
        place = archive.getinfo("v/.ATTRIBUTES/VARIABLE_VALUE.npy").header_offset + 1000
    content[place] ^= 1
    Path(file).write_bytes(content)
    v.assign(jnp.zeros(1000))
    with pytest.raises(CheckpointError, match="cannot be read"):
        checkpoint.restore(paths[1])
    assert not v.value.any()


def test_a_crash_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    v = tf.Variable(1.0)
    path = tf.train.Checkpoint(v=v).write(tmp_path / "ckpt")

    def crash(*_, **__):
        raise OSError("disk full")

    v.assign(2.0)
    monkeypatch.setattr(np.lib.format, "write_array", crash)
    with pytest.raises(OSError, match="disk full"):
        tf.train.Checkpoint(v=v).write(path)
    monkeypatch.undo()
    tf.train.Checkpoint(v=v).read(path)
    assert float(v) == 1.0
    assert os.listdir(tmp_path) == ["ckpt.npz"]


def test_foreign_files_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=1)
    (tmp_path / "theirs.index").write_bytes(b"")
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    with pytest.raises(CheckpointError, match="not a checkpoint of GlassTape"):
        checkpoint.restore(tmp_path / "other")
    with pytest.raises(CheckpointError, match="TensorFlow's own checkpoint files are not read"):
        checkpoint.restore(tmp_path / "theirs")
    with pytest.raises(FileUnknownError, match="is not there"):
        checkpoint.restore(tmp_path / "none")


def test_folders_can_be_moved(tmp_path):
    _, checkpoint, _ = saved_twice(tmp_path / "a")
    os.rename(tmp_path / "a", tmp_path / "b")
    path = tf.train.latest_checkpoint(tmp_path / "b")
    assert path == str(tmp_path / "b" / "ckpt-2")
    checkpoint.restore(path).assert_consumed()


def test_a_file_kept_for_good(tmp_path):
    v = tf.Variable(1.0)
    manager = tf.train.CheckpointManager(
        tf.train.Checkpoint(v=v), tmp_path, 1, keep_checkpoint_every_n_hours=0.0
    )
    for _ in range(3):
        manager.save()
    assert [os.path.basename(p) for p in manager.checkpoints] == ["ckpt-3"]
    assert sorted(os.listdir(tmp_path)) == ["checkpoint", "ckpt-1.npz", "ckpt-2.npz", "ckpt-3.npz"]


def test_inside_a_compiled_step_it_is_refused(tmp_path):
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    step = tf.function(lambda: checkpoint.save(tmp_path / "ckpt"))
    with pytest.raises(CheckpointError, match="inside a compiled step"):
        step()


def test_iterators_are_accepted_and_not_saved(tmp_path):
    with pytest.warns(UserWarning, match="position in a dataset is not saved"):
        checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0), iterator=iter([1, 2]))
    checkpoint.restore(checkpoint.save(tmp_path / "ckpt")).assert_consumed()


def test_functional_and_sequential_models_match_whatever_their_names(tmp_path):
    def functional():
        inputs = tf.keras.Input((3,))
        return tf.keras.Model(inputs, tf.keras.layers.Dense(2)(tf.keras.layers.Dense(4)(inputs)))

    def sequential(inputs):
        return tf.keras.Sequential([*inputs, tf.keras.layers.Dense(4), tf.keras.layers.Dense(2)])

    x = jnp.ones((1, 3))
    built = sequential([tf.keras.Input((3,))])
    for first, second in [(functional(), functional()), (built, sequential([]))]:
        path = tf.train.Checkpoint(model=first).write(tmp_path / "ckpt")
        status = tf.train.Checkpoint(model=second).read(path)
        np.testing.assert_array_equal(first(x), second(x))
        status.assert_consumed()


def test_a_shorter_optimizer_is_found(tmp_path):
    """Values nobody has asked for are named: SGD has no second moments."""
    v = tf.Variable([1.0])
    adam, sgd = tf.keras.optimizers.Adam(), tf.keras.optimizers.SGD()
    adam.build([v]), sgd.build([v])
    path = tf.train.Checkpoint(optimizer=adam).write(tmp_path / "ckpt")
    with pytest.raises(CheckpointMismatchError, match="optimizer/variable-2"):
        tf.train.Checkpoint(optimizer=sgd).read(path).assert_consumed()
