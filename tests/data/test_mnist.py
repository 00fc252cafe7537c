"""MNIST and the digits: real files, and folders that are not what they should be."""

import gzip
from pathlib import Path

import keras
import numpy as np
import pytest

from glasstape.data import digits, load_digits, load_mnist
from glasstape.errors import DatasetError, DatasetNotFoundError, MissingExtraError
from tests.data.test_readers import idx_bytes
from tests.repo.tree import ROOT

REAL = ROOT.parent / "shared" / "data" / "mnist"


def images(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), np.uint8)


def labels(count):
    return (np.arange(count) % 10).astype(np.uint8)


def write_pair(folder, name, count, suffix=".gz", mark="-"):
    for kind, array in (("images", images(count)), ("labels", labels(count))):
        content = idx_bytes(array)
        file = folder / f"{name}-{kind}{mark}idx{array.ndim}-ubyte{suffix}"
        file.write_bytes(gzip.compress(content, 1) if suffix else content)


def write_npz(path, **changes):
    parts = {"x_train": images(4), "y_train": labels(4), "x_test": images(2), "y_test": labels(2)}
    np.savez(path, **{**parts, **changes})


def refused(folder, error=DatasetError):
    with pytest.raises(error) as caught:
        load_mnist(folder)
    text = str(caught.value)
    assert f"At: {__file__}:" in text
    return text


def assert_images(x, y, count):
    assert x.dtype == np.float32
    assert x.shape == (count, 28, 28, 1)
    assert y.dtype == np.int32
    assert y.shape == (count,)
    assert x.min() >= 0
    assert x.max() <= 1
    assert set(y) <= set(range(10))


class TestFolders:
    @pytest.mark.parametrize(("suffix", "mark"), [("", "-"), (".gz", "-"), ("", "."), (".gz", ".")])
    def test_idx_files(self, tmp_path, suffix, mark):
        write_pair(tmp_path, "train", 12, suffix, mark)
        write_pair(tmp_path, "t10k", 5, suffix, mark)
        train, test = load_mnist(str(tmp_path))
        assert_images(*train, 12)
        assert_images(*test, 5)
        np.testing.assert_array_equal(train[0][..., 0] * 255, images(12))
        np.testing.assert_array_equal(test[1], labels(5))

    @pytest.mark.parametrize("name", ["train", "t10k"])
    def test_one_pair_is_divided(self, tmp_path, name):
        write_pair(tmp_path, name, 10)
        (x_train, y_train), (x_test, _) = load_mnist(tmp_path)
        assert (len(x_train), len(x_test)) == (8, 2)
        np.testing.assert_array_equal(y_train, np.arange(8))

    @pytest.mark.parametrize("inside", [True, False], ids=["folder", "file"])
    def test_npz(self, tmp_path, inside):
        write_npz(tmp_path / "mnist.npz")
        train, test = load_mnist(tmp_path if inside else tmp_path / "mnist.npz")
        assert_images(*train, 4)
        assert_images(*test, 2)

    def test_pixels_that_are_scaled_already(self, tmp_path):
        write_npz(tmp_path / "a.npz", x_train=images(4) / 255)
        (scaled, _), (other, _) = load_mnist(tmp_path / "a.npz")
        np.testing.assert_allclose(scaled[..., 0], images(4) / 255, rtol=1e-6)
        np.testing.assert_allclose(other[..., 0], images(2) / 255, rtol=1e-6)

    def test_a_channel_axis_is_kept(self, tmp_path):
        write_npz(tmp_path / "a.npz", x_train=images(4)[..., None].repeat(3, axis=-1))
        assert load_mnist(tmp_path / "a.npz")[0][0].shape == (4, 28, 28, 3)


class TestRefusals:
    def test_no_folder(self, tmp_path):
        text = refused(tmp_path / "none", DatasetNotFoundError)
        assert f"There is no folder {tmp_path / 'none'}." in text
        assert "mnist.npz, or train-images-idx3-ubyte[.gz] and train-labels" in text
        assert "Received: no such folder" in text
        assert "leave it out to let Keras download MNIST" in text

    def test_a_file_in_place_of_a_folder(self, tmp_path):
        (tmp_path / "a").touch()
        assert "Received: a file" in refused(tmp_path / "a", FileNotFoundError)

    def test_other_files(self, tmp_path):
        assert "Received: an empty folder" in refused(tmp_path, DatasetNotFoundError)
        (tmp_path / "notes.txt").touch()
        text = refused(tmp_path, DatasetNotFoundError)
        assert f"{tmp_path} holds no MNIST files." in text
        assert "Received: notes.txt" in text

    @pytest.mark.parametrize("missing", ["images", "labels"])
    def test_half_a_pair(self, tmp_path, missing):
        """The test files alone would do, but somebody meant to train on the others."""
        write_pair(tmp_path, "train", 10)
        write_pair(tmp_path, "t10k", 10)
        next(tmp_path.glob(f"train-{missing}*")).unlink()
        text = refused(tmp_path, DatasetNotFoundError)
        assert f"{tmp_path} holds no train-{missing} file." in text
        assert "Received: only train-" in text

    def test_a_file_that_is_cut_short(self, tmp_path):
        write_pair(tmp_path, "t10k", 10)
        path = next(tmp_path.glob("t10k-images*"))
        path.write_bytes(path.read_bytes()[:3000])
        text = refused(tmp_path)
        assert "does not have the length its header says" in text
        assert "7840 bytes of numbers (shape (10, 28, 28), 1 byte(s) each)" in text

    def test_images_and_labels_in_each_others_place(self, tmp_path):
        write_pair(tmp_path, "t10k", 10, suffix="")
        a, b = sorted(tmp_path.iterdir())
        a_bytes, b_bytes = a.read_bytes(), b.read_bytes()
        a.write_bytes(b_bytes)
        b.write_bytes(a_bytes)
        assert "The train images have a wrong shape." in refused(tmp_path)

    @pytest.mark.parametrize(
        ("changes", "happened", "received"),
        [
            ({"y_train": labels(3)}, "train labels do not fit the images", "shape [3]"),
            ({"y_test": labels(2)[:, None]}, "test labels do not fit", "shape [2, 1]"),
            ({"x_test": images(2)[0]}, "test images have a wrong shape", "shape [28, 28]"),
            ({"x_test": images(0), "y_test": labels(0)}, "no test images", "shape [0, 28, 28]"),
            ({"y_train": labels(4) + 8}, "train labels are no classes", "uint8 from 8 to 11"),
            ({"y_train": labels(4) - 1.5}, "train labels are no classes", "-1.5 to 1.5"),
            ({"y_train": labels(4) + 0.5}, "train labels are no classes", "0.5 to 3.5"),
            ({"y_train": np.array(list("abcd"))}, "train labels are no", "<U1 values"),
            ({"x_train": images(4) * 2.0}, "train images have wrong pixel", "float64 from 0 to"),
            ({"x_train": images(4) / 255 - 0.5}, "have wrong pixel values", "-0.5 to 0.5"),
            ({"x_train": images(4) * np.nan}, "have wrong pixel values", "float64 values"),
            ({"x_train": images(4).astype(str)}, "have wrong pixel values", "<U3 values"),
        ],
    )
    def test_arrays_that_do_not_fit(self, tmp_path, changes, happened, received):
        write_npz(tmp_path / "a.npz", **changes)
        text = refused(tmp_path / "a.npz")
        assert happened in text
        assert received in text
        assert "belong together" in text

    def test_the_download_fails(self, monkeypatch):
        def load_data():
            raise Exception("URL fetch failure on ...: None --\n no route")

        monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
        text = refused(None)
        assert "Keras could not download MNIST." in text
        assert "Received: URL fetch failure on ...: None -- no route" in text
        assert "--data-dir" in text

    def test_the_download(self, monkeypatch):
        parts = (images(3), labels(3)), (images(2), labels(2))
        monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: parts)
        assert_images(*load_mnist()[0], 3)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real test images are not here")
def test_real_images(monkeypatch):
    """10,000 real images in two files, through a path relative to the repository."""
    monkeypatch.chdir(ROOT)
    train, test = load_mnist(Path("..", "shared", "data", "mnist"))
    assert_images(*train, 8000)
    assert_images(*test, 2000)
    assert train[1][:5].tolist() == [7, 2, 1, 0, 4]  # as MNIST's test set is known to begin
    everything = np.concatenate([train[1], test[1]])
    assert np.bincount(everything).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    # The mean of MNIST's test pixels, well known from normalising them.
    pixels = np.concatenate([train[0].ravel(), test[0].ravel()])
    assert abs(pixels.mean(dtype=float) - 0.1325) < 5e-4


class TestDigits:
    def test_they_are_scikit_learns(self):
        datasets = pytest.importorskip("sklearn.datasets")
        theirs = datasets.load_digits()
        (x_train, y_train), (x_test, y_test) = load_digits()
        assert (len(x_train), len(x_test)) == (1437, 360)
        ours = np.concatenate([x_train, x_test])[..., 0] * 16
        key = np.lexsort(ours.reshape(len(ours), -1).T)
        expected = np.lexsort(theirs.images.reshape(len(ours), -1).T)
        np.testing.assert_array_equal(ours[key], theirs.images[expected])
        np.testing.assert_array_equal(
            np.concatenate([y_train, y_test])[key], theirs.target[expected]
        )

    def test_the_split_is_always_the_same_and_has_all_classes(self):
        one, other = load_digits(), load_digits()
        np.testing.assert_array_equal(one[1][0], other[1][0])
        assert np.bincount(one[1][1]).min() > 20

    def test_without_scikit_learn(self, monkeypatch):
        monkeypatch.setattr(digits.importlib.util, "find_spec", lambda name: None)
        with pytest.raises(MissingExtraError) as caught:
            load_digits()
        assert "Received: no scikit-learn" in str(caught.value)
        assert "pip install 'glasstape[demo]'" in str(caught.value)
        assert isinstance(caught.value, ImportError)

    def test_a_scikit_learn_without_data(self, monkeypatch, tmp_path):
        class Spec:
            submodule_search_locations = (str(tmp_path),)

        monkeypatch.setattr(digits.importlib.util, "find_spec", lambda name: Spec)
        with pytest.raises(MissingExtraError, match="a scikit-learn without its data files"):
            load_digits()

    @pytest.mark.parametrize(
        ("content", "received"),
        [
            (gzip.compress(b"1,2\n3,4\n"), "a table of shape (2, 2)"),
            (gzip.compress(b"1,x\n"), "could not convert"),
            (gzip.compress(b"1,2\n3,4\n")[:-9], "ended before the end-of-stream"),
            (b"1,2\n", "Not a gzipped file"),
        ],
        ids=["not 65 columns", "not a number", "cut short", "not compressed"],
    )
    def test_a_damaged_file(self, monkeypatch, tmp_path, content, received):
        file = tmp_path / "digits.csv.gz"
        file.write_bytes(content)
        monkeypatch.setattr(digits, "_find", lambda: file)
        with pytest.raises(DatasetError) as caught:
            load_digits()
        text = str(caught.value)
        assert f"{file} is damaged." in text
        assert received in text
        assert "1797 rows of 65 numbers" in text
        assert f"At: {__file__}:" in text
