"""Tensors of a step that somebody kept: in an attribute, a list, a global or a closure.

Such a tensor has no value, only a place in the program. Keeping it does no harm, and Keras layers
that keep what they have computed are common; using it after the step was traced is a mistake. So
after the trace each one is replaced, where it is kept, by an object that tells on first use where
it was stored. When nothing was kept the trace itself is gone, and this costs nothing.
"""

from __future__ import annotations

import ast
import collections
import functools
import gc
import inspect
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from glasstape import sources
from glasstape.compiler.callables import name_of
from glasstape.errors import LeakedTensorError, TracerLeakError
from glasstape.ports import jax_trace


class LeakedTensor:
    """Stands where a tensor of a compiled step was kept; every use of it raises.

    Args:
        layout: What the tensor was, such as ``float32[32,10]``.
        step: The step's name.
        place: Where it is kept.
        stored: The lines that may have stored it.
    """

    __slots__ = ("__weakref__", "_layout", "_place", "_step", "_stored")

    def __init__(self, layout: str, step: str, place: str, stored: list[sources.Source]):
        self._layout = layout
        self._step = step
        self._place = place
        self._stored = stored

    def _error(self, kind: type[TracerLeakError] = LeakedTensorError) -> TracerLeakError:
        lines = " or ".join(f"{s}: `{s.text}`" for s in self._stored) or "a line of the step"
        return kind(
            f"A tensor of the compiled step {self._step} was used outside it.",
            expected="a value; inside the step a tensor is a place in its program and has none",
            received=f"a {self._layout} tensor kept in {self._place}, stored at {lines}",
            fix="return the tensor from the step, or assign it to a gt.Variable",
            where=sources.user_source(3),
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name not in _ASKED_BY_ARRAYS:
            raise AttributeError(name)  # Python itself is asking, for copying or formatting
        # JAX asks for the first; a TypeError it would take for its own and hide.
        raise self._error(TracerLeakError if name == "__jax_array__" else LeakedTensorError)

    def __repr__(self) -> str:
        return f"<a {self._layout} tensor of {self._step}, kept in {self._place}: it has no value>"


_ASKED_BY_ARRAYS = ("__array__", "__jax_array__", "__dlpack__", "__array_interface__")


def _raising(self: LeakedTensor, *args: Any, **kwargs: Any) -> Any:
    raise self._error()


_OPERATORS = (
    "bool", "float", "int", "complex", "index", "len", "iter", "getitem", "setitem", "contains",
    "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "floordiv", "rfloordiv",
    "mod", "rmod", "pow", "rpow", "matmul", "rmatmul", "neg", "pos", "abs", "invert", "lt", "le",
    "gt", "ge", "and", "rand", "or", "ror", "xor", "rxor", "lshift", "rshift", "round", "array",
    "format",
)  # fmt: skip
for _name in _OPERATORS:
    setattr(LeakedTensor, f"__{_name}__", _raising)


class Place(NamedTuple):
    """Where a tensor is kept.

    Attributes:
        text: In words.
        name: The attribute, variable or list it is kept in or under, when it is known.
        file: Of the class or module this belongs to, when that is not the step's.
    """

    text: str
    name: str | None
    file: str | None = None


def replace(origin: weakref.ref[Any], function: Callable[..., Any]) -> None:
    """Replace every tensor of a finished trace that is still kept by a `LeakedTensor`.

    Args:
        origin: The trace.
        function: The step that was traced.
    """
    if origin() is None:
        return
    gc.collect()  # nobody may have kept it: objects that refer to each other
    trace = origin()
    if trace is None:
        return
    for tracer in jax_trace.tracers_of(trace):
        _replace(tracer, f"{tracer.dtype}[{','.join(map(str, tracer.shape))}]", function)


def _replace(kept: Any, layout: str, function: Callable[..., Any]) -> None:
    found = [f for holder in gc.get_referrers(kept) for f in _stores(holder, kept, function)]
    for place, store in found:
        stored = _storing_lines(place, function)
        store(LeakedTensor(layout, name_of(function), place.text, stored))


def _stores(
    holder: Any, kept: Any, function: Callable[..., Any], depth: int = 0
) -> Iterator[tuple[Place, Callable[[Any], None]]]:
    """The places in `holder` where `kept` is, each with what puts something else there."""
    if isinstance(holder, dict):
        for key in [k for k, v in holder.items() if v is kept]:
            yield _place_in_dict(holder, key, function), functools.partial(holder.__setitem__, key)
    elif isinstance(holder, list | collections.deque):
        for index in [i for i, v in enumerate(holder) if v is kept]:
            name = _name_of_container(holder, function)
            text = f"the list `{name}`" if name else "a list"
            yield Place(text, name), functools.partial(holder.__setitem__, index)
    elif isinstance(holder, types.CellType):
        name = _name_of_cell(holder, function)
        text = f"the variable `{name}` of a function" if name else "a variable of a function"
        yield Place(text, name), functools.partial(setattr, holder, "cell_contents")
    elif isinstance(holder, tuple):
        for outer in gc.get_referrers(holder) if depth < _DEEPEST else ():
            for place, store in _stores(outer, holder, function, depth + 1):
                yield place, functools.partial(_store_rebuilt, store, holder, kept)
    elif not jax_trace.is_tracer(holder) and not isinstance(holder, types.FrameType):
        # Since Python 3.11 an object may hold its attributes without a dict.
        attributes = getattr(holder, "__dict__", {})
        for name in [n for n, v in attributes.items() if v is kept]:
            yield _attribute(holder, name), functools.partial(attributes.__setitem__, name)
        for name in [n for n in _slots(type(holder)) if getattr(holder, n, None) is kept]:
            yield _attribute(holder, name), functools.partial(setattr, holder, name)


_DEEPEST = 3  # tuples in tuples


def _store_rebuilt(store: Callable[[Any], None], values: tuple, old: Any, new: Any) -> None:
    replaced = [new if v is old else v for v in values]
    make = getattr(values, "_make", tuple)  # a named tuple has its own way
    store(make(replaced))


def _slots(kind: type) -> Iterator[str]:
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots


def _place_in_dict(holder: dict, key: Any, function: Callable[..., Any]) -> Place:
    for owner in gc.get_referrers(holder):
        if isinstance(owner, types.ModuleType):
            return Place(f"the global name `{key}`", key, getattr(owner, "__file__", None))
        if getattr(owner, "__dict__", None) is holder:
            return _attribute(owner, key)
    if holder is getattr(function, "__globals__", None):
        return Place(f"the global name `{key}`", key)
    name = _name_of_container(holder, function)
    return Place(f"the dict `{name}` under {key!r}" if name else f"a dict under {key!r}", name)


def _attribute(owner: Any, name: str) -> Place:
    try:
        file = inspect.getsourcefile(type(owner))
    except TypeError:
        file = None
    return Place(f"the attribute `{name}` of a {type(owner).__name__} object", name, file)


def _named_values(holder: Any) -> dict[str, Any]:
    return holder if isinstance(holder, dict) else getattr(holder, "__dict__", {})


def _name_of_container(container: Any, function: Callable[..., Any]) -> str | None:
    """What the step calls a list or dict: a global name, one of its closure, or an attribute."""
    function = inspect.unwrap(function)
    spaces = [getattr(function, "__globals__", {})]
    code, cells = getattr(function, "__code__", None), getattr(function, "__closure__", None) or ()
    if code is not None:
        spaces.append(
            {n: _contents(c) for n, c in zip(code.co_freevars, cells, strict=True)},
        )
    spaces += map(_named_values, gc.get_referrers(container))
    for space in spaces:
        for name, value in list(space.items()):
            if value is container and isinstance(name, str):
                return name
    return None


def _contents(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return None


def _name_of_cell(cell: types.CellType, function: Callable[..., Any]) -> str | None:
    function = inspect.unwrap(function)
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    cells = getattr(function, "__closure__", None) or ()
    return next((n for n, c in zip(names, cells, strict=True) if c is cell), None)


def _storing_lines(place: Place, function: Callable[..., Any]) -> list[sources.Source]:
    """The lines that store something under this name; those the step may reach, if there are."""
    if place.name is None:
        return []
    step = sources.definition(function)
    bodies, found = _Bodies(), []
    for file in dict.fromkeys(f for f in (step.file, place.file) if f):
        found += [sources.Source(file, n, where) for n, where in bodies.stores(file, place.name)]
    for functions in ({step.function}, bodies.reached_from(step.function)):
        reached = [s for s in found if s.function in functions]
        if reached:
            return reached[:3]
    return found[:3]


class _Bodies:
    """The functions of some files: what they store, and which they may call."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}  # that appear in a function of this name

    def stores(self, file: str, name: str) -> list[tuple[int, str]]:
        """Line and function of each statement that assigns to `name` or puts something into it."""
        try:
            tree = ast.parse("".join(sources.lines(file)))
        except SyntaxError:
            return []
        found: list[tuple[int, str]] = []

        def visit(node: ast.AST, where: str) -> None:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                where = node.name
            self._names.setdefault(where, set()).add(_named(node) or "")
            if where != "<module>" and _stores_under(node, name):
                found.append((node.lineno, where))  # pyright: ignore[reportAttributeAccessIssue]
            for child in ast.iter_child_nodes(node):
                visit(child, where)

        visit(tree, "<module>")
        return found

    def reached_from(self, function: str) -> set[str]:
        """Names of the functions it may call: by name, or as Keras calls those of a layer."""
        reached, new = set(), {function, "call", "__call__", "build"}
        while new:
            reached |= new
            named = set().union(*(self._names.get(name, ()) for name in new))
            new = (named & self._names.keys()) - reached
        return reached


_ADDING = ("append", "appendleft", "extend", "insert", "update", "setdefault")


def _stores_under(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        inner = [n for t in targets for n in ast.walk(t)]
        return any(_named(n) == name for n in inner)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in _ADDING and _named(node.func.value) == name
    return False


def _named(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None
