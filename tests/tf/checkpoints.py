"""Small programs that save and restore, run under TensorFlow and under glasstape.tf alike."""

from __future__ import annotations

import os

import numpy as np


def outcome(action):
    """What an action gives, or the kind of error it raises."""
    try:
        return action()
    except (AssertionError, ValueError, KeyError, OSError) as error:
        kinds = (AssertionError, FileNotFoundError, ValueError, KeyError)
        return next((k.__name__ for k in kinds if isinstance(error, k)), "error")
    except Exception as error:
        return "FileNotFoundError" if "NotFound" in type(error).__name__ else "error"


def variables(tf, folder):
    step, w = tf.Variable(1), tf.Variable([1.0, 2.0])
    checkpoint = tf.train.Checkpoint(step=step, parts=[w, {"b": tf.Variable(5.0)}])
    paths = [checkpoint.save(os.path.join(folder, "ckpt")) for _ in range(2)]
    step.assign(9), w.assign([0.0, 0.0])
    checkpoint.restore(paths[1]).assert_consumed()
    return {
        "paths": [os.path.relpath(p, folder) for p in paths],
        "latest": os.path.relpath(tf.train.latest_checkpoint(folder), folder),
        "restored": [int(step.numpy()), w.numpy().tolist()],
        "counter": int(checkpoint.save_counter.numpy()),
        "next": os.path.basename(checkpoint.save(os.path.join(folder, "ckpt"))),
        "names": [n for n, _ in tf.train.list_variables(paths[0]) if not n.startswith("_")],
        "tensor": tf.train.load_checkpoint(folder)
        .get_tensor("parts/0/.ATTRIBUTES/VARIABLE_VALUE")
        .tolist(),
        "nothing there": tf.train.latest_checkpoint(os.path.join(folder, "no such folder")),
        "no file": outcome(lambda: checkpoint.restore(os.path.join(folder, "x"))),
    }


def partial(tf, folder):
    path = tf.train.Checkpoint(a=tf.Variable(1.0), b=tf.Variable(2.0)).write(folder + "/ckpt")

    def restored(**objects):
        return tf.train.Checkpoint(**objects).read(path)

    def none(status):
        return status is not None

    a, c = tf.Variable(0.0), tf.Variable(0.0)
    return {
        "all": outcome(
            lambda: none(restored(a=tf.Variable(0.0), b=tf.Variable(0.0)).assert_consumed())
        ),
        "too few": outcome(lambda: none(restored(a=a).assert_consumed())),
        "too few, existing": outcome(lambda: none(restored(a=a).assert_existing_objects_matched())),
        "other": outcome(lambda: none(restored(a=a, c=c).assert_existing_objects_matched())),
        "other, consumed": outcome(lambda: none(restored(a=a, c=c).assert_consumed())),
        "nothing in common": outcome(lambda: none(restored(c=c).assert_nontrivial_match())),
        "something": outcome(lambda: none(restored(a=a, c=c).assert_nontrivial_match())),
        "partial": outcome(lambda: none(restored(a=a, c=c).expect_partial())),
        "values": [float(a.numpy()), float(c.numpy())],
        "wrong shape": outcome(lambda: restored(a=tf.Variable([1.0, 2.0]))),
        "none": outcome(lambda: none(tf.train.Checkpoint(a=a).restore(None).expect_partial())),
        "none, consumed": outcome(lambda: tf.train.Checkpoint(a=a).restore(None).assert_consumed()),
        "no trackable": outcome(lambda: tf.train.Checkpoint(a=3)),
    }


def later(tf, folder):
    """Variables that are made after the checkpoint was restored."""
    path = tf.train.Checkpoint(a=tf.Variable(1.0), inner=tf.train.Checkpoint(b=tf.Variable(2.0)))
    path = path.write(folder + "/ckpt")
    checkpoint = tf.train.Checkpoint()
    status = checkpoint.read(path)
    checkpoint.a = tf.Variable(0.0)
    first = outcome(lambda: status.assert_consumed() is not None)
    inner = tf.train.Checkpoint()
    checkpoint.inner = inner
    inner.b = tf.Variable(0.0)
    return {
        "a": float(checkpoint.a.numpy()),
        "not yet": first,
        "b": float(inner.b.numpy()),
        "now": outcome(lambda: status.assert_consumed() is not None),
    }


def root(tf, folder):
    """An object's attributes as if they were the checkpoint's own."""
    inner = tf.train.Checkpoint(v=tf.Variable(3.0))
    path = tf.train.Checkpoint(inner, extra=tf.Variable(4.0)).write(folder + "/ckpt")
    v = tf.Variable(0.0)
    tf.train.Checkpoint(v=v).read(path).expect_partial()
    return {"v": float(v.numpy()), "names": names(tf, path)}


def names(tf, path):
    return [n for n, _ in tf.train.list_variables(path) if not n.startswith("_")]


def shared(tf, folder):
    """One variable under two names."""
    v = tf.Variable(1.0)
    path = tf.train.Checkpoint(a=v, z=[v]).write(folder + "/ckpt")
    x, y = tf.Variable(0.0), tf.Variable(0.0)
    tf.train.Checkpoint(a=x).read(path).assert_consumed()
    tf.train.Checkpoint(z=[y]).read(path).assert_consumed()
    return {"names": names(tf, path), "values": [float(x.numpy()), float(y.numpy())]}


def manager(tf, folder):
    step = tf.Variable(0)
    checkpoint = tf.train.Checkpoint(step=step)
    kept = tf.train.CheckpointManager(checkpoint, folder, max_to_keep=2, checkpoint_name="model")

    def short(paths):
        return [os.path.basename(p) for p in paths]

    lines = [kept.latest_checkpoint, short(kept.checkpoints), kept.restore_or_initialize()]
    for _ in range(3):
        step.assign_add(1)
        lines.append(os.path.basename(kept.save()))
    lines += [short(kept.checkpoints), os.path.basename(kept.latest_checkpoint)]
    again_step = tf.Variable(0)
    again = tf.train.CheckpointManager(
        tf.train.Checkpoint(step=again_step), folder, 2, checkpoint_name="model"
    )
    lines += [short(again.checkpoints), os.path.basename(again.restore_or_initialize())]
    lines += [int(again_step.numpy()), os.path.basename(again.save()), short(again.checkpoints)]
    lines += [os.path.basename(again.save(checkpoint_number=30)), short(again.checkpoints)]
    left = sorted({n.split(".")[0] for n in os.listdir(folder)} - {""})
    return {"lines": lines, "left": left}


def intervals(tf, folder):
    step = tf.Variable(0)
    kept = tf.train.CheckpointManager(
        tf.train.Checkpoint(step=step), folder, None, step_counter=step, checkpoint_interval=2
    )
    found = []
    for _ in range(5):
        step.assign_add(1)
        found.append(kept.save() is not None)
    found.append(kept.save(check_interval=False) is not None)
    wrong = outcome(lambda: tf.train.CheckpointManager(kept.checkpoint, folder, 0))
    missing = outcome(
        lambda: tf.train.CheckpointManager(kept.checkpoint, folder, 1, checkpoint_interval=2)
    )
    return {"written": found, "wrong": wrong, "missing": missing}


def average(tf, folder):
    v = tf.Variable([1.0, 2.0])
    ema = tf.train.ExponentialMovingAverage(0.9)
    early = tf.train.ExponentialMovingAverage(0.9, num_updates=3)
    ema.apply([v]), early.apply([v])
    v.assign([3.0, 0.0])
    ema.apply([v]), early.apply([v])
    values = [ema.average(v).numpy(), early.average(v).numpy()]
    return {"values": np.round(values, 6).tolist(), "other": ema.average(tf.Variable(1.0)) is None}


PROGRAMS = [variables, partial, later, root, shared, manager, intervals, average]
