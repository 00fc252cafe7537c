"""`keras.Model.fit` for models whose `train_step(self, data)` is written as in TensorFlow.

Keras' JAX trainer calls `train_step(state, data)` and keeps the state outside of the model while
it trains. A model with an imperative step keeps it in its variables, so for such a model, and for
no other, the trainer is given steps that take no state and told that there is none to carry.
"""

from __future__ import annotations

import functools
import inspect
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import keras

from glasstape import sources
from glasstape.errors import DatasetError, StepTypeError
from glasstape.ports import keras_state

STEPS = ("train_step", "test_step", "predict_step")
# How many lists of state each of Keras' functions gives back.
_STATES = {"train_step": 4, "test_step": 3, "predict_step": 2}
_Model: Any = keras.Model


class Element(NamedTuple):
    """One element of a dataset on its way through Keras, which wants tuples of one to three."""

    value: Any


class Trainer(NamedTuple):
    """What `install` needs to know.

    Attributes:
        defaults: The imperative form of each of `STEPS`, for models that override another one,
            and for ``super().train_step(data)``.
        prepare: Makes a program of a step, or leaves it as it is when it is to run eagerly.
        as_keras_data: Makes of a dataset what Keras can iterate over; is given the dataset,
            whether the model is imperative, and the steps an epoch. Gives back anything else.
    """

    defaults: dict[str, Callable[[Any, Any], Any]]
    prepare: Callable[[Callable[[Any], Any], bool], Callable[[Any], Any]]
    as_keras_data: Callable[[Any, bool, int | None], Any]


def install(trainer: Trainer) -> None:
    """Teach `keras.Model`, once."""
    if hasattr(_Model.fit, "_glasstape"):
        return
    for step in STEPS:
        setattr(_Model, step, _either_form(getattr(_Model, step), trainer.defaults[step]))
        maker = f"make_{step.removesuffix('_step')}_function"
        setattr(_Model, maker, _made_imperatively(getattr(_Model, maker), step, trainer))
    _Model._symbolic_build = _unless_imperative(_Model._symbolic_build, None)
    _Model._get_jax_state = _unless_imperative(_Model._get_jax_state, ())
    _Model._get_metrics_result_or_logs = _true_loss(_Model._get_metrics_result_or_logs)
    _Model._purge_model_variables = _remembered(_Model._purge_model_variables)
    for method in ("fit", "evaluate", "predict"):
        setattr(_Model, method, _with_datasets(getattr(_Model, method), trainer))


def is_imperative(model: Any) -> bool:
    """Whether `model` has a step of its own that is not given the state.

    Raises:
        StepTypeError: it has a step of either kind.
    """
    kinds = {step: _takes_data_alone(getattr(model, step)) for step in STEPS}
    own = {step: alone for step, alone in kinds.items() if alone is not None}
    if len(set(own.values())) > 1:
        raise _mixed(own)
    return any(own.values())


def loss_tracker(model: Any) -> Any:
    """The metric that `fit` shows as the loss, or None before `compile`."""
    return getattr(model, "_loss_tracker", None)


def _takes_data_alone(step: Any) -> bool | None:
    """Whether `step`, a bound method, is one of ``(self, data)``; None when it is Keras' own."""
    if getattr(step, "_glasstape", False):
        return None
    kinds = [p.kind for p in inspect.signature(step).parameters.values() if p.default is p.empty]
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return len([k for k in kinds if k in positional]) == 1


def _mixed(own: dict[str, bool]) -> StepTypeError:
    alone = [step for step in own if own[step]]
    stateless = [step for step in own if not own[step]]
    return StepTypeError(
        "A model's steps do not agree on where the state is.",
        expected="(self, data) for all steps that are overridden, or (self, state, data) for all",
        received=f"(self, data) for {', '.join(alone)}, (self, state, data) for "
        f"{', '.join(stateless)}",
        fix="write all of them as (self, data) and assign variables as usual",
        where=sources.user_source(),
    )


def _either_form(original: Callable, default: Callable[[Any, Any], Any]) -> Callable:
    """Keras' ``step(state, data)``, and ``step(data)`` as TensorFlow programs call it."""

    @functools.wraps(original)
    def step(self, *args, **kwargs):
        if len(args) + len(kwargs) == 1:
            return default(self, *args, **kwargs)
        return original(self, *args, **kwargs)

    marked: Any = step
    marked._glasstape = True
    return marked


def _unless_imperative(original: Callable, instead: Any) -> Callable:
    """Keras' method, or nothing: variables are built by the first step, and carry the state."""

    @functools.wraps(original)
    def method(self, *args, **kwargs):
        return instead if is_imperative(self) else original(self, *args, **kwargs)

    return method


def _true_loss(original: Callable) -> Callable:
    """Keras replaces the logs of a step by the model's metrics of the same names.

    A step that returns its loss and has not told the model's own tracker would show as 0.
    """

    @functools.wraps(original)
    def method(self, logs):
        tracker: Any = loss_tracker(self)
        if tracker is None or not isinstance(logs, dict) or "loss" not in logs:
            return original(self, logs)
        untold = is_imperative(self) and not float(tracker.count)
        return logs if untold else original(self, logs)

    return method


def _made_imperatively(original: Callable, step: str, trainer: Trainer) -> Callable:
    """``make_train_function`` and the like."""
    attribute = f"{step.removesuffix('_step')}_function"

    @functools.wraps(original)
    def make_function(self, force=False):
        if not is_imperative(self):
            return original(self, force)
        if getattr(self, attribute) is None or force:
            one = getattr(self, step)
            if getattr(one, "_glasstape", False):
                one = types.MethodType(trainer.defaults[step], self)
            one = trainer.prepare(one, self.run_eagerly)
            setattr(self, attribute, _several(one, self, step))
        return getattr(self, attribute)

    return make_function


def _several(one: Callable[[Any], Any], model: Any, step: str) -> Callable:
    """Takes `steps_per_execution` elements and gives back empty lists of state."""
    count, state = model.steps_per_execution, ([],) * _STATES[step]

    def run(_: Any, batches: Iterator[Any]) -> tuple[Any, tuple[list, ...]]:
        results = [one(_unpacked(next(batches)))]
        for _ in range(count - 1):
            batch = next(batches, state)
            if batch is state:
                break
            results.append(one(_unpacked(batch)))
        return _joined(results) if step == "predict_step" else results[-1], state

    return run


def _unpacked(batch: Any) -> Any:
    """The data as `fit` hands it on: without the sample weights that `train_on_batch` may lack."""
    if isinstance(batch, Element):
        return batch.value
    if type(batch) is tuple and len(batch) == 3 and batch[2] is None:
        return keras.utils.pack_x_y_sample_weight(*batch)
    return batch


def _joined(results: list[Any]) -> Any:
    if len(results) == 1:
        return results[0]
    return keras.tree.map_structure(lambda *parts: keras.ops.concatenate(parts), *results)


def _with_datasets(original: Callable, trainer: Trainer) -> Callable:
    """`fit` and the like, given our own datasets as well."""
    signature = inspect.signature(original)

    @functools.wraps(original)
    def method(self, *args, **kwargs):
        call = signature.bind(self, *args, **kwargs)
        data = call.arguments.get("x")
        _convert_datasets(call.arguments, signature, is_imperative(self), trainer)
        try:
            return original(*call.args, **call.kwargs)
        except BaseException as error:
            _put_back(self)
            if isinstance(error, StopIteration):  # Keras asks for a batch to build the model with
                raise _no_batch(original.__name__, data) from error
            raise
        finally:
            self.__dict__.pop(_PURGED, None)
            _fitting.discard(self)

    marked: Any = method
    marked._glasstape = True
    return marked


def _no_batch(method: str, data: Any) -> DatasetError:
    return DatasetError(
        f"model.{method} was given no batch.",
        expected="data of at least one batch",
        received=f"an empty {type(data).__name__}",
        fix="look at what filter, take, skip or batch(drop_remainder=True) leave: len(list(data))",
        where=sources.user_source(),
    )


_PURGED = "_glasstape_purged"  # what Keras has taken from a model's variables, by `id`


def _remembered(original: Callable) -> Callable:
    """Keras' taking of the variables' values for an epoch, whose program overwrites them.

    An array that a program has overwritten holds no memory, so remembering it costs nothing.
    """

    @functools.wraps(original)
    def purge(self, *args, **kwargs):
        optimizer = getattr(self, "optimizer", None)
        owned = [] if optimizer is None else optimizer.variables
        variables = [*self.variables, *owned, *self.metrics_variables]
        kept = self.__dict__.setdefault(_PURGED, {})
        _fitting.add(self)
        kept.update({id(v): (v, v._value) for v in variables if v._value is not None})
        return original(self, *args, **kwargs)

    return purge


_fitting: weakref.WeakSet[Any] = weakref.WeakSet()


def _bring_back(variable: Any) -> None:
    """For a callback after a batch that reads or writes a variable, as those for TensorFlow do."""
    for model in list(_fitting):
        if id(variable) in model.__dict__.get(_PURGED, {}):
            _fitting.discard(model)  # it assigns all its variables, and they come here
            try:
                model.jax_state_sync()
            finally:
                _fitting.add(model)


keras_state.revivers.append(_bring_back)


def _put_back(model: Any) -> None:
    """Give variables their values after an error; Keras leaves them without any."""
    state = getattr(model, "_jax_state", None) or {}
    if not any(a.is_deleted() for a in keras.tree.flatten(state)):
        model.jax_state_sync()
    for variable, value in model.__dict__.get(_PURGED, {}).values():
        if variable._value is None and not value.is_deleted():
            variable._value = value


def _convert_datasets(
    given: dict[str, Any], signature: inspect.Signature, imperative: bool, trainer: Trainer
) -> None:
    steps = given.get("steps_per_epoch", given.get("steps"))
    x, weighted = given.get("x"), given.get("class_weight") is not None
    given["x"] = trainer.as_keras_data(x, imperative and not weighted, steps)
    if given["x"] is not x and "shuffle" in signature.parameters:
        given["shuffle"] = False  # Keras would ask for the batches in another order
    if "validation_data" in given:
        steps, data = given.get("validation_steps"), given["validation_data"]
        given["validation_data"] = trainer.as_keras_data(data, imperative, steps)
