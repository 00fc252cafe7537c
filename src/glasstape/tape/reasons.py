"""The words of `tape.why`: what each kind of end means and what to do about it."""

from __future__ import annotations

# Kind of a variable that is not followed -> (what happened, what to do).
VARIABLES = {
    "not_read": (
        "it was not read while the tape recorded.",
        "use it, or the layer it belongs to, inside `with GradientTape()`; what was computed from "
        "it before or outside does not count",
    ),
    "not_watched": (
        "it was read, but this tape watches nothing by itself (watch_accessed_variables=False).",
        "call tape.watch(variable) before the variable is used",
    ),
    "not_trainable": (
        "it is not trainable, so the tape did not watch it when it was read.",
        "set layer.trainable = True before the tape starts, or call tape.watch(variable) before "
        "the variable is used",
    ),
    "integer": (
        "it holds {0.dtype} numbers, which have no derivative.",
        "make it a variable of a floating-point dtype",
    ),
    "stopped": (
        "it was read only while the tape did not record (inside tape.stop_recording(), or after "
        "the gradient had been taken).",
        "use it while the tape records",
    ),
}
INTEGER_SOURCE = "whole numbers have no derivative."
STAY_FLOATING = "keep floating-point numbers from the source to the target"
NOT_WATCHED = "the tape does not watch this tensor."
WATCH = (
    "call tape.watch(tensor) inside the tape before it is used, and use that very object; "
    "what was computed inside the tape from something watched needs no watch, but the variables of "
    "a frozen layer are not watched"
)
NOT_USED = "it is watched, but no operation read it while the tape recorded."
USE_SOURCE = (
    "compute the target from that very object, after it is watched; astype, reshape, "
    "convert_to_tensor and slicing before the tape make other tensors"
)
TARGET = "the target was not computed inside the tape from anything that is watched."
COMPUTE_TARGET = (
    "compute the target inside `with GradientTape()`, without leaving keras.ops and JAX"
)
STAY_ON_THE_TAPE = (
    "look at what became of its result: NumPy (np.asarray, .numpy()), Python numbers (float(), "
    ".item()) and other libraries cannot be followed; use keras.ops or jax.numpy. When a gradient "
    "was taken on the way, that gradient may not depend on it: one with respect to a layer's input "
    "does not depend on the layer's bias"
)

_COMPARISONS = frozenset(
    {"eq", "ne", "lt", "le", "gt", "ge", "equal", "not_equal", "less", "less_equal", "greater",
     "greater_equal", "isclose", "logical_and", "logical_or", "logical_not", "is_finite", "isnan"}
)  # fmt: skip
_CHOICES = frozenset({"argmax", "argmin", "argsort", "top_k", "sort", "searchsorted", "digitize"})


def is_choice(name: str) -> bool:
    """Whether an operation tells which entry is chosen."""
    return name in _CHOICES


def of_cut(name: str, result: str, unused: bool) -> tuple[str, str]:
    """Why operation `name` ends the path, and what to do.

    Args:
        name: Of the operation.
        result: Shape and dtype of what comes out; for an assignment the variable's name.
        unused: The operation passes on gradients, but not of this input.
    """
    if name == "stop_gradient":
        return "it stops the gradient on purpose", "remove it where the gradient is wanted"
    if name == "assign":
        return (
            f"the value was assigned to the variable {result} and read again from there. A "
            "variable holds numbers, not how they were computed",
            "use the tensor itself instead of reading it back from the variable",
        )
    if name == "tape.gradient":
        return (
            "the derivative taken there does not depend on this input, as that of a linear "
            "function does not",
            "differentiate something that is not linear in it, or take None for zero "
            '(unconnected_gradients="zero")',
        )
    if unused or result.startswith(("f", "bf", "c")):
        return (
            "its result does not depend on this input in a way that has a derivative",
            "look inside the function for casts to integers, comparisons and stop_gradient",
        )
    if name == "convert_element_type":
        return f"it casts to {result}, and whole numbers have no derivative", STAY_FLOATING
    if name in _COMPARISONS or result.startswith("bool"):
        return (
            f"it gives {result}, and yes or no has no derivative",
            "use a smooth function such as sigmoid, or keras.ops.where(condition, a, b), which "
            "passes the gradients of a and b",
        )
    if name in _CHOICES:
        return (
            f"it gives {result}, and positions have no derivative",
            "compute the target from the scores themselves (softmax, max, a cross-entropy), or "
            "use the positions only to pick values (keras.ops.take_along_axis)",
        )
    return f"it gives {result}, and whole numbers have no derivative", STAY_FLOATING
