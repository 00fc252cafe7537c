"""Tuples with named fields, for functions that return several tensors."""

from typing import Any, NamedTuple


class TopK(NamedTuple):
    """What `tf.math.top_k` returns."""

    values: Any
    indices: Any


class Unique(NamedTuple):
    """What `tf.unique` returns."""

    y: Any
    idx: Any


class UniqueWithCounts(NamedTuple):
    """What `tf.unique_with_counts` returns."""

    y: Any
    idx: Any
    count: Any


class SLogDet(NamedTuple):
    """What `tf.linalg.slogdet` returns."""

    sign: Any
    log_abs_determinant: Any


class QR(NamedTuple):
    """What `tf.linalg.qr` returns."""

    q: Any
    r: Any


class LU(NamedTuple):
    """What `tf.linalg.lu` returns."""

    lu: Any
    p: Any


class Candidates(NamedTuple):
    """What the candidate samplers of `tf.random` return."""

    sampled_candidates: Any
    true_expected_count: Any
    sampled_expected_count: Any
