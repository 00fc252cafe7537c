"""Tensors of a step that somebody kept: in an attribute, a list, a global or a closure.

Such a tensor has no value, only a place in the program. Keeping it does no harm, and Keras layers
that keep what they have computed are common; using it after the step was traced is a mistake. So
after the trace each one is replaced, where it is kept, by an object that tells on first use where
it was stored. Whether any was kept is asked of the objects made while tracing, in 10 ms.
"""

from __future__ import annotations

import ast
import collections
import functools
import gc
import inspect
import sys
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
        step: Where the step is defined.
        place: Where it is kept.
    """

    __slots__ = ("__weakref__", "_layout", "_place", "_step")

    def __init__(self, layout: str, step: sources.Source, place: Place):
        self._layout = layout
        self._step = step
        self._place = place

    def _error(self, kind: type[TracerLeakError] = LeakedTensorError) -> TracerLeakError:
        stored = _storing_lines(self._place, self._step)
        lines = " or ".join(f"{s}: `{s.text}`" for s in stored) or "a line of the step"
        return kind(
            f"A tensor of the compiled step {self._step.function} was used outside it.",
            expected="a value; inside the step a tensor is a place in its program and has none",
            received=f"a {self._layout} tensor kept in {self._place.text}, stored at {lines}",
            fix="return the tensor from the step, or assign it to a gt.Variable",
            where=sources.user_source(3),
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name not in _ASKED_BY_ARRAYS:
            raise AttributeError(name)  # Python itself is asking, for copying or formatting
        # JAX asks for the first; a TypeError it would take for its own and hide.
        raise self._error(TracerLeakError if name == "__jax_array__" else LeakedTensorError)

    def __repr__(self) -> str:
        kept = f"of {self._step.function}, kept in {self._place.text}"
        return f"<a {self._layout} tensor {kept}: it has no value>"


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
    """Replace every tensor of a finished trace that the user still keeps by a `LeakedTensor`.

    Args:
        origin: The trace.
        function: The step that was traced.
    """
    trace = origin()
    # JAX itself may keep a trace, for the derivative rules of its operations, but no tensor of it.
    # The collector was held back, so all of them are young; looking through these takes 10 ms.
    if trace is None or not jax_trace.has_young_tracer(trace):
        return
    del trace
    gc.collect(0)  # nobody may have kept it: objects that refer to each other
    trace = origin()
    tracers = [] if trace is None else jax_trace.tracers_of(trace)
    if not tracers:
        return
    step = sources.definition(function)
    step = step._replace(function=name_of(function))
    for tracer, place, store in _Keepers(function).of(tracers):
        layout = f"{tracer.dtype}[{','.join(map(str, tracer.shape))}]"
        store(LeakedTensor(layout, step, place))


# So far a tensor is followed: an item of a list in a dict that is an attribute of an object.
_DEEPEST = 4
_CONTAINERS = (dict, list, tuple, collections.deque)


class _Keepers:
    """Who keeps some tensors, as far as these are the user's objects, modules and functions.

    What JAX, Keras and a tape keep of a trace is theirs. Python's collector is asked level by
    level, for all at once: each time it looks through every object there is.

    Args:
        function: The step.
    """

    def __init__(self, function: Callable[..., Any]):
        function = inspect.unwrap(function)
        self._globals = getattr(function, "__globals__", None)
        names = getattr(getattr(function, "__code__", None), "co_freevars", ())
        cells = getattr(function, "__closure__", None) or ()
        self._cells = {id(c): n for n, c in zip(names, cells, strict=True)}
        self._held_by: dict[int, list[tuple[Any, Any]]] = {}  # (who, under which key)

    def of(self, tracers: list[Any]) -> list[tuple[Any, Place, Callable[[Any], None]]]:
        """Each tensor, where it is kept, and what puts something else there."""
        level = tracers
        for _ in range(_DEEPEST):
            level = self._look(level)
        return [
            (tracer, place, store)
            for tracer in tracers
            for place, store in self._places(tracer, _DEEPEST)
        ]

    def _look(self, level: list[Any]) -> list[Any]:
        """Note who holds these; the containers among them."""
        wanted = {id(v) for v in level}
        found = []
        for holder in gc.get_referrers(*level) if level else ():
            if holder is level or holder is self._held_by or jax_trace.is_tracer(holder):
                continue
            for key, value in self._items(holder):
                if id(value) in wanted:
                    self._held_by.setdefault(id(value), []).append((holder, key))
                    if isinstance(holder, _CONTAINERS):
                        found.append(holder)
        return list({id(h): h for h in found}.values())

    def _items(self, holder: Any) -> list[tuple[Any, Any]]:
        if isinstance(holder, dict):
            return list(holder.items())
        if isinstance(holder, _CONTAINERS):
            return list(enumerate(holder))
        if isinstance(holder, types.CellType):
            return [(None, _contents(holder))] if id(holder) in self._cells else []
        if not _is_users(type(holder).__module__):
            return []
        attributes = getattr(holder, "__dict__", {})
        slots = [(n, getattr(holder, n, None)) for n in _slots(type(holder))]
        # The attributes themselves, too: since Python 3.11 an object may do without that dict.
        return [(_ATTRIBUTES, attributes), *attributes.items(), *slots]

    def _places(self, value: Any, depth: int) -> Iterator[tuple[Place, Callable[[Any], None]]]:
        for holder, key in self._held_by.get(id(value), ()) if depth else ():
            if isinstance(holder, tuple):
                for place, store in self._places(holder, depth - 1):
                    yield place, functools.partial(_store_rebuilt, store, holder, value)
            elif isinstance(holder, _CONTAINERS):
                place = self._place_in(holder, key, depth)
                if place is not None:
                    items: Any = holder
                    yield place, functools.partial(items.__setitem__, key)
            elif isinstance(holder, types.CellType):
                name = self._cells[id(holder)]
                place = Place(f"the variable `{name}` of a function", name)
                yield place, functools.partial(setattr, holder, "cell_contents")
            elif key is not _ATTRIBUTES:
                attributes = getattr(holder, "__dict__", {})
                store = attributes.__setitem__ if key in attributes else None
                yield _attribute(holder, key), functools.partial(store or _setter(holder), key)

    def _place_in(self, holder: Any, key: Any, depth: int) -> Place | None:
        if isinstance(holder, dict):
            if holder is self._globals or _is_users(holder.get("__name__")):
                return Place(f"the global name `{key}`", key, holder.get("__file__"))
            for owner, name in self._held_by.get(id(holder), ()):
                if name is _ATTRIBUTES:
                    return _attribute(owner, key)
        for outer, name in self._held_by.get(id(holder), ()):
            known = self._place_of_container(outer, name, depth - 1)
            if known is not None:
                kind = "list" if not isinstance(holder, dict) else "dict"
                under = f" under {key!r}" if isinstance(holder, dict) else ""
                return known._replace(text=f"the {kind} `{known.name}`{under}")
        return None

    def _place_of_container(self, outer: Any, name: Any, depth: int) -> Place | None:
        if isinstance(outer, types.CellType):
            return Place("", self._cells[id(outer)])
        if not isinstance(outer, _CONTAINERS):
            return None if name is _ATTRIBUTES else _attribute(outer, name)
        return self._place_in(outer, name, depth) if depth else None


_ATTRIBUTES = object()


def _setter(holder: Any) -> Callable[[str, Any], None]:
    return functools.partial(setattr, holder)


@functools.lru_cache(maxsize=1024)
def _is_users(module: str | None) -> bool:
    """Whether a module of this name is the user's own."""
    if module is None or not isinstance(module, str):
        return False
    if module == "__main__":
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is not None and sources.is_user_file(file)


def _store_rebuilt(store: Callable[[Any], None], values: tuple, old: Any, new: Any) -> None:
    replaced = [new if v is old else v for v in values]
    make = getattr(values, "_make", tuple)  # a named tuple has its own way
    store(make(replaced))


def _slots(kind: type) -> Iterator[str]:
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots


def _attribute(owner: Any, name: str) -> Place:
    try:
        file = inspect.getsourcefile(type(owner))
    except TypeError:
        file = None
    return Place(f"the attribute `{name}` of a {type(owner).__name__} object", name, file)


def _contents(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return None


def _storing_lines(place: Place, step: sources.Source) -> list[sources.Source]:
    """The lines that store something under this name; those the step may reach, if there are."""
    if place.name is None:
        return []
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
