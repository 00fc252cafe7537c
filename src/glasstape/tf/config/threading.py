"""`tf.config.threading`: accepted; XLA chooses its threads by itself."""

from glasstape.tf import _elsewhere

__all__ = [
    "get_inter_op_parallelism_threads",
    "get_intra_op_parallelism_threads",
    "set_inter_op_parallelism_threads",
    "set_intra_op_parallelism_threads",
]


def get_inter_op_parallelism_threads() -> int:
    """0: XLA chooses."""
    return 0


def get_intra_op_parallelism_threads() -> int:
    """0: XLA chooses."""
    return 0


def set_inter_op_parallelism_threads(num_threads: int) -> None:
    """Accepted for TensorFlow's sake; unused.

    Args:
        num_threads: Unused.
    """


def set_intra_op_parallelism_threads(num_threads: int) -> None:
    """Accepted for TensorFlow's sake; unused.

    Args:
        num_threads: Unused.
    """


__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
