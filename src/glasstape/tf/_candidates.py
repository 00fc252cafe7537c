"""Candidate sampling: losses over many classes that look at a few of them only.

The formulas are TensorFlow's (see its *Candidate Sampling Algorithms Reference*); the classes that
are drawn are not. Without repetition, a sampler draws until it has enough different classes; the
expected counts depend on how many tries that took. Here the classes are drawn at once (Gumbel's
top k have the same distribution) and then the tries between them, which are geometric.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape.tf import _rules, _seeds
from glasstape.tf._convert import as_tensor, available
from glasstape.tf._losses import sigmoid_losses
from glasstape.tf._results import Candidates
from glasstape.tf._translate import Refused, tensor_of, translated


def _sample(
    probabilities: np.ndarray, true_classes: Any, num_sampled: Any, unique: bool, seed: int | None
) -> Candidates:
    labels, count = tensor_of("iu", true_classes), int(num_sampled)
    if unique and count > np.count_nonzero(probabilities):
        shown = f"{count} of {np.count_nonzero(probabilities)} classes"
        raise Refused("no more samples than there are classes", shown, "set unique=False")
    p = jnp.asarray(probabilities, "float32")
    key, tries_key = jax.random.split(_seeds.next_key(seed))
    if unique:
        chosen = jax.lax.top_k(jnp.log(p) + jax.random.gumbel(key, p.shape), count)[1]
        tries = _tries(tries_key, p[chosen])
    else:
        chosen, tries = jax.random.categorical(key, jnp.log(p), shape=(count,)), None

    def expected(classes: Any) -> Any:
        return p[classes] * count if tries is None else -jnp.expm1(tries * jnp.log1p(-p[classes]))

    return Candidates(chosen.astype(available("int64")), expected(labels), expected(chosen))


def _tries(key: Any, chosen: Any) -> Any:
    """How many draws it took until all these classes had come, in this order."""
    seen = jnp.cumsum(chosen) - chosen  # by then, as a part of all draws
    chance = jax.random.uniform(key, chosen.shape, minval=np.finfo("float32").tiny)
    waits = jnp.where(seen > 0, jnp.ceil(jnp.log(chance) / jnp.log(jnp.minimum(seen, 1))), 1)
    return jnp.sum(jnp.maximum(waits, 1))


@translated("random.log_uniform_candidate_sampler")
def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Classes drawn with Zipf's law: class k with log((k + 2) / (k + 1)) / log(range_max + 1).

    Args:
        true_classes: Whole numbers of shape ``[batch, num_true]``.
        num_true: How many classes each row has.
        num_sampled: How many to draw, for the whole batch.
        unique: Whether to draw each class once at most.
        range_max: How many classes there are, the most frequent ones first.
        seed: Calls with one seed go through one sequence of numbers.

    Returns:
        The classes drawn, and the expected counts of the true classes and of those.

    Example:
        >>> import glasstape.tf as tf
        >>> found = tf.random.log_uniform_candidate_sampler([[0]], 1, 3, True, 3)
        >>> sorted(found.sampled_candidates.tolist())
        [0, 1, 2]
    """
    k = np.arange(range_max, dtype="float64")
    probabilities = np.log((k + 2) / (k + 1)) / np.log(range_max + 1)
    return _sample(probabilities, true_classes, num_sampled, unique, seed)


@translated("random.uniform_candidate_sampler")
def uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Classes drawn with equal probabilities.

    Args:
        true_classes: Whole numbers of shape ``[batch, num_true]``.
        num_true: How many classes each row has.
        num_sampled: How many to draw, for the whole batch.
        unique: Whether to draw each class once at most.
        range_max: How many classes there are.
        seed: Calls with one seed go through one sequence of numbers.

    Returns:
        The classes drawn, and the expected counts of the true classes and of those.

    Example:
        >>> import glasstape.tf as tf
        >>> found = tf.random.uniform_candidate_sampler([[0]], 1, 2, False, 4)
        >>> found.true_expected_count.tolist()
        [[0.5]]
    """
    return _sample(np.full(range_max, 1 / range_max), true_classes, num_sampled, unique, seed)


@translated("random.fixed_unigram_candidate_sampler", "nn.fixed_unigram_candidate_sampler")
def fixed_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: Any = (),
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Classes drawn with given frequencies.

    Args:
        true_classes: Whole numbers of shape ``[batch, num_true]``.
        num_true: How many classes each row has.
        num_sampled: How many to draw, for the whole batch.
        unique: Whether to draw each class once at most.
        range_max: How many classes there are.
        vocab_file: Not read; give `unigrams`.
        distortion: The power that frequencies are raised to.
        num_reserved_ids: How many classes at the start are never drawn.
        num_shards: 1.
        shard: 0.
        unigrams: The frequencies of the classes that are not reserved.
        seed: Calls with one seed go through one sequence of numbers.

    Returns:
        The classes drawn, and the expected counts of the true classes and of those.

    Example:
        >>> import glasstape.tf as tf
        >>> found = tf.random.fixed_unigram_candidate_sampler(
        ...     [[0]], 1, 2, False, 2, unigrams=[3.0, 1.0]
        ... )
        >>> found.true_expected_count.tolist()
        [[1.5]]
    """
    if vocab_file or num_shards != 1:
        raise Refused("unigrams, in one shard", f"{vocab_file!r}, {num_shards}", "read the file")
    weights = np.asarray(unigrams, "float64") ** distortion
    weights = np.concatenate([np.zeros(num_reserved_ids), weights])
    if weights.shape != (range_max,):
        shown = f"{weights.size} of {range_max}"
        raise Refused("a frequency for each class", shown, "set range_max to their number")
    return _sample(weights / weights.sum(), true_classes, num_sampled, unique, seed)


@translated("nn.nce_loss")
def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    name: str | None = None,
) -> Any:
    """The loss that tells true classes from drawn ones (Gutmann and Hyvärinen 2010).

    Args:
        weights: Tensor of shape ``[num_classes, dim]``.
        biases: Tensor of shape ``[num_classes]``.
        labels: Whole numbers of shape ``[batch, num_true]``.
        inputs: Tensor of shape ``[batch, dim]``.
        num_sampled: How many classes to draw, for the whole batch.
        num_classes: How many there are.
        num_true: How many classes each row has.
        sampled_values: What a ``*_candidate_sampler`` gave; log-uniform when None.
        remove_accidental_hits: Whether drawn classes that are true ones do not count.

    Returns:
        A tensor of shape ``[batch]``.

    Example:
        >>> import glasstape.tf as tf
        >>> w, b = tf.zeros([5, 2]), tf.zeros([5])
        >>> tf.nn.nce_loss(w, b, [[1], [2]], tf.ones([2, 2]), 3, 5).shape
        (2,)
    """
    given = (weights, biases, labels, inputs, num_sampled, num_classes, num_true)
    y, x = _sampled_logits(*given, sampled_values, remove_accidental_hits, None)
    return jnp.sum(sigmoid_losses(y, x), 1)


@translated("nn.sampled_softmax_loss")
def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """The cross entropy among the true classes and drawn ones (Jean et al. 2014).

    Args:
        weights: Tensor of shape ``[num_classes, dim]``.
        biases: Tensor of shape ``[num_classes]``.
        labels: Whole numbers of shape ``[batch, num_true]``.
        inputs: Tensor of shape ``[batch, dim]``.
        num_sampled: How many classes to draw, for the whole batch.
        num_classes: How many there are.
        num_true: How many classes each row has.
        sampled_values: What a ``*_candidate_sampler`` gave; log-uniform when None.
        remove_accidental_hits: Whether drawn classes that are true ones do not count.
        seed: Calls with one seed go through one sequence of numbers.

    Returns:
        A tensor of shape ``[batch]``.

    Example:
        >>> import glasstape.tf as tf
        >>> w, b = tf.zeros([5, 2]), tf.zeros([5])
        >>> tf.nn.sampled_softmax_loss(w, b, [[1], [2]], tf.ones([2, 2]), 3, 5).shape
        (2,)
    """
    given = (weights, biases, labels, inputs, num_sampled, num_classes, num_true)
    y, x = _sampled_logits(*given, sampled_values, remove_accidental_hits, seed)
    return _rules.softmax_cross_entropy(jax.lax.stop_gradient(y), x)


def _sampled_logits(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int,
    sampled_values: Any,
    remove_accidental_hits: bool,
    seed: int | None,
) -> tuple[Any, Any]:
    """Labels and logits of the true classes, and then of the drawn ones."""
    if isinstance(weights, list | tuple):
        raise Refused("weights as one tensor", f"{len(weights)} of them", "use tf.concat")
    x = tensor_of("f", inputs)
    w, b, true = as_tensor(weights).astype(x.dtype), as_tensor(biases).astype(x.dtype), labels
    true = tensor_of("iu", true)
    if true.shape != (x.shape[0], num_true):
        shown = f"shape {tuple(true.shape)}"
        raise Refused(f"labels of shape {(x.shape[0], num_true)}", shown, "use tf.reshape")
    if sampled_values is None:
        sampled_values = log_uniform_candidate_sampler(
            true, num_true, num_sampled, True, num_classes, seed
        )
    parts = [jax.lax.stop_gradient(as_tensor(v)) for v in sampled_values]
    drawn, true_count, drawn_count = parts
    true_logits = jnp.einsum("bd,btd->bt", x, w[true]) + b[true]
    drawn_logits = x @ w[drawn].T + b[drawn]
    if remove_accidental_hits:
        hits = jnp.any(true[:, :, None] == drawn, 1)
        drawn_logits = drawn_logits + jnp.where(hits, jnp.finfo(x.dtype).min, 0).astype(x.dtype)
    true_logits = true_logits - jnp.log(true_count).astype(x.dtype)
    drawn_logits = drawn_logits - jnp.log(drawn_count).astype(x.dtype)
    y = [jnp.full_like(true_logits, 1 / num_true), jnp.zeros_like(drawn_logits)]
    return jnp.concatenate(y, 1), jnp.concatenate([true_logits, drawn_logits], 1)
