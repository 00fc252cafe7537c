"""Why an operation passes back zeros only, told from its inputs.

A reason is given only when the numbers bear it out; otherwise the operation is named without one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from glasstape.ports import jax_cuts
from glasstape.tape.record import Record

# (inputs, position of the input in question, where a cotangent arrives) -> why, or None
_Reason = Callable[[list[np.ndarray], int, np.ndarray], str | None]


def reason(record: Record, wrt: tuple[int, ...], arrives: np.ndarray) -> str | None:
    """Why `record` passes back zeros only.

    Args:
        record: What ran, in eager code.
        wrt: Positions of the inputs in question.
        arrives: bool of the first output's shape, where a cotangent that is not 0 arrives.
    """
    operation = record.operation
    if operation.has_closure:
        return f"the custom gradient of `{record.name}` gives zeros"
    if operation.name == "jit" and jax_cuts.is_users(operation.params["jaxpr"]):
        return None  # its name does not tell what it does
    explain = _REASONS.get(record.name)
    if explain is None:
        return None
    inputs = [np.asarray(x) for x in record.inputs]
    found = {explain(inputs, position, arrives) for position in wrt}
    return None if None in found else "; ".join(sorted(filter(None, found)))


def span(values: np.ndarray) -> str:
    """Smallest and largest entry."""
    # + 0 makes 0 of -0.
    return f"from {values.min() + 0:.4g} to {values.max() + 0:.4g}"


def _at(values: np.ndarray, arrives: np.ndarray) -> np.ndarray:
    """The entries of an elementwise input where a cotangent arrives."""
    return np.broadcast_to(values, arrives.shape)[arrives]


def _flat(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    return "it is a step function: its derivative is 0 wherever it has one"


def _relu(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    values = _at(inputs[0], arrives)
    if (values > 0).any():
        return None
    return f"every input there is 0 or less ({span(values)}), where relu is flat"


def _saturated(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    return f"it is saturated: for its inputs, {span(inputs[position])}, the derivative rounds to 0"


def _factor(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    other = inputs[1 - position]
    if not other.any():
        return "it multiplies by zeros: the other factor is 0 everywhere"
    return None


def _elementwise_factor(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    other = inputs[1 - position]
    if not other.any() or _at(other, arrives).any():
        return _factor(inputs, position, arrives)
    return "it multiplies by zeros: the other factor is 0 wherever a gradient arrives"


def _larger(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    own, other = (_at(inputs[i], arrives) for i in (position, 1 - position))
    return "the other argument is the larger one everywhere" if (own < other).all() else None


def _smaller(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    own, other = (_at(inputs[i], arrives) for i in (position, 1 - position))
    return "the other argument is the smaller one everywhere" if (own > other).all() else None


def _selected(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    which = _at(inputs[0].astype(int), arrives)
    return _not_chosen(which == position - 1)


def _where(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    condition = _at(inputs[0].astype(bool), arrives)
    return _not_chosen(condition if position == 1 else ~condition)


def _not_chosen(chosen: np.ndarray) -> str | None:
    return None if chosen.any() else "it chooses another argument wherever a gradient arrives"


def _clamped(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    low, value, high = inputs
    return _outside(value, low, high, arrives) if position == 1 else None


def _clipped(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    if position != 0 or len(inputs) != 3:
        return None
    return _outside(inputs[0], inputs[1], inputs[2], arrives)


def _outside(
    value: np.ndarray, low: np.ndarray, high: np.ndarray, arrives: np.ndarray
) -> str | None:
    value, low, high = (_at(x, arrives) for x in (value, low, high))
    if ((low <= value) & (value <= high)).any():
        return None
    return f"every input there ({span(value)}) is outside of its limits, where it is flat"


def _powered(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    return None if _at(inputs[0], arrives).any() else "its derivative at 0 is 0"


def _rounded(inputs: list[np.ndarray], position: int, arrives: np.ndarray) -> str | None:
    return "the numbers are too small for the dtype and round to 0"


_REASONS: dict[str, _Reason] = {
    **dict.fromkeys(("sign", "floor", "ceil", "round", "trunc", "fix", "rint"), _flat),
    **dict.fromkeys(
        ("tanh", "logistic", "sigmoid", "exp", "erf", "softmax", "log_softmax", "elu", "silu",
         "gelu", "softplus", "selu", "mish", "soft_sign"),
        _saturated,
    ),
    **dict.fromkeys(("dot_general", "dot", "matmul", "conv_general_dilated"), _factor),
    **dict.fromkeys(("mul", "multiply"), _elementwise_factor),
    **dict.fromkeys(("max", "maximum"), _larger),
    **dict.fromkeys(("min", "minimum"), _smaller),
    **dict.fromkeys(("integer_pow", "square", "abs"), _powered),
    "relu": _relu,
    "select_n": _selected,
    "where": _where,
    "clamp": _clamped,
    "clip": _clipped,
    "convert_element_type": _rounded,
}  # fmt: skip
