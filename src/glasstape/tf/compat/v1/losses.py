"""`tf.compat.v1.losses`: one number for a batch; nothing is collected."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from glasstape.tf import _elsewhere, _rules
from glasstape.tf._convert import as_tensor
from glasstape.tf._losses import sigmoid_losses, sparse_softmax_cross_entropy_with_logits
from glasstape.tf._translate import NUMBERS, Refused, tensor_of, translated

__all__ = [
    "Reduction",
    "absolute_difference",
    "compute_weighted_loss",
    "cosine_distance",
    "hinge_loss",
    "huber_loss",
    "log_loss",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
]


class Reduction:
    """How the losses of a batch become one number, as ``tf.compat.v1.losses.Reduction``."""

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = SUM_OVER_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All of them."""
        return cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE, cls.SUM_BY_NONZERO_WEIGHTS


_USUAL = Reduction.SUM_BY_NONZERO_WEIGHTS


def _reduced(losses: Any, weights: Any, reduction: str) -> Any:
    weights = _fitting(as_tensor(weights).astype(losses.dtype), losses)
    if reduction not in Reduction.all():
        raise Refused("a reduction of tf.compat.v1.losses.Reduction", repr(reduction), "use one")
    weighted = losses * weights
    if reduction == Reduction.NONE:
        return weighted
    everywhere, total = jnp.broadcast_to(weights, losses.shape), jnp.sum(weighted)
    count: Any = {
        Reduction.SUM: 1,
        Reduction.MEAN: jnp.sum(everywhere),
        Reduction.SUM_OVER_BATCH_SIZE: losses.size,
        Reduction.SUM_BY_NONZERO_WEIGHTS: jnp.sum(everywhere != 0),
    }[reduction]
    count = jnp.asarray(count, losses.dtype)
    return jnp.where(count == 0, 0, total / jnp.where(count == 0, 1, count)).astype(losses.dtype)


def _fitting(weights: Any, losses: Any) -> Any:
    """Weights that broadcast as TensorFlow's do: one, or one for each loss or row of them."""
    if weights.ndim == losses.ndim + 1 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    elif weights.ndim and weights.ndim == losses.ndim - 1:
        weights = weights[..., None]
    pairs = list(zip(weights.shape, losses.shape, strict=False))
    if weights.ndim not in (0, losses.ndim) or any(a not in (1, b) for a, b in pairs):
        shown = f"shapes {weights.shape} and {losses.shape}"
        raise Refused("a weight, or one for each loss or row of them", shown, "use tf.reshape")
    return weights


def _pair(labels: Any, predictions: Any) -> tuple[Any, Any]:
    if labels is None or predictions is None:
        raise Refused("both labels and predictions", "one of them", "give the other")
    x = tensor_of(NUMBERS, predictions)
    x = x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype("float32")
    y = as_tensor(labels).astype(x.dtype)
    if y.shape != x.shape:
        shown = f"shapes {y.shape} and {x.shape}"
        raise Refused("labels and predictions of one shape", shown, "reshape one of them")
    return y, x


@translated("compat.v1.losses.compute_weighted_loss")
def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _USUAL,
) -> Any:
    """Losses times weights, put together.

    Args:
        losses: Tensor, any shape.
        weights: One weight, or one for each loss or row of them.
        scope: Unused.
        loss_collection: Unused.
        reduction: How; the sum over the number of weights that are not 0 by default.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.compat.v1.losses.compute_weighted_loss([1.0, 2.0, 3.0], [1.0, 0.0, 1.0]))
        2.0
    """
    return _reduced(tensor_of("f", losses), weights, reduction)


@translated("compat.v1.losses.absolute_difference")
def absolute_difference(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _USUAL,
) -> Any:
    """|predictions - labels|.

    Args:
        labels: Tensor of the predictions' shape.
        predictions: Tensor, any shape.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.compat.v1.losses.absolute_difference([1.0, 2.0], [2.0, 4.0]))
        1.5
    """
    y, x = _pair(labels, predictions)
    return _reduced(_rules.abs(x - y), weights, reduction)


@translated("compat.v1.losses.mean_squared_error")
def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _USUAL,
) -> Any:
    """(predictions - labels)².

    Args:
        labels: Tensor of the predictions' shape.
        predictions: Tensor, any shape.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.compat.v1.losses.mean_squared_error([1.0, 2.0], [2.0, 4.0]))
        2.5
    """
    y, x = _pair(labels, predictions)
    return _reduced(jnp.square(x - y), weights, reduction)


@translated("compat.v1.losses.huber_loss")
def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: float = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _USUAL,
) -> Any:
    """Half the squared error, and linear from `delta` on.

    Args:
        labels: Tensor of the predictions' shape.
        predictions: Tensor, any shape.
        delta: Where it becomes linear.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.compat.v1.losses.huber_loss([1.0, 2.0], [1.5, 5.0]))
        1.3125
    """
    y, x = _pair(labels, predictions)
    error = _rules.abs(x - y)
    inside = jnp.minimum(error, delta)
    return _reduced(0.5 * inside * inside + delta * (error - inside), weights, reduction)


@translated("compat.v1.losses.log_loss")
def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _USUAL,
) -> Any:
    """The cross entropy of probabilities.

    Args:
        labels: Tensor of the predictions' shape.
        predictions: Probabilities, any shape.
        epsilon: What is added to them.

    Example:
        >>> import glasstape.tf as tf
        >>> round(float(tf.compat.v1.losses.log_loss([1.0, 0.0], [0.9, 0.2])), 4)
        0.1643
    """
    y, x = _pair(labels, predictions)
    losses = -y * jnp.log(x + epsilon) - (1 - y) * jnp.log(1 - x + epsilon)
    return _reduced(losses, weights, reduction)


@translated("compat.v1.losses.hinge_loss")
def hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _USUAL,
) -> Any:
    """max(0, 1 - logits) for labels 1, max(0, 1 + logits) for labels 0.

    Args:
        labels: Tensor of zeros and ones, of the logits' shape.
        logits: Tensor, any shape.

    Example:
        >>> import glasstape.tf as tf
        >>> round(float(tf.compat.v1.losses.hinge_loss([1.0, 0.0], [0.5, 0.2])), 2)
        0.85
    """
    y, x = _pair(labels, logits)
    return _reduced(jax.nn.relu(1 - (2 * y - 1) * x), weights, reduction)


@translated("compat.v1.losses.cosine_distance")
def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: Any = None,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _USUAL,
    dim: Any = None,
) -> Any:
    """1 - Σ labels predictions along an axis; both are taken to have length 1 already.

    Args:
        labels: Tensor of the predictions' shape.
        predictions: Tensor, any shape.
        dim: An older name of `axis`.

    Example:
        >>> import glasstape.tf as tf
        >>> loss = tf.compat.v1.losses.cosine_distance([[1.0, 0.0]], [[0.6, 0.8]], axis=1)
        >>> round(float(loss), 2)
        0.4
    """
    axis = dim if axis is None else axis
    if axis is None:
        raise Refused("an axis", "None", "pass axis=-1")
    y, x = _pair(labels, predictions)
    return _reduced(1 - jnp.sum(x * y, axis, keepdims=True), weights, reduction)


@translated("compat.v1.losses.sigmoid_cross_entropy")
def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: Any = 0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _USUAL,
) -> Any:
    """`tf.nn.sigmoid_cross_entropy_with_logits`, put together.

    Args:
        multi_class_labels: Probabilities of the logits' shape.
        logits: Tensor, any shape.
        label_smoothing: How far labels are moved towards 1/2.

    Example:
        >>> import glasstape.tf as tf
        >>> round(float(tf.compat.v1.losses.sigmoid_cross_entropy([1.0], [0.0])), 4)
        0.6931
    """
    y, x = _pair(multi_class_labels, logits)
    y = y * (1 - label_smoothing) + 0.5 * label_smoothing
    return _reduced(sigmoid_losses(y, x), weights, reduction)


@translated("compat.v1.losses.softmax_cross_entropy")
def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: Any = 0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _USUAL,
) -> Any:
    """`tf.nn.softmax_cross_entropy_with_logits`, put together; labels have no gradient.

    Args:
        onehot_labels: Probabilities of the logits' shape.
        logits: Tensor of shape ``[..., classes]``.
        label_smoothing: How far labels are moved towards equal probabilities.

    Example:
        >>> import glasstape.tf as tf
        >>> loss = tf.compat.v1.losses.softmax_cross_entropy([[1.0, 0.0]], [[0.0, 0.0]])
        >>> round(float(loss), 4)
        0.6931
    """
    y, x = _pair(onehot_labels, logits)
    y = y * (1 - label_smoothing) + label_smoothing / x.shape[-1]
    losses = _rules.softmax_cross_entropy(jax.lax.stop_gradient(y), x)
    return _reduced(losses, weights, reduction)


@translated("compat.v1.losses.sparse_softmax_cross_entropy")
def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _USUAL,
) -> Any:
    """`tf.nn.sparse_softmax_cross_entropy_with_logits`, put together.

    Args:
        labels: Class numbers of shape ``[...]`` or ``[..., 1]``.
        logits: Tensor of shape ``[..., classes]``.

    Example:
        >>> import glasstape.tf as tf
        >>> loss = tf.compat.v1.losses.sparse_softmax_cross_entropy([1], [[0.0, 0.0]])
        >>> round(float(loss), 4)
        0.6931
    """
    x, y = tensor_of("f", logits), as_tensor(labels)
    y = y[..., 0] if y.ndim == x.ndim and y.shape[-1] == 1 else y
    return _reduced(sparse_softmax_cross_entropy_with_logits(y, x), weights, reduction)


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
