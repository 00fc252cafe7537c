"""`tf.image` and `tf.io`: pictures from and to files' bytes, by Pillow."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from glasstape import sources
from glasstape.errors import MissingExtraError
from glasstape.ports import jax_trace
from glasstape.tf._convert import as_dtype, as_tensor
from glasstape.tf._text import Strings, as_strings, one_string
from glasstape.tf.image._colours import convert_image_dtype
from glasstape.tf.image._pictures import check, known, pictures, refusal

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def decode_jpeg(
    contents: Any, channels: int = 0, ratio: int = 1, fancy_upscaling: bool = True,
    try_recover_truncated: bool = False, acceptable_fraction: float = 1, dct_method: str = "",
    name: str | None = None,
) -> Any:  # fmt: skip
    """The picture in the bytes of a JPEG file, as ``tf.image.decode_jpeg``.

    Decoders differ: numbers may be a few levels (of 255) off TensorFlow's.

    Args:
        contents: The file's bytes; other formats than JPEG are read as well.
        channels: 1 for grey, 3 for colours, 0 for what the file has.
        ratio: 2, 4 or 8 read a picture that is so much smaller.
        fancy_upscaling: Accepted for TensorFlow's sake, like what follows.
        try_recover_truncated: Unused.
        acceptable_fraction: Unused.
        dct_method: Unused.
        name: Unused.

    Returns:
        uint8 tensor ``[height, width, channels]``.

    Raises:
        TensorTypeError: the bytes are no such picture.
        MissingExtraError: the package Pillow is not installed.

    Example:
        >>> import glasstape.tf as tf
        >>> contents = tf.io.encode_jpeg(tf.zeros([8, 4, 3], tf.uint8))
        >>> tf.io.decode_jpeg(contents).shape
        (8, 4, 3)
    """
    del fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method, name
    picture = _opened("decode_jpeg", contents)
    if (channels == 1 and picture.format == "JPEG") or ratio > 1:
        size = tuple(-(-n // ratio) for n in picture.size)
        picture.draft("L" if channels == 1 else "RGB", size)
    return as_tensor(_pixels("decode_jpeg", picture, channels))


def decode_png(
    contents: Any, channels: int = 0, dtype: Any = "uint8", name: str | None = None
) -> Any:
    """The picture in the bytes of a PNG file, as ``tf.image.decode_png``.

    Args:
        contents: The file's bytes; other formats than PNG are read as well.
        channels: 1 for grey, 2 with alpha, 3 for colours, 4 with alpha, 0 for what the file has.
        dtype: uint8 or uint16.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor ``[height, width, channels]``.

    Raises:
        TensorTypeError: the bytes are no such picture.
        MissingExtraError: the package Pillow is not installed.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.decode_png(tf.io.encode_png([[[1, 2, 3]]])).tolist()
        [[[1, 2, 3]]]
    """
    del name
    wanted = as_dtype(dtype)
    check(wanted.name in ("uint8", "uint16"), "decode_png", "dtype uint8 or uint16", wanted)
    data = one_string(contents)
    return as_tensor(_pixels("decode_png", _opened("decode_png", data), channels, wanted, data))


def decode_bmp(contents: Any, channels: int = 0, name: str | None = None) -> Any:
    """The picture in the bytes of a BMP file, as ``tf.image.decode_bmp``.

    Args:
        contents: The file's bytes.
        channels: 1 for grey, 3 for colours, 4 with alpha, 0 for what the file has.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        uint8 tensor ``[height, width, channels]``.

    Raises:
        TensorTypeError: the bytes are no such picture.
        MissingExtraError: the package Pillow is not installed.

    Example:
        >>> import io
        >>> import PIL.Image
        >>> import glasstape.tf as tf
        >>> file = io.BytesIO()
        >>> PIL.Image.new("RGB", (4, 8)).save(file, "BMP")
        >>> tf.io.decode_bmp(file.getvalue()).shape
        (8, 4, 3)
    """
    del name
    return as_tensor(_pixels("decode_bmp", _opened("decode_bmp", contents), channels))


def decode_gif(contents: Any, name: str | None = None) -> Any:
    """All pictures in the bytes of a GIF file, as ``tf.image.decode_gif``.

    Args:
        contents: The file's bytes.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        uint8 tensor ``[pictures, height, width, 3]``.

    Raises:
        TensorTypeError: the bytes are no such picture.
        MissingExtraError: the package Pillow is not installed.

    Example:
        >>> import io
        >>> import PIL.Image
        >>> import glasstape.tf as tf
        >>> file = io.BytesIO()
        >>> PIL.Image.new("RGB", (4, 8)).save(file, "GIF")
        >>> tf.io.decode_gif(file.getvalue()).shape
        (1, 8, 4, 3)
    """
    del name
    return as_tensor(_frames("decode_gif", _opened("decode_gif", contents), 3))


def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = "uint8",
    name: str | None = None,
    expand_animations: bool = True,
) -> Any:
    """The picture in a file's bytes, whatever its format, as ``tf.image.decode_image``.

    Args:
        contents: The file's bytes: JPEG, PNG, GIF, BMP, WebP or another that Pillow reads.
        channels: 1 for grey, 3 for colours, 4 with alpha, 0 or None for what the file has.
        dtype: The result's dtype; other dtypes than uint8 are scaled by `convert_image_dtype`.
        name: Accepted for TensorFlow's sake; unused.
        expand_animations: Give all pictures of a GIF, with one more axis, not only the first.

    Returns:
        A tensor ``[height, width, channels]``, or ``[pictures, height, width, 3]`` of a GIF.

    Raises:
        TensorTypeError: the bytes are no such picture.
        MissingExtraError: the package Pillow is not installed.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.decode_image(tf.io.encode_png([[[255]]]), dtype=tf.float32).tolist()
        [[[1.0]]]
    """
    del name
    data = one_string(contents)
    picture = _opened("decode_image", data)
    wanted = as_dtype(dtype)
    if picture.format == "GIF":
        frames = _frames("decode_image", picture, channels or 3)
        found = frames if expand_animations else frames[0]
    else:
        deep = wanted == np.uint16 and picture.format == "PNG"
        depth = wanted if deep else np.dtype("uint8")
        found = _pixels("decode_image", picture, channels or 0, depth, data)
    return convert_image_dtype(as_tensor(found), wanted)


def encode_jpeg(
    image: Any, format: str = "", quality: int = 95, progressive: bool = False,
    optimize_size: bool = False, chroma_downsampling: bool = True, density_unit: str = "in",
    x_density: int = 300, y_density: int = 300, xmp_metadata: str = "", name: str | None = None,
) -> Strings:  # fmt: skip
    """A picture as the bytes of a JPEG file, as ``tf.image.encode_jpeg``.

    Args:
        image: uint8 tensor ``[height, width, 1 or 3]``, not one of a compiled step.
        format: "", "grayscale" or "rgb", which must be what the channels say.
        quality: From 0 to 100.
        progressive: Write a file that can be shown while it loads.
        optimize_size: Spend time to make it smaller.
        chroma_downsampling: Keep colours at half the size.
        density_unit: "in" or "cm".
        x_density: Pixels a unit, across.
        y_density: Pixels a unit, down.
        xmp_metadata: Accepted for TensorFlow's sake; unused.
        name: Unused.

    Returns:
        One string of bytes.

    Raises:
        TensorTypeError: `image` has another dtype or shape.
        MissingExtraError: the package Pillow is not installed.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.is_jpeg(tf.io.encode_jpeg(tf.zeros([8, 4, 3], tf.uint8))).item()
        True
    """
    del xmp_metadata, name
    array = _concrete("encode_jpeg", image, (1, 3), ("uint8",))
    wanted = {"": array.shape[-1], "grayscale": 1, "rgb": 3}.get(format)
    check(wanted == array.shape[-1], "encode_jpeg", f"channels for {format!r}", array.shape)
    per_inch = 2.54 if density_unit == "cm" else 1
    return _written(
        array, "JPEG", quality=int(quality), progressive=progressive, optimize=optimize_size,
        subsampling=2 if chroma_downsampling else 0,
        dpi=(x_density * per_inch, y_density * per_inch),
    )  # fmt: skip


def encode_png(image: Any, compression: int = -1, name: str | None = None) -> Strings:
    r"""A picture as the bytes of a PNG file, as ``tf.image.encode_png``.

    Args:
        image: uint8 tensor ``[height, width, 1 to 4]``, or uint16 with one channel, not one of a
            compiled step.
        compression: From 0, none, to 9, the smallest file; -1 chooses.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        One string of bytes.

    Raises:
        TensorTypeError: `image` has another dtype or shape.
        MissingExtraError: the package Pillow is not installed.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.encode_png(tf.zeros([8, 4, 3], tf.uint8)).numpy()[:4]
        b'\x89PNG'
    """
    del name
    array = _concrete("encode_png", image, (1, 2, 3, 4), ("uint8", "uint16"))
    one = array.dtype == np.uint8 or array.shape[-1] == 1
    check(one, "encode_png", "uint16 with one channel", array.shape)
    return _written(array, "PNG", compress_level=6 if compression < 0 else compression)


def is_jpeg(contents: Any, name: str | None = None) -> Any:
    """Whether bytes begin as those of a JPEG file do, as ``tf.io.is_jpeg``.

    Args:
        contents: A file's bytes.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        bool tensor.

    Raises:
        TensorTypeError: `contents` is no text.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.is_jpeg(b"GIF89a").item()
        False
    """
    del name
    return as_tensor(one_string(contents).startswith(b"\xff\xd8\xff"))


def extract_jpeg_shape(contents: Any, output_type: Any = "int32", name: str | None = None) -> Any:
    """A JPEG file's height, width and channels, as ``tf.io.extract_jpeg_shape``.

    Args:
        contents: The file's bytes.
        output_type: int32 or int64.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor of three whole numbers.

    Raises:
        TensorTypeError: the bytes are no picture.
        MissingExtraError: the package Pillow is not installed.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.io.extract_jpeg_shape(tf.io.encode_jpeg(tf.zeros([8, 4, 3], tf.uint8))).tolist()
        [8, 4, 3]
    """
    del name
    picture = _opened("extract_jpeg_shape", contents)
    shape = (picture.height, picture.width, len(picture.getbands()))
    return as_tensor(shape, as_dtype(output_type))


def adjust_jpeg_quality(
    image: Any, jpeg_quality: Any, dct_method: str = "", name: str | None = None
) -> Any:
    """Pictures written to JPEG and read again, as ``tf.image.adjust_jpeg_quality``.

    Args:
        image: Tensor ``[height, width, 1 or 3]``, not one of a compiled step.
        jpeg_quality: From 0 to 100.
        dct_method: Accepted for TensorFlow's sake; unused.
        name: Unused.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TensorTypeError: `image` has another shape, or belongs to a compiled step.
        MissingExtraError: the package Pillow is not installed.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.image.adjust_jpeg_quality(tf.ones([4, 4, 3]), 50).shape
        (4, 4, 3)
    """
    del dct_method, name
    x = pictures("adjust_jpeg_quality", image, (3,))
    quality = known(jpeg_quality)
    if quality is None or jax_trace.is_tracer(x):
        raise _not_compiled("adjust_jpeg_quality")
    file = encode_jpeg(convert_image_dtype(x, "uint8", saturate=True), quality=int(quality))
    return convert_image_dtype(decode_jpeg(file, x.shape[-1]), x.dtype, saturate=True)


def _pillow() -> Any:
    try:
        import PIL.Image
    except ImportError:
        raise MissingExtraError(
            "Pictures in files are read and written by Pillow, which is not installed.",
            expected="the package Pillow",
            received="no module PIL",
            fix="pip install 'glasstape[image]'",
            where=sources.user_source(),
        ) from None
    return PIL.Image


def _opened(function: str, contents: Any) -> Any:
    data = one_string(contents)
    try:
        return _pillow().open(io.BytesIO(data))
    except OSError:
        fix = "pass what tf.io.read_file gives, of a picture that is whole"
        raise refusal(function, "a picture's bytes", f"{data[:20]!r}...", fix) from None


def _pixels(
    function: str, picture: Any, channels: int, dtype: Any = "uint8", data: bytes = b""
) -> np.ndarray:
    """``[height, width, channels]``."""
    channels = int(channels)
    check(channels in (0, *_MODES), function, "0 to 4 channels", channels)
    deep = picture.format == "PNG" and data[24:25] == b"\x10"
    try:
        if deep:
            return _deep_pixels(function, picture, channels, dtype)
        if channels == 1 and picture.format == "PNG" and _own_channels(picture) > 2:
            array = _grey(np.asarray(picture.convert("RGB")))
        else:
            array = np.asarray(picture.convert(_MODES[channels or _own_channels(picture)]))
    except OSError as error:
        raise refusal(function, "a picture that is whole", str(error), "get it again") from None
    array = array.reshape(array.shape[0], array.shape[1], -1)
    return array.astype(dtype) * 257 if np.dtype(dtype) == np.uint16 else array


def _grey(array: np.ndarray) -> np.ndarray:
    """As libpng computes it, with which TensorFlow reads: Pillow rounds, it cuts off."""
    weights = np.array([9798, 19235, 3735], np.int32)
    return (array @ weights >> 15).astype(np.uint8)


def _own_channels(picture: Any) -> int:
    if picture.mode == "P":
        return 4 if "transparency" in picture.info else 3
    return {"1": 1, "I": 1, "L": 1, "LA": 2, "RGBA": 4}.get(picture.mode, 3)


def _deep_pixels(function: str, picture: Any, channels: int, dtype: Any) -> np.ndarray:
    """Of a PNG file with 16 bits a channel; Pillow keeps them for grey ones only."""
    if picture.mode not in ("I;16", "I") or channels > 1:
        expected = "8 bits a channel, or grey"
        check(dtype == np.uint8, function, expected, f"a PNG of 16 bits, mode {picture.mode}")
        return _pixels(function, picture, channels)
    array = np.asarray(picture).astype(np.uint16)[..., None]
    return array if dtype == np.uint16 else (array >> 8).astype(np.uint8)


def _frames(function: str, picture: Any, channels: int) -> np.ndarray:
    found = []
    for number in range(getattr(picture, "n_frames", 1)):
        picture.seek(number)
        found.append(_pixels(function, picture, channels))
    return np.stack(found)


def _concrete(function: str, image: Any, channels: Any, dtypes: Any) -> np.ndarray:
    x = image
    if not hasattr(x, "dtype"):
        x = as_tensor(image, "uint8")
    x = pictures(function, x, (3,))
    if jax_trace.is_tracer(x):
        raise _not_compiled(function)
    check(x.dtype.name in dtypes, function, f"dtype {' or '.join(dtypes)}", x.dtype)
    check(x.shape[-1] in channels, function, f"channels: one of {channels}", tuple(x.shape))
    return np.asarray(x)


def _not_compiled(function: str) -> Exception:
    fix = "do it in dataset.map, or outside of the compiled step"
    return refusal(function, "a tensor with numbers", "a tensor of a compiled step", fix)


def _written(array: np.ndarray, kind: str, **options: Any) -> Strings:
    picture = _pillow().fromarray(array[..., 0] if array.shape[-1] == 1 else array)
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return as_strings(file.getvalue())
