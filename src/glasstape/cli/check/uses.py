"""The TensorFlow names that a program uses, found by following its imports."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from glasstape.cli.check.known import Class, Known, Missing, Module, Value

_OURS = "glasstape.tf"
# Packages that need TensorFlow themselves -> the way to go.
COMPANIONS = {
    "tensorflow_addons": "Keras 3 has most of it (keras.optimizers, keras.layers)",
    "tensorflow_datasets": "iterate over tfds.as_numpy(tfds.load(...)) where TensorFlow is "
    "installed, or use keras.datasets",
    "tensorflow_hub": "keras_hub, or keras.applications",
    "tensorflow_io": "a Python package for the file format",
    "tensorflow_model_optimization": "keras.Model.quantize",
    "tensorflow_probability": "write the distribution with keras.ops, or use distrax or numpyro",
    "tensorflow_text": "keras_hub.tokenizers",
    "tf_keras": "keras, which is Keras 3",
    "tf_slim": "keras.layers",
}
# Methods only TensorFlow's tensors have, and those of old Keras that are gone for good.
_TENSOR_METHODS = {
    "numpy": "np.asarray(x), float(x) or x.tolist()",
    "get_shape": "x.shape",
    "set_shape": "leave it out: shapes are always known",
    "eval": "np.asarray(x)",
    "ref": "id(x)",
    "experimental_ref": "id(x)",
}
# What only TensorFlow's shapes have; those of tensors are tuples here.
_SHAPE_NAMES = {
    "as_list": "list(x.shape), or x.get_shape().as_list()",
    "rank": "len(x.shape), or x.ndim",
    "ndims": "len(x.shape), or x.ndim",
    "num_elements": "x.size, or x.get_shape().num_elements()",
    **{
        name: f"x.get_shape().{name}"
        for name in (
            "assert_has_rank",
            "assert_is_compatible_with",
            "assert_is_fully_defined",
            "concatenate",
            "dims",
            "is_compatible_with",
            "is_fully_defined",
            "merge_with",
            "with_rank",
            "with_rank_at_least",
            "with_rank_at_most",
        )
    },
}
# What only TensorFlow's dtypes have; those of tensors are NumPy's here.
_DTYPE_NAMES = {
    "as_numpy_dtype", "base_dtype", "is_bool", "is_compatible_with", "is_complex", "is_floating",
    "is_integer", "is_numeric", "is_numpy_compatible", "is_quantized", "is_unsigned", "limits",
    "max", "min", "real_dtype", "size",
}  # fmt: skip
_MODEL_METHODS = {
    "predict_classes": "model.predict(x).argmax(axis=-1)",
    "predict_proba": "model.predict",
}
# What dataset methods give that is not a dataset.
_NOT_DATASETS = {"as_numpy_iterator", "cardinality", "element_spec", "get_single_element", "reduce"}


@dataclass
class Uses:
    """What was found in one program.

    Attributes:
        imports: Each line that imports TensorFlow, and what to write instead.
        covered: How often each name that is there is used.
        missing: The lines of each name that is not.
        ways: What to use instead of each of them.
        is_translated: Whether it imports glasstape.tf already.
    """

    imports: dict[int, str] = field(default_factory=dict)
    covered: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    missing: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    ways: dict[str, str] = field(default_factory=dict)
    is_translated: bool = False


@dataclass(frozen=True)
class _Name:
    """What a variable of the program holds: the name ``tf.<path>``."""

    path: str


@dataclass(frozen=True)
class _Object:
    """An object of a class of ours, made by ``tf.<path>``."""

    kind: Class
    path: str


_Held = _Name | _Object | None
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def find_uses(tree: ast.Module, known: Known) -> Uses:
    """Look through a program."""
    reader = _Reader(known)
    reader.scope(tree.body, {})
    return reader.uses


class _Reader(ast.NodeVisitor):
    def __init__(self, known: Known):
        self.uses = Uses()
        self._known = known
        self._scopes: list[dict[str, _Held]] = []
        self._later: list[_Function] = []

    # ----- scopes -----

    def scope(self, body: list[Any], held: dict[str, _Held]) -> None:
        """Visit statements; the functions in them afterwards, as they run after what surrounds."""
        self._scopes.append(held)
        outer, self._later = self._later, []
        for node in body:
            self.visit(node)
        functions, self._later = self._later, outer
        for function in functions:
            inner = function.body if isinstance(function.body, list) else [function.body]
            arguments: dict[str, _Held] = dict.fromkeys(_parameters(function))
            self.scope(inner, arguments)
        self._scopes.pop()

    def visit_FunctionDef(self, node: Any) -> None:
        """A name of the program's own; its body comes later."""
        self._outside_of_body(node)
        self._scopes[-1][node.name] = None
        self._later.append(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A function without a name."""
        self.visit(node.args)
        self._later.append(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Its body runs at once, and its names are not seen by its methods."""
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        self._scopes[-1][node.name] = None
        inside: dict[str, _Held] = {}
        self._scopes.append(inside)
        for statement in node.body:
            self.visit(statement)
        self._scopes.remove(inside)

    def _outside_of_body(self, node: ast.FunctionDef) -> None:
        for part in (*node.decorator_list, node.args, node.returns):
            if part is not None:
                self.visit(part)

    def _held(self, name: str) -> _Held:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return None

    # ----- imports -----

    def visit_Import(self, node: ast.Import) -> None:
        """``import tensorflow as tf``, ``import tensorflow.keras.backend as K``."""
        for alias in node.names:
            root, path = _split(alias.name)
            bound = alias.asname or alias.name.partition(".")[0]
            if root in ("keras", _OURS):
                is_keras = root == "keras"
                self.uses.is_translated |= not is_keras
                own = root if is_keras else None  # `import glasstape.tf` binds `glasstape`
                held = ".".join(p for p in ("keras" * is_keras, path) if p)
                whole = _Name(held) if alias.asname else own and _Name(own)
                self._scopes[-1][bound] = whole or None
                self._use(held, node.lineno) if path else None
            elif root == "tensorflow":
                self._scopes[-1][bound] = _Name(path if alias.asname else "")
                ours = _OURS + (f".{path}" if path and alias.asname else "")
                self.uses.imports[node.lineno] = f"import {ours} as {bound}"
                if path:
                    self._use(path, node.lineno)
            else:
                self._other(alias.name, node.lineno)
                self._scopes[-1][bound] = None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """``from tensorflow.keras import layers``, ``from tensorflow.keras.losses import *``."""
        root, path = _split(node.module or "")
        if node.level or root not in ("tensorflow", "keras", _OURS):
            self._other(node.module or "", node.lineno)
            self._bind_others(node)
            return
        if root == "keras":
            path = node.module or ""
        elif root == _OURS:
            self.uses.is_translated = True
        else:
            names = ", ".join(ast.unparse(a) for a in node.names)
            module = _OURS + (f".{path}" if path else "")
            self.uses.imports[node.lineno] = f"from {module} import {names}"
        for alias in node.names:
            self._bind_imported(alias, path, node.lineno)

    def _bind_others(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            is_ours = node.module == "glasstape" and alias.name == "tf"
            self.uses.is_translated |= is_ours
            self._scopes[-1][alias.asname or alias.name] = _Name("") if is_ours else None

    def _bind_imported(self, alias: ast.alias, path: str, line: int) -> None:
        if alias.name == "*":
            if path and not self._known.star(path):
                self._use(path, line)
            for name in self._known.star(path):
                self._scopes[-1][name] = _Name(f"{path}.{name}".lstrip("."))
            return
        full = f"{path}.{alias.name}".lstrip(".")
        self._scopes[-1][alias.asname or alias.name] = _Name(full)
        self._use(full, line)

    def _other(self, module: str, line: int) -> None:
        root = module.partition(".")[0]
        if root in COMPANIONS:
            self._miss(root, line, COMPANIONS[root])

    # ----- names -----

    def visit_Name(self, node: ast.Name) -> None:
        """A name that is read where it stands alone, such as that of an imported layer."""
        if isinstance(node.ctx, ast.Store):
            self._scopes[-1][node.id] = None
            return
        held = self._held(node.id)
        if isinstance(held, _Name) and held.path:
            self._use(held.path, node.lineno)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """``tf.nn.relu``, and methods of objects whose kind can be told."""
        path = self._path(node)
        if path is not None:
            self._use(path, node.lineno)
            return
        held = self._kind(node.value)
        if isinstance(held, _Object):
            self._method(held, node)
        elif isinstance(node.ctx, ast.Load):
            self._any_method(node)
        self.visit(node.value)

    def _method(self, held: _Object, node: ast.Attribute) -> None:
        name = f"{held.path}.{node.attr}"
        if self._known.has_attribute(held.kind, node.attr):
            self.uses.covered[name] += 1
        else:
            self._miss(name, node.lineno, self._known.way(name))

    def _any_method(self, node: ast.Attribute) -> None:
        name = node.attr
        if name in _SHAPE_NAMES and self._is_of_tensor(node.value, "shape"):
            self._miss(f"Tensor.shape.{name}", node.lineno, f"use {_SHAPE_NAMES[name]}")
        elif name in _DTYPE_NAMES and self._is_of_tensor(node.value, "dtype"):
            self._miss(f"Tensor.dtype.{name}", node.lineno, f"use tf.as_dtype(x.dtype).{name}")
        if name in _MODEL_METHODS:
            self._miss(f"keras.Model.{name}", node.lineno, f"use {_MODEL_METHODS[name]}")
        elif name in _TENSOR_METHODS and self._uses_tensorflow:
            if self._known.array_has(name):
                self.uses.covered[f"Tensor.{name}"] += 1
            elif name != "eval":  # Python's, pandas' and others' own
                self._miss(f"Tensor.{name}", node.lineno, f"use {_TENSOR_METHODS[name]}")

    def visit_Compare(self, node: ast.Compare) -> None:
        """``x.dtype is tf.float32``: what is equal, and not the same object."""
        sides = [node.left, *node.comparators]
        for how, left, right in zip(node.ops, sides, sides[1:], strict=False):
            path = self._path(right) if self._is_of_tensor(left, "dtype") else None
            if path and isinstance(how, ast.Is | ast.IsNot):
                self._miss(f"Tensor.dtype is tf.{path}", node.lineno, "use == or !=")
        self.generic_visit(node)

    def _is_of_tensor(self, node: ast.expr, name: str) -> bool:
        """Whether it is ``x.shape`` or such of what may be a tensor; variables' have methods."""
        if not (isinstance(node, ast.Attribute) and node.attr == name):
            return False
        return self._uses_tensorflow and not isinstance(self._kind(node.value), _Object)

    @property
    def _uses_tensorflow(self) -> bool:
        return bool(self.uses.imports) or self.uses.is_translated

    def _path(self, node: ast.expr) -> str | None:
        """``nn.relu`` of ``tf.nn.relu``."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        held = self._held(node.id) if isinstance(node, ast.Name) else None
        if not isinstance(held, _Name):
            return None
        return ".".join([*([held.path] if held.path else []), *reversed(parts)])

    # ----- what variables hold -----

    def visit_Assign(self, node: ast.Assign) -> None:
        """``layers = tf.keras.layers``, ``dataset = tf.data.Dataset.range(3)``."""
        self.visit(node.value)
        kind = self._kind(node.value)
        for target in node.targets:
            self._bind(target, kind)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """The same with a type."""
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self._bind(node.target, self._kind(node.value))

    def visit_For(self, node: Any) -> None:
        """The loop's variables are the program's own."""
        self.visit(node.iter)
        self._bind(node.target, None)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    visit_AsyncFor = visit_For

    def visit_withitem(self, node: ast.withitem) -> None:
        """``with tf.GradientTape() as tape``."""
        self.visit(node.context_expr)
        if node.optional_vars is not None:
            self._bind(node.optional_vars, self._kind(node.context_expr))

    def _comprehension(self, node: Any) -> None:
        self._scopes.append({})
        for generator in node.generators:
            self.visit(generator.iter)
            self._bind(generator.target, None)
            for condition in generator.ifs:
                self.visit(condition)
        for part in ("key", "value", "elt"):
            if hasattr(node, part):
                self.visit(getattr(node, part))
        self._scopes.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _bind(self, target: ast.expr, kind: _Held) -> None:
        if isinstance(target, ast.Name):
            self._scopes[-1][target.id] = kind
        elif isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                self._bind(part, None)
        else:
            self.visit(target)

    def _kind(self, node: ast.expr) -> _Held:
        if isinstance(node, ast.Call):
            return self._result(node.func)
        if isinstance(node, ast.Name):
            return self._held(node.id)
        path = self._path(node) if isinstance(node, ast.Attribute) else None
        return _Name(path) if path is not None else None

    def _result(self, function: ast.expr) -> _Held:
        """What a call gives: an object of a class of ours, or nothing that is known."""
        path = self._path(function) if isinstance(function, ast.Attribute | ast.Name) else None
        if path is not None:
            return self._made_by(path)
        if not isinstance(function, ast.Attribute):
            return None
        held = self._kind(function.value)
        is_dataset = isinstance(held, _Object) and held.kind.name == "Dataset"
        return held if is_dataset and function.attr not in _NOT_DATASETS else None

    def _made_by(self, path: str) -> _Held:
        found = self._known.find(path)
        if isinstance(found, Class):
            return _Object(found, path)
        owner, _, method = path.rpartition(".")
        kind = self._known.find(owner) if owner else None
        if isinstance(kind, Class) and kind.name == "Dataset" and method not in _NOT_DATASETS:
            return _Object(kind, owner)
        return None

    # ----- what is found -----

    def _use(self, path: str, line: int) -> None:
        found = self._known.find(path)
        if isinstance(found, Missing):
            self._miss(found.name, line, self._known.way(found.name))
        elif isinstance(found, Value | Class):
            self.uses.covered[path] += 1
        elif isinstance(found, Module) and found.name.startswith("~"):
            pass  # only named, as in `nn = tf.nn`; what of it is used counts

    def _miss(self, name: str, line: int, way: str) -> None:
        lines = self.uses.missing[name]
        if line not in lines:
            lines.append(line)
        self.uses.ways[name] = way


def _split(module: str) -> tuple[str, str]:
    """``("tensorflow", "keras.layers")``, ``("glasstape.tf", "keras.layers")``."""
    if module == _OURS or module.startswith(f"{_OURS}."):
        return _OURS, module.removeprefix(_OURS).lstrip(".")
    root, _, path = module.partition(".")
    return root, path


def _parameters(function: _Function) -> list[str]:
    arguments = function.args
    names = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    names += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    return [a.arg for a in names]
