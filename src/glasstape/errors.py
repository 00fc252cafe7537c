"""Every error GlassTape raises, and the one form their messages take.

A message always answers four questions in the same order: what happened, what was
expected, what was received, what to do. The user's own file and line comes last.
Each class also derives from the built-in type TensorFlow or Python would raise there,
so existing ``except`` clauses keep working.
"""

from __future__ import annotations

from typing import Any


def message(
    happened: str,
    *,
    expected: str | None = None,
    received: str | None = None,
    fix: str | None = None,
    where: object | None = None,
) -> str:
    """Lay out an error message: happened / Expected / Received / Do this / At."""
    lines = [happened]
    for label, text in (
        ("Expected", expected),
        ("Received", received),
        ("Do this", fix),
        ("At", where),
    ):
        if text is not None:
            lines.append(f"  {label}: {text}")
    return "\n".join(lines)


class GlassTapeError(Exception):
    """Base class: catch this to catch everything GlassTape refuses.

    Args:
        happened: One sentence saying what went wrong.
        expected: What would have been right.
        received: What came instead.
        fix: What the user can do.
        where: The user's file and line (anything with a readable ``str``).
    """

    def __init__(
        self,
        happened: str,
        *,
        expected: str | None = None,
        received: str | None = None,
        fix: str | None = None,
        where: object | None = None,
    ):
        super().__init__(
            message(happened, expected=expected, received=received, fix=fix, where=where)
        )
        self.where = where


class OpError(GlassTapeError):
    """What TensorFlow raises from operations: ``tf.errors.OpError``.

    GlassTape's refusals of wrong arguments are of its subclasses, so that TensorFlow programs catch
    them. Programs raise them, too, with TensorFlow's arguments ``(node_def, op, message)``.
    """

    def __init__(self, *args: Any, **parts: Any):
        self.node_def, self.op, self.message = (*args, None, None, None)[:3]
        if len(args) < 3:
            self.node_def, self.op, self.message = None, None, str(args[0] if args else "")
        super().__init__(str(self.message), **parts)


class InvalidArgumentError(OpError):
    """An operation was given what it does not take: ``tf.errors.InvalidArgumentError``."""


class OutOfRangeError(OpError):
    """Something beyond an end was asked for: ``tf.errors.OutOfRangeError``."""


class NotFoundError(OpError):
    """Something is not there: ``tf.errors.NotFoundError``."""


class AlreadyExistsError(OpError):
    """Something exists already: ``tf.errors.AlreadyExistsError``."""


class UnsupportedError(GlassTapeError, ImportError):
    """The installed JAX, Keras, or Keras backend is not one GlassTape runs on."""


class TapeUsedUpError(GlassTapeError, RuntimeError):
    """A non-persistent tape was asked for gradients a second time."""


class TapeStateError(GlassTapeError, RuntimeError, ValueError):
    """A tape was entered, left or used out of order (TensorFlow raises either type)."""


class TapeTypeError(GlassTapeError, TypeError, ValueError):
    """Something that is not a tensor or a variable was handed to a tape."""


class TapeValueError(GlassTapeError, ValueError):
    """An argument of a tape method has the right type and a wrong value."""


class GradientCheckError(GlassTapeError, AssertionError):
    """A gradient is not what finite differences say; a test that asks for it fails."""


class RetraceError(GlassTapeError, AssertionError):
    """A step was traced more often than its test allows."""


class GradientMismatchError(GlassTapeError, ValueError):
    """The gradients handed to an optimizer do not fit the variables."""


class LabelRangeError(GlassTapeError, ValueError):
    """A class label lies outside the classes the model predicts."""


class NonFiniteLossError(GlassTapeError, FloatingPointError):
    """The loss is NaN or infinite; the variables keep their last good values."""


class StepMemoryError(GlassTapeError, MemoryError):
    """A compiled step needs more memory than there is."""


class StepTypeError(GlassTapeError, TypeError):
    """A compiled function was given or returned something it cannot handle."""


class GlassValueError(GlassTapeError, ValueError):
    """An argument of `glass` has an unknown value."""


class GlassStateError(GlassTapeError, RuntimeError):
    """A glass was entered or used out of order."""


class RunNotFoundError(GlassTapeError, FileNotFoundError):
    """A folder does not hold the log of a run."""


class TracerLeakError(GlassTapeError, ValueError):
    """A value of a compiled step, loop or branch was taken out of it."""


class LeakedTensorError(TracerLeakError, TypeError):
    """A tensor of a compiled step was used outside it (TensorFlow raises a TypeError)."""


class ControlFlowValueError(GlassTapeError, ValueError):
    """What a branch or loop that tensors decide about does to a variable of Python cannot be."""


class ControlFlowTypeError(GlassTapeError, TypeError):
    """Likewise, because of a type; or a tensor decides where only Python values can."""


class AssertionFailedError(InvalidArgumentError, AssertionError):
    """An `assert` of a compiled step did not hold; the variables keep what they held before."""


class UncompiledError(GlassTapeError, TypeError):
    """A step does what no program can; `function` runs it as plain Python instead."""


class NotKnownYetError(UncompiledError):
    """A call is needed to know it; the next one can be compiled."""


class TextOfStepError(UncompiledError):
    """A step makes text of its own numbers, so that none of its calls can be compiled."""


class VariableCreationError(GlassTapeError, ValueError):
    """A variable was created where it cannot be kept."""


class ArgumentsChangedError(GlassTapeError, ValueError):
    """A compiled step changed a list, dict or dataclass it was called with."""


class ResultLostError(GlassTapeError, RuntimeError):
    """The result of a queued step was asked for, and the step did not finish."""


class VariableBusyError(GlassTapeError, RuntimeError):
    """A variable was asked for while a step in another thread could not let go of it."""


class CacheError(GlassTapeError, ValueError):
    """An argument of `compilation_cache` has an unknown value."""


class PassError(GlassTapeError, ValueError):
    """`passes`, or the environment variable beside it, names no pass or has an unknown value."""


class KernelBuildError(GlassTapeError, RuntimeError):
    """The optional kernels cannot be built on this machine."""


class SavedFunctionError(GlassTapeError, ValueError):
    """A function cannot be saved, or a file is not a saved function that runs here."""


class DatasetError(GlassTapeError, ValueError):
    """A data source is empty, inconsistent or cut short."""


class DatasetInStepError(UncompiledError, DatasetError):
    """A dataset is gone over where a program is traced."""


class DatasetNotFoundError(GlassTapeError, FileNotFoundError):
    """A data folder or file is not there."""


class NotCoveredError(GlassTapeError, AttributeError):
    """A TensorFlow name that ``glasstape.tf`` does not translate."""


class NotCoveredImportError(GlassTapeError, ImportError):
    """A TensorFlow name that ``glasstape.tf`` does not translate, in an import statement."""


class TensorTypeError(InvalidArgumentError, TypeError, ValueError):
    """Something cannot be made a tensor of the wanted dtype or shape."""


class ShapeError(InvalidArgumentError, ValueError):
    """A tensor or shape does not have the shape it should have."""


class TensorArrayError(OutOfRangeError, ValueError):
    """A `tf.TensorArray` cannot be used like that."""


class TracedValueError(GlassTapeError, AttributeError):
    """A tensor's values are asked for while its step is being traced."""


class ModuleNameError(GlassTapeError, ValueError):
    """The name of a `tf.Module` is no identifier."""


class HostFunctionError(GlassTapeError, TypeError, ValueError):
    """A Python function cannot be called from a compiled step."""


class FileUnknownError(NotFoundError, FileNotFoundError):
    """A file or folder is not there."""


class FileThereError(AlreadyExistsError, FileExistsError):
    """A file that would be written is there already."""


class CheckpointError(GlassTapeError, ValueError):
    """A checkpoint does not fit the objects it is restored to, or its file is damaged."""


class CheckpointMismatchError(CheckpointError, AssertionError):
    """Something of a checkpoint, or of the program, has found no counterpart."""


class SummaryError(GlassTapeError, ValueError, RuntimeError):
    """A summary cannot be written: no step, a value of the wrong shape, or a closed writer."""


class MissingExtraError(GlassTapeError, ImportError):
    """An optional dependency is not installed."""
