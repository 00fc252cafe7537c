"""Cases of `keras.ops`: one for each differentiable function."""

import jax
import numpy as np
from keras import ops

from tests.keras.case import (
    PYTHON_INT,
    above_one,
    case,
    complexes,
    definite,
    each,
    fraction,
    integers,
    positive,
    real,
    unit,
)  # fmt: skip

X = real(3, 4)
V = real(4)
M = real(3, 3)
IMAGE = fraction(1, 6, 6, 3)
SEGMENTS = integers(0, 1, 0, 2)
MASK = np.array([True, False, True, True])

ELEMENTWISE = {
    **each(
        ops,
        "abs absolute arcsinh arctan celu conj conjugate copy cos cosh deg2rad elu erf erfc "
        "exp exp2 expm1 fabs gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh "
        "leaky_relu log_sigmoid nan_to_num negative rad2deg real relu relu6 selu sigmoid silu sin "
        "sinc sinh soft_shrink softplus softsign sparse_plus sparse_sigmoid square squareplus "
        "swish tan tanh tanh_shrink array convert_to_tensor",
        X,
    ),
    **each(ops, "arccos arcsin arctanh erfinv", unit(3, 4)),
    **each(ops, "arccosh", above_one(3, 4)),
    **each(ops, "cbrt i0 log log10 log1p log2 reciprocal rsqrt sqrt", positive(3, 4)),
    **each(ops, "angle imag", complexes(3, 4)),
    **each(ops, "ceil floor round sign trunc stop_gradient", X),
    "cast": case(lambda x: ops.cast(ops.cast(x, "bfloat16"), "float32"), X),
    "saturate_cast": case(lambda x: ops.saturate_cast(x, "float16"), X),
    "clip": case(lambda x: ops.clip(x, -0.7, 0.9), X),
    "threshold": case(lambda x: ops.threshold(x, 0.2, -1.0), X),
    "ldexp": case(lambda x: ops.ldexp(x, integers(1, 0, -1, 2)), X),
    "full": case(lambda x: ops.full((2, 3), x), real()),
    "full_like": case(lambda x: ops.full_like(np.ones(2, "float32"), x), real()),
    "kaiser": case(lambda beta: ops.kaiser(5, beta), positive(), only_eager=PYTHON_INT),
}
BINARY = {
    **each(
        ops,
        "add arctan2 fmax fmin fmod heaviside hypot logaddexp logaddexp2 maximum minimum mod "
        "multiply subtract floor_divide",
        X,
        V,
    ),
    **each(ops, "divide divide_no_nan true_divide power polar", positive(3, 4), positive(4)),
    **each(ops, "inner outer kron", real(2, 3), real(3)),
    **each(ops, "vdot dot correlate", V, V),
    "cross": case(lambda a, b: ops.cross(a, b), real(2, 3), real(2, 3)),
    "cdist": case(lambda a, b: ops.cdist(a, b), real(3, 2), real(4, 2)),
    "matmul": case(lambda a, b: ops.matmul(a, b), real(2, 3, 4), real(4, 2)),
    "tensordot": case(lambda a, b: ops.tensordot(a, b, 1), real(2, 3), real(3, 2)),
    "einsum": case(lambda a, b: ops.einsum("bij,jk->bik", a, b), real(2, 3, 4), real(4, 2)),
    "append": case(lambda a, b: ops.append(a, b), X, V),
    "psnr": case(lambda a, b: ops.psnr(a, b, 1.0), fraction(3, 4), fraction(3, 4)),
    "linspace": case(lambda a, b: ops.linspace(a, b, 5), V, V),
    "logspace": case(lambda a, b: ops.logspace(a, b, 5), unit(4), unit(4)),
    "geomspace": case(lambda a, b: ops.geomspace(a, b, 5), positive(4), positive(4)),
    "trapezoid": case(lambda y, x: ops.trapezoid(y, x), X, X),
}
REDUCTIONS = {
    **each(
        ops,
        "max min amax amin mean sum prod std var logsumexp norm ptp median average nanmax nanmin "
        "nanmean nansum nanprod nanstd nanvar nanmedian cumsum cumprod nancumsum nancumprod",
        X,
    ),
    "moments": case(lambda x: ops.moments(x, axes=[0]), X),
    "percentile": case(lambda x: ops.percentile(x, 30.0, axis=1), X),
    "nanpercentile": case(lambda x: ops.nanpercentile(x, 30.0, axis=1), X),
    "quantile": case(lambda x, q: ops.quantile(x, q, axis=1), X, fraction(2)),
    "nanquantile": case(lambda x: ops.nanquantile(x, 0.3, axis=1), X),
    "associative_scan": case(lambda x: ops.associative_scan(lambda a, b: a * b, x), X),
    "segment_sum": case(lambda x: ops.segment_sum(x, SEGMENTS, 3), real(4, 3)),
    "segment_max": case(lambda x: ops.segment_max(x, SEGMENTS, 3), real(4, 3)),
    "segment_min": case(lambda x: ops.segment_min(x, SEGMENTS, 3), real(4, 3)),
    "bincount": case(
        lambda w: ops.bincount(SEGMENTS, weights=w, minlength=4), V, only_eager=PYTHON_INT
    ),
    "histogram": case(lambda x: ops.histogram(x, 3), real(7)),
    "corrcoef": case(lambda x: ops.corrcoef(x), X),
}
SHAPES = {
    **each(
        ops,
        "ravel transpose flip fliplr flipud tril triu trace diag diagonal diagflat rot90 sort "
        "squeeze vander",
        M,
    ),
    "vander": case(lambda x: ops.vander(x, 3), V),
    "array_split": case(lambda x: ops.array_split(x, 2, axis=1), X),
    "broadcast_to": case(lambda x: ops.broadcast_to(x, (3, 4)), V),
    "concatenate": case(lambda a, b: ops.concatenate([a, b]), X, X),
    "depth_to_space": case(lambda x: ops.depth_to_space(x, 2), real(1, 2, 2, 4)),
    "space_to_depth": case(lambda x: ops.space_to_depth(x, 2), real(1, 4, 4, 1)),
    "diff": case(lambda x: ops.diff(x), X),
    "dsplit": case(lambda x: ops.dsplit(x, 2), real(1, 2, 4)),
    "hsplit": case(lambda x: ops.hsplit(x, 2), X),
    "vsplit": case(lambda x: ops.vsplit(x, 2), real(4, 3)),
    "dstack": case(lambda a, b: ops.dstack([a, b]), X, X),
    "hstack": case(lambda a, b: ops.hstack([a, b]), X, X),
    "vstack": case(lambda a, b: ops.vstack([a, b]), X, X),
    "stack": case(lambda a, b: ops.stack([a, b], axis=1), X, X),
    "expand_dims": case(lambda x: ops.expand_dims(x, 1), X),
    "meshgrid": case(lambda a, b: ops.meshgrid(a, b), V, real(3)),
    "moveaxis": case(lambda x: ops.moveaxis(x, 0, 1), X),
    "pad": case(lambda x: ops.pad(x, ((1, 0), (0, 2)), "reflect"), X),
    "rearrange": case(lambda x: ops.rearrange(x, "a b c -> b (a c)"), real(2, 3, 2)),
    "repeat": case(lambda x: ops.repeat(x, 2, axis=1), X),
    "reshape": case(lambda x: ops.reshape(x, (2, 6)), X),
    "roll": case(lambda x: ops.roll(x, 1, axis=1), X),
    "split": case(lambda x: ops.split(x, 2, axis=1), X),
    "swapaxes": case(lambda x: ops.swapaxes(x, 0, 1), X),
    "tile": case(lambda x: ops.tile(x, (2, 1)), X),
    "unstack": case(lambda x: ops.unstack(x), X),
    "view_as_complex": case(lambda x: ops.view_as_complex(x), real(3, 2)),
    "view_as_real": case(lambda x: ops.view_as_real(x), complexes(3)),
}
INDEXING = {
    "get_item": case(lambda x: ops.get_item(x, (slice(1, 3), 2)), X),
    "scatter": case(lambda x: ops.scatter(integers([1], [3]), x, (5,)), real(2)),
    "scatter_update": case(
        lambda x, u: ops.scatter_update(x, integers([0, 1], [2, 3]), u), X, real(2)
    ),
    "select": case(lambda a, b: ops.select([MASK], [a], b), X, V),
    "slice": case(lambda x: ops.slice(x, (1, 1), (2, 2)), X),
    "slice_update": case(lambda x, u: ops.slice_update(x, (1, 1), u), X, real(2, 2)),
    "take": case(lambda x: ops.take(x, integers(2, 0, 2), axis=1), X),
    "take_along_axis": case(lambda x: ops.take_along_axis(x, integers([2], [0], [1]), 1), X),
    "top_k": case(lambda x: ops.top_k(x, 2), X),
    "unique": case(lambda x: ops.unique(x, size=12), X),
    "where": case(lambda a, b: ops.where(MASK, a, b), X, V),
}
LINALG = {
    **each(ops, "det inv pinv", M),
    **each(ops, "cholesky cholesky_inverse eigh logdet slogdet", definite(3)),
    "lstsq": case(lambda a, b: ops.lstsq(a, b), real(4, 2), V),
    "lu_factor": case(lambda x: ops.lu_factor(x), M),
    "qr": case(lambda x: ops.qr(x), M),
    "solve": case(lambda a, b: ops.solve(a, b), definite(3), real(3, 2)),
    "solve_triangular": case(
        lambda a, b: ops.solve_triangular(a, b, lower=True), definite(3), real(3, 2)
    ),
    "svd": case(lambda x: ops.svd(x, full_matrices=False), X),
}
SIGNALS = {
    "fft": case(lambda a, b: ops.fft((a, b)), X, X),
    "fft2": case(lambda a, b: ops.fft2((a, b)), X, X),
    "ifft2": case(lambda a, b: ops.ifft2((a, b)), X, X),
    "rfft": case(lambda x: ops.rfft(x), X),
    "irfft": case(lambda a, b: ops.irfft((a, b)), real(3, 3), real(3, 3)),
    "stft": case(lambda x: ops.stft(x, 4, 2, 4), real(1, 8)),
    "istft": case(lambda a, b: ops.istft((a, b), 4, 2, 4), real(1, 5, 3), real(1, 5, 3)),
    "extract_sequences": case(lambda x: ops.extract_sequences(x, 4, 2), real(8)),
    "unfold": case(lambda x: ops.unfold(x, 2), real(1, 1, 3, 3)),
    "fold": case(lambda x: ops.fold(x, (3, 3), 2), real(1, 4, 4)),
}
NETWORKS = {
    **each(ops, "glu log_softmax softmax normalize rms_normalization", X),
    "sparsemax": case(lambda x: ops.sparsemax(x), unit(3, 4)),
    "layer_normalization": case(
        lambda x, g, b: ops.layer_normalization(x, g, b), X, V, V
    ),
    "batch_normalization": case(
        lambda x, m, v, b, s: ops.batch_normalization(x, m, v, -1, b, s), X, V, positive(4), V, V
    ),
    "average_pool": case(lambda x: ops.average_pool(x, 2, strides=2), IMAGE),
    "max_pool": case(lambda x: ops.max_pool(x, 2, strides=2), IMAGE),
    "adaptive_average_pool": case(lambda x: ops.adaptive_average_pool(x, 4), IMAGE),
    "adaptive_max_pool": case(lambda x: ops.adaptive_max_pool(x, 4), IMAGE),
    "conv": case(lambda x, k: ops.conv(x, k), IMAGE, real(2, 2, 3, 2)),
    "conv_transpose": case(lambda x, k: ops.conv_transpose(x, k, 2), IMAGE, real(2, 2, 2, 3)),
    "depthwise_conv": case(lambda x, k: ops.depthwise_conv(x, k), IMAGE, real(2, 2, 3, 1)),
    "separable_conv": case(
        lambda x, k, p: ops.separable_conv(x, k, p), IMAGE, real(2, 2, 3, 1), real(1, 1, 3, 2)
    ),
    "binary_crossentropy": case(
        lambda t, x: ops.binary_crossentropy(t, x), fraction(3, 4), fraction(3, 4)
    ),
    "categorical_crossentropy": case(
        lambda t, x: ops.categorical_crossentropy(t, x), fraction(3, 4), fraction(3, 4)
    ),
    "sparse_categorical_crossentropy": case(
        lambda x: ops.sparse_categorical_crossentropy(integers(0, 3, 1), x, from_logits=True), X
    ),
    "ctc_loss": case(
        lambda x: ops.ctc_loss(integers([1, 2]), x, integers(2), integers(4)), real(1, 4, 3)
    ),
    "ctc_decode": case(lambda x: ops.ctc_decode(x, integers(4)), real(1, 4, 3)),
    "dot_product_attention": case(
        lambda q, k, v: ops.dot_product_attention(q, k, v),
        real(1, 3, 2, 2), real(1, 3, 2, 2), real(1, 3, 2, 2),
    ),
}  # fmt: skip


@ops.custom_gradient
def _square_with_a_rule(x):
    return x * x, lambda *args, upstream=None: 2 * x * (args[0] if upstream is None else upstream)


CONTROL = {
    "cond": case(lambda x: ops.cond(ops.sum(x) > 99, lambda: ops.sin(x), lambda: x * x), X),
    "switch": case(lambda x: ops.switch(1, [ops.sin, ops.square], x), X),
    "map": case(lambda x: ops.map(lambda row: ops.sin(row) * row, x), X),
    "vectorize": case(lambda x: ops.vectorize(lambda v: ops.sin(v) * v)(x), X),
    "vectorized_map": case(lambda x: ops.vectorized_map(lambda row: ops.sin(row) * row, x), X),
    "scan": case(lambda x: ops.scan(lambda c, row: (ops.sin(c) + row, c * row), x[0], x), X),
    "fori_loop": case(
        lambda x: ops.fori_loop(0, 3, lambda i, v: ops.sin(v) + v, x),
        X,
        reference=lambda x: jax.lax.fori_loop(0, 3, lambda i, v: ops.sin(v) + v, x),
    ),
    "while_loop": case(
        lambda x: ops.while_loop(lambda v, i: i < 3, lambda v, i: (ops.sin(v) + v, i + 1), (x, 0)),
        X,
        reference=lambda x: (_thrice(x), 3),
    ),
    "custom_gradient": case(_square_with_a_rule, X),
    "jvp": case(lambda x, t: ops.jvp(lambda v: ops.sin(v) * v, (x,), (t,)), X, X),
}


def _thrice(x):
    for _ in range(3):
        x = ops.sin(x) + x
    return x


IMAGES = {
    "affine_transform": case(
        lambda x, t: ops.image.affine_transform(x, t),
        IMAGE,
        np.array([[1.1, 0.1, 0.3, -0.1, 0.9, 0.2, 0, 0]], "float32"),
    ),
    "crop_images": case(
        lambda x: ops.image.crop_images(x, 1, 2, target_height=3, target_width=3), IMAGE
    ),
    "elastic_transform": case(
        lambda x: ops.image.elastic_transform(x, 2.0, 1.0, seed=3), IMAGE, only_eager=PYTHON_INT
    ),
    "extract_patches": case(lambda x: ops.image.extract_patches(x, 3), IMAGE),
    "extract_patches_3d": case(lambda x: ops.image.extract_patches_3d(x, 2), real(1, 4, 4, 4, 1)),
    "gaussian_blur": case(lambda x: ops.image.gaussian_blur(x), IMAGE),
    "hsv_to_rgb": case(lambda x: ops.image.hsv_to_rgb(x), IMAGE),
    "map_coordinates": case(
        lambda x, at: ops.image.map_coordinates(x, at, order=1), fraction(6, 6), positive(2, 3)
    ),
    "pad_images": case(
        lambda x: ops.image.pad_images(x, 1, 2, target_height=9, target_width=9), IMAGE
    ),
    "perspective_transform": case(
        lambda x, a, b: ops.image.perspective_transform(x, a, b),
        IMAGE,
        np.array([[[0, 0], [0, 5], [5, 0], [5, 5]]], "float32"),
        np.array([[[0.5, 0.2], [0.1, 4.6], [4.7, 0.3], [5.1, 4.9]]], "float32"),
    ),
    "resize": case(lambda x: ops.image.resize(x, (4, 9)), IMAGE),
    "rgb_to_grayscale": case(lambda x: ops.image.rgb_to_grayscale(x), IMAGE),
    "rgb_to_hsv": case(lambda x: ops.image.rgb_to_hsv(x), IMAGE),
    "scale_and_translate": case(
        lambda x, s, t: ops.image.scale_and_translate(x, (1, 5, 5, 3), s, t, (1, 2), "linear"),
        IMAGE,
        positive(2),
        unit(2),
    ),
    "sobel_edges": case(lambda x: ops.image.sobel_edges(x), IMAGE),
    "ssim": case(lambda a, b: ops.image.ssim(a, b, filter_size=3), IMAGE, IMAGE),
}  # fmt: skip

GROUPS = (
    ELEMENTWISE, BINARY, REDUCTIONS, SHAPES, INDEXING, LINALG, SIGNALS, NETWORKS, CONTROL,
)  # fmt: skip
ENTRIES = {f"ops.{name}": entry for group in GROUPS for name, entry in group.items()}
ENTRIES |= {f"ops.image.{name}": entry for name, entry in IMAGES.items()}

# Compiling them takes more than half a second each.
SLOW = (
    "ctc_loss lstsq corrcoef svd nancumprod cumprod stft adaptive_max_pool histogram quantile "
    "image.affine_transform image.perspective_transform image.scale_and_translate image.ssim "
    "image.rgb_to_hsv image.hsv_to_rgb image.elastic_transform"
)
SLOW = {f"ops.{name}" for name in SLOW.split()}
