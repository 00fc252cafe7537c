"""The messages of TFRecord files, made with protobuf: examples, and tensors in bytes.

Their descriptions are in a pool of their own, so that they do not clash with TensorFlow's when a
program loads both.
"""

from __future__ import annotations

import functools
from typing import Any

from glasstape import sources
from glasstape.errors import MissingExtraError

# Message -> fields: number, name, type, how often; a dotted type is another message.
_EXAMPLES = {
    "BytesList": [(1, "value", "bytes", "repeated")],
    "FloatList": [(1, "value", "float", "repeated")],
    "Int64List": [(1, "value", "int64", "repeated")],
    "Feature": [
        (1, "bytes_list", ".BytesList", "kind"),
        (2, "float_list", ".FloatList", "kind"),
        (3, "int64_list", ".Int64List", "kind"),
    ],
    "Features": [(1, "feature", ".Features.FeatureEntry", "repeated")],
    "FeatureList": [(1, "feature", ".Feature", "repeated")],
    "FeatureLists": [(1, "feature_list", ".FeatureLists.FeatureListEntry", "repeated")],
    "Example": [(1, "features", ".Features", "optional")],
    "SequenceExample": [
        (1, "context", ".Features", "optional"),
        (2, "feature_lists", ".FeatureLists", "optional"),
    ],
}
_TENSORS = {
    "Dim": [(1, "size", "int64", "optional")],
    "TensorShapeProto": [(2, "dim", ".Dim", "repeated")],
    "TensorProto": [
        (1, "dtype", "int32", "optional"),
        (2, "tensor_shape", ".TensorShapeProto", "optional"),
        (4, "tensor_content", "bytes", "optional"),
        (8, "string_val", "bytes", "repeated"),
    ],
}
_MESSAGES = {**_EXAMPLES, **_TENSORS}
# Maps are messages of key and value inside of another message.
_MAPS = {
    "Features": ("FeatureEntry", ".Feature"),
    "FeatureLists": ("FeatureListEntry", ".FeatureList"),
}
NAMES = tuple(_EXAMPLES)
_PACKAGE = "tensorflow"


def message(name: str) -> Any:
    """The class of a message, such as "Example".

    Raises:
        MissingExtraError: the package protobuf is not installed.
    """
    return _classes()[name]


def parsed(name: str, data: bytes) -> Any:
    """The message in some bytes; None when there is no such one in them."""
    kind = message(name)
    from google.protobuf.message import DecodeError

    try:
        return kind.FromString(data)
    except DecodeError:
        return None


@functools.cache
def _classes() -> dict[str, Any]:
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    except ImportError:
        raise MissingExtraError(
            "Examples and tensors in TFRecord files are messages of Protocol Buffers.",
            expected="the package protobuf",
            received="no module google.protobuf",
            fix="pip install 'glasstape[records]'",
            where=sources.user_source(),
        ) from None
    file = descriptor_pb2.FileDescriptorProto(
        name="glasstape/example.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in _MESSAGES.items():
        _describe(file.message_type.add(name=name), fields)
        if name in _MAPS:
            entry, value = _MAPS[name]
            nested = file.message_type[-1].nested_type.add(name=entry)
            nested.options.map_entry = True
            _describe(nested, [(1, "key", "string", "optional"), (2, "value", value, "optional")])
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = {name: pool.FindMessageTypeByName(f"{_PACKAGE}.{name}") for name in _MESSAGES}
    return {name: message_factory.GetMessageClass(d) for name, d in found.items()}


def _describe(target: Any, fields: list[tuple[int, str, str, str]]) -> None:
    """Add fields to the description of a message."""
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

    for number, name, kind, often in fields:
        field = target.field.add(name=name, number=number)
        field.label = Field.LABEL_REPEATED if often == "repeated" else Field.LABEL_OPTIONAL
        if kind.startswith("."):
            field.type, field.type_name = Field.TYPE_MESSAGE, f".{_PACKAGE}{kind}"
        else:
            field.type = getattr(Field, f"TYPE_{kind.upper()}")
        if often == "kind":
            if not target.oneof_decl:
                target.oneof_decl.add(name="kind")
            field.oneof_index = 0
