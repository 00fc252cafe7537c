"""AutoGraph's source translation, by `diastatic-malt`: control flow becomes calls of operators.

``if``, ``while``, ``for``, ``and`` and the like become calls of functions that the caller gives.
Malt would write the translated code into a temporary file and keep a map of its lines. Here it is
compiled with the user's own file name and lines instead: tracebacks, records of tapes and XLA's
metadata then say where the user's code is, without translating anything back.

Malt is imported by the first translation (40 ms), not before.
"""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_OPERATORS = "ag__"  # the name malt's generated code has for them


class NotTranslatedError(Exception):
    """A function that cannot be translated; the text says why."""


class Translation(NamedTuple):
    """A translated function that is not bound to globals and closures yet.

    Attributes:
        factory: Code of a function of the operators that returns the translated function.
        names: Names of the closure cells it needs.
    """

    factory: types.CodeType
    names: tuple[str, ...]

    def bind(self, function: Any, operators: Any) -> Any:
        """The translated form of `function`, with its globals, closure and defaults."""
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        closure = tuple(cells[name] for name in self.names)
        make = types.FunctionType(self.factory, function.__globals__, closure=closure)
        new = make(operators)
        new.__defaults__, new.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            setattr(new, name, getattr(function, name))
        return new


def translate(function: Any) -> Translation:
    """Translate a function's source.

    Raises:
        NotTranslatedError: its source is not at hand, or uses what malt does not know.
    """
    return _explained(_translate, function)


def _explained(work: Callable[[Any], Any], function: Any) -> Any:
    """What `work` makes of a function; whatever malt raises is one kind of error."""
    try:
        return work(function)
    except NotTranslatedError:
        raise
    # Malt raises many types, such as AttributeError where a statement is new to it.
    except Exception as error:
        text = " ".join(str(error).split())
        raise NotTranslatedError(_short(text) or type(error).__name__) from error


def set_loop_options() -> Callable[..., None]:
    """The function by which the first statement of a loop gives options to the loop.

    Malt knows the call by this very object. Run as Python it does nothing.
    """
    from malt.lang import directives

    return directives.set_loop_options


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:200] + "..."


def to_code(function: Any) -> str:
    """The translated form of a function as source text.

    Raises:
        NotTranslatedError: as `translate`.
    """
    return _explained(lambda f: ast.unparse(ast.fix_missing_locations(_tree(f).node)), function)


class _Tree(NamedTuple):
    """A translated function before it is compiled: its definition, and names malt has made up."""

    node: Any
    name: str
    generated: set[str]
    features: tuple[str, ...]


def _tree(function: Any) -> _Tree:
    from malt.core import converter
    from malt.pyct import inspect_utils, naming, origin_info, parser, transformer

    code = function.__code__
    features = inspect_utils.getfutureimports(function)
    try:
        node, source = parser.parse_entity(function, future_features=features)
    except (OSError, ValueError, TypeError) as error:
        raise NotTranslatedError("its source cannot be read") from error
    # Not malt's own way, which follows `__wrapped__` to another function.
    origin_info.resolve(node, source, code.co_filename, code.co_firstlineno, 0)
    _mangle(node, function)
    namespace = inspect_utils.getnamespace(function)
    namer = naming.Namer(namespace)
    name = namer.new_symbol(f"ag__{function.__code__.co_name.strip('<>')}", ())
    info = transformer.EntityInfo(name, source, code.co_filename, features, namespace)
    options = converter.ProgramContext(converter.STANDARD_OPTIONS)
    _without_defaults(node)
    new: Any = _transform(node, transformer.Context(info, namer, options))
    if isinstance(new, ast.Lambda):
        new = ast.Assign([ast.Name(name, ast.Store())], new)
    else:
        new.name = name
    return _Tree(new, name, namer.generated_names - {name}, features)


def _translate(function: Any) -> Translation:
    tree = _tree(function)
    _place(tree.node, function.__code__.co_firstlineno)
    factory = _compile(tree.node, tree.name, function, tree.features)
    return Translation(_named(factory, tree.generated, tree.name, function), factory.co_freevars)


def _transform(node: Any, context: Any) -> Any:
    """Malt's passes, in the order of its own transpiler."""
    from malt.converters import (
        break_statements,
        call_trees,
        conditional_expressions,
        continue_statements,
        directives,
        functions,
        logical_expressions,
        return_statements,
        variables,
    )
    from malt.core import unsupported_features_checker
    from malt.pyct import anno, cfg, qual_names
    from malt.pyct.static_analysis import activity, reaching_definitions

    unsupported_features_checker.verify(node)
    graphs = cfg.build(node)
    node = activity.resolve(qual_names.resolve(node), context, None)
    node = reaching_definitions.resolve(node, context, graphs)
    # `directives` and `variables` ask for what was defined before anything was changed.
    anno.dup(node, {anno.Static.DEFINITIONS: anno.Static.ORIG_DEFINITIONS})
    node = directives.transform(functions.transform(node, context), context)
    node = _asserts(break_statements.transform(node, context), context)
    for part in (continue_statements, return_statements, call_trees):
        node = part.transform(node, context)
    node = _control_flow(node, context)
    for part in (conditional_expressions, logical_expressions, variables):
        node = part.transform(node, context)
    return node


def _asserts(node: Any, context: Any) -> Any:
    """``assert`` as a call; malt's own pass takes no message but a constant."""
    from malt.core import converter
    from malt.pyct import origin_info, templates

    class Transformer(converter.Base):
        def visit_Assert(self, node: Any) -> Any:
            self.generic_visit(node)
            new = templates.replace(
                f"{_OPERATORS}.assert_stmt(test, lambda: message)",
                test=node.test,
                message=node.msg or ast.Constant(None),
            )
            origin_info.copy_origin(node, new)
            return new

    return Transformer(context).visit(node)


def _control_flow(node: Any, context: Any) -> Any:
    """Malt's pass for ``if``, ``while`` and ``for``, which loses some variables.

    What is declared ``nonlocal`` or ``global`` is used after the function has returned, but malt
    (2.15, as TensorFlow) takes it for unused and drops what a branch assigns to it.
    """
    from malt.converters import control_flow
    from malt.pyct import cfg, qual_names
    from malt.pyct.static_analysis import (
        activity,
        liveness,
        reaching_definitions,
        reaching_fndefs,
    )

    class Transformer(control_flow.ControlFlowTransformer):
        def _outer(self) -> Any:
            scope: Any = self.state[control_flow._Function].scope
            return scope.nonlocals | scope.globals

        def _get_block_basic_vars(self, modified: Any, live_in: Any, live_out: Any) -> Any:
            return super()._get_block_basic_vars(modified, live_in, live_out | self._outer())

        def _get_block_vars(self, node: Any, modified: Any) -> Any:
            names, undefined, count = super()._get_block_vars(node, modified)
            outer = self._outer()
            used = [n for i, n in enumerate(names) if i < count or n in outer]
            return [*used, *[n for n in names if n not in used]], undefined, len(used)

    graphs = cfg.build(node)
    node = activity.resolve(qual_names.resolve(node), context, None)
    for analysis in (reaching_definitions, reaching_fndefs, liveness):
        node = analysis.resolve(node, context, graphs)
    return Transformer(context).visit(node)


def _without_defaults(node: Any) -> None:
    """Defaults are evaluated once, where the function was defined, and taken from there."""
    none = lambda: ast.Constant(None)  # noqa: E731
    node.args.defaults = [none() for _ in node.args.defaults]
    node.args.kw_defaults = [d if d is None else none() for d in node.args.kw_defaults]


def _mangle(node: ast.AST, function: types.FunctionType) -> None:
    """Write ``self.__x`` as the compiler of a class body does; malt refuses such names."""
    owner = function.__qualname__.rpartition(".")[0].rpartition(".")[2].lstrip("_")
    if not owner or owner.endswith(">"):
        return
    for part in ast.walk(node):
        for field in ("attr", "id", "arg", "name"):
            name = getattr(part, field, None)
            if isinstance(name, str) and name.startswith("__") and not name.endswith("__"):
                setattr(part, field, f"_{owner}{name}")


def _place(node: ast.AST, line: int) -> None:
    """Give each node the user's line; what malt has made gets that of what it stands in."""
    from malt.pyct import anno

    origin: Any = anno.getanno(node, anno.Basic.ORIGIN, default=None)
    if origin is not None:
        line = origin.loc.lineno
    if "lineno" in node._attributes:
        placed: Any = node
        placed.lineno = placed.end_lineno = line
        placed.col_offset = placed.end_col_offset = 0
    for child in ast.iter_child_nodes(node):
        _place(child, line)


def _compile(
    node: ast.stmt, name: str, function: types.FunctionType, features: tuple[str, ...]
) -> types.CodeType:
    """Code of a function of the operators that defines the function and returns it."""
    free = function.__code__.co_freevars
    # Their names must not hide any of the user's.
    text = f"def {_OPERATORS}around():\n def {_OPERATORS}factory({_OPERATORS}):\n  return {name}"
    outer = ast.parse(text).body[0]
    assert isinstance(outer, ast.FunctionDef)  # noqa: S101 - our own invariant
    inner: Any = outer.body[0]
    inner.body.insert(0, node)
    outer.body[:0] = [ast.parse(f"{variable} = None").body[0] for variable in free]
    module = ast.Module([outer], [])
    flags = 0
    for feature in features:
        flags |= getattr(__import__("__future__"), feature).compiler_flag
    compiled = compile(module, function.__code__.co_filename, "exec", flags, dont_inherit=True)
    outer_code = next(_codes(compiled))
    return next(_codes(outer_code))


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    return (c for c in code.co_consts if isinstance(c, types.CodeType))


def _named(
    code: types.CodeType, generated: set[str], own: str, function: types.FunctionType
) -> types.CodeType:
    """The same code, in which functions made by malt have the name of the user's around them."""
    top = function.__code__.co_name

    def rename(code: types.CodeType, around: str) -> types.CodeType:
        name = top if code.co_name == own else code.co_name
        name = around if name in generated else name
        consts = tuple(
            rename(c, name) if isinstance(c, types.CodeType) else c for c in code.co_consts
        )
        return code.replace(co_consts=consts, co_name=name, co_qualname=function.__qualname__)

    return rename(code, top)


def originating_super(arguments: tuple[Any, ...], scope: Any) -> Any:
    """``super()`` as if called by the translated function that `scope` belongs to."""
    from malt.operators import py_builtins

    return py_builtins.super_in_original_context(builtins.super, arguments, scope)


def in_original_context(function: Callable[..., Any], args: tuple[Any, ...], scope: Any) -> Any:
    """``locals()``, ``globals()`` or ``eval(...)`` as if called by the translated function."""
    from malt.operators import py_builtins

    if function is eval:
        return py_builtins.eval_in_original_context(function, args, scope)
    if function is globals:
        return py_builtins.globals_in_original_context(scope)
    return py_builtins.locals_in_original_context(scope)
