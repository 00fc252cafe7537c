"""`tf.signal`: Fourier transforms, windows, frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import jax.scipy.fft as jfft
import numpy as np

from glasstape.tf import _elsewhere
from glasstape.tf._arrays import one_axis
from glasstape.tf._convert import as_axis, as_shape, as_tensor, available
from glasstape.tf._translate import Refused, kind, tensor_of, translated


def _complex(name: str, formula: Any, axes: int, text: str) -> Callable[..., Any]:
    def function(input: Any, name: str | None = None) -> Any:
        x = as_tensor(input)
        if not hasattr(input, "dtype") and kind(x.dtype) == "f":
            x = x.astype("complex64")  # Python numbers may become complex
        x = tensor_of("c", x)
        return formula(x, axes=tuple(range(-axes, 0))).astype(x.dtype)

    lead = "[" * axes
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{text}, over the last {axes} axes.

    Args:
        input: Tensor of complex numbers.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.{name}({lead}1 + 0j{"]" * axes}).tolist()
        {lead}(1+0j){"]" * axes}"""
    return translated(f"signal.{name}")(function)


def _real(name: str, formula: Any, axes: int, text: str, back: bool) -> Callable[..., Any]:
    def function(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Any:
        x = tensor_of("c" if back else "f", input_tensor)
        sizes = None if fft_length is None else as_shape(fft_length)
        return formula(x, s=sizes, axes=tuple(range(-axes, 0)))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{text}, over the last {axes} axes.

    Args:
        input_tensor: Tensor of {"complex numbers" if back else "floats"}.
        fft_length: The lengths of real axes, to which they are cut or filled with 0.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.{name}(tf.ones([2] * {axes}, tf.{"complex64" if back else "float32"})).shape
        {(2,) * axes}"""
    return translated(f"signal.{name}")(function)


# fmt: off
fft = _complex("fft", jnp.fft.fftn, 1, "The Fourier transform")
fft2d = _complex("fft2d", jnp.fft.fftn, 2, "The Fourier transform")
fft3d = _complex("fft3d", jnp.fft.fftn, 3, "The Fourier transform")
ifft = _complex("ifft", jnp.fft.ifftn, 1, "The inverse Fourier transform")
ifft2d = _complex("ifft2d", jnp.fft.ifftn, 2, "The inverse Fourier transform")
ifft3d = _complex("ifft3d", jnp.fft.ifftn, 3, "The inverse Fourier transform")
rfft = _real("rfft", jnp.fft.rfftn, 1, "Half the Fourier transform of real numbers", False)
rfft2d = _real("rfft2d", jnp.fft.rfftn, 2, "Half the Fourier transform of real numbers", False)
rfft3d = _real("rfft3d", jnp.fft.rfftn, 3, "Half the Fourier transform of real numbers", False)
irfft = _real("irfft", jnp.fft.irfftn, 1, "Real numbers from half their Fourier transform", True)
irfft2d = _real("irfft2d", jnp.fft.irfftn, 2, "Real numbers from half their Fourier transform", True)
irfft3d = _real("irfft3d", jnp.fft.irfftn, 3, "Real numbers from half their Fourier transform", True)
# fmt: on


@translated("signal.fftshift")
def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Any:
    """Frequency 0 moved to the middle.

    Args:
        axes: One axis or several; all when None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.fftshift([0, 1, -1]).tolist()
        [-1, 0, 1]
    """
    x = as_tensor(x)
    return jnp.fft.fftshift(x, as_axis(axes, x))


@translated("signal.ifftshift")
def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Any:
    """Frequency 0 moved back to the start.

    Args:
        axes: One axis or several; all when None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.ifftshift([-1, 0, 1]).tolist()
        [0, 1, -1]
    """
    x = as_tensor(x)
    return jnp.fft.ifftshift(x, as_axis(axes, x))


@translated("signal.dct")
def dct(
    input: Any, type: int = 2, n: Any = None, axis: int = -1, norm: str | None = None,
    name: str | None = None,
) -> Any:  # fmt: skip
    """The discrete cosine transform of type 2, over the last axis.

    Args:
        input: Tensor of floats.
        type: 2.
        n: The axis' length, to which it is cut or filled with 0.
        axis: -1.
        norm: ``ortho``, or None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.dct([1.0]).tolist()
        [2.0]
    """
    _check_dct(type, axis)
    return jfft.dct(tensor_of("f", input), 2, n, norm=norm)


@translated("signal.idct")
def idct(
    input: Any, type: int = 2, n: Any = None, axis: int = -1, norm: str | None = None,
    name: str | None = None,
) -> Any:  # fmt: skip
    """The inverse of `dct` when it is ``ortho``; otherwise that, times twice the length.

    Args:
        input: Tensor of floats.
        type: 2.
        n: None.
        axis: -1.
        norm: ``ortho``, or None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.idct([2.0], norm="ortho").tolist()
        [2.0]
    """
    _check_dct(type, axis)
    x = tensor_of("f", input)
    done = jfft.idct(x, 2, norm=norm)
    return done if norm == "ortho" else done * (2 * x.shape[-1])


def _check_dct(type: int, axis: int) -> None:
    if type != 2 or axis != -1:
        shown = f"type={type}, axis={axis}"
        raise Refused("type=2 and axis=-1, which JAX has", shown, "transpose the tensor")


def _window(length: Any, periodic: bool, dtype: Any, mean: float) -> Any:
    length = int(length)
    count = length - 1 + (1 - length % 2 if periodic else 0)  # odd ones are symmetric always
    places = np.arange(length) / max(count, 1)
    values = mean - (1 - mean) * np.cos(2 * np.pi * places)
    return jnp.asarray(values if length > 1 else np.ones(length), available(dtype))


@translated("signal.hann_window")
def hann_window(
    window_length: Any, periodic: bool = True, dtype: Any = "float32", name: str | None = None
) -> Any:
    """Hann's window.

    Args:
        window_length: How many numbers.
        periodic: Whether the next one would be the first again.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.hann_window(2).tolist()
        [0.0, 1.0]
    """
    return _window(window_length, periodic, dtype, 0.5)


@translated("signal.hamming_window")
def hamming_window(
    window_length: Any, periodic: bool = True, dtype: Any = "float32", name: str | None = None
) -> Any:
    """Hamming's window.

    Args:
        window_length: How many numbers.
        periodic: Whether the next one would be the first again.

    Example:
        >>> import glasstape.tf as tf
        >>> [round(float(x), 2) for x in tf.signal.hamming_window(2)]
        [0.08, 1.0]
    """
    return _window(window_length, periodic, dtype, 0.54)


@translated("signal.frame")
def frame(
    signal: Any,
    frame_length: Any,
    frame_step: Any,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: int = -1,
    name: str | None = None,
) -> Any:
    """A signal cut into frames that may overlap.

    Args:
        signal: Tensor of rank 1 or more.
        frame_length: How long a frame is.
        frame_step: From the start of one to the next.
        pad_end: Whether the last frames are filled up instead of left out.
        pad_value: With what.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.frame([1, 2, 3, 4], 2, 1).tolist()
        [[1, 2], [2, 3], [3, 4]]
    """
    x, length, step = as_tensor(signal), int(frame_length), int(frame_step)
    axis = one_axis(axis, x.ndim)
    size = x.shape[axis]
    count = -(-size // step) if pad_end else max(1 + (size - length) // step, 0)
    missing = max((count - 1) * step + length - size, 0) if count else 0
    widths = [(0, missing if i == axis else 0) for i in range(x.ndim)]
    x = jnp.pad(x, widths, constant_values=as_tensor(pad_value, x.dtype))
    places = np.arange(count)[:, None] * step + np.arange(length)
    return jnp.take(x, places, axis)


@translated("signal.overlap_and_add")
def overlap_and_add(signal: Any, frame_step: Any, name: str | None = None) -> Any:
    """A signal from frames that may overlap; where they do they add up.

    Args:
        signal: Tensor of shape ``[..., frames, length]``.
        frame_step: From the start of one frame to the next.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.overlap_and_add([[1, 1], [1, 1]], 1).tolist()
        [1, 2, 1]
    """
    x, step = as_tensor(signal), int(frame_step)
    count, length = x.shape[-2:]
    places = np.arange(count)[:, None] * step + np.arange(length)
    result = jnp.zeros((*x.shape[:-2], (count - 1) * step + length), x.dtype)
    return result.at[..., places].add(x)


@translated("signal.stft")
def stft(
    signals: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Any = hann_window,
    pad_end: bool = False,
    name: str | None = None,
) -> Any:
    """The Fourier transforms of a signal's frames.

    Args:
        signals: float tensor of shape ``[..., samples]``.
        frame_length: How long a frame is.
        frame_step: From the start of one to the next.
        fft_length: The transform's length; the next power of 2 when None.
        window_fn: Gives the window that frames are multiplied with, or None.
        pad_end: Whether the last frames are filled up instead of left out.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.stft(tf.ones([8]), 4, 2).shape
        (3, 3)
    """
    frames = frame(tensor_of("f", signals), frame_length, frame_step, pad_end)
    if window_fn is not None:
        frames = frames * window_fn(int(frame_length), dtype=frames.dtype)
    return jnp.fft.rfft(frames, _enclosing(frame_length, fft_length))


def _enclosing(frame_length: Any, fft_length: Any) -> int:
    if fft_length is not None:
        return int(fft_length)
    return 1 << max(int(frame_length) - 1, 0).bit_length()


@translated("signal.inverse_stft")
def inverse_stft(
    stfts: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Any = hann_window,
    name: str | None = None,
) -> Any:
    """A signal from the Fourier transforms of its frames.

    Args:
        stfts: complex tensor of shape ``[..., frames, frequencies]``.
        frame_length: How long a frame is.
        frame_step: From the start of one to the next.
        fft_length: The transform's length; the next power of 2 when None.
        window_fn: Gives the window that frames are multiplied with, or None.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.inverse_stft(tf.signal.stft(tf.ones([8]), 4, 2), 4, 2).shape
        (8,)
    """
    length = int(frame_length)
    frames = jnp.fft.irfft(tensor_of("c", stfts), _enclosing(length, fft_length))[..., :length]
    missing = length - frames.shape[-1]
    frames = jnp.pad(frames, [(0, 0)] * (frames.ndim - 1) + [(0, max(missing, 0))])
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=frames.dtype)
    return overlap_and_add(frames, frame_step)


@translated("signal.inverse_stft_window_fn")
def inverse_stft_window_fn(
    frame_step: Any, forward_window_fn: Any = hann_window, name: str | None = None
) -> Callable[..., Any]:
    """The window with which `inverse_stft` gives back what `stft` was given.

    Args:
        frame_step: From the start of one frame to the next.
        forward_window_fn: The window of `stft`.

    Returns:
        A function of a length and a dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.inverse_stft_window_fn(2)(4, tf.float32).shape
        (4,)
    """

    def window(frame_length: Any, dtype: Any) -> Any:
        length, step = int(frame_length), int(frame_step)
        forward = forward_window_fn(length, dtype=dtype)
        overlaps = -(-length // step)
        squares = jnp.pad(forward**2, (0, overlaps * step - length)).reshape(overlaps, step)
        return forward / jnp.tile(jnp.sum(squares, 0), overlaps)[:length]

    return window


@translated("signal.linear_to_mel_weight_matrix")
def linear_to_mel_weight_matrix(
    num_mel_bins: Any = 20,
    num_spectrogram_bins: Any = 129,
    sample_rate: Any = 8000,
    lower_edge_hertz: Any = 125.0,
    upper_edge_hertz: Any = 3800.0,
    dtype: Any = "float32",
    name: str | None = None,
) -> Any:
    """The matrix from frequencies to bins of the mel scale, 1127 log(1 + hertz / 700).

    Args:
        num_mel_bins: How many bins.
        num_spectrogram_bins: How many frequencies.
        sample_rate: Samples a second.
        lower_edge_hertz: The lowest frequency of the bins.
        upper_edge_hertz: The highest.

    Returns:
        A tensor of shape ``[num_spectrogram_bins, num_mel_bins]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.linear_to_mel_weight_matrix().shape
        (129, 20)
    """

    def mel(hertz: Any) -> Any:
        return 1127 * np.log1p(np.asarray(hertz, np.float64) / 700)

    linear = mel(np.linspace(0, float(sample_rate) / 2, int(num_spectrogram_bins))[1:])[:, None]
    lowest, highest = mel([float(lower_edge_hertz), float(upper_edge_hertz)])
    edges = np.linspace(lowest, highest, int(num_mel_bins) + 2)
    lower, center, upper = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (linear - lower) / (center - lower), (upper - linear) / (upper - center)
    weights = np.maximum(0, np.minimum(rising, falling))
    return jnp.asarray(np.pad(weights, [[1, 0], [0, 0]]), available(dtype))


@translated("signal.mfccs_from_log_mel_spectrograms")
def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any, name: str | None = None) -> Any:
    """Cepstral coefficients from logarithms of mel spectrograms.

    Args:
        log_mel_spectrograms: float tensor of shape ``[..., bins]``.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.signal.mfccs_from_log_mel_spectrograms(tf.ones([2, 4])).shape
        (2, 4)
    """
    x = tensor_of("f", log_mel_spectrograms)
    return dct(x) * np.asarray(1 / np.sqrt(2 * x.shape[-1]), x.dtype)


__all__ = [
    "dct", "fft", "fft2d", "fft3d", "fftshift", "frame", "hamming_window", "hann_window", "idct",
    "ifft", "ifft2d", "ifft3d", "ifftshift", "inverse_stft", "inverse_stft_window_fn", "irfft",
    "irfft2d", "irfft3d", "linear_to_mel_weight_matrix", "mfccs_from_log_mel_spectrograms",
    "overlap_and_add", "rfft", "rfft2d", "rfft3d", "stft",
]  # fmt: skip

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
