"""Losses of `tf.nn`, one number a sample."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from glasstape import sources
from glasstape.guards import events
from glasstape.tf import _rules
from glasstape.tf._convert import as_tensor
from glasstape.tf._translate import Refused, tensor_of, translated


def _logits(logits: Any) -> tuple[Any, Any]:
    """Logits in at least 32 bits, and the dtype of the result."""
    x = tensor_of("f", logits)
    return (x.astype("float32") if x.dtype.itemsize < 4 else x), x.dtype


@translated("nn.softmax_cross_entropy_with_logits")
def softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, axis: int = -1, name: str | None = None
) -> Any:
    """The cross entropy of class probabilities, -Σ labels log softmax(logits).

    The gradient takes the labels of a sample to add up to 1, as TensorFlow's does.

    Args:
        labels: Probabilities of the shape of `logits`.
        logits: Tensor of shape ``[..., classes]``.
        axis: Where the classes are.

    Returns:
        A tensor without that axis.

    Example:
        >>> import glasstape.tf as tf
        >>> loss = tf.nn.softmax_cross_entropy_with_logits([1.0, 0.0], [0.0, 0.0])
        >>> round(float(loss), 4)
        0.6931
    """
    x, dtype = _logits(logits)
    y = as_tensor(labels).astype(x.dtype)
    x, y = jnp.broadcast_arrays(x, y)
    x, y = (jnp.moveaxis(v, axis, -1) for v in (x, y))
    return _rules.softmax_cross_entropy(y, x).astype(dtype)


@translated("nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, name: str | None = None
) -> Any:
    """The cross entropy of class numbers, -log softmax(logits)[label].

    Args:
        labels: Whole numbers of shape ``[...]``.
        logits: Tensor of shape ``[..., classes]``.

    Returns:
        A tensor of the shape of `labels`.

    Raises:
        TensorTypeError: an argument has the wrong dtype or shape.
        LabelRangeError: a label is not a class; in a compiled step when it is run.

    Example:
        >>> import glasstape.tf as tf
        >>> loss = tf.nn.sparse_softmax_cross_entropy_with_logits([1], [[0.0, 0.0]])
        >>> round(float(loss[0]), 4)
        0.6931
    """
    y = tensor_of("iu", labels)
    x, dtype = _logits(logits)
    if y.shape != x.shape[:-1]:
        fix = "class numbers have one axis less; for probabilities leave out sparse_"
        raise Refused(f"labels of shape {x.shape[:-1]}", f"shape {y.shape}", fix)
    used = events.LabelsUsed(y, x.shape[-1], None, sources.user_source())
    events.current().labels_used(used)
    inside = (y >= 0) & (y < x.shape[-1])
    chosen = jnp.take_along_axis(jax.nn.log_softmax(x), jnp.where(inside, y, 0)[..., None], -1)
    return jnp.where(inside, -chosen[..., 0], jnp.nan).astype(dtype)


@translated("nn.sigmoid_cross_entropy_with_logits")
def sigmoid_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, name: str | None = None
) -> Any:
    """The cross entropy of independent probabilities.

    Args:
        labels: Probabilities of the shape and dtype of `logits`.
        logits: Tensor of floats, any shape.

    Returns:
        A tensor of the same shape.

    Example:
        >>> import glasstape.tf as tf
        >>> loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0], logits=[0.0])
        >>> round(float(loss[0]), 4)
        0.6931
    """
    x, y = _both(labels, logits)
    return jax.nn.softplus(x) - x * y


@translated("nn.weighted_cross_entropy_with_logits")
def weighted_cross_entropy_with_logits(
    labels: Any, logits: Any, pos_weight: Any, name: str | None = None
) -> Any:
    """`sigmoid_cross_entropy_with_logits`, with a weight for positive labels.

    Args:
        labels: Probabilities of the shape and dtype of `logits`.
        logits: Tensor of floats, any shape.
        pos_weight: The weight.

    Returns:
        A tensor of the same shape.

    Example:
        >>> import glasstape.tf as tf
        >>> loss = tf.nn.weighted_cross_entropy_with_logits([1.0], [0.0], 2.0)
        >>> round(float(loss[0]), 4)
        1.3863
    """
    x, y = _both(labels, logits)
    weight = 1 + (as_tensor(pos_weight, x.dtype) - 1) * y
    return sigmoid_losses(y, x, weight)


def sigmoid_losses(y: Any, x: Any, weight: Any = 1) -> Any:
    """Cross entropies of labels and logits that fit; `weight` is that of positive labels."""
    return (1 - y) * x + weight * jax.nn.softplus(-x)


def _both(labels: Any, logits: Any) -> tuple[Any, Any]:
    if labels is None or logits is None:
        raise Refused("both labels and logits", "one of them", "give the other")
    x = tensor_of("f", logits)
    y = as_tensor(labels, x.dtype)
    if x.shape != y.shape:
        shown = f"shapes {x.shape} and {y.shape}"
        raise Refused("logits and labels of one shape", shown, "reshape one of them")
    return x, y


@translated("nn.log_poisson_loss")
def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None
) -> Any:
    """The loss of counts that a Poisson distribution is to explain.

    Args:
        targets: The counts.
        log_input: The logarithm of the expected counts.
        compute_full_loss: Whether to add Stirling's approximation of log(targets!).

    Returns:
        A tensor of the same shape.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.nn.log_poisson_loss([1.0], [0.0])[0])
        1.0
    """
    x, z = _both(log_input, targets)
    loss = jnp.exp(z) - z * x
    if not compute_full_loss:
        return loss
    stirling = x * jnp.log(x) - x + 0.5 * jnp.log(2 * np.pi * x)
    return loss + jnp.where((x >= 0) & (x <= 1), jnp.zeros_like(x), stirling)


@translated("nn.ctc_loss")
def ctc_loss(
    labels: Any,
    logits: Any,
    label_length: Any,
    logit_length: Any,
    logits_time_major: bool = True,
    unique: Any = None,
    blank_index: int | None = None,
    name: str | None = None,
) -> Any:
    """The loss of a sequence whose alignment is not known (Graves et al. 2006).

    Args:
        labels: Whole numbers of shape ``[batch, labels]``.
        logits: Tensor of shape ``[frames, batch, classes]``.
        label_length: How many labels each sequence has, shape ``[batch]``.
        logit_length: How many frames, likewise.
        logits_time_major: Whether frames come first; otherwise the batch does.
        unique: Unused.
        blank_index: The class that stands for no label; 0 when None, negative from the end.

    Returns:
        A tensor of shape ``[batch]``.

    Example:
        >>> import glasstape.tf as tf
        >>> loss = tf.nn.ctc_loss([[1]], tf.zeros([1, 1, 2]), [1], [1])
        >>> round(float(loss[0]), 4)
        0.6931
    """
    x = tensor_of("f", logits)
    x = jnp.moveaxis(x, 0, 1) if logits_time_major else x
    blank = (0 if blank_index is None else blank_index) % x.shape[-1]
    lengths = (as_tensor(label_length), as_tensor(logit_length))
    return keras.ops.ctc_loss(as_tensor(labels), x, *lengths, mask_index=blank)


@translated("nn.compute_average_loss")
def compute_average_loss(
    per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None
) -> Any:
    """The sum of losses over the size of the batch.

    Args:
        per_example_loss: One loss a sample, or several, which are added.
        sample_weight: A weight for each.
        global_batch_size: The size of the batch; that of `per_example_loss` when None.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.nn.compute_average_loss([1.0, 2.0], global_batch_size=6))
        0.5
    """
    loss = tensor_of("f", per_example_loss)
    if sample_weight is not None:
        weight = as_tensor(sample_weight).astype(loss.dtype)
        loss = loss * weight.reshape(*weight.shape, *[1] * (loss.ndim - weight.ndim))
    if not loss.ndim:
        raise Refused("a loss for each sample", "one number", "divide it by the batch's size")
    if global_batch_size is None:
        global_batch_size = loss.shape[0]
    return jnp.sum(loss) / as_tensor(global_batch_size).astype(loss.dtype)


@translated("nn.scale_regularization_loss")
def scale_regularization_loss(regularization_loss: Any) -> Any:
    """The sum of losses, over the number of replicas, which is 1.

    Args:
        regularization_loss: Tensor, or list of them.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.nn.scale_regularization_loss([1.0, 2.0]))
        3.0
    """
    return jnp.sum(tensor_of("f", regularization_loss))


@translated("nn.l2_loss")
def l2_loss(t: Any, name: str | None = None) -> Any:
    """Half the sum of the squares.

    Args:
        t: Tensor of floats.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.nn.l2_loss([1.0, 3.0]))
        5.0
    """
    x = tensor_of("f", t)
    return (jnp.sum(x * x) / 2).astype(x.dtype)
