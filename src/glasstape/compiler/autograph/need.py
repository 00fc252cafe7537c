"""Whether a step has control flow that may depend on tensors, found without running it.

Translating costs 40 ms for malt and 10 to 20 ms a function, a training step compiles in half a
second, and most steps have nothing to translate. So the code a step can reach is read: its
bytecode first (microseconds), and the source of those functions that branch at all. What is
certain to be Python's (`if training:`, ``for g, v in zip(...)``, ``range(3)``) does not count.
"""

from __future__ import annotations

import ast
import builtins
import dis
import functools
import inspect
import linecache
import textwrap
import types
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from glasstape import sources
from glasstape.compiler.autograph import convert
from glasstape.compiler.callables import Method, WeakMethod
from glasstape.ports import keras_state

_BRANCHING = frozenset(
    code
    for name, code in dis.opmap.items()
    if name in ("FOR_ITER", "UNARY_NOT") or ("JUMP" in name and "IF_" in name)
    if "NONE" not in name
)
_NOT_USERS = ("WITH_EXCEPT_START", "CHECK_EXC_MATCH", "CHECK_EG_MATCH", "IS_OP", "CONTAINS_OP")
_BETWEEN = ("CACHE", "COPY", "TO_BOOL")
# Functions whose result Python knows, whatever they are given, and methods likewise.
_KNOWN_CALLS = {
    "callable", "dict", "enumerate", "getattr", "hasattr", "id", "isinstance", "issubclass",
    "len", "list", "repr", "set", "str", "tuple", "type", "zip",
}  # fmt: skip
_KNOWN_METHODS = {"endswith", "items", "keys", "split", "startswith", "values"}
_KNOWN_ATTRIBUTES = {
    "built", "dtype", "layers", "losses", "metrics", "name", "ndim", "non_trainable_variables",
    "shape", "size", "trainable", "trainable_variables", "trainable_weights", "training",
    "variables", "weights",
}  # fmt: skip
_MOST_ITEMS = 64
_UNKNOWN = object()


def may_branch_on_tensors(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether to translate a step before it is traced.

    Args:
        function: The step.
        args: What it is called with.
        kwargs: Likewise, by name.
    """
    found, first = convert.target(function)
    known: dict[str, Any] = {}
    if found is not None:
        try:
            bound = inspect.signature(found).bind_partial(*first, *args, **kwargs)
            bound.apply_defaults()
            known = dict(bound.arguments)
        except TypeError:
            known = {}
    reach = _Reach()
    if found is not None and reach.function(found, known, are_inputs=True):
        return True
    names = _names(found.__code__) if found is not None else frozenset()
    return any(reach.value(v, names) for v in (function, *args, *kwargs.values()))


class _Reach:
    """Goes through what a step can call, each thing once."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._held: list[Any] = []  # so that no id comes back

    def function(
        self, function: types.FunctionType, known: dict[str, Any], are_inputs: bool = False
    ) -> bool:
        """Whether this function, or one it can call, may branch on a tensor."""
        code = function.__code__
        if id(code) in self._seen or not convert.is_translatable(function):
            return False
        self._keep(code)
        if _branches(code) and _depends(function, known, are_inputs):
            return True
        names = _names(code)
        return any(self.value(v, names) for v in _referred(function, names))

    def value(self, value: Any, names: frozenset[str]) -> bool:
        """Likewise, of any object that code using these names can see."""
        if id(value) in self._seen or isinstance(value, _PLAIN):
            return False
        if isinstance(value, types.FunctionType):
            return self.function(value, {})
        self._keep(value)
        if isinstance(value, types.MethodType):
            return self._method(value.__func__, value.__self__, names)
        if isinstance(value, WeakMethod):
            return self._method(value.function, value.instance, names)
        if isinstance(value, functools.partial):
            return self.value(value.func, names)
        if isinstance(value, list | tuple):
            return any(self.value(v, names) for v in value[:_MOST_ITEMS])
        if isinstance(value, dict):
            return any(self.value(v, names) for v in [*value.values()][:_MOST_ITEMS])
        if isinstance(value, types.ModuleType):
            is_users = sources.is_user_file(getattr(value, "__file__", None) or "<string>")
            return is_users and any(self.value(vars(value).get(n), names) for n in names)
        return self._object(value, names)

    def _object(self, value: Any, names: frozenset[str]) -> bool:
        if isinstance(value, Method):
            value = value._function
        if hasattr(type(value), "python_function"):  # another compiled function
            return self.value(value.python_function, names)
        if keras_state.is_layer(value):
            layers = keras_state.all_layers(value)
            return any(self._layer(layer) for layer in layers)
        if not _is_of_users_class(value):
            return False
        own = getattr(value, "__dict__", {})
        methods = (getattr(type(value), name, None) for name in ("__call__", *names))
        return any(
            self._method(m, value, names) for m in methods if isinstance(m, types.FunctionType)
        ) or any(self.value(own.get(name), names) for name in names)

    def _layer(self, layer: Any) -> bool:
        call = getattr(type(layer), "call", None)
        if not isinstance(call, types.FunctionType) or not convert.is_users(call):
            return False
        own = vars(layer).values()
        return self._method(call, layer, _names(call.__code__)) or any(
            self.value(v, frozenset()) for v in own if isinstance(v, types.FunctionType)
        )

    def _method(self, function: Any, instance: Any, names: frozenset[str]) -> bool:
        if not isinstance(function, types.FunctionType):
            return False
        parameters = function.__code__.co_varnames[: function.__code__.co_argcount]
        known = {parameters[0]: instance} if parameters else {}
        if self.function(function, known):
            return True
        return self.value(instance, names | _names(function.__code__))

    def _keep(self, value: Any) -> None:
        self._seen.add(id(value))
        self._held.append(value)


_PLAIN = (
    jax.Array, np.ndarray, np.generic, str, bytes, int, float, complex, type(None), type,
    types.BuiltinFunctionType,
)  # fmt: skip


def _is_of_users_class(value: Any) -> bool:
    call = [m for m in vars(type(value)).values() if isinstance(m, types.FunctionType)]
    return any(map(convert.is_users, call))


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _codes(const)


def _names(code: types.CodeType) -> frozenset[str]:
    return frozenset(name for c in _codes(code) for name in c.co_names)


def _referred(function: types.FunctionType, names: frozenset[str]) -> Iterator[Any]:
    """What the function's globals and closure hold under the names it uses."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # nothing assigned yet
            continue
    for name in names:
        if name in function.__globals__:
            yield function.__globals__[name]


@functools.lru_cache(maxsize=1024)
def _branches(code: types.CodeType) -> bool:
    """Whether there is a branch in its bytecode, but those of ``with``, ``except`` and ``is``."""
    for part in _codes(code):
        if part.co_name.startswith("<") and part.co_name != "<lambda>":
            continue  # a comprehension, which is not translated
        if _BRANCHING.isdisjoint(part.co_code[::2]):
            continue
        before = ""
        for instruction in dis.get_instructions(part):
            if instruction.opcode in _BRANCHING and before not in _NOT_USERS:
                return True
            if instruction.opname not in _BETWEEN:
                before = instruction.opname
    return False


def _depends(function: types.FunctionType, known: dict[str, Any], are_inputs: bool) -> bool:
    """Whether a condition of its source is not certain to be Python's."""
    tree = _tree(function.__code__)
    if tree is None:
        # Without source it cannot be translated; lambdas are short.
        return function.__code__.co_name == "<lambda>"
    return _Conditions(function, tree, known, are_inputs).any_unknown()


@functools.lru_cache(maxsize=1024)
def _tree(code: types.CodeType) -> Any:
    if code.co_name == "<lambda>":
        return None
    lines = linecache.getlines(code.co_filename)
    block = lines[code.co_firstlineno - 1 :]
    try:
        return ast.parse(textwrap.dedent("".join(inspect.getblock(block)))).body[0]
    except (SyntaxError, IndexError):
        return None


class _Conditions(ast.NodeVisitor):
    """Asks of each condition of a function whether Python is certain to know it."""

    def __init__(
        self, function: types.FunctionType, tree: ast.AST, known: dict[str, Any], are_inputs: bool
    ):
        self._function, self._tree = function, tree
        self._known, self._are_inputs = known, are_inputs
        closure = inspect.getclosurevars(function).nonlocals if function.__closure__ else {}
        self._around: dict[str, Any] = {**vars(builtins), **function.__globals__, **closure}
        self._assigned: dict[str, list[ast.expr | None]] = {}
        self._asked: set[str] = set()
        self._found = False

    def any_unknown(self) -> bool:
        """Whether there is a condition that may be a tensor."""
        for node in ast.walk(self._tree):
            self._note(node)
        self.generic_visit(self._tree)
        return self._found

    def _note(self, node: ast.AST) -> None:
        """Remember what local names are assigned; None stands for anything."""
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                self._note_target(target, node.value)
        elif isinstance(node, ast.For):
            is_range = _is_call_of(node.iter, {"range"})
            self._note_target(node.target, node.iter if is_range else None)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._note_target(node.optional_vars, ast.Constant(None))
        elif isinstance(node, ast.ExceptHandler) and node.name is not None:
            self._note_target(ast.Name(node.name), ast.Constant(None))

    def _note_target(self, target: ast.AST, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self._assigned.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple | ast.List):
            is_shape = isinstance(value, ast.Attribute) and value.attr == "shape"
            for part in target.elts:
                self._note_target(part, value if is_shape else None)

    def _ask(self, condition: ast.expr) -> None:
        self._found = self._found or not self._is_pythons(condition)

    def visit_If(self, node: Any) -> None:
        """Also ``while``, conditional expressions and ``assert``."""
        self._ask(node.test)
        self.generic_visit(node)

    visit_While = visit_IfExp = visit_Assert = visit_If

    def visit_For(self, node: ast.For) -> None:
        """A loop over something."""
        self._ask(node.iter)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """All operands but the last decide."""
        for value in node.values[:-1]:
            self._ask(value)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Only ``not`` decides."""
        if isinstance(node.op, ast.Not):
            self._ask(node.operand)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """``a < b < c`` is two comparisons and an ``and``."""
        if len(node.ops) > 1:
            self._ask(node)
        self.generic_visit(node)

    def _is_pythons(self, node: ast.expr | None) -> bool:
        if isinstance(
            node, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.JoinedStr
        ):
            return True
        if isinstance(node, ast.ListComp | ast.DictComp | ast.SetComp | ast.GeneratorExp):
            return True
        if isinstance(node, ast.Compare):
            kinds = (ast.Is, ast.IsNot, ast.In, ast.NotIn)
            if all(isinstance(op, kinds) for op in node.ops):
                return True
            return all(map(self._is_pythons, [node.left, *node.comparators]))
        if isinstance(node, ast.BoolOp):
            return all(map(self._is_pythons, node.values))
        if isinstance(node, ast.UnaryOp):
            return self._is_pythons(node.operand)
        if isinstance(node, ast.BinOp):
            return self._is_pythons(node.left) and self._is_pythons(node.right)
        if isinstance(node, ast.Subscript):
            return self._is_pythons_container(node.value)
        if isinstance(node, ast.Call):
            return self._is_pythons_call(node)
        if isinstance(node, ast.Name):
            return self._is_pythons_name(node.id)
        if isinstance(node, ast.Attribute):
            return node.attr in _KNOWN_ATTRIBUTES or _is_known(self._resolve(node))
        return False

    def _is_pythons_container(self, node: ast.expr) -> bool:
        """Whether what is in it is Python's: only a shape is known to be."""
        if isinstance(node, ast.Attribute) and node.attr == "shape":
            return True
        return (  # keras.ops.shape(x)
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "shape"
        )

    def _is_pythons_call(self, node: ast.Call) -> bool:
        if _is_call_of(node, _KNOWN_CALLS):
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in _KNOWN_METHODS:
            return True
        if _is_call_of(node, {"range", "min", "max", "int", "abs", "float", "bool"}):
            return all(map(self._is_pythons, node.args))
        return False

    def _is_pythons_name(self, name: str) -> bool:
        if name in self._asked:
            return True  # by itself: `i += 1`
        if name in self._assigned:
            self._asked.add(name)
            found = all(map(self._is_pythons, self._assigned[name]))
            self._asked.discard(name)
            code = self._function.__code__
            is_parameter = name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            return found and (not is_parameter or self._is_pythons_value(name))
        return self._is_pythons_value(name)

    def _is_pythons_value(self, name: str) -> bool:
        """Of a name that is not assigned in the function, or what it is before that."""
        if name in self._known:
            value = self._known[name]
            is_input = self._are_inputs and isinstance(value, np.ndarray | np.generic)
            return not is_input and _is_known(value)
        if name in self._function.__code__.co_varnames:
            return name == "training"  # of layers: a bool or None
        return _is_known(self._around.get(name, _UNKNOWN))

    def _resolve(self, node: ast.expr) -> Any:
        """The object an expression of names and attributes stands for, if that is certain."""
        if isinstance(node, ast.Name):
            if node.id in self._assigned:
                return _UNKNOWN
            return self._known.get(node.id, self._around.get(node.id, _UNKNOWN))
        if isinstance(node, ast.Attribute):
            owner = self._resolve(node.value)
            return getattr(owner, "__dict__", {}).get(node.attr, _UNKNOWN)
        return _UNKNOWN


def _is_call_of(node: ast.AST | None, names: set[str]) -> bool:
    """Whether it calls one of Python's functions."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _is_known(value: Any) -> bool:
    return value is not _UNKNOWN and not (
        isinstance(value, jax.Array)
        or keras_state.is_variable(value)
        or keras_state.is_symbolic(value)
        or hasattr(value, "aval")
    )
