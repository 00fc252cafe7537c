"""Pipelines that are written down once and run by ``tf.data`` and by `glasstape.data`.

A pipeline is a function from the class `Dataset` to a dataset. `describe` turns what it yields
into plain data, so that the two can be compared without TensorFlow at hand.
"""

from __future__ import annotations

import itertools
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
        elements = [_plain(e) for e in itertools.islice(dataset, LIMIT)]
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


def _form(element):
    if isinstance(element, dict):
        return "{" + ", ".join(f"{k}: {_form(v)}" for k, v in element.items()) + "}"
    if isinstance(element, tuple):
        name = "" if type(element) is tuple else type(element).__name__
        return f"{name}({', '.join(map(_form, element))})"
    return f"{element.dtype}{list(element.shape)}"


def _values(element):
    if isinstance(element, dict):
        return [_values(v) for v in element.values()]
    if isinstance(element, tuple):
        return [_values(v) for v in element]
    return element.astype(str).tolist() if element.dtype.kind == "c" else element.tolist()


def _flat(values):
    return [v for e in values for v in _flat(e)] if isinstance(values, list) else [values]


def _kind(error):
    # Errors of TensorFlow's kernels are no built-in ones; those of arguments are ValueErrors here.
    for kind in (TypeError, ValueError):
        if isinstance(error, kind):
            return kind.__name__
    return "kernel"
