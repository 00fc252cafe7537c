"""`tf.train`: checkpoints, moving averages and the messages of TFRecord files."""

from typing import Any

from glasstape.tf import _elsewhere, _example
from glasstape.tf.train._average import ExponentialMovingAverage as ExponentialMovingAverage
from glasstape.tf.train._checkpoint import Checkpoint as Checkpoint
from glasstape.tf.train._checkpoint import CheckpointOptions as CheckpointOptions
from glasstape.tf.train._manager import CheckpointManager as CheckpointManager
from glasstape.tf.train._reading import checkpoints_iterator as checkpoints_iterator
from glasstape.tf.train._reading import list_variables as list_variables
from glasstape.tf.train._reading import load_checkpoint as load_checkpoint
from glasstape.tf.train._reading import load_variable as load_variable
from glasstape.tf.train._state import get_checkpoint_state as get_checkpoint_state
from glasstape.tf.train._state import latest_checkpoint as latest_checkpoint

__all__ = [
    "Checkpoint",
    "CheckpointManager",
    "CheckpointOptions",
    "ExponentialMovingAverage",
    "checkpoints_iterator",
    "get_checkpoint_state",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    *_example.NAMES,
]

_look_up, __dir__ = _elsewhere.module_hooks(__name__)


def __getattr__(name: str) -> Any:
    """Messages are made when they are first asked for: protobuf may be missing."""
    return _example.message(name) if name in _example.NAMES else _look_up(name)
