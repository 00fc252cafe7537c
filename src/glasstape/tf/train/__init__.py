"""`tf.train`: checkpoints and moving averages."""

from glasstape.tf import _elsewhere
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
]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
