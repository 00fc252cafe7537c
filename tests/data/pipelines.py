"""Pipelines that are written down once and run by ``tf.data`` and by `glasstape.data`.

A pipeline is a function from the class `Dataset` to a dataset. `describe` turns what it yields
into plain data, so that the two can be compared without TensorFlow at hand.
"""

from __future__ import annotations

import importlib
import itertools
import pathlib
import tempfile
from collections import namedtuple
from functools import partial

import numpy as np

ROWS = 7
LIMIT = 20  # enough of an endless dataset

Point = namedtuple("Point", "x y")


def pair():
    """Images and labels in small, with the dtypes people have."""
    return np.arange(ROWS * 2, dtype=np.float32).reshape(ROWS, 2), np.arange(ROWS)


STRUCTURES = {
    "array float64": lambda: np.arange(6.0).reshape(3, 2),
    "array float16": lambda: np.ones(3, np.float16),
    "array uint8": lambda: np.arange(3, dtype=np.uint8),
    "array int64": lambda: np.arange(3),
    "array bool": lambda: np.array([True, False]),
    "array complex": lambda: np.array([1j, 2.0]),
    "array of no rows": lambda: np.zeros((0, 3), np.float32),
    "array that is a view": lambda: np.arange(12).reshape(3, 4)[::-1, ::2],
    "list of floats": lambda: [1.0, 2.5],
    "list of ints": lambda: [1, 2],
    "list of large ints": lambda: [1, 2**40],
    "list of bools": lambda: [True, False],
    "list of mixed numbers": lambda: [1, 2.5],
    "list of lists": lambda: [[1.0, 2.0], [3.0, 4.0]],
    "list of tuples": lambda: [(1, 2), (3, 4)],
    "list of nothing": lambda: [],
    "list of float64 arrays": lambda: [np.zeros(2), np.ones(2)],
    "list of int64 arrays": lambda: [np.arange(2), np.arange(2)],
    "list of uint8 arrays": lambda: [np.zeros(2, np.uint8)],
    "list of float64 numbers": lambda: [np.float64(1), 2.5],
    "list of float16 numbers": lambda: [np.float16(1)],
    "list of int64 numbers": lambda: [np.int64(1), np.int64(2)],
    "list of uint8 numbers": lambda: [np.uint8(1)],
    "list of arrays of two precisions": lambda: [np.ones(2, np.float32), np.zeros(2)],
    "nested list of float64 arrays": lambda: [[np.zeros(2)], [np.ones(2)]],
    "range": lambda: range(3),
    "pair": pair,
    "tuple of one": lambda: (np.arange(3),),
    "dict": lambda: {"image": np.ones((2, 3)), "label": [1, 0]},
    "nested": lambda: ({"a": [1, 2], "b": (np.ones(2), [3.0, 4.0])}, [True, False]),
    "named tuple": lambda: Point([1, 2], [3.0, 4.0]),
    "single number": lambda: 3,
    "number beside an array": lambda: (np.zeros(2), 3),
    "None": lambda: None,
    "empty tuple": lambda: (),
    "empty dict": lambda: {},
    "unequal rows": lambda: (np.zeros(2), np.zeros(3)),
    "ragged list": lambda: [[1], [1, 2]],
    "Python objects": lambda: np.array([object()]),
}

STEPS = {
    "batch 3": lambda d: d.batch(3),
    "batch 2 whole": lambda d: d.batch(2, drop_remainder=True),
    "take 4": lambda d: d.take(4),
    "take all": lambda d: d.take(-1),
    "repeat 2": lambda d: d.repeat(2),
    "repeat": lambda d: d.repeat(),
    "repeat 0": lambda d: d.repeat(0),
    "map": lambda d: d.map(lambda x, y: (x * 2, y)),
    "prefetch": lambda d: d.prefetch(-1),
    "shuffle": lambda d: d.shuffle(100, seed=1),
    "shuffle little": lambda d: d.shuffle(3, seed=1, reshuffle_each_iteration=False),
}

MAPS = {
    "a pair": lambda x, y: (y, x),
    "one value": lambda x, y: x,
    "a list": lambda x, y: [x, y],
    "a list inside": lambda x, y: (y, [1.5, 2.5]),
    "a dict": lambda x, y: {"x": x, "y": y},
    "Python numbers": lambda x, y: (1, 2.5),
    "a NumPy array": lambda x, y: np.zeros(3),
    "nothing": lambda x, y: None,
}

SINGLE = {
    "named tuple to a function": lambda D: D.from_tensor_slices(Point([1], [2])).map(
        lambda *a: len(a)
    ),
    "tuple of one to a function": lambda D: D.from_tensor_slices(([1],)).map(lambda *a: len(a)),
    "dict to a function": lambda D: D.from_tensor_slices({"a": [1]}).map(lambda *a: len(a)),
    "map nothing callable": lambda D: D.from_tensor_slices([1]).map(3),
}
for _method, _arguments in {
    "batch": (0, -1, 2.5, "3", None, np.int64(3), True),
    "shuffle": (0, -1, 2.5, None),
    "take": (2.5, 0, np.int32(2), 100),
    "repeat": (2.5, 3, None),
}.items():
    for _argument in _arguments:
        SINGLE[f"{_method}({_argument!r})"] = partial(
            lambda D, m, a: getattr(D.from_tensor_slices(np.arange(10)), m)(a),
            m=_method,
            a=_argument,
        )


def rows(D):
    return D.from_tensor_slices(np.arange(10))


def lengths(D, dtype=np.int32):
    """Elements of 1, 2, 3, ... numbers."""
    spec = (np.arange(n, dtype=dtype) for n in range(1, 6))
    return listed(D, list(spec), dtype, [None])


def listed(D, values, dtype, shape):
    """What a generator yields, described the older way, which needs no TensorSpec."""
    return D.from_generator(lambda: iter(values), output_types=dtype, output_shapes=shape)


def nested(D):
    return D.from_tensor_slices(({"a": [1, 2, 3], "b": [[1.0], [2.0], [3.0]]}, ["x", "yy", "zzz"]))


def times(D, n):
    return D.from_tensors(n).repeat(2)


def cached(D):
    dataset = rows(D).shuffle(10, seed=1).cache()
    first = [int(n) for n in dataset.as_numpy_iterator()]
    assert first == [int(n) for n in dataset.as_numpy_iterator()]
    return dataset.batch(10).map(lambda n: n * 0)


def reduced(D, start, function, source=rows):
    return D.from_tensors(source(D).reduce(start, function))


def passed(D, dataset):
    for _ in dataset:
        pass
    return dataset


METHODS = {
    "from_tensors": lambda D: D.from_tensors(np.arange(3)),
    "from_tensors structure": lambda D: D.from_tensors(({"a": 1}, [1.5, 2.5])),
    "from_tensors text": lambda D: D.from_tensors("text"),
    "from_tensors nothing": lambda D: D.from_tensors(()),
    "from_tensor_slices text": lambda D: D.from_tensor_slices(["a", "bcd"]),
    "from_tensor_slices text in an array": lambda D: D.from_tensor_slices(np.array([["a", "bcd"]])),
    "from_tensor_slices objects": lambda D: D.from_tensor_slices(np.array(["a", "b"], object)),
    "nested": nested,
    "range 5": lambda D: D.range(5),
    "range 2 5": lambda D: D.range(2, 5),
    "range 1 9 3": lambda D: D.range(1, 9, 3),
    "range down": lambda D: D.range(5, 0, -2),
    "range nothing": lambda D: D.range(5, 2),
    "range of floats": lambda D: D.range(4, output_type=np.float32),
    "range batched": lambda D: D.range(3, 20, 4).batch(2),
    "range step 0": lambda D: D.range(1, 5, 0),
    "range without bounds": lambda D: D.range(),
    "skip 3": lambda D: rows(D).skip(3),
    "skip all": lambda D: rows(D).skip(-1),
    "skip many": lambda D: rows(D).skip(30),
    "skip repeated": lambda D: rows(D).repeat().skip(12).take(4),
    "shard": lambda D: rows(D).shard(3, 1),
    "shard of batches": lambda D: rows(D).batch(3).shard(2, 1),
    "shard index": lambda D: rows(D).shard(3, 3),
    "enumerate": lambda D: rows(D).enumerate(),
    "enumerate from": lambda D: nested(D).enumerate(start=5),
    "enumerate endless": lambda D: rows(D).repeat().enumerate(),
    "zip two": lambda D: D.zip((rows(D), D.range(20, 25))),
    "zip arguments": lambda D: D.zip(rows(D), D.range(20, 25)),
    "zip dict": lambda D: D.zip({"a": rows(D), "b": (D.range(3), D.range(4))}),
    "zip endless": lambda D: D.zip((D.range(3).repeat(), D.range(5))),
    "zip both endless": lambda D: D.zip((D.range(3).repeat(), D.range(2).repeat())),
    "zip unknown": lambda D: D.zip((rows(D).filter(lambda n: n > 3), rows(D))),
    "zip nothing": lambda D: D.zip(()),
    "zip arrays": lambda D: D.zip((np.arange(3), np.arange(3))),
    "concatenate": lambda D: rows(D).concatenate(D.range(3)),
    "concatenate endless": lambda D: D.range(3).concatenate(D.range(3).repeat()),
    "concatenate shapes": lambda D: rows(D).batch(4).concatenate(rows(D).batch(3)),
    "concatenate dtypes": lambda D: rows(D).concatenate(D.from_tensor_slices([1.0])),
    "concatenate structures": lambda D: rows(D).concatenate(nested(D)),
    "filter": lambda D: rows(D).filter(lambda n: n % 3 == 0),
    "filter pairs": lambda D: D.from_tensor_slices(pair()).filter(lambda x, y: y > 2),
    "filter none": lambda D: rows(D).filter(lambda n: n > 30),
    "filter then batch": lambda D: rows(D).filter(lambda n: n % 3 == 0).batch(3),
    "filter nothing callable": lambda D: rows(D).filter(3),
    "take_while": lambda D: rows(D).take_while(lambda n: n < 4),
    "flat_map": lambda D: rows(D).batch(4).flat_map(D.from_tensor_slices),
    "flat_map of numbers": lambda D: D.range(1, 4).flat_map(lambda n: D.range(n)),
    "flat_map to no dataset": lambda D: rows(D).flat_map(lambda n: n),
    "unbatch": lambda D: D.from_tensor_slices(pair()).batch(3).unbatch(),
    "unbatch whole": lambda D: rows(D).batch(3, drop_remainder=True).unbatch(),
    "unbatch rows": lambda D: D.from_tensor_slices(np.ones((2, 3))).unbatch(),
    "unbatch numbers": lambda D: rows(D).unbatch(),
    "cache": cached,
    "cache then take": lambda D: rows(D).cache().take(3),
    "unique": lambda D: D.from_tensor_slices([3, 1, 3, 2, 1]).unique(),
    "scan": lambda D: rows(D).scan(np.int64(0), lambda s, n: (s + n, s + n)),
    "scan pairs": lambda D: rows(D).scan((np.int64(0), np.int64(1)),
                                         lambda s, n: ((s[1], s[0] + s[1]), (s[0], n))),
    "reduce": lambda D: reduced(D, np.int64(0), lambda s, n: s + n),
    "reduce pairs": lambda D: reduced(D, (np.int64(0), 0), lambda s, n: (s[0] + n, s[1] + 1)),
    "reduce structure": lambda D: reduced(D, np.float32(1), lambda s, e: s + e[1], lambda D: (
        D.from_tensor_slices(({"a": [1, 2]}, [1.5, 2.5])))),
    "apply": lambda D: rows(D).apply(lambda d: d.take(3)),
    "apply nothing": lambda D: rows(D).apply(3),
    "single element": lambda D: D.from_tensors(rows(D).batch(10).get_single_element()),
    "several elements": lambda D: rows(D).get_single_element(),
    "no element": lambda D: rows(D).take(0).get_single_element(),
    "options": lambda D: rows(D).with_options(rows(D).options()).batch(4),
    "a second pass": lambda D: passed(D, rows(D).map(lambda n: n + 1).batch(3)),
    "as_numpy_iterator": lambda D: D.from_tensors(len(list(rows(D).as_numpy_iterator()))),
    "batch of batches": lambda D: rows(D).batch(2).batch(2),
    "batch of text": lambda D: nested(D).batch(2),
    "map then shuffle": lambda D: rows(D).map(lambda n: n + 1).shuffle(20).batch(10),
    "map batches": lambda D: rows(D).batch(4).map(lambda n: n * n),
    "map map batch": lambda D: rows(D).map(lambda n: n + 1).map(lambda n: (n, n * 2)).batch(4),
    "map repeat batch": lambda D: rows(D).map(lambda n: n + 1).repeat(2).batch(7),
    "map parallel": lambda D: rows(D).map(lambda n: n + 1, num_parallel_calls=-1),
    "map deterministic": lambda D: rows(D).map(lambda n: n + 1, 2, True).batch(4),
    "map to other lengths": lambda D: lengths(D).map(lambda x: x[:2]).batch(3),
    "map named tuple": lambda D: D.from_tensor_slices(Point([1, 2], [3.0, 4.0])).map(
        lambda p: Point(p.y, p.x)),
    "generator": lambda D: listed(D, [1, 2, 3], np.int32, []),
    "generator twice": lambda D: listed(D, [1, 2, 3], np.int32, []).repeat(2).batch(2),
    "generator without shapes": lambda D: D.from_generator(lambda: iter([[1], [2, 3]]), np.int64),
    "generator to float": lambda D: listed(D, [1, 2], np.float32, []),
    "generator float64": lambda D: listed(D, [1.5], np.float64, []),
    "generator of arrays": lambda D: listed(D, [np.ones(2), np.zeros(2)], np.float32, [2]),
    "generator of uint8": lambda D: listed(D, [np.array([1, 2], np.uint8)], np.uint8, [None]),
    "generator with arguments": lambda D: D.from_generator(
        lambda a, b: iter(range(int(a), int(b))), np.int32, [], args=(2, 5)),
    "generator of tuples": lambda D: D.from_generator(
        lambda: iter([(1, 2.5), (2, 3.5)]), (np.int32, np.float32), ([], [])),
    "generator of lists": lambda D: D.from_generator(
        lambda: iter([[1, 2.5], [2, 3.5]]), (np.int32, np.float32)),
    "generator of dicts": lambda D: D.from_generator(
        lambda: iter([{"a": 1, "b": [1.0]}]), {"a": np.int32, "b": np.float32}),
    "generator wrong shape": lambda D: listed(D, [[1, 2]], np.int32, [3]),
    "generator wrong rank": lambda D: listed(D, [1], np.int32, [None]),
    "generator wrong structure": lambda D: D.from_generator(
        lambda: iter([(1, 2, 3)]), (np.int32, np.int32)),
    "generator text for numbers": lambda D: listed(D, ["a"], np.int32, []),
    "generator fraction for int": lambda D: listed(D, [1.5], np.int32, []),
    "generator without types": lambda D: D.from_generator(lambda: iter([1])),
    "generator not callable": lambda D: D.from_generator(iter([1]), np.int32),
    "generator empty": lambda D: listed(D, [], np.int32, []).batch(2),
}  # fmt: skip
for _size, _shift, _stride, _drop in (
    (3, None, 1, False), (3, None, 1, True), (3, 1, 1, True), (3, 1, 1, False), (2, 3, 1, False),
    (3, 2, 2, True), (3, 1, 3, False), (20, None, 1, True), (20, None, 1, False), (2, 4, 3, True),
):  # fmt: skip
    METHODS[f"window {_size} {_shift} {_stride} {_drop}"] = partial(
        lambda D, a: rows(D).window(*a).flat_map(lambda w: w.batch(20)),
        a=(_size, _shift, _stride, _drop),
    )
    METHODS[f"windows counted {_size} {_shift} {_stride} {_drop}"] = partial(
        lambda D, a: rows(D).window(*a).map(lambda w: 0), a=(_size, _shift, _stride, _drop)
    )
for _cycle, _block, _count in itertools.product((1, 2, 3, 7), (1, 2, 3), (0, 1, 5)):
    METHODS[f"interleave {_cycle} {_block} {_count}"] = partial(
        lambda D, c, b, n: D.range(n).interleave(
            lambda x: D.range(x * 10, x * 10 + x + 1), cycle_length=c, block_length=b
        ),
        c=_cycle, b=_block, n=_count,
    )  # fmt: skip
for _name, _arguments in {
    "default": {}, "shape 6": {"padded_shapes": [6]}, "shape None": {"padded_shapes": [None]},
    "value 7": {"padding_values": 7}, "whole": {"drop_remainder": True},
    "shape 2": {"padded_shapes": [2]}, "shape -1": {"padded_shapes": [-1]},
}.items():  # fmt: skip
    METHODS[f"padded_batch {_name}"] = partial(
        lambda D, a: lengths(D).padded_batch(2, **a), a=_arguments
    )
METHODS |= {
    "padded_batch pairs": lambda D: D.zip((lengths(D), lengths(D, np.float32))).padded_batch(
        3, padded_shapes=([None], [7]), padding_values=(-1, 0.5)),
    "padded_batch dict": lambda D: D.zip({"a": lengths(D), "n": rows(D)}).padded_batch(
        3, padded_shapes={"a": [None], "n": []}),
    "padded_batch rows": lambda D: D.from_tensor_slices(np.ones((5, 2))).padded_batch(3, [4]),
    "padded_batch size": lambda D: lengths(D).padded_batch(0),
}  # fmt: skip


def lists(D):
    """Elements of 1, 4, 3, 5, 6 and 2 numbers."""
    values = [[0], [1, 2, 3, 4], [5, 6, 7], [7, 8, 9, 10, 11], [13, 14, 15, 16, 19, 20], [21, 22]]
    return listed(D, values, np.int64, [None])


def bucketed(D, boundaries=(3, 5), sizes=(2, 2, 2), **arguments):
    numbered = D.zip((lists(D), D.from_tensor_slices([1, 4, 3, 5, 6, 2])))
    return numbered.bucket_by_sequence_length(lambda row, n: n, boundaries, sizes, **arguments)


def checked(D, workers=None):
    """The inverses of -4 to 4, of which one cannot be had."""
    tf = library(D)
    divided = lambda n: tf.debugging.check_numerics(1 / tf.cast(n, tf.float32), "no")  # noqa: E731
    return D.range(-4, 5).map(divided, workers)


def library(D):
    """The module whose dataset it is."""
    return importlib.import_module("glasstape.tf" if "glasstape" in D.__module__ else "tensorflow")


def saved(D, dataset, load=None, **arguments):
    with tempfile.TemporaryDirectory() as name:
        dataset.save(f"{name}/kept", **arguments)
        compression = arguments.get("compression")
        return Kept(D.load(f"{name}/kept", compression=compression, **(load or {})))


TABLE = """x,y,name,big
1,0.5,ab,3000000000
2,,cd,1
3,2.5,,2
4,1e3,"e,f",5
5,3,f,6
"""


def table(D, read, text=TABLE):
    """What `read` makes of ``tf.data.experimental`` and the path of a CSV file."""
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name, "table.csv")
        path.write_text(text)
        return Kept(read(library(D).data.experimental, str(path)))


def columns(D, batch_size=2, **arguments):
    arguments = {"shuffle": False, "num_epochs": 1} | arguments
    return table(D, lambda e, path: e.make_csv_dataset(path, batch_size, **arguments))


def lines(D, defaults, text=TABLE, **arguments):
    arguments = {"header": True} | arguments
    return table(D, lambda e, path: e.CsvDataset(path, defaults, **arguments), text)


class Kept:
    """What was read from files that are gone."""

    def __init__(self, dataset):
        self.elements = list(itertools.islice(map(_plain, dataset.as_numpy_iterator()), LIMIT))
        self.element_spec, self.cardinality = dataset.element_spec, dataset.cardinality

    def as_numpy_iterator(self):
        return iter(self.elements)

    def __iter__(self):
        return iter(self.elements)


def odd_and_even(D, **arguments):
    return rows(D).group_by_window(lambda n: 1 - n % 2, lambda k, w: w.batch(3), **arguments)


METHODS |= {
    "group_by_window": lambda D: odd_and_even(D, window_size=3),
    "group_by_window size of keys": lambda D: odd_and_even(D, window_size_func=lambda k: k + 1),
    "group_by_window and map": lambda D: rows(D).group_by_window(
        lambda n: n // 4, lambda k, w: w.map(lambda n: (k, n)), window_size=2),
    "group_by_window pairs": lambda D: D.zip((rows(D), lists(D))).group_by_window(
        lambda n, row: n // 3, lambda k, w: w.padded_batch(3, ([], [None])), window_size=2),
    "group_by_window both": lambda D: odd_and_even(D, window_size=3, window_size_func=int),
    "group_by_window neither": odd_and_even,
    "group_by_window vector": lambda D: rows(D).group_by_window(
        lambda n: [n], lambda k, w: w, window_size=2),
    "group_by_window no dataset": lambda D: rows(D).group_by_window(
        lambda n: n, lambda k, w: k, window_size=2),
    "bucket": bucketed,
    "bucket values": lambda D: bucketed(D, padding_values=(np.int64(-1), np.int32(0))),
    "bucket shapes": lambda D: bucketed(D, padded_shapes=([8], [])),
    "bucket whole": lambda D: bucketed(D, sizes=(2, 2, 3), drop_remainder=True),
    "bucket up to boundary": lambda D: bucketed(
        D, boundaries=(3, 5, 9), sizes=(2, 2, 2, 2), pad_to_bucket_boundary=True),
    "bucket beyond boundary": lambda D: bucketed(D, pad_to_bucket_boundary=True),
    "bucket without padding": lambda D: bucketed(
        D, boundaries=(2, 3, 4, 5, 6), sizes=(1,) * 6, no_padding=True),
    "bucket sizes": lambda D: bucketed(D, sizes=(2, 2)),
    "rebatch 3": lambda D: rows(D).batch(4).rebatch(3),
    "rebatch 3 whole": lambda D: rows(D).batch(4).rebatch(3, drop_remainder=True),
    "rebatch in turns": lambda D: rows(D).batch(4).rebatch([3, 2]),
    "rebatch pairs": lambda D: D.from_tensor_slices(pair()).batch(2).rebatch(5),
    "rebatch numbers": lambda D: rows(D).rebatch(2),
    "counter": lambda D: D.counter(),
    "counter down": lambda D: D.counter(start=5, step=-2).take(4),
    "counter of floats": lambda D: D.counter(0.5, 0.25, dtype=np.float32).take(3),
    "random": lambda D: D.random(seed=4).take(0),
    "choose": lambda D: D.choose_from_datasets(
        [D.range(3), D.range(10, 12), D.range(20, 22)], D.range(3).repeat()),
    "choose and go on": lambda D: D.choose_from_datasets(
        [D.range(3), D.range(10, 11), D.range(20, 22)], D.range(3).repeat(4), False),
    "choose a few": lambda D: D.choose_from_datasets([rows(D), D.range(3)], D.range(2)),
    "choose what none has": lambda D: D.choose_from_datasets([rows(D)], D.range(2)),
    "choose from nothing": lambda D: D.choose_from_datasets([], D.range(2)),
    "choose from two kinds": lambda D: D.choose_from_datasets(
        [rows(D), D.from_tensor_slices([1.0])], D.range(2)),
    "sample one": lambda D: D.sample_from_datasets([rows(D)], [1.0]),
    "sample certainly": lambda D: D.sample_from_datasets([rows(D), D.range(3)], [0.0, 1.0]),
    "sample weights": lambda D: D.sample_from_datasets([rows(D), D.range(3)], [1.0]),
    "sample shuffle": lambda D: D.sample_from_datasets([rows(D), D.range(20, 24)], seed=3),
    "sample endless": lambda D: D.sample_from_datasets(
        [D.range(1).repeat(), D.range(1).repeat()], seed=1),
    "ignore_errors pass": lambda D: checked(D).ignore_errors(),
    "ignore_errors cached": lambda D: checked(D).batch(2).prefetch(2).ignore_errors(),
    "ignore_errors mapped in threads": lambda D: checked(D, 2).repeat(2).ignore_errors().batch(3),
    "save": lambda D: saved(D, rows(D).batch(4)),
    # TensorFlow loads a dict's keys in no certain order.
    "save GZIP": lambda D: saved(
        D, nested(D).map(lambda parts, text: ({"a": parts["a"]}, text)), compression="GZIP"
    ),
    "save in shards, shuffled": lambda D: saved(D, rows(D), shard_func=lambda n: n % 3),
    "save and read shards": lambda D: saved(
        D, rows(D), shard_func=lambda n: n % 3,
        load={"reader_func": lambda shards: shards.flat_map(lambda shard: shard)}),
    "save nothing": lambda D: saved(D, rows(D).take(0)),
    "columns of a table": columns,
    "columns with labels": lambda D: columns(D, label_name="x", batch_size=5),
    "columns with names": lambda D: columns(
        D, column_names=["a", "b", "c", "d"], label_name="d", batch_size=5),
    "columns chosen": lambda D: columns(D, select_columns=["name", "x"]),
    "columns chosen by number": lambda D: columns(D, select_columns=[2, 0]),
    "columns with defaults": lambda D: columns(
        D, column_defaults=[0.0, -1.0, "none", np.int64], batch_size=5),
    "columns without header": lambda D: columns(D, header=False, column_names=list("abcd")),
    "columns two times": lambda D: columns(D, num_epochs=2, select_columns=["x"], batch_size=4),
    "columns endlessly": lambda D: columns(D, num_epochs=None, select_columns=["x"], batch_size=4),
    "columns with a mark": lambda D: columns(D, na_value="2", select_columns=["x", "y"]),
    "columns told by one line": lambda D: columns(D, num_rows_for_inference=1),
    "columns, no such label": lambda D: columns(D, label_name="no"),
    "columns without names": lambda D: columns(D, header=False),
    "lines of a table": lambda D: lines(D, [np.int32, 0.0, "", np.int64]),
    "lines chosen": lambda D: lines(D, [np.int32, "none"], select_cols=[0, 2]),
    "lines not chosen": lambda D: lines(D, [np.int32, "none"], exclude_cols=[1, 3]),
    "lines of one column": lambda D: lines(D, [np.int32], select_cols=[0]),
    "lines with an empty field": lambda D: lines(D, [np.int32, np.float32, "", np.int64]),
    "lines of too many columns": lambda D: lines(D, [np.int32, 0.0]),
    "lines with tabs": lambda D: lines(
        D, [np.int32, ""], 'x\tn\n1\t"a\tb"\n2\tb\n', field_delim="\t"),
    "from_list": lambda D: library(D).data.experimental.from_list([(1, [2.0]), (3, [4.0])]),
    "from_list of lengths": lambda D: library(D).data.experimental.from_list([[1], [2, 3]]),
    "from_list of nothing": lambda D: library(D).data.experimental.from_list([]),
    "from_list of two kinds": lambda D: library(D).data.experimental.from_list([1, 2.5]),
    "cardinality told": lambda D: rows(D).filter(lambda n: n < 3).apply(
        library(D).data.experimental.assert_cardinality(3)),
    "cardinality told too large": lambda D: rows(D).filter(lambda n: n < 3).apply(
        library(D).data.experimental.assert_cardinality(4)),
    "cardinality told too small": lambda D: rows(D).filter(lambda n: n < 3).apply(
        library(D).data.experimental.assert_cardinality(2)),
    "the older spelling": lambda D: rows(D).apply(library(D).data.experimental.unique()).apply(
        library(D).data.experimental.shuffle_and_repeat(1, 2)).apply(
        library(D).data.experimental.enumerate_dataset(3)),
}  # fmt: skip


def chain(names, D):
    dataset = D.from_tensor_slices(pair())
    for name in names:
        dataset = STEPS[name](dataset)
    return dataset


def chains():
    """All pairs of steps, and some longer chains."""
    names = list(STEPS)
    longer = [
        [names[i] for i in np.random.default_rng(seed).integers(0, len(names), 4)]
        for seed in range(60)
    ]
    every = [[n] for n in names] + [list(p) for p in itertools.product(names, repeat=2)] + longer
    return [c for c in every if not _stumbles(c)]


def _stumbles(names):
    # TensorFlow 2.21 fuses shuffle and repeat into an operation that refuses to repeat 0 times.
    return any("shuffle" in a and b == "repeat 0" for a, b in itertools.pairwise(names))


def pipelines():
    """Each pipeline by its name."""
    found = {f"from {k}": partial(lambda D, f: D.from_tensor_slices(f()), f=f)
             for k, f in STRUCTURES.items()}  # fmt: skip
    found |= {f"map to {k}": partial(lambda D, f: D.from_tensor_slices(pair()).map(f), f=f)
              for k, f in MAPS.items()}  # fmt: skip
    found |= SINGLE
    found |= METHODS
    return found | {" > ".join(c): partial(chain, c) for c in chains()}


def describe(name, pipeline, Dataset):
    """What comes out: cardinality, structure with dtypes and shapes, values in order.

    Of a shuffled dataset the values are left out when it is cut, and sorted otherwise: the two
    draw different random numbers.
    """
    seen = {}
    try:
        dataset = pipeline(Dataset)
        seen["cardinality"] = int(dataset.cardinality())
        empty = name.endswith((" 0", " 20 None 1 True"))  # ours has to look at an element
        if (not empty and name in METHODS) or name in MAPS or name in STRUCTURES:
            seen["spec"] = _spec(dataset.element_spec)
        elements = [_plain(e) for e in itertools.islice(dataset.as_numpy_iterator(), LIMIT)]
    except Exception as error:
        return seen | {"error": _kind(error)}
    seen["form"] = list(dict.fromkeys(_form(e) for e in elements))
    values = [_values(e) for e in elements]
    if "shuffle" in name:
        cut = "take 4" in name or "batch 2" in name or seen["cardinality"] < 0
        values = None if cut else sorted(_flat(values))
    return seen | {"values": values}


def _plain(element):
    """Tensors as arrays, structures as they are."""
    if isinstance(element, dict):
        return {k: _plain(v) for k, v in element.items()}
    if isinstance(element, tuple):
        parts = [_plain(v) for v in element]
        return type(element)(*parts) if hasattr(element, "_fields") else tuple(parts)
    return np.asarray(element)


def _spec(spec):
    if isinstance(spec, dict):
        return "{" + ", ".join(f"{k}: {_spec(v)}" for k, v in spec.items()) + "}"
    if isinstance(spec, tuple):
        name = "" if type(spec) is tuple else type(spec).__name__
        return f"{name}({', '.join(map(_spec, spec))})"
    dtype = getattr(spec.dtype, "name", spec.dtype)
    if spec.shape is None or getattr(spec.shape, "rank", 0) is None:
        return f"{dtype}[...]"
    return f"{dtype}[{', '.join('?' if n is None else str(n) for n in spec.shape)}]"


def _form(element):
    if isinstance(element, dict):
        return "{" + ", ".join(f"{k}: {_form(v)}" for k, v in element.items()) + "}"
    if isinstance(element, tuple):
        name = "" if type(element) is tuple else type(element).__name__
        return f"{name}({', '.join(map(_form, element))})"
    dtype = "text" if element.dtype.kind in "OSU" else element.dtype
    return f"{dtype}{list(element.shape)}"


def _values(element):
    if isinstance(element, dict):
        return [_values(v) for v in element.values()]
    if isinstance(element, tuple):
        return [_values(v) for v in element]
    if element.dtype.kind in "OS":
        return np.array([v.decode() for v in element.flat]).reshape(element.shape).tolist()
    return element.astype(str).tolist() if element.dtype.kind == "c" else element.tolist()


def _flat(values):
    return [v for e in values for v in _flat(e)] if isinstance(values, list) else [values]


def _kind(error):
    # Errors of TensorFlow's kernels are no built-in ones; those of arguments are ValueErrors here.
    for kind in (TypeError, ValueError):
        if isinstance(error, kind):
            return kind.__name__
    return "kernel"
