"""`tf.errors`: what TensorFlow programs catch and raise.

GlassTape's refusals of wrong arguments are `InvalidArgumentError`, those of a `tf.TensorArray`
beyond its end `OutOfRangeError`, those of files that are not there `NotFoundError`. The other
classes are here for programs that name them.
"""

from glasstape.errors import AlreadyExistsError as AlreadyExistsError
from glasstape.errors import InvalidArgumentError as InvalidArgumentError
from glasstape.errors import NotFoundError as NotFoundError
from glasstape.errors import OpError as OpError
from glasstape.errors import OutOfRangeError as OutOfRangeError
from glasstape.tf import _elsewhere


class AbortedError(OpError):
    """An operation was aborted."""


class CancelledError(OpError):
    """An operation was cancelled."""


class DataLossError(OpError):
    """Data was lost or spoilt."""


class DeadlineExceededError(OpError):
    """Time ran out."""


class FailedPreconditionError(OpError):
    """Something is not as an operation needs it."""


class InternalError(OpError):
    """Something broke inside."""


class PermissionDeniedError(OpError):
    """Something is not allowed."""


class ResourceExhaustedError(OpError):
    """Memory or another resource ran out."""


class UnauthenticatedError(OpError):
    """Nobody knows who asks."""


class UnavailableError(OpError):
    """Something is not available now."""


class UnimplementedError(OpError):
    """Something is not implemented."""


class UnknownError(OpError):
    """Something else."""


__all__ = [
    "AbortedError",
    "AlreadyExistsError",
    "CancelledError",
    "DataLossError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "OpError",
    "OutOfRangeError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnknownError",
]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
