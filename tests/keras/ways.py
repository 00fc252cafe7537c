"""First and second derivatives of several programs at once: by JAX, and by the tape in three ways.

Compiling is what costs the time, so a group of programs shares it. Each program has arrays and
variables of its own: its gradients are what they would be alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import glasstape as gt


class Derivatives(NamedTuple):
    """Of one program, a gradient for each input and variable it is differentiated by.

    Attributes:
        first: Of a fixed real number made of its results.
        second: Of the slope of that number in a fixed direction.
    """

    first: list[Any]
    second: list[Any]


def _waves(array, shift=0):
    return np.cos(np.arange(array.size, dtype="float32") + shift).reshape(array.shape)


@jax.jit
def number_of(results):
    """A real number of any results; with a square, so that linear functions have a curvature."""
    number = 0.0
    for y in jax.tree.leaves(results):
        y = jnp.asarray(y)
        if jnp.issubdtype(y.dtype, jnp.inexact):
            y = y.astype(jnp.complex64 if jnp.iscomplexobj(y) else jnp.float32)
            number += jnp.sum(_waves(y) * (jnp.real(y) - jnp.imag(y)))
            number += jnp.sum(jnp.real(y * jnp.conj(y))) / 2
    return number


@jax.jit
def _slope(gradients):
    """The derivative in a fixed direction."""
    leaves = jax.tree.leaves(gradients)
    return sum(
        jnp.sum(_waves(g, shift) * (jnp.real(g) + jnp.imag(g))) for shift, g in enumerate(leaves)
    )


# ----- by JAX -----


def by_jax(programs, inputs):
    """`jax.grad`, and `jax.grad` of that, in TensorFlow's convention for complex numbers."""

    def number(moving):
        numbers = []
        for p, xs, (moved, values) in zip(programs, inputs, moving, strict=True):
            xs = list(xs)
            for i, x in zip(p.moving, moved, strict=True):
                xs[i] = x
            numbers.append(number_of(p.pure(xs, values)))
        return sum(numbers)

    def slope(moving):
        gradients = jax.tree.map(jnp.conj, jax.grad(number)(moving))
        return _slope(gradients), gradients

    at = [
        ([xs[i] for i in p.moving], [v.value for v in p.variables])
        for p, xs in zip(programs, inputs, strict=True)
    ]
    second, first = jax.grad(slope, has_aux=True)(at)
    second = jax.tree.map(jnp.conj, second)
    return [m + v for m, v in first], [m + v for m, v in second]


# ----- by the tape -----


def by_tape(programs, inputs):
    """A tape, and a tape in a tape."""
    sources = _sources(programs, inputs)
    with gt.GradientTape() as outer:
        outer.watch(sources)
        first = once_by_tape(programs, inputs)
        slope = _slope(first)
    return first, outer.gradient(slope, sources, unconnected_gradients="zero")


def once_by_tape(programs, inputs):
    """One tape."""
    sources = _sources(programs, inputs)
    with gt.GradientTape() as tape:
        tape.watch(sources)
        numbers = [number_of(p.call(xs)) for p, xs in zip(programs, inputs, strict=True)]
    return tape.gradient(numbers, sources, unconnected_gradients="zero")


def _sources(programs, inputs):
    return [
        [*(xs[i] for i in p.moving), *p.variables] for p, xs in zip(programs, inputs, strict=True)
    ]


# ----- ways: each gives what it finds by name -----


def compiled(programs):
    """By JAX and by the tape in one `gt.function`: a pair of `Derivatives`.

    In one program because XLA compiles but once what the two have in common.
    """

    @gt.function
    def both(inputs):
        return by_jax(programs, inputs), by_tape(programs, inputs)

    jax_, tape = both([p.inputs for p in programs])
    return _named(programs, zip(_each(jax_), _each(tape), strict=True))


def plain(programs):
    """By JAX, not compiled."""
    return _named(programs, _each(by_jax(programs, [p.inputs for p in programs])))


def eager(programs):
    """By one tape in plain Python: first derivatives."""
    return _named(programs, once_by_tape(programs, [p.inputs for p in programs]))


def nested(programs):
    """By a tape in a tape in plain Python."""
    return _named(programs, _each(by_tape(programs, [p.inputs for p in programs])))


def _each(found):
    return [Derivatives(*pair) for pair in zip(*found, strict=True)]


def _named(programs, found):
    return {p.name: f for p, f in zip(programs, found, strict=True)}


def run(way, programs):
    """What `way` finds, by name; the error instead, where a program cannot be run.

    When a group cannot be run, its halves are, until what cannot is alone.
    """
    before = [(v, v.value) for p in programs for v in [*p.variables, *p.state]]
    try:
        return way(programs)
    except Exception as error:
        if len(programs) == 1:
            return {programs[0].name: error}
    finally:
        for variable, value in before:
            variable.assign(value)
    middle = len(programs) // 2
    return run(way, programs[:middle]) | run(way, programs[middle:])
