"""`tf.image`: boxes in pictures; of those that overlap, the ones with the best scores."""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from glasstape.tf._translate import FLOATS, Refused, tensor_of, translated


class CombinedNonMaxSuppression(NamedTuple):
    """What `combined_non_max_suppression` gives."""

    nmsed_boxes: Any
    nmsed_scores: Any
    nmsed_classes: Any
    valid_detections: Any


# What boxes are drawn in, one after the other: yellow, blue, red, lime, purple, olive, ...
_COLOURS = (
    (1, 1, 0, 1), (0, 0, 1, 1), (1, 0, 0, 1), (0, 1, 0, 1), (0.5, 0, 0.5, 1), (0.5, 0.5, 0, 1),
    (0.5, 0, 0, 1), (0, 0, 0.5, 1), (0, 1, 1, 1), (1, 0, 1, 1),
)  # fmt: skip


@translated("image.draw_bounding_boxes")
def draw_bounding_boxes(images: Any, boxes: Any, colors: Any, name: str | None = None) -> Any:
    """Pictures with boxes in them, of lines that are a pixel wide.

    Args:
        images: Tensor of floats ``[batch, height, width, 1, 3 or 4]``.
        boxes: Tensor of floats ``[batch, n, 4]``: ``y, x, y, x`` as parts of height and width.
        colors: Tensor of floats ``[colours, channels]``, taken in turns; ten known ones when None.

    Example:
        >>> import glasstape.tf as tf
        >>> boxes = [[[0.0, 0.0, 1.0, 1.0]]]
        >>> drawn = tf.image.draw_bounding_boxes(tf.zeros([1, 3, 3, 1]), boxes, [[7.0]])
        >>> drawn[0, :, :, 0].tolist()
        [[7.0, 7.0, 7.0], [7.0, 0.0, 7.0], [7.0, 7.0, 7.0]]
    """
    x, boxes = tensor_of("f", images), tensor_of("f", boxes)
    if x.ndim != 4 or boxes.ndim != 3 or boxes.shape[2] != 4 or len(boxes) != len(x):
        expected = "images [batch, height, width, channels] and boxes [batch, n, 4]"
        raise Refused(expected, f"shapes {x.shape} and {boxes.shape}", "use x[tf.newaxis]")
    channels = x.shape[3]
    known = jnp.array(_COLOURS)[:, :channels] if channels > 1 else jnp.ones((1, 1))
    table = (known if colors is None else tensor_of("f", colors)[:, :channels]).astype(x.dtype)
    height, width = x.shape[1:3]
    size = jnp.array([height - 1, width - 1] * 2, boxes.dtype)
    top, left, bottom, right = jnp.moveaxis((boxes * size).astype("int32"), -1, 0)[..., None, None]
    row, column = jnp.arange(height)[:, None], jnp.arange(width)
    inside = (top <= row) & (row <= bottom) & (left <= column) & (column <= right)
    edge = (row == top) | (row == bottom) | (column == left) | (column == right)
    numbers = jnp.arange(boxes.shape[1])[:, None, None]
    last = jnp.max(jnp.where(inside & edge, numbers, -1), axis=1, initial=-1)
    return jnp.where(last[..., None] < 0, x, table[last % len(table)])


@translated("image.non_max_suppression")
def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = -math.inf,
    name: str | None = None,
) -> Any:
    """Which boxes to keep, the best first, as ``tf.image.non_max_suppression``.

    A compiled step cannot know how many that are: see `combined_non_max_suppression`.

    Args:
        boxes: Tensor of floats ``[n, 4]``: rows of two opposite corners ``y, x, y, x``.
        scores: Tensor of floats ``[n]``.
        max_output_size: How many boxes at most.
        iou_threshold: Boxes are dropped when they share more than this part with a better one.
        score_threshold: Boxes are dropped when their score is not above this.

    Returns:
        A tensor of whole numbers: rows of `boxes`.

    Example:
        >>> import glasstape.tf as tf
        >>> boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.1, 1.0, 1.0], [0.0, 2.0, 1.0, 3.0]]
        >>> tf.image.non_max_suppression(boxes, [0.5, 0.9, 0.7], 3).tolist()
        [1, 2]
    """
    boxes, scores = tensor_of(FLOATS, boxes), tensor_of(FLOATS, scores)
    if boxes.ndim != 2 or boxes.shape[1] != 4 or scores.shape != boxes.shape[:1]:
        shown = f"boxes of shape {boxes.shape}, scores of shape {scores.shape}"
        raise Refused("boxes of shape [n, 4] and scores of shape [n]", shown, "reshape them")
    rows, kept = _best(boxes, scores, int(max_output_size), iou_threshold, score_threshold)
    return rows[jnp.nonzero(kept)[0]]


@translated("image.combined_non_max_suppression")
def combined_non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size_per_class: Any,
    max_total_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = -math.inf,
    pad_per_class: bool = False,
    clip_boxes: bool = True,
    name: str | None = None,
) -> CombinedNonMaxSuppression:
    """The boxes to keep, class by class, as ``tf.image.combined_non_max_suppression``.

    Args:
        boxes: Tensor of floats ``[batch, n, q, 4]``; `q` is the number of classes, or 1.
        scores: Tensor of floats ``[batch, n, classes]``.
        max_output_size_per_class: How many boxes of a class at most.
        max_total_size: How many boxes of a picture at most.
        iou_threshold: Boxes are dropped when they share more than this part with a better one.
        score_threshold: Boxes are dropped when their score is not above this.
        pad_per_class: Give no more places than all classes together can fill.
        clip_boxes: Bring corners into 0 to 1.

    Returns:
        A tuple with the fields ``nmsed_boxes``, ``nmsed_scores``, ``nmsed_classes``, the best
        first and zeros where there are no more, and ``valid_detections``, how many there are.

    Example:
        >>> import glasstape.tf as tf
        >>> boxes = tf.constant([[[[0.0, 0.0, 1.0, 1.0]], [[0.0, 0.1, 1.0, 1.0]]]])
        >>> found = tf.image.combined_non_max_suppression(boxes, [[[0.5], [0.9]]], 2, 3)
        >>> found.valid_detections.tolist(), found.nmsed_boxes.shape
        ([1], (1, 3, 4))
    """
    boxes, scores = tensor_of(FLOATS, boxes), tensor_of(FLOATS, scores)
    fits = boxes.ndim == 4 and scores.ndim == 3 and boxes.shape[3] == 4
    if not fits or boxes.shape[2] not in (1, scores.shape[2]):
        shown = f"boxes of shape {boxes.shape}, scores of shape {scores.shape}"
        expected = "boxes of shape [batch, n, q, 4] and scores of shape [batch, n, classes]"
        raise Refused(expected, shown, "add the axes that are missing")
    each, total = int(max_output_size_per_class), int(max_total_size)
    if pad_per_class:
        total = min(total, each * scores.shape[2])
    of_picture = functools.partial(
        _of_classes, each=each, total=total, iou=iou_threshold, least=score_threshold
    )
    found, *others = jax.vmap(of_picture)(boxes, scores)
    return CombinedNonMaxSuppression(jnp.clip(found, 0, 1) if clip_boxes else found, *others)


def _of_classes(boxes: Any, scores: Any, *, each: int, total: int, iou: Any, least: Any) -> Any:
    """What is kept of one picture: boxes, scores, classes and how many."""
    classes = scores.shape[1]
    boxes = jnp.broadcast_to(boxes, (*scores.shape, 4))
    best = functools.partial(_best, count=each, iou=iou, least=least)
    rows, kept = jax.vmap(best, in_axes=1)(boxes, scores)
    number = jnp.arange(classes)[:, None]
    found, points = boxes[rows, number], jnp.where(kept, scores[rows, number], -jnp.inf)
    order = jnp.argsort(-points.ravel(), stable=True)[:total]
    order = jnp.pad(order, (0, total - order.size))
    count = jnp.minimum(jnp.sum(kept), total)
    valid = jnp.arange(total) < count
    return (
        jnp.where(valid[:, None], found.reshape(-1, 4)[order], 0),
        jnp.where(valid, points.ravel()[order], 0),
        jnp.where(valid, jnp.broadcast_to(number, rows.shape).ravel()[order], 0).astype(
            scores.dtype
        ),
        count.astype("int32"),
    )


def _best(boxes: Any, scores: Any, count: int, iou: Any, least: Any) -> tuple[Any, Any]:
    """Rows of boxes, the best first, and which of these places are filled."""

    def pick(place: Any, state: tuple) -> tuple:
        left, rows, kept = state
        best = jnp.argmax(left)
        is_there = left[best] > least
        drops = _overlaps(boxes[best], boxes) > iou
        left = jnp.where(is_there & drops, -jnp.inf, left).at[best].set(-jnp.inf)
        return left, rows.at[place].set(best.astype("int32")), kept.at[place].set(is_there)

    count = min(count, scores.shape[0])
    start = scores, jnp.zeros(count, "int32"), jnp.zeros(count, bool)
    return jax.lax.fori_loop(0, count, pick, start)[1:]


def _overlaps(box: Any, boxes: Any) -> Any:
    """Which part of the area they cover together a box and others share."""
    low, high = jnp.minimum(boxes[:, :2], boxes[:, 2:]), jnp.maximum(boxes[:, :2], boxes[:, 2:])
    start, end = jnp.minimum(box[:2], box[2:]), jnp.maximum(box[:2], box[2:])
    sides = jnp.maximum(jnp.minimum(high, end) - jnp.maximum(low, start), 0)
    shared, area = jnp.prod(sides, 1), jnp.prod(high - low, 1)
    whole = area + jnp.prod(end - start) - shared
    return jnp.where((area > 0) & (whole > 0), shared / jnp.where(whole > 0, whole, 1), 0)
