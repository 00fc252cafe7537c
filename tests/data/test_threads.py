"""Threads of `map` and `prefetch`: order, errors at their place, and that they end."""

import gc
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from glasstape.data import Dataset, parallel


def threads():
    return [t for t in threading.enumerate() if t.name.startswith("glasstape-")]


def gone(seconds=5.0):
    """Whether all threads end before long."""
    gc.collect()
    deadline = time.monotonic() + seconds
    while threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not threads()


def slow(x, seconds=0.002):
    time.sleep(seconds)
    return x


def test_threads_run_at_the_same_time():
    barrier = threading.Barrier(3, timeout=5)  # nobody gets through it alone

    def meet(x):
        barrier.wait()
        return x

    assert [int(x) for x in Dataset.range(9).map(meet, num_parallel_calls=3)] == list(range(9))
    assert gone()


def test_order_is_kept_unless_told_otherwise():
    def first_is_slow(x):
        time.sleep(0.3 if x == 0 else 0)
        return x

    kept = Dataset.range(12).map(first_is_slow, num_parallel_calls=4)
    assert [int(x) for x in kept] == list(range(12))
    free = Dataset.range(12).map(first_is_slow, num_parallel_calls=4, deterministic=False)
    found = [int(x) for x in free]
    assert found != list(range(12))
    assert sorted(found) == list(range(12))
    assert gone()


@pytest.mark.parametrize("batched", [False, True])
def test_a_dropped_iterator_ends_its_threads(batched):
    dataset = Dataset.range(1000).map(slow, num_parallel_calls=2)
    dataset = (dataset.batch(2) if batched else dataset).prefetch(3)
    iterator = iter(dataset)
    for _ in range(8):
        next(iterator)
    assert threads()
    del iterator
    assert gone()


def test_a_thread_starts_only_where_it_pays():
    for _ in Dataset.range(100).batch(2).prefetch(2):
        assert not threads()
    names = set()
    for _ in Dataset.range(20).map(slow).prefetch(2):
        names |= {t.name for t in threads()}
    assert names == {"glasstape-prefetch"}
    assert gone()


def test_elements_are_made_while_the_loop_works():
    begin = time.perf_counter()
    for _ in Dataset.range(30).map(lambda x: slow(x, 0.02)).prefetch(2):
        time.sleep(0.02)
    assert time.perf_counter() - begin < 0.6 * 30 * 0.04 + 0.3


def test_no_more_is_made_ahead_than_asked_for():
    made = []

    def note(x):
        made.append(int(x))
        return slow(x)

    iterator = iter(Dataset.range(100).map(note).prefetch(3))
    for _ in range(10):
        next(iterator)
    time.sleep(0.2)
    assert len(made) <= 10 + 3 + 1
    del iterator
    assert gone()


@pytest.mark.parametrize("ahead", [False, True])
def test_an_error_comes_at_its_element(ahead):
    def generate():
        for n in range(20):
            slow(n)
            if n == 13:
                raise RuntimeError("broken")
            yield n

    dataset = Dataset.from_generator(generate, output_types=np.int32, output_shapes=[])
    found = []
    with pytest.raises(RuntimeError, match="broken"):
        for x in dataset.prefetch(4) if ahead else dataset.map(slow, num_parallel_calls=3):
            found.append(int(x))
    assert found == list(range(13))
    assert gone()


def test_two_passes_and_two_iterators_do_not_mix():
    dataset = Dataset.range(20).map(slow, num_parallel_calls=2).batch(3).prefetch(2)
    one, other = iter(dataset), iter(dataset)
    mixed = [[next(i).tolist() for _ in range(7)] for i in (one, other)]
    assert mixed[0] == mixed[1] == [b.tolist() for b in dataset]
    del one, other
    assert gone()


PROGRAM = """
import time, glasstape as gt
def slow(x):
    time.sleep(0.01)
    return x
for n, x in enumerate(gt.data.Dataset.range(10**6).map(slow, num_parallel_calls=2).prefetch(2)):
    if n == 20:
        print("running", flush=True)
        if {leave}:
            break
print("left", flush=True)
"""


@pytest.mark.parametrize("leave", [True, False], ids=["end", "Ctrl-C"])
def test_a_program_ends(leave):
    """With threads at work: at its end, and when it is interrupted."""
    import signal

    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(leave=leave)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "running\n"
    if not leave:
        process.send_signal(signal.SIGINT)
    out, err = process.stdout.read(), process.stderr.read()
    assert process.wait(timeout=30) is not None
    if leave:
        assert (out, process.returncode) == ("left\n", 0), err
    else:
        assert process.returncode == -signal.SIGINT or "KeyboardInterrupt" in err
    assert "Fatal" not in err


def test_the_number_of_threads():
    assert parallel.workers(None) is None
    assert parallel.workers(-1) >= 1
    assert parallel.workers(3) == 3
    with pytest.raises(ValueError, match="num_parallel_calls"):
        parallel.workers(2.5)
