"""IDX and NPZ files: what is in them, and what is said when they are not what they should be."""

import contextlib
import gzip
import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from glasstape.data import read_idx, read_npz
from glasstape.errors import DatasetError, DatasetNotFoundError, GlassTapeError

CODES = {"uint8": 8, "int8": 9, "int16": 11, "int32": 12, "float32": 13, "float64": 14}
LABELS = bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9])


def idx_bytes(array):
    """As http://yann.lecun.com/exdb/mnist describes it."""
    header = struct.pack(">HBB", 0, CODES[array.dtype.name], array.ndim)
    header += b"".join(struct.pack(">i", n) for n in array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def refused(read, path, error=DatasetError):
    with pytest.raises(error) as caught:
        read(path)
    text = str(caught.value)
    assert isinstance(caught.value, GlassTapeError)
    assert str(path) in text
    assert f"At: {__file__}:" in text
    return text


class TestIdx:
    def write(self, folder, content, name="file"):
        path = folder / name
        path.write_bytes(content)
        return path

    @given(st.data())
    def test_round_trip(self, tmp_path_factory, data):
        dtype = np.dtype(data.draw(st.sampled_from(sorted(CODES))))
        shape = data.draw(arrays.array_shapes(max_dims=4, min_side=0, max_side=4))
        array = data.draw(arrays.arrays(dtype, shape))
        content = idx_bytes(array)
        if data.draw(st.booleans()):
            content = gzip.compress(content)
        read = read_idx(self.write(tmp_path_factory.mktemp("idx"), content))
        assert read.dtype == dtype
        assert read.flags.writeable
        np.testing.assert_array_equal(read, array)

    def test_compression_is_told_by_content(self, tmp_path):
        path = self.write(tmp_path, LABELS, "plain.gz")
        assert read_idx(str(path)).tolist() == [7, 8, 9]

    def test_every_way_to_cut_it_short(self, tmp_path):
        for length in range(len(LABELS)):
            text = refused(read_idx, self.write(tmp_path, LABELS[:length]))
            assert "this copy is cut short or is not an IDX file" in text

    def test_every_way_to_cut_a_gzip_file_short(self, tmp_path):
        """The last 8 bytes are a checksum; without them the numbers are all there, or refused."""
        content = gzip.compress(LABELS, mtime=0)
        for length in range(len(content)):
            path = self.write(tmp_path, content[:length])
            with contextlib.suppress(DatasetError):
                assert read_idx(path).tolist() == [7, 8, 9]
                assert length > len(content) - 12

    def test_any_damaged_byte_of_a_gzip_file(self, tmp_path):
        array = np.random.default_rng(0).integers(0, 9, 300, np.uint8)
        content = bytearray(gzip.compress(idx_bytes(array), mtime=0))
        for position in range(10, len(content)):  # the first 10 bytes say nothing of the numbers
            content[position] ^= 0x55
            refused(read_idx, self.write(tmp_path, bytes(content)))
            content[position] ^= 0x55

    @pytest.mark.parametrize(
        ("content", "parts"),
        [
            (b"", ["is not an IDX file", "the first bytes nothing"]),
            (b"\x01" + LABELS[1:], ["is not an IDX file", "the first bytes 01 00 08 01"]),
            (LABELS[:2] + b"\x0a" + LABELS[3:], ["not an IDX file", "00 00 0a 01", "0x0e"]),
            (LABELS[:3] + b"\0\0", ["not an IDX file", "a number of dimensions"]),
            (LABELS[:6], ["ends inside its header", "8 bytes (1 dim", "6 bytes"]),
            (LABELS[:-1], ["the length its header says", "3 bytes of", "2 bytes"]),
            (LABELS + b"x", ["the length its header says", "3 bytes of", "4 bytes"]),
            (
                bytes([0, 0, 12, 2, 0, 0, 0, 2, 0, 0, 0, 5]),
                ["40 bytes of numbers (shape (2, 5), 4 byte(s) each)", "Received: 0 bytes"],
            ),
            (
                gzip.compress(LABELS, mtime=0)[:-8] + bytes(8),
                ["is damaged", "incorrect data check"],
            ),
            (b"label,pixel\n", ["is not an IDX file", "6c 61 62 65"]),
        ],
    )
    def test_refusals(self, tmp_path, content, parts):
        text = refused(read_idx, self.write(tmp_path, content))
        for part in parts:
            assert part in text

    def test_a_file_that_is_not_there(self, tmp_path):
        text = refused(read_idx, tmp_path / "none", DatasetNotFoundError)
        assert "cannot be read" in text
        assert "No such file or directory" in text
        assert "Is a directory" in refused(read_idx, tmp_path, FileNotFoundError)


ARRAYS = {
    "x_train": np.arange(6, dtype=np.uint8).reshape(3, 2),
    "y_train": np.arange(3),
    "x_test": np.zeros((1, 2), np.uint8),
    "y_test": np.ones(1, np.int64),
}


class TestNpz:
    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    def test_reads_what_numpy_wrote(self, tmp_path, save):
        save(tmp_path / "a.npz", **ARRAYS, more=[1])
        for read, array in zip(read_npz(tmp_path / "a.npz"), ARRAYS.values(), strict=True):
            assert read.dtype == array.dtype
            np.testing.assert_array_equal(read, array)

    @pytest.mark.parametrize("key", ARRAYS)
    def test_a_missing_array(self, tmp_path, key):
        rest = {k: v for k, v in ARRAYS.items() if k != key}
        np.savez(tmp_path / "a.npz", **rest)
        text = refused(read_npz, tmp_path / "a.npz")
        assert f"lacks the array {key}." in text
        assert f"Received: {', '.join(rest)}" in text

    def test_arrays_without_names(self, tmp_path):
        np.savez(tmp_path / "a.npz", np.ones(2))
        assert "Received: arr_0" in refused(read_npz, tmp_path / "a.npz")
        np.savez(tmp_path / "b.npz")
        assert "Received: no arrays" in refused(read_npz, tmp_path / "b.npz")

    def test_a_single_array(self, tmp_path):
        np.save(tmp_path / "a.npy", np.ones((2, 3)))
        text = refused(read_npz, tmp_path / "a.npy")
        assert "is not an NPZ archive" in text
        assert "one array without a name, of shape [2, 3]" in text

    def test_pickled_objects_are_not_opened(self, tmp_path):
        np.savez(tmp_path / "a.npz", **{**ARRAYS, "y_test": np.array([object()])})
        assert "is not a complete NPZ archive" in refused(read_npz, tmp_path / "a.npz")

    def test_every_way_to_cut_it_short(self, tmp_path):
        np.savez_compressed(tmp_path / "a.npz", **ARRAYS)
        content = (tmp_path / "a.npz").read_bytes()
        path = tmp_path / "b.npz"
        for length in range(0, len(content), 7):
            path.write_bytes(content[:length])
            text = refused(read_npz, path)
            assert "is not a complete NPZ archive" in text
            assert f"{length} bytes that cannot be read" in text

    def test_damage_inside(self, tmp_path):
        np.savez(tmp_path / "a.npz", **ARRAYS)
        content = bytearray((tmp_path / "a.npz").read_bytes())
        content[content.index(b"\x93NUMPY") + 130] ^= 0xFF
        (tmp_path / "b.npz").write_bytes(bytes(content))
        assert "cannot be read" in refused(read_npz, tmp_path / "b.npz")

    def test_a_file_that_is_not_there(self, tmp_path):
        text = refused(read_npz, tmp_path / "none.npz", DatasetNotFoundError)
        assert "No such file or directory" in text
        assert "Is a directory" in refused(read_npz, tmp_path, FileNotFoundError)


def test_the_writer_of_these_tests_follows_the_description():
    assert idx_bytes(np.array([7, 8, 9], np.uint8)) == LABELS
    assert len(idx_bytes(np.zeros((2, 3), np.float64))) == 4 + 8 + 8 * math.prod((2, 3))
