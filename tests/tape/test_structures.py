"""Flattening and packing: order, types, and classes that others wrap around."""

from collections import OrderedDict, defaultdict, namedtuple

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.tape import structures

Pair = namedtuple("Pair", "first second")

STRUCTURES = {
    "leaf": 1,
    "none": None,
    "list": [1, [2, None], []],
    "tuple": (1, (2,), ()),
    "named": Pair(1, [2]),
    "dict": {"b": 1, "a": {"d": 2, "c": 3}},
    "ordered": OrderedDict([("b", 1), ("a", 2)]),
    "default": defaultdict(list, {"b": 1, "a": 2}),
    "mixed keys": {"b": 1, 2: 3},
    "empty": {},
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_packing_the_leaves_gives_the_structure_back(name):
    structure = STRUCTURES[name]
    packed = structures.pack(structure, structures.flatten(structure))
    assert packed == structure
    assert type(packed) is type(structure)
    assert repr(packed) == repr(structure)  # the order of keys, too


def test_dictionaries_are_flattened_by_sorted_keys():
    assert structures.flatten({"b": 1, "a": [2, 3]}) == [2, 3, 1]
    assert structures.flatten({"a": [2, 3], "b": 1}) == [2, 3, 1]


def test_classes_registered_with_jax_are_opened():
    packed = jax.tree_util.Partial(min, jnp.ones(2), jnp.zeros(2))
    assert len(structures.flatten(packed)) == 2
    assert structures.pack(packed, [1, 2]).args == (1, 2)


def test_arrays_and_variables_are_leaves():
    leaves = [jnp.ones(2), np.ones(2), gt.Variable(1.0)]
    assert all(a is b for a, b in zip(structures.flatten(leaves), leaves, strict=True))


def test_the_gradients_of_a_dict_can_be_zipped_with_it():
    kernel, bias = gt.Variable(np.ones((3, 3))), gt.Variable(np.ones((3, 3)))
    sources = {"kernel": kernel, "bias": bias}
    with gt.GradientTape() as tape:
        loss = keras.ops.sum(kernel * 2.0 + bias)
    gradients = tape.gradient(loss, sources)
    optimizer = keras.optimizers.SGD(1.0)
    optimizer.apply_gradients(zip(gradients.values(), sources.values(), strict=True))
    assert float(kernel[0, 0]) == -1.0
    assert float(bias[0, 0]) == 0.0


def test_watch_takes_what_a_layer_keeps():
    class Scaled(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.scales = [self.add_weight(shape=(), initializer="ones", trainable=False)]

    layer = Scaled()
    with gt.GradientTape() as tape:
        tape.watch(layer.scales)
        y = layer.scales[0] ** 2
    assert [float(g) for g in tape.gradient(y, layer.scales)] == [2.0]
