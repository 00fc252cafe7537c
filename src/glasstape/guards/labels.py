"""Class labels that lie outside the classes."""

from __future__ import annotations

from glasstape.errors import LabelRangeError
from glasstape.sources import Source


def label_error(label: object, num_classes: int, source: Source) -> LabelRangeError:
    """The error for a `label` outside ``[0, num_classes)``."""
    return LabelRangeError(
        "A class label is out of range; this step changed nothing.",
        expected=f"labels from 0 to {num_classes - 1} (the predictions have {num_classes} classes)",
        received=f"label {label}",
        fix="check the labels, or give the model's last layer more units",
        where=source,
    )
