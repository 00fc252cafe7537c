"""TFRecord files and `tf.train.Example`, as TensorFlow writes and reads them."""

import gzip

import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import DatasetError, FileUnknownError, MissingExtraError

pytest.importorskip("google.protobuf")
pytest.importorskip("google_crc32c")

# Two records, written by TensorFlow: SerializeToString(deterministic=True) of `example` below, and
# b"".
THEIRS = bytes.fromhex(
    "5000000000000000940f9b820a4e0a080a046e6f6e6512000a130a016e120e1a0c0a0affffffffffffffffff01"
    "0a120a0474657874120a0a080a0261000a02c3a90a190a0178121412120a100000003f000000c0000040400000"
    "804056bf2f5a000000000000000029039807d8ea82a2"
)


def example(module):
    train = module.train
    return train.Example(
        features=train.Features(
            feature={
                "text": train.Feature(bytes_list=train.BytesList(value=[b"a\x00", "é".encode()])),
                "x": train.Feature(float_list=train.FloatList(value=[0.5, -2.0, 3.0, 4.0])),
                "n": train.Feature(int64_list=train.Int64List(value=[-1])),
                "none": train.Feature(),
            }
        )
    )


def data():
    return example(tf).SerializeToString(deterministic=True)


@pytest.mark.parametrize("kind", [None, "GZIP"])
def test_files_are_tensorflows(tmp_path, kind):
    path = tmp_path / "records"
    with tf.io.TFRecordWriter(path, kind) as writer:
        writer.write(data())
        writer.write(b"")
    content = path.read_bytes()
    assert (gzip.decompress(content) if kind else content) == THEIRS
    assert list(tf.io.read_tfrecords(path, kind)) == [data(), b""]


SPECS = {
    "text": ([2], "string"),
    "x": ([2, 2], "float32"),
    "n": ([], "int64"),
    "missing": ([2], "float32", [7.0, 8.0]),
}


def features(module):
    return {
        key: module.io.FixedLenFeature(shape, getattr(module, dtype), *default)
        for key, (shape, dtype, *default) in SPECS.items()
    }


def test_examples_are_parsed():
    found = tf.io.parse_single_example(data(), features(tf))
    assert found["text"].tolist() == [b"a\x00", "é".encode()]
    assert found["x"].tolist() == [[0.5, -2.0], [3.0, 4.0]]
    assert int(found["n"]) == -1
    assert found["n"].shape == ()
    assert found["missing"].tolist() == [7.0, 8.0]
    several = tf.io.parse_example([data()] * 3, features(tf))
    assert {k: v.shape for k, v in several.items()} == {
        "text": (3, 2), "x": (3, 2, 2), "n": (3,), "missing": (3, 2),
    }  # fmt: skip


def test_a_dataset_of_examples(tmp_path):
    with tf.io.TFRecordWriter(tmp_path / "records") as writer:
        for _ in range(5):
            writer.write(data())
    dataset = tf.data.TFRecordDataset([tmp_path / "records"] * 2)
    parsed = dataset.map(lambda record: tf.io.parse_single_example(record, features(tf)))
    batches = [batch["x"].shape for batch in parsed.batch(4)]
    assert batches == [(4, 2, 2), (4, 2, 2), (2, 2, 2)]


def test_any_number_of_rows():
    spec = tf.io.FixedLenSequenceFeature([2], tf.float32, allow_missing=True)
    found = tf.io.parse_single_example(data(), {"x": spec, "other": spec})
    assert (found["x"].shape, found["other"].shape) == ((2, 2), (0, 2))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"x": ([3], "float32")}, r"x of shape \(3,\)"),
        ({"x": ([4], "int64")}, "x as int64_list"),
        ({"other": ([], "float32")}, "an example with other, or a default_value"),
        ({"none": ([], "float32")}, "an example with none"),
    ],
)
def test_what_does_not_fit_is_told(spec, message):
    wanted = {k: tf.io.FixedLenFeature(s, getattr(tf, d)) for k, (s, d) in spec.items()}
    with pytest.raises(DatasetError, match=message):
        tf.io.parse_single_example(data(), wanted)


def test_other_bytes_are_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"the bytes of a tf.train.Example"):
        tf.io.parse_single_example(b"\xff\xff\xff", {})
    (tmp_path / "text").write_text("no records at all")
    with pytest.raises(DatasetError, match=r"Record 0 of .*text is damaged"):
        list(tf.io.read_tfrecords(tmp_path / "text"))
    with pytest.raises(FileUnknownError):
        list(tf.io.read_tfrecords(tmp_path / "none"))


def test_messages_are_messages():
    one = example(tf)
    again = tf.train.Example.FromString(one.SerializeToString())
    assert again == one
    assert again.features.feature["x"].float_list.value[1] == -2.0
    assert again.features.feature["n"].WhichOneof("kind") == "int64_list"
    again.features.feature["n"].bytes_list.value.append(b"now text")
    assert again.features.feature["n"].WhichOneof("kind") == "bytes_list"


def test_without_the_checksums_package_it_says_what_to_install(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "google_crc32c", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'glasstape\[records\]'"):
        tf.io.TFRecordWriter(tmp_path / "records")


def test_numbers_keep_their_bits():
    values = np.array([np.inf, 1e-45, -0.0], np.float32)
    feature = tf.train.Feature(float_list=tf.train.FloatList(value=values))
    one = tf.train.Example(features=tf.train.Features(feature={"x": feature}))
    spec = {"x": tf.io.FixedLenFeature([3], tf.float32)}
    found = np.asarray(tf.io.parse_single_example(one.SerializeToString(), spec)["x"])
    assert found.tobytes() == values.tobytes()
