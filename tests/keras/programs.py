"""The tables' entries, made ready to be differentiated by the Keras that is installed."""

from __future__ import annotations

import inspect
import random
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np

from glasstape.tf import _old_keras
from tests.keras import case, layers, losses, ops

ENTRIES = ops.ENTRIES | losses.ENTRIES | layers.ENTRIES
SLOW = ops.SLOW | losses.SLOW | layers.SLOW
MODULES = ("ops", "ops.image", "activations", "losses", "layers")
KERAS = "3.15."  # whose names the tables are; what an older one lacks is left out there
TRAINING, INFERENCE = ", training", ", inference"


class Program(NamedTuple):
    """A function ready to be differentiated.

    Attributes:
        name: Of its entry, and the mode of a layer that has two.
        call: Inputs to results, as a user writes it; reads `variables`.
        pure: (Inputs, values of the variables) to results, for JAX.
        inputs: All it takes, arrays of its own among them.
        variables: The Keras variables it is differentiated by, of its own, too.
        state: The other variables; what a call assigns to them is taken back.
    """

    name: str
    call: Any
    pure: Any
    inputs: list[Any]
    variables: list[Any]
    state: list[Any]

    @property
    def moving(self):
        """Positions of the inputs it is differentiated by."""
        arrays = [(i, x) for i, x in enumerate(self.inputs) if isinstance(x, jax.Array)]
        return [i for i, x in arrays if jnp.issubdtype(x.dtype, jnp.inexact)]


def is_the_tables_keras():
    """True when the installed Keras has the names of the tables."""
    return keras.__version__.startswith(KERAS)


def find(name):
    """The public object called `name` under ``keras``; None where this Keras has none."""
    found = keras
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def public(module):
    """The public names of a module of ``keras``.

    A namespace that only ``glasstape.tf`` has, such as ``layers.experimental``, is none of them:
    once a test imports from it, Python sets it there, too.
    """
    names = [f"{module}.{name}" for name in dir(find(module)) if not name.startswith("_")]
    return [name for name in names if _old_keras.namespace(f"keras.{name}") is None]


def aliases():
    """Public names of the very object an entry is of: `layers.AvgPool1D` for example."""
    known = {id(find(name)): name for name in ENTRIES if find(name)}
    every = [name for module in MODULES for name in public(module)]
    return {n: known[id(find(n))] for n in every if n not in ENTRIES and id(find(n)) in known}


def names():
    """The names of all programs, in the order of the tables."""
    return [name + mode for name in ENTRIES if find(name) for mode in _modes(find(name))]


def _modes(found):
    call = getattr(found, "call", None) if inspect.isclass(found) else None
    knows = call is not None and "training" in inspect.signature(call).parameters
    return (TRAINING, INFERENCE) if knows else ("",)


def entry_of(name):
    """The entry a program was made from."""
    return name.removesuffix(TRAINING).removesuffix(INFERENCE)


def make(name):
    """The program called `name`, with the same weights every time."""
    keras.utils.set_random_seed(case.seed(name))
    entry = ENTRIES[entry_of(name)]
    if isinstance(entry, case.Case):
        return of_function(name, entry)
    return _of_layer(name, entry)


def of_function(name, entry):
    """The program called `name`, of a `Case`."""
    reference = entry.reference or entry.function
    return Program(
        name,
        lambda inputs: entry.function(*inputs),
        lambda inputs, values: reference(*inputs),
        case.draw(name, entry.inputs),
        [],
        [],
    )


def _of_layer(name, entry):
    leaves, treedef = jax.tree.flatten((entry.inputs, entry.how))
    inputs, layer = case.draw(name, leaves), entry.make()

    def arguments(xs):
        args, kwargs = jax.tree.unflatten(treedef, xs)
        return args, kwargs | _mode(name)

    if not isinstance(layer, keras.layers.Layer):  # such as keras.layers.add

        def function(*xs):
            return layer(*arguments(xs)[0])

        return of_function(name, case.Case(function, tuple(inputs)))
    _build(layer, *arguments(inputs))
    _move_weights(name, layer)
    weights, state = layer.trainable_variables, layer.non_trainable_variables

    def call(xs):
        random.seed(case.seed(name))  # `AugMix` and `RandAugment` draw with Python's generator
        args, kwargs = arguments(xs)
        return layer(*args, **kwargs), layer.losses

    def pure(xs, values):
        given = [*zip(weights, values, strict=True), *((v, v.value) for v in state)]
        with _Given(given, collect_losses=True, initialize_variables=False):
            return call(xs)

    return Program(name, call, pure, inputs, weights, state)


class _Given(keras.StatelessScope):
    """Hands out the values it was given; what is assigned replaces them.

    As in TensorFlow an assignment passes no gradient on, and each reading of a variable counts
    towards its gradient. Only `SpectralNormalization` assigns what it is differentiated by.
    Not `Layer.stateless_call`, which leaves out the activity regularizer of the layer itself.
    """

    def add_update(self, update):
        variable, value = update
        old, stop = self.get_current_value(variable), jax.lax.stop_gradient
        super().add_update((variable, stop(value) + (old - stop(old))))


def _mode(name):
    return {"training": name.endswith(TRAINING)} if name != entry_of(name) else {}


def _build(layer, args, kwargs):
    """Create the variables by a call with symbols, which computes nothing."""

    def symbol(x):
        return keras.KerasTensor(x.shape, str(x.dtype)) if isinstance(x, jax.Array) else x

    args, kwargs = jax.tree.map(symbol, (args, kwargs))
    layer(*args, **kwargs)


def _move_weights(name, layer):
    """Off zeros and ones, where some derivatives vanish."""
    generator = np.random.default_rng(case.seed(name))
    for v in layer.trainable_variables:
        v.assign(np.asarray(v.value) + generator.uniform(0.1, 0.3, v.shape))
