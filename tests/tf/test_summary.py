"""`tf.summary`: event files that TensorBoard reads, as TensorFlow writes them."""

import os
import sys
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.data import records
from glasstape.errors import DatasetError, MissingExtraError, SummaryError
from tests.tf import summaries
from tests.tf.golden.read import read

pytest.importorskip("tensorboard")
pytest.importorskip("google_crc32c")
THEIRS = read("summaries")


def events(folder):
    found = []
    for path in sorted(folder.iterdir()):
        with open(path, "rb") as file:
            found += [e for r in records.read_records(file) for e in summaries.described(r)]
    return found


@pytest.mark.parametrize("program", summaries.PROGRAMS, ids=lambda p: p.__name__)
def test_files_are_what_tensorflow_writes(program, tmp_path):
    said = program(tf, str(tmp_path))
    theirs = THEIRS[program.__name__]
    assert said == theirs["said"]
    ours = events(tmp_path)
    assert len(ours) == len(theirs["events"])
    for our, their in zip(ours, theirs["events"], strict=True):
        if "values" in our and our["dtype"] != "object":
            np.testing.assert_allclose(our.pop("values"), their.pop("values"), rtol=1e-6)
        assert our == their


def test_the_default_writer_may_be_outside_of_the_step(tmp_path):
    writer = tf.summary.create_file_writer(tmp_path)

    @tf.function
    def step(x):
        return tf.summary.scalar("x", x * 2, step=7)

    with writer.as_default():
        assert step(jnp.float32(1.5))
        step(jnp.float32(2.5))
    assert [(e["step"], e["values"]) for e in events(tmp_path)[1:]] == [(7, [3.0]), (7, [5.0])]
    assert step.experimental_get_tracing_count() == 1


def test_summaries_and_prints_of_a_step_keep_their_order(tmp_path, capsys):
    writer = tf.summary.create_file_writer(tmp_path)

    @tf.function
    def step(x):
        tf.print("before", x, output_stream=sys.stdout)
        with writer.as_default():
            tf.summary.scalar("x", x, step=1)
        tf.print("after", output_stream=sys.stdout)

    step(jnp.float32(1.0))
    assert capsys.readouterr().out == "before 1\nafter\n"
    assert events(tmp_path)[1]["values"] == [1.0]


def test_a_step_for_all_sizes_writes_too(tmp_path):
    writer = tf.summary.create_file_writer(tmp_path)

    @tf.function(reduce_retracing=True)
    def step(x):
        with writer.as_default():
            tf.summary.scalar("sum", tf.reduce_sum(x), step=x.shape[0])

    for size in (2, 3, 4, 5):
        step(jnp.ones(size))
    found = [(e["step"], e["values"]) for e in events(tmp_path)[1:]]
    assert found == [(n, [float(n)]) for n in (2, 3, 4, 5)]
    assert step.experimental_get_tracing_count() < 4


def test_inside_a_compiled_loop(tmp_path):
    writer = tf.summary.create_file_writer(tmp_path)

    @tf.function
    def step(x):
        def body(carry, number):
            tf.summary.scalar("x", carry, step=number)
            return carry * 2, None

        return jax.lax.scan(body, x, jnp.arange(3))[0]

    with writer.as_default():
        assert float(step(jnp.float32(1.0))) == 8.0
        jax.effects_barrier()
    found = [(e["step"], e["values"]) for e in events(tmp_path)[1:]]
    assert found == [(0, [1.0]), (1, [2.0]), (2, [4.0])]


def test_under_a_tape_nothing_changes(tmp_path):
    v = tf.Variable(3.0)
    with tf.summary.create_file_writer(tmp_path).as_default(), tf.GradientTape() as tape:
        y = v * v
        tf.summary.scalar("y", y, step=1)
    assert float(tape.gradient(y, v)) == 6.0
    assert events(tmp_path)[1]["values"] == [9.0]


def test_what_waits_reaches_the_file(tmp_path):
    writer = tf.summary.create_file_writer(tmp_path, max_queue=3)
    writer.set_as_default()
    try:
        for step in range(3):
            tf.summary.scalar("x", 1.0, step=step)
        assert len(events(tmp_path)) == 1
        tf.summary.scalar("x", 1.0, step=3)
        assert len(events(tmp_path)) == 5
        tf.summary.scalar("x", 1.0, step=4)
        tf.summary.flush()
        assert len(events(tmp_path)) == 6
    finally:
        tf.summary.create_noop_writer().set_as_default()


def test_two_writers_of_a_folder_have_two_files(tmp_path):
    writers = [tf.summary.create_file_writer(tmp_path) for _ in range(2)]
    for writer in writers:
        with writer.as_default():
            tf.summary.scalar("x", 1.0, step=1)
    assert len(os.listdir(tmp_path)) == 2
    assert len(events(tmp_path)) == 4


def test_a_closed_writer_takes_nothing(tmp_path):
    writer = tf.summary.create_file_writer(tmp_path)
    with writer.as_default():
        writer.close()
        tf.summary.scalar("x", 1.0, step=1)
    with pytest.raises(RuntimeError, match="This writer is closed"):
        writer.set_as_default()
    assert len(events(tmp_path)) == 1


def test_a_missing_step_is_told(tmp_path):
    with tf.summary.create_file_writer(tmp_path).as_default():
        with pytest.raises(SummaryError) as caught:
            tf.summary.scalar("loss", 1.0)
    assert str(caught.value).splitlines()[:4] == [
        "The summary 'loss' cannot be written.",
        "  Expected: a step",
        "  Received: none",
        "  Do this: pass step=, or call tf.summary.experimental.set_step(step)",
    ]


def test_without_tensorboard_it_says_what_to_install(tmp_path, monkeypatch):
    from glasstape.tf import _events

    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto", None)
    _events.messages.cache_clear()
    with pytest.raises(MissingExtraError, match=r"pip install 'glasstape\[tensorboard\]'"):
        tf.summary.create_file_writer(tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("place", [3, 9, 14, -2])
def test_damaged_records_are_found(tmp_path, place):
    content = bytearray(records.framed(b"hello"))
    content[place] ^= 4
    path = tmp_path / "file"
    path.write_bytes(records.framed(b"first") + content)
    with open(path, "rb") as file:
        found = records.read_records(file, "file")
        assert next(found) == b"first"
        with pytest.raises(DatasetError, match="Record 1 of file is damaged"):
            next(found)


def test_records_that_are_cut_short_are_found(tmp_path):
    path = tmp_path / "file"
    whole = records.framed(b"hello")
    for size in range(1, len(whole)):
        path.write_bytes(whole[:size])
        with open(path, "rb") as file, pytest.raises(DatasetError, match="cut short"):
            list(records.read_records(file))


def test_a_trace_is_a_profile_of_jax_and_no_graph(tmp_path):
    with pytest.warns(UserWarning, match="writes no graph"):
        tf.summary.trace_on(graph=True)
    tf.summary.trace_export("step", step=0)
    with pytest.raises(SummaryError, match="a trace that runs"):
        tf.summary.trace_export("step", step=0)
    with pytest.raises(SummaryError, match="profiler_outdir"):
        tf.summary.trace_on(graph=False, profiler=True)
    with mock.patch.object(jax, "profiler") as profiler:
        tf.summary.trace_on(graph=False, profiler=True, profiler_outdir=tmp_path)
        tf.summary.trace_export("step", step=0)
    assert profiler.mock_calls == [mock.call.start_trace(str(tmp_path)), mock.call.stop_trace()]
