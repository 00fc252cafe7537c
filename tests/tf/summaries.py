"""Programs that write summaries, run under TensorFlow and under glasstape.tf alike."""

from __future__ import annotations

import numpy as np

from tests.tf.checkpoints import outcome

PICTURES = np.arange(2 * 2 * 3 * 3).reshape(2, 2, 3, 3) / 36


def all_kinds(tf, folder):
    writer = tf.summary.create_file_writer(folder)
    said = [bool(tf.summary.scalar("before", 1.0, step=0))]
    with writer.as_default():
        said.append(bool(tf.summary.scalar("loss", 0.5, step=1)))
        tf.summary.scalar(
            "group/loss", tf.constant(2), step=tf.constant(2, tf.int64), description="words"
        )
        tf.summary.histogram("kernel", tf.constant([[1.0, 2.0], [2.5, 5.0]]), step=3, buckets=4)
        tf.summary.histogram("bias", [1, 1, 1], step=3, buckets=3)
        tf.summary.histogram("nothing", tf.constant([], tf.float32), step=3, buckets=2)
        tf.summary.histogram("usual", tf.cast(tf.constant(range(90)), tf.float32), step=3)
        tf.summary.image("pictures", tf.constant(PICTURES, tf.float32), step=4)
        tf.summary.image("first", np.uint8(PICTURES * 255), step=4, max_outputs=1)
        tf.summary.text("note", "begins *here*", step=5)
        tf.summary.text("table", tf.constant([["a", "b"]]), step=5)
    said.append(bool(tf.summary.scalar("after", 1.0, step=0)))
    return said


def steps_and_conditions(tf, folder):
    writer = tf.summary.create_file_writer(folder, filename_suffix=".mine")
    counter = tf.Variable(5, dtype="int64")
    said = []
    with writer.as_default():
        said.append(outcome(lambda: tf.summary.scalar("no step", 1.0)))
        tf.summary.experimental.set_step(counter)
        tf.summary.scalar("counted", 1.0)
        counter.assign_add(1)
        tf.summary.scalar("counted", 2.0)
        with tf.summary.record_if(lambda: int(counter) % 2 == 1):
            said.append(bool(tf.summary.should_record_summaries()))
            tf.summary.scalar("odd", 1.0)
            counter.assign_add(1)
            tf.summary.scalar("odd", 2.0)
        said.append(outcome(lambda: tf.summary.scalar("two numbers", [1.0, 2.0])))
        said.append(outcome(lambda: tf.summary.image("flat", [[1.0, 2.0]])))
    tf.summary.experimental.set_step(None)
    with writer.as_default(step=9):
        tf.summary.scalar("nine", 1.0)
    said.append(tf.summary.experimental.get_step())
    writer.close()
    return said


def compiled(tf, folder):
    """In a compiled step: at every call, in order."""
    writer = tf.summary.create_file_writer(folder)
    total = tf.Variable(0.0)

    @tf.function
    def step(x, number):
        total.assign_add(x)
        with writer.as_default():
            tf.summary.scalar("x", x, step=number)
            with tf.summary.record_if(tf.equal(number, 2)):
                tf.summary.histogram("second only", tf.square([x, x]), step=number, buckets=1)
            tf.summary.scalar("total", total, step=number)

    for number in range(3):
        step(tf.constant(number * 1.5), tf.constant(number, tf.int64))
    writer.flush()
    return float(total)


PROGRAMS = [all_kinds, steps_and_conditions, compiled]


def described(data):
    """An event's summaries as JSON takes them, given its bytes; reads with TensorBoard."""
    from tensorboard.compat.proto import event_pb2
    from tensorboard.util import tensor_util

    event = event_pb2.Event.FromString(data)
    if event.file_version:
        return [{"version": event.file_version}]
    found = []
    for value in event.summary.value:
        array = tensor_util.make_ndarray(value.tensor)
        about = value.metadata
        found.append(
            {
                "tag": value.tag,
                "step": event.step,
                "plugin": about.plugin_data.plugin_name,
                "content": about.plugin_data.content.hex(),
                "description": about.summary_description,
                "data_class": about.data_class,
                "dtype": array.dtype.name,
                "shape": list(array.shape),
                "values": _values(array),
            }
        )
    return found


def _values(array):
    if array.dtype != object:
        return [float(f"{v:.7g}") for v in array.reshape(-1)]
    return [_pixels(v) if v.startswith(b"\x89PNG") else v.decode() for v in array.reshape(-1)]


def _pixels(data):
    import io

    import PIL.Image

    return np.asarray(PIL.Image.open(io.BytesIO(data))).reshape(-1).tolist()
