"""`tf.train.ExponentialMovingAverage`."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.ports import keras_state
from glasstape.tf._variable import Variable


class ExponentialMovingAverage:
    """Averages of variables that forget, as ``tf.train.ExponentialMovingAverage``.

    ``average = decay * average + (1 - decay) * variable`` at each `apply`.

    Args:
        decay: How much of the average stays.
        num_updates: How many updates there were, a number or variable; makes the decay smaller at
            the beginning: ``min(decay, (1 + num_updates) / (10 + num_updates))``.
        zero_debias: Accepted only as False.
        name: Accepted for TensorFlow's sake; unused.

    Raises:
        TensorTypeError: `zero_debias` is True.

    Example:
        >>> import glasstape.tf as tf
        >>> v = tf.Variable(1.0)
        >>> ema = tf.train.ExponentialMovingAverage(0.5)
        >>> ema.apply([v])
        >>> _ = v.assign(3.0)
        >>> ema.apply([v])
        >>> float(ema.average(v))
        2.0
    """

    def __init__(
        self, decay: Any, num_updates: Any = None, zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ):  # fmt: skip
        if zero_debias:
            fix = "leave it out: averages of variables begin with their values"
            raise _refusal("zero_debias=False", "zero_debias=True", fix)
        self.name = name
        self._decay, self._updates = decay, num_updates
        self._averages: dict[int, tuple[Any, Any]] = {}

    def apply(self, var_list: Any = None) -> None:
        """Take the variables' values into their averages; the first time, begin with them.

        Args:
            var_list: Variables.

        Raises:
            TensorTypeError: something is no variable.
        """
        decay = self._decay
        if self._updates is not None:
            updates = jnp.asarray(self._updates, "float32")
            decay = jnp.minimum(decay, (1.0 + updates) / (10.0 + updates))
        for variable in var_list or ():
            if not keras_state.is_variable(variable):
                raise _refusal("variables", repr(variable)[:80], "pass model.trainable_variables")
            if id(variable) not in self._averages:
                copy = Variable(jnp.asarray(variable.value), False)
                self._averages[id(variable)] = (variable, copy)
            average = self._averages[id(variable)][1]
            average.assign(average.value - (1.0 - decay) * (average.value - variable.value))

    def average(self, var: Any) -> Any:
        """The variable that holds the average of `var`; None before it was applied.

        Args:
            var: A variable.

        Returns:
            A variable, or None.
        """
        return self._averages.get(id(var), (None, None))[1]

    def average_name(self, var: Any) -> str:
        """What the average of `var` is called.

        Args:
            var: A variable.

        Returns:
            A name.
        """
        return f"{var.name}/{self.name}"

    def _checkpoint_children(self) -> dict[str, Any]:
        return {str(n): average for n, (_, average) in enumerate(self._averages.values())}


def _refusal(expected: str, received: str, fix: str) -> TensorTypeError:
    return TensorTypeError(
        "tf.train.ExponentialMovingAverage cannot use its arguments.",
        expected=expected,
        received=received,
        fix=fix,
        where=sources.user_source(),
    )
