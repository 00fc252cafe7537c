"""`tf.image`, `tf.io` and `tf.strings`, against results read off TensorFlow."""

import numpy as np
import pytest

import glasstape.tf as tf
from tests.tf import io_expressions
from tests.tf.golden.read import read

pytest.importorskip("PIL.Image")

THEIRS = read("io")
NARROW = {"int64": "int32", "float64": "float32"}
KNOWN = io_expressions.names(tf)
# What differs, and how.
OURS = {}
# JAX' logarithms and powers, and convolutions in another order.
LOOSE = {}


@pytest.mark.filterwarnings("ignore:.*64-bit")
@pytest.mark.parametrize("expression", io_expressions.EXPRESSIONS)
def test_results_are_tensorflows(expression):
    ours = io_expressions.describe(expression, KNOWN)
    theirs = OURS.get(expression, THEIRS[expression])
    if "value" not in theirs or not isinstance(theirs["value"], list):
        assert ours == theirs
        return
    assert ours.get("shape") == theirs.get("shape")
    dtype = theirs.get("dtype")
    assert ours.get("dtype") == NARROW.get(dtype, dtype)
    # A float that lies between two integers may be cut off on the other side.
    close = {"uint8": 0, "float16": 2e-3}.get(dtype, 3e-6)
    np.testing.assert_allclose(
        ours["value"], theirs["value"], rtol=close, atol=max(close, LOOSE.get(expression, 0))
    )


def test_the_stored_results_are_of_these_expressions():
    assert list(THEIRS) == io_expressions.EXPRESSIONS
    assert set(OURS) | set(LOOSE) <= set(THEIRS)


PICTURE = np.random.default_rng(0).random((6, 7, 3)).astype(np.float32)
# What can be differentiated, and compiled with a picture as its argument.
SMOOTH = {
    "resize": lambda x: tf.image.resize(x, [4, 9]),
    "resize, fewer pixels": lambda x: tf.image.resize(x, [3, 3], antialias=True),
    "resize, bicubic": lambda x: tf.image.resize(x, [9, 4], "bicubic"),
    "resize, nearest": lambda x: tf.image.resize(x, [9, 4], "nearest"),
    "resize, area": lambda x: tf.image.resize(x, [3, 4], "area"),
    "resize_with_pad": lambda x: tf.image.resize_with_pad(x, 8, 8),
    "crop or pad": lambda x: tf.image.resize_with_crop_or_pad(x, 4, 9),
    "crop": lambda x: tf.image.crop_to_bounding_box(x, 1, 2, 3, 4),
    "central_crop": lambda x: tf.image.central_crop(x, 0.5),
    "flip": tf.image.flip_left_right,
    "rot90": tf.image.rot90,
    "transpose": tf.image.transpose,
    "patches": lambda x: tf.image.extract_patches(
        x[None], [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "SAME"
    ),
    "brightness": lambda x: tf.image.adjust_brightness(x, 0.3),
    "contrast": lambda x: tf.image.adjust_contrast(x, 1.7),
    "gamma": lambda x: tf.image.adjust_gamma(x, 2.2),
    "hue": lambda x: tf.image.adjust_hue(x, 0.1),
    "saturation": lambda x: tf.image.adjust_saturation(x, 0.8),
    "standardization": tf.image.per_image_standardization,
    "greyscale": tf.image.rgb_to_grayscale,
    "hsv": tf.image.rgb_to_hsv,
    "rgb": tf.image.hsv_to_rgb,
    "yuv": tf.image.rgb_to_yuv,
    "total_variation": tf.image.total_variation,
    "sobel": lambda x: tf.image.sobel_edges(x[None]),
    "psnr": lambda x: tf.image.psnr(x, PICTURE[::-1], 1.0),
    "ssim": lambda x: tf.image.ssim(x, PICTURE[::-1], 1.0, filter_size=3),
    "crop_and_resize": lambda x: tf.image.crop_and_resize(
        x[None], [[0.1, 0.1, 0.8, 0.9]], [0], [3, 3]
    ),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_compiled_and_recorded_results_are_the_plain_ones(name):
    """Plain code computes some of them with NumPy, a tape and a compiled step with JAX."""
    function, x = SMOOTH[name], tf.constant(PICTURE)
    plain, compiled = function(x), tf.function(function)(x)
    variable = tf.Variable(PICTURE)
    with tf.GradientTape() as tape:
        recorded = function(variable)
    gradient = tape.gradient(recorded, variable)
    for other in (compiled, recorded):
        assert (plain.dtype, plain.shape) == (other.dtype, other.shape)
        np.testing.assert_allclose(plain, other, rtol=2e-5, atol=2e-6)
    assert_slope(function, PICTURE, gradient)


def assert_slope(function, x, gradient):
    """Along one direction, in 64 bits where the function computes in them."""
    direction = np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
    step = 1e-3
    ahead, behind = (
        np.asarray(function(tf.constant(x + sign * step * direction)), np.float64).sum()
        for sign in (1, -1)
    )
    expected = (ahead - behind) / (2 * step)
    found = float(np.sum(np.asarray(gradient, np.float64) * direction))
    np.testing.assert_allclose(found, expected, rtol=0.03, atol=0.15)


RANDOM = {
    "crop": lambda x: tf.image.random_crop(x, [3, 3, 3]),
    "crop, seed": lambda x: tf.image.random_crop(x, [3, 3, 3], seed=4),
    "brightness": lambda x: tf.image.random_brightness(x, 0.3),
    "contrast": lambda x: tf.image.random_contrast(x, 0.3, 3.0),
    "hue": lambda x: tf.image.random_hue(x, 0.3),
    "saturation": lambda x: tf.image.random_saturation(x, 0.3, 3.0),
}


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("name", RANDOM)
def test_chance_is_new_at_each_call_and_repeats_with_the_seed(name, compiled):
    function = tf.function(RANDOM[name]) if compiled else RANDOM[name]
    x = tf.constant(PICTURE)
    runs = []
    for _ in range(2):
        tf.random.set_seed(7)
        runs.append([np.asarray(function(x)).tobytes() for _ in range(6)])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) > 2


@pytest.mark.parametrize("compiled", [False, True])
def test_every_second_picture_is_flipped(compiled):
    def flips(x):
        return tf.image.random_flip_left_right(tf.image.random_flip_up_down(x))

    batch = tf.constant(np.stack([PICTURE] * 400))
    tf.random.set_seed(3)
    found = np.asarray(tf.function(flips)(batch) if compiled else flips(batch))
    kinds = [PICTURE, PICTURE[::-1], PICTURE[:, ::-1], PICTURE[::-1, ::-1]]
    counts = [sum(np.array_equal(p, kind) for p in found) for kind in kinds]
    assert sum(counts) == 400
    assert min(counts) > 70
    alone = [np.asarray(tf.image.random_flip_left_right(PICTURE)) for _ in range(40)]
    assert 5 < sum(np.array_equal(p, PICTURE) for p in alone) < 35


STATELESS = {
    "crop": lambda x, seed: tf.image.stateless_random_crop(x, [3, 3, 3], seed),
    "flip": lambda x, seed: tf.image.stateless_random_flip_left_right(x, seed),
    "brightness": lambda x, seed: tf.image.stateless_random_brightness(x, 0.3, seed),
    "hue": lambda x, seed: tf.image.stateless_random_hue(x, 0.3, seed),
}


@pytest.mark.parametrize("name", STATELESS)
def test_a_seed_of_its_own_decides(name):
    x, function = tf.constant(PICTURE), STATELESS[name]
    first, again = function(x, (1, 2)), function(x, tf.constant([1, 2]))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(first, tf.function(function)(x, tf.constant([1, 2])), rtol=1e-5)
    others = {np.asarray(function(x, (1, n))).tobytes() for n in range(10)}
    assert len(others) > 1


def test_a_random_window_is_a_window_at_every_place():
    x = tf.constant(np.arange(5))
    found = {tuple(np.asarray(tf.image.random_crop(x, [3])).tolist()) for _ in range(60)}
    assert found == {(0, 1, 2), (1, 2, 3), (2, 3, 4)}


def test_a_window_may_begin_at_a_place_the_step_computes():
    crop = tf.function(lambda x, n: tf.image.crop_to_bounding_box(x, n, 0, 2, 7))
    np.testing.assert_array_equal(crop(PICTURE, tf.constant(3)), PICTURE[3:5])


def test_psnr_of_equal_pictures_is_infinite():
    assert np.isinf(tf.image.psnr(PICTURE, PICTURE, 1.0))


def test_models_being_built_are_told_to_wrap():
    with pytest.raises(TypeError, match=r"keras\.layers\.Lambda"):
        tf.image.resize(tf.keras.Input((8, 8, 3)), [4, 4])


def test_jpeg_is_tensorflows_to_a_few_levels():
    """Two decoders, and two encoders: numbers of the pixels, read off TensorFlow."""
    ours = np.asarray(tf.io.decode_jpeg(KNOWN["JPEG"])).astype(int)
    smooth = np.add.outer(np.arange(16) * 8, np.arange(12) * 9)[..., None] + [0, 40, 80]
    assert np.abs(ours - np.clip(smooth, 0, 255)).max() <= 12
    again = tf.io.decode_jpeg(tf.io.encode_jpeg(ours.astype(np.uint8), quality=100))
    assert np.abs(np.asarray(again).astype(int) - ours).max() <= 6
    grey = np.asarray(tf.io.decode_jpeg(KNOWN["JPEG"], channels=1))[..., 0]
    assert np.abs(grey - ours @ [0.299, 0.587, 0.114]).max() <= 2


def test_pictures_of_a_compiled_step_are_not_encoded():
    with pytest.raises(ValueError, match=r"do it in dataset\.map"):
        tf.function(lambda x: tf.io.encode_png(tf.cast(x, tf.uint8)))(PICTURE)


def test_without_pillow_it_says_what_to_install(monkeypatch):
    import sys

    from glasstape.errors import MissingExtraError

    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'glasstape\[image\]'"):
        tf.io.decode_png(KNOWN["PNG"])


def test_a_usual_pipeline(tmp_path):
    """What the guides do with paths: read, decode, resize, label by folder."""
    for number, name in enumerate(["cats/1.png", "cats/2.png", "dogs/1.png"]):
        tf.io.write_file(tmp_path / name, tf.io.encode_png(tf.zeros([4 + number, 6, 3], tf.uint8)))
    class_names = np.array(sorted(p.name for p in tmp_path.iterdir()))

    def load(path):
        image = tf.io.decode_png(tf.io.read_file(path), channels=3)
        image = tf.image.resize(tf.image.convert_image_dtype(image, tf.float32), [4, 4])
        one_hot = tf.strings.split(path, "/")[-2] == class_names
        return image, tf.argmax(one_hot)

    paths = tf.io.matching_files(str(tmp_path / "*" / "*.png"))
    assert paths[0].numpy().decode() == str(tmp_path / "cats" / "1.png")
    found = [load(path) for path in paths]
    assert [int(label) for _, label in found] == [0, 0, 1]
    assert {image.shape for image, _ in found} == {(4, 4, 3)}


def test_a_dataset_of_pictures(tmp_path):
    """As in TensorFlow's guide to loading images."""
    rng = np.random.default_rng(0)
    for number in range(8):
        pixels = tf.constant(rng.integers(0, 256, (9 + number, 12, 3)).astype(np.uint8))
        name = f"{('cats', 'dogs')[number % 2]}/{number}.png"
        tf.io.write_file(tmp_path / name, tf.io.encode_png(pixels))
    class_names = np.array(["cats", "dogs"])

    def load(path):
        image = tf.io.decode_image(tf.io.read_file(path), 3, expand_animations=False)
        image = tf.image.random_flip_left_right(tf.image.resize(image, [6, 6]))
        image = tf.image.random_crop(image, [5, 5, 3])
        return image / 255.0, tf.argmax(tf.strings.split(path, "/")[-2] == class_names)

    def epochs():
        tf.random.set_seed(4)
        files = tf.data.Dataset.list_files(str(tmp_path / "*/*.png"), shuffle=False)
        assert next(iter(files)).numpy().decode() == str(tmp_path / "cats/0.png")
        dataset = files.map(load, num_parallel_calls=tf.data.AUTOTUNE).batch(4).prefetch(1)
        return [[(np.asarray(x), y.tolist()) for x, y in dataset] for _ in range(2)]

    first, second = epochs()
    assert [labels for _, labels in first] == [[0] * 4, [1] * 4]
    assert {x.shape for x, _ in first} == {(4, 5, 5, 3)}
    assert any((a != b).any() for (a, _), (b, _) in zip(first, second, strict=True))
    for (a, _), (b, _) in zip(first, epochs()[0], strict=True):
        np.testing.assert_array_equal(a, b)


def test_datasets_of_lines(tmp_path):
    for name in ("a", "b"):
        tf.io.write_file(tmp_path / name, f"{name} one\r\n{name}  TWO\n\n")
    files = tf.data.Dataset.list_files(str(tmp_path / "*"), shuffle=False)
    lines = tf.data.TextLineDataset(files)
    cleaned = lines.map(lambda s: tf.strings.regex_replace(tf.strings.lower(s), " +", "_"))
    expected = [b"a_one", b"a_two", b"", b"b_one", b"b_two", b""]
    assert [s.numpy() for s in cleaned] == [s.numpy() for s in cleaned] == expected
    assert next(iter(tf.data.TextLineDataset([tmp_path / "b"]))).numpy() == b"b one"


def test_files(tmp_path):
    gfile = tf.io.gfile
    folder = str(tmp_path / "a" / "b")
    gfile.makedirs(folder), gfile.makedirs(folder)
    with gfile.GFile(folder + "/note.txt", "w") as file:
        file.write("one\ntwo\n")
        file.write(b"three")
    with gfile.GFile(folder + "/note.txt") as file:
        assert (file.size(), list(file)) == (13, ["one\n", "two\n", "three"])
    with gfile.GFile(folder + "/note.txt", "ab") as file:
        file.write("!")
    assert gfile.GFile(folder + "/note.txt", "rb").read() == b"one\ntwo\nthree!"
    gfile.copy(folder + "/note.txt", folder + "/two.txt")
    with pytest.raises(FileExistsError, match="pass overwrite=True"):
        gfile.copy(folder + "/note.txt", folder + "/two.txt")
    gfile.rename(folder + "/two.txt", folder + "/note.txt", overwrite=True)
    assert gfile.listdir(folder) == ["note.txt"]
    assert gfile.glob(str(tmp_path / "*" / "*" / "*.txt")) == [folder + "/note.txt"]
    assert gfile.isdir(folder)
    assert gfile.exists(tf.constant(folder))
    gfile.rmtree(str(tmp_path / "a"))
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_not_there():
    for action in (tf.io.read_file, tf.io.gfile.remove, tf.io.gfile.rmtree, tf.io.gfile.listdir):
        with pytest.raises(FileNotFoundError, match="no such file is not there"):
            action("no such file")
        with pytest.raises(tf.errors.NotFoundError):
            action("no such file")
    with pytest.raises(ValueError, match="a file of this computer"):
        tf.io.read_file("gs://bucket/file")


def test_text_behaves_as_tensors_of_text_do():
    text = tf.constant(["b", "a"])
    assert isinstance(text, np.ndarray)
    assert repr(text[0]) == "<tf.Tensor: shape=(), dtype=string, numpy=b'b'>"
    assert f"{text[0]}" == "tf.Tensor(b'b', shape=(), dtype=string)"
    assert {text[0], text[0]} == {text[0]}
    assert bytes(text[1]) == b"a"
    assert (text == 3) is False or not np.any(text == 3)
    assert np.stack([text[0], text[1]]).tolist() == [b"b", b"a"]
    with pytest.raises(ValueError, match="one string"):
        tf.strings.split(text, text)
    with pytest.raises(TypeError, match="text: str, bytes"):
        tf.strings.lower(3)


def test_lines_of_tables_that_cannot_be_read(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n3\n5,x\n7,8\n")
    read = lambda **more: tf.data.experimental.make_csv_dataset(  # noqa: E731
        str(path), 4, column_defaults=[0, 0], shuffle=False, num_epochs=1, **more
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="lines of 2 fields"):
        read()
    (batch,) = read(ignore_errors=True)
    assert {name: column.tolist() for name, column in batch.items()} == {"a": [1, 7], "b": [2, 8]}
    with pytest.raises(tf.errors.NotFoundError):
        tf.data.experimental.make_csv_dataset(str(tmp_path / "*.txt"), 4)
    with pytest.raises(tf.errors.InvalidArgumentError, match="compression_type None or 'GZIP'"):
        tf.data.experimental.CsvDataset(str(path), [0, 0], "ZLIB")


def test_tables_in_several_files_in_random_order(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.csv").write_text(f"n\n{number}\n{number + 10}\n")
    read = tf.data.experimental.make_csv_dataset(str(tmp_path / "*.csv"), 3, shuffle_seed=1)
    batches = [batch["n"].tolist() for batch in read.take(4)]
    every = [0, 1, 2, 10, 11, 12]
    assert sorted(batches[0] + batches[1]) == sorted(batches[2] + batches[3]) == every
    assert batches[0] + batches[1] != batches[2] + batches[3]
    lines = tf.data.experimental.CsvDataset(
        [str(tmp_path / f"{number}.csv") for number in range(2)], [tf.int32], header=True
    )
    assert [int(n) for (n,) in lines] == [0, 10, 1, 11]
