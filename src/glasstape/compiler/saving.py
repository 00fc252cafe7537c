"""A compiled function in a file, for inference: `Function.save` and `load_function`.

The file is a zip archive: ``function.json`` says what is in it, ``program`` is what `jax.export`
makes of the function, ``variables/0`` and so on are the values of the variables it reads. Nothing
in it is pickled, and loading runs no code of the user's.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import json
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

import glasstape
from glasstape import errors, sources
from glasstape.compiler import checks, skeletons
from glasstape.compiler.callables import Parameters
from glasstape.compiler.signature import Signature, describe
from glasstape.compiler.spec import TensorSpec
from glasstape.compiler.step import Traced
from glasstape.errors import MissingExtraError, SavedFunctionError
from glasstape.ports import keras_state

FORMAT = 1
_ABOUT, _PROGRAM = "function.json", "program"


class Function(NamedTuple):
    """What is to be saved.

    Attributes:
        name: Its name.
        parameters: Those of the Python function.
        call: The signature; where a dimension is not known it has a `TensorSpec`.
        known: Its trace for a signature; made when there is none yet.
        trace: Traces it anew, for one with symbols in it.
    """

    name: str
    parameters: Parameters
    call: Signature
    known: Callable[[Signature], Traced]
    trace: Callable[[Signature], Traced]


def save(path: str | os.PathLike[str], function: Function) -> None:
    """Write a function to a file.

    Args:
        path: The file.
        function: What is to be saved.
    """
    call, traced = _traced(function)
    _check(function.name, traced)
    about = _about(function, call, traced)
    exported = _exported(function, call, traced)
    values = [np.asarray(v.value) for v in traced.state]
    about |= {
        "platforms": [*exported.platforms],
        "calling_convention": exported.calling_convention_version,
        "variables": [_layout(v.path, a) for v, a in zip(traced.state, values, strict=True)],
    }
    _write(path, about, bytes(_serialized(exported)), values)


def _layout(path: str, array: Any) -> dict[str, Any]:
    return {"path": path, "shape": [*array.shape], "dtype": array.dtype.name}


# ----- tracing -----


def _traced(function: Function) -> tuple[Signature, Traced]:
    """The function traced, with symbols where a dimension is not known."""
    call = function.call
    if all(not isinstance(v, TensorSpec) or v.is_exact for v in call.inputs):
        return call, function.known(call)
    if any(isinstance(v, TensorSpec) and v.shape is None for v in call.inputs):
        raise _refusal(
            f"{function.name} cannot be saved for tensors of any rank.",
            expected="the rank of each tensor, and None for a dimension of any size",
            received=call.describe(),
            fix="give shapes, such as gt.TensorSpec([None, 10])",
        )
    tried: list[Exception] = []
    # Each dimension may have a size of its own; where that cannot be, batches are of one size.
    for is_batch_shared in (False, True):
        symbolic = call._replace(inputs=_symbolic(call.inputs, is_batch_shared))
        try:
            return symbolic, function.trace(symbolic)
        except Exception as error:
            tried.append(error)
    raise _refusal(
        f"{function.name} cannot be traced with dimensions of any size: {tried[-1]}",
        expected="operations that do not depend on what the size is",
        received=call.describe(),
        fix="give the size instead of None, and save a function for each size",
    ) from tried[-1]


def _symbolic(inputs: Sequence[Any], is_batch_shared: bool) -> list[Any]:
    scope, found = export.SymbolicScope(), []
    for number, value in enumerate(inputs):
        shape = value.shape
        if isinstance(value, TensorSpec) and not value.is_exact:
            names = [
                str(size) if size is not None else _symbol(number, axis, is_batch_shared)
                for axis, size in enumerate(shape)
            ]
            shape = export.symbolic_shape(",".join(names), scope=scope)
        found.append(jax.ShapeDtypeStruct(shape, value.dtype))
    return found


def _symbol(number: int, axis: int, is_batch_shared: bool) -> str:
    return "batch" if is_batch_shared and axis == 0 else f"size_{number}_{axis}"


def _check(name: str, traced: Traced) -> None:
    """Only a function that changes nothing can be saved."""
    if traced.written:
        paths = [v.path for v in traced.written]
        seeds = [p for p in paths if "seed_generator" in p]
        fix = "save a function that only predicts: gt.function(lambda x: model(x, training=False))"
        if seeds:
            fix += "; drawing random numbers, as Dropout does with training=True, writes a seed"
        raise _refusal(
            f"{name} writes variables, so it cannot be saved for inference.",
            expected="a function that reads variables and writes none",
            received=_few(paths),
            fix=fix,
        )
    if traced.prints.lines:
        raise _refusal(
            f"{name} prints, which a saved function cannot.",
            expected="a function without gt.print",
            received=f"{len(traced.prints.lines)} calls of it",
            fix="take them out, or return the tensors",
        )


def _few(paths: Sequence[str]) -> str:
    others = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return f"{len(paths)} written: {', '.join(paths[:5])}{others}"


def _refusal(happened: str, expected: str, received: str, fix: str) -> SavedFunctionError:
    return SavedFunctionError(
        happened, expected=expected, received=received, fix=fix, where=sources.user_source()
    )


# ----- what is written -----


def _about(function: Function, call: Signature, traced: Traced) -> dict[str, Any]:
    holes = [skeletons.Hole(i) for i in range(len(call.inputs))]
    arguments = function.parameters.by_name(*call.arguments(list(holes)))
    outputs = iter(map(skeletons.Hole, range(traced.num_outputs)))
    leaves = range(traced.out_tree.num_leaves)
    result = traced.out_tree.unflatten(
        [traced.out_static[i] if i in traced.out_static else next(outputs) for i in leaves]
    )
    return {
        "format": FORMAT,
        "versions": _versions(),
        "name": function.name,
        "parameters": [_argument(function, name, value) for name, value in arguments],
        "inputs": [_spec(v) for v in call.inputs],
        "result": _skeleton(result, "the result of", function),
        "checks": [type(error(0)).__name__ for error in traced.errors],
    }


def _argument(function: Function, name: str, value: Any) -> dict[str, Any]:
    kind = function.parameters.kind(name)
    skeleton = _skeleton(value, f"the argument `{name}` of", function)
    return {"name": name.replace(" ", "_"), "kind": kind, "value": skeleton}


def _versions() -> dict[str, str]:
    return {
        "glasstape": glasstape.__version__,
        **{name: importlib.metadata.version(name) for name in ("jax", "keras")},
    }


def _skeleton(value: Any, what: str, function: Function) -> skeletons.Skeleton:
    try:
        return skeletons.of(value)
    except skeletons.NotPlainError as error:
        raise _refusal(
            f"{what[0].upper()}{what[1:]} {function.name} cannot be written to a file.",
            expected="tensors, numbers, strings, None, and lists, tuples, dicts, named tuples and "
            "dataclasses of them",
            received=f"a {type(error.args[0]).__name__} object",
            fix="let the function find models and other objects by themselves (as a global or a "
            "variable around it) instead of being given them",
        ) from None


def _spec(value: Any) -> dict[str, Any]:
    """A tensor's dtype and shape; a name for a size that may vary."""
    sizes = [n if isinstance(n, int) else str(n) for n in value.shape]
    return {"dtype": np.dtype(value.dtype).name, "shape": sizes}


def _exported(function: Function, call: Signature, traced: Traced) -> Any:
    def run(state: list[Any], inputs: list[Any]) -> list[Any]:
        results = traced.staged.run(state, [*inputs, jnp.asarray(checks.EMPTY_VERDICT)])
        first = len(traced.gradients)
        kept = results[first : first + traced.num_outputs + bool(traced.errors)]
        return kept

    run.__name__ = "".join(c if c.isalnum() else "_" for c in function.name)
    state = [jax.ShapeDtypeStruct(*keras_state.layout(v)) for v in traced.state]
    inputs = [jax.ShapeDtypeStruct(v.shape, v.dtype) for v in call.inputs]
    try:
        return export.export(jax.jit(run))(state, inputs)
    except (NotImplementedError, ValueError) as error:
        if "_rnn_" in str(error):
            raise _refusal(
                f"{function.name} cannot be exported: it calls cuDNN's recurrent layers.",
                expected="operations that XLA does by itself",
                received=str(error).splitlines()[0],
                fix="make the layer with use_cudnn=False, or save it where JAX runs on the CPU "
                "(JAX_PLATFORMS=cpu)",
            ) from error
        raise _refusal(
            f"{function.name} cannot be exported: {error}",
            expected="operations that XLA does by itself",
            received="one that it does not, such as a callback to Python",
            fix="leave it out of the saved function",
        ) from error


def _serialized(exported: Any) -> bytearray:
    try:
        return exported.serialize()
    except ImportError:
        raise _no_flatbuffers() from None


def _no_flatbuffers() -> MissingExtraError:
    return MissingExtraError(
        "Saved functions need the package flatbuffers, which jax.export writes and reads with.",
        expected="flatbuffers",
        received="no flatbuffers",
        fix="pip install 'glasstape[save]'   (or: pip install flatbuffers)",
    )


def _write(path: Any, about: dict[str, Any], program: bytes, values: Sequence[Any]) -> None:
    """All or nothing: a file that is there already stays until the new one is whole."""
    folder = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".saving-")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            archive.writestr(_ABOUT, json.dumps(about, indent=1))
            archive.writestr(_PROGRAM, program, zipfile.ZIP_DEFLATED)
            for number, value in enumerate(values):
                archive.writestr(f"variables/{number}", value.tobytes())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


# ----- loading -----


def load_function(path: str | os.PathLike[str]) -> LoadedFunction:
    """Load a function that `Function.save` has written; needs none of the code that made it.

    Args:
        path: The file.

    Returns:
        A `LoadedFunction`, to call like the one that was saved.

    Raises:
        FileNotFoundError: there is no such file.
        SavedFunctionError: the file is damaged, is none of ours, or was written by a newer version
            or for another kind of device.

    Example:
        >>> import os, tempfile
        >>> import jax.numpy as jnp
        >>> import glasstape as gt
        >>> scale = gt.Variable(3.0)
        >>> predict = gt.function(lambda x: {"y": x * scale})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = os.path.join(folder, "predict.fn")
        ...     predict.save(file, gt.TensorSpec([None]))
        ...     loaded = gt.load_function(file)
        >>> loaded
        <glasstape.LoadedFunction <lambda>(x: float32[?])>
        >>> loaded(jnp.ones(2))
        {'y': Array([3., 3.], dtype=float32)}
    """
    path = os.fspath(path)
    try:
        with zipfile.ZipFile(path) as archive:
            about = _read_about(archive, path)
            _check_versions(about, path)
            content = archive.read(_PROGRAM)
            values = [
                _array(archive.read(f"variables/{i}"), v) for i, v in enumerate(about["variables"])
            ]
        return LoadedFunction(about, _deserialized(content), values)
    except errors.GlassTapeError:
        raise
    except _DAMAGED as error:
        raise _not_ours(path, error) from error


# What reading raises of a file that is cut short, changed, or another kind of file.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, KeyError, TypeError,
    IndexError, AttributeError, RuntimeError,
)  # fmt: skip


def _array(content: bytes, about: dict[str, Any]) -> jax.Array:
    flat = np.frombuffer(content, jnp.dtype(about["dtype"]))
    return jnp.asarray(flat.reshape(about["shape"]))


def _read_about(archive: zipfile.ZipFile, path: str) -> dict[str, Any]:
    if _ABOUT not in archive.namelist():
        raise _not_ours(path, "it is another kind of archive")
    about = json.loads(archive.read(_ABOUT))
    if not isinstance(about, dict) or not isinstance(about.get("format"), int):
        raise _not_ours(path, "it does not say its format")
    return about


def _not_ours(path: str, reason: Any) -> SavedFunctionError:
    return _refusal(
        f"{path} cannot be read as a saved function.",
        expected="a whole file written by Function.save",
        received=f"{os.path.getsize(path)} bytes that are not ({reason})",
        fix="save the function again, and copy the file as a binary one",
    )


def _check_versions(about: dict[str, Any], path: str) -> None:
    written = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    least, most = (
        export.minimum_supported_calling_convention_version,
        export.maximum_supported_calling_convention_version,
    )
    if about["format"] > FORMAT:
        raise _refusal(
            f"{path} was written by a newer GlassTape.",
            expected=f"a file of format {FORMAT} or less",
            received=f"format {about['format']}, written with {written}",
            fix=f"pip install 'glasstape>={about['versions']['glasstape']}'",
        )
    if not least <= about["calling_convention"] <= most:
        raise _refusal(
            f"{path} holds a program that the installed JAX {jax.__version__} cannot call.",
            expected=f"a program of calling convention {least} to {most}",
            received=f"calling convention {about['calling_convention']}, written with {written}",
            fix=f"install jax {about['versions']['jax']}, or save the function again with this one",
        )
    here = export.default_export_platform()
    if here not in about["platforms"]:
        raise _refusal(
            f"{path} was saved for another kind of device.",
            expected=f"a function saved for {here}, which this process computes on",
            received=f"one for {' and '.join(about['platforms'])}",
            fix=f"save it on {here}, or set JAX_PLATFORMS={about['platforms'][0]} before Python "
            "starts",
        )


def _deserialized(content: bytes) -> Any:
    try:
        return export.deserialize(bytearray(content))
    except ImportError:
        raise _no_flatbuffers() from None


class LoadedFunction:
    """A function from a file; `load_function` makes it. Its variables have the values saved.

    Args:
        about: What the file says.
        exported: The program.
        values: Of the variables it reads.

    Attributes:
        name: The name of the function that was saved.
        versions: Of the packages it was saved with.
        weights: The values of its variables, by path.
    """

    def __init__(self, about: dict[str, Any], exported: Any, values: list[Any]):
        self.name: str = about["name"]
        self.versions: dict[str, str] = about["versions"]
        self.weights = {v["path"]: a for v, a in zip(about["variables"], values, strict=True)}
        self._values = values
        self._sizes = [v["shape"] for v in about["inputs"]]
        shapes = [[n if isinstance(n, int) else None for n in sizes] for sizes in self._sizes]
        dtypes = [v["dtype"] for v in about["inputs"]]
        self._specs = [*map(TensorSpec, shapes, dtypes)]
        self._arguments = {p["name"]: p["value"] for p in about["parameters"]}
        self._signature = inspect.Signature(_parameters(about["parameters"]))
        self._result = about["result"]
        self._checks = about["checks"]
        self._run = jax.jit(exported.call)

    @property
    def input_signature(self) -> dict[str, Any]:
        """Each argument by name, with a `TensorSpec` for each tensor."""
        return {n: skeletons.fill(s, self._specs) for n, s in self._arguments.items()}

    def __repr__(self) -> str:
        told = [f"{name}: {self._told(s)}" for name, s in self._arguments.items()]
        return f"<glasstape.LoadedFunction {self.name}({', '.join(told)})>"

    def _told(self, skeleton: skeletons.Skeleton) -> str:
        if skeleton["kind"] == "tensor":
            return describe(self._specs[skeleton["number"]])
        return repr(skeletons.fill(skeleton, [_Word(describe(s)) for s in self._specs]))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it.

        Raises:
            StepTypeError: the arguments are not of its signature.
        """
        results = self._run(self._values, self._inputs(args, kwargs))
        if self._checks:
            self._judge(int(results[0]))
            results = results[1:]
        return skeletons.fill(self._result, results)

    def _inputs(self, args: tuple, kwargs: dict[str, Any]) -> list[Any]:
        inputs: list[Any] = [None] * len(self._specs)
        try:
            bound = self._signature.bind(*args, **kwargs)
            bound.apply_defaults()
            for name, skeleton in self._arguments.items():
                for number, tensor in skeletons.match(skeleton, bound.arguments[name], name):
                    inputs[number] = self._input(number, tensor, name)
        except (TypeError, skeletons.MismatchError) as error:
            if isinstance(error, errors.StepTypeError):
                raise
            raise self._wrong(f"{error}") from None
        self._check_sizes(inputs)
        return inputs

    def _check_sizes(self, inputs: Sequence[Any]) -> None:
        """Sizes of one name are one size, and at least 1."""
        known: dict[str, int] = {}
        for sizes, value in zip(self._sizes, inputs, strict=True):
            for name, size in zip(sizes, value.shape, strict=True):
                if isinstance(name, str) and (size < 1 or known.setdefault(name, size) != size):
                    shapes = " and ".join(map(describe, inputs))
                    reason = "a size is 0" if size < 1 else "their batches are not of one size"
                    raise self._wrong(f"{reason}: {shapes}")

    def _input(self, number: int, value: Any, name: str) -> Any:
        spec = self._specs[number]
        if keras_state.is_variable(value):
            value = value.value
        if isinstance(value, np.ndarray | np.generic):
            value = jnp.asarray(value)
        if not isinstance(value, jax.Array):
            raise self._wrong(f"`{name}` is a {type(value).__name__} and no array")
        if value.dtype != spec.dtype or not spec.takes(value.shape):
            raise self._wrong(f"`{name}` is {describe(value)} and not {describe(spec)}")
        return value

    def _wrong(self, what: str) -> errors.StepTypeError:
        return errors.StepTypeError(
            f"The saved function {self.name} was called with other arguments than it was saved "
            f"for: {what}.",
            expected=repr(self),
            received=what,
            fix="cast or reshape them, or save the function for these too",
            where=sources.user_source(),
        )

    def _judge(self, verdict: int) -> None:
        """Raise the error the original would have raised, as far as the file knows it."""
        if verdict == checks.PASSED:
            return
        number, seen = checks.read(verdict)
        kind = getattr(errors, self._checks[min(number, len(self._checks) - 1)])
        raise kind(
            f"A check of the saved function {self.name} failed.",
            expected="labels inside their range, and losses that are finite",
            received=f"what makes the function it was saved from raise {kind.__name__} ({seen})",
            fix="run that function on this input: its error says more",
            where=sources.user_source(),
        )


class _Word(str):
    """Shown without quotes."""

    def __repr__(self) -> str:
        return str(self)


def _parameters(saved: Sequence[dict[str, Any]]) -> list[inspect.Parameter]:
    """The parameters; what was saved as a constant may be left out when nothing follows it."""
    found: list[inspect.Parameter] = []
    may_be_left_out = True
    for one in reversed(saved):
        kind = getattr(inspect.Parameter, one["kind"])
        is_constant = not list(skeletons.empty(one["value"]))
        default = inspect.Parameter.empty
        if kind is inspect.Parameter.KEYWORD_ONLY and is_constant:
            default = skeletons.fill(one["value"], ())
        elif kind is not inspect.Parameter.VAR_POSITIONAL:
            may_be_left_out = may_be_left_out and is_constant
            if may_be_left_out and kind is not inspect.Parameter.KEYWORD_ONLY:
                default = skeletons.fill(one["value"], ())
        found.insert(0, inspect.Parameter(one["name"], kind, default=default))
    return found
