"""`tf.nn`: activations, losses, convolutions, pooling, normalisation."""

from glasstape.tf import _elsewhere
from glasstape.tf._activations import batch_normalization as batch_normalization
from glasstape.tf._activations import bias_add as bias_add
from glasstape.tf._activations import crelu as crelu
from glasstape.tf._activations import dropout as dropout
from glasstape.tf._activations import elu as elu
from glasstape.tf._activations import gelu as gelu
from glasstape.tf._activations import l2_normalize as l2_normalize
from glasstape.tf._activations import leaky_relu as leaky_relu
from glasstape.tf._activations import local_response_normalization as local_response_normalization
from glasstape.tf._activations import local_response_normalization as lrn
from glasstape.tf._activations import log_softmax as log_softmax
from glasstape.tf._activations import moments as moments
from glasstape.tf._activations import normalize_moments as normalize_moments
from glasstape.tf._activations import relu as relu
from glasstape.tf._activations import relu6 as relu6
from glasstape.tf._activations import selu as selu
from glasstape.tf._activations import silu as silu
from glasstape.tf._activations import silu as swish
from glasstape.tf._activations import softmax as softmax
from glasstape.tf._activations import softplus as softplus
from glasstape.tf._activations import softsign as softsign
from glasstape.tf._activations import sufficient_statistics as sufficient_statistics
from glasstape.tf._activations import weighted_moments as weighted_moments
from glasstape.tf._candidates import (
    fixed_unigram_candidate_sampler as fixed_unigram_candidate_sampler,
)
from glasstape.tf._candidates import nce_loss as nce_loss
from glasstape.tf._candidates import sampled_softmax_loss as sampled_softmax_loss
from glasstape.tf._conv import atrous_conv2d as atrous_conv2d
from glasstape.tf._conv import conv1d as conv1d
from glasstape.tf._conv import conv1d_transpose as conv1d_transpose
from glasstape.tf._conv import conv2d as conv2d
from glasstape.tf._conv import conv2d_transpose as conv2d_transpose
from glasstape.tf._conv import conv3d as conv3d
from glasstape.tf._conv import conv3d_transpose as conv3d_transpose
from glasstape.tf._conv import conv_transpose as conv_transpose
from glasstape.tf._conv import convolution as convolution
from glasstape.tf._conv import depthwise_conv2d as depthwise_conv2d
from glasstape.tf._conv import separable_conv2d as separable_conv2d
from glasstape.tf._elementwise import sigmoid as sigmoid
from glasstape.tf._elementwise import tanh as tanh
from glasstape.tf._gather import embedding_lookup as embedding_lookup
from glasstape.tf._losses import compute_average_loss as compute_average_loss
from glasstape.tf._losses import ctc_loss as ctc_loss
from glasstape.tf._losses import l2_loss as l2_loss
from glasstape.tf._losses import log_poisson_loss as log_poisson_loss
from glasstape.tf._losses import scale_regularization_loss as scale_regularization_loss
from glasstape.tf._losses import (
    sigmoid_cross_entropy_with_logits as sigmoid_cross_entropy_with_logits,
)
from glasstape.tf._losses import (
    softmax_cross_entropy_with_logits as softmax_cross_entropy_with_logits,
)
from glasstape.tf._losses import (
    sparse_softmax_cross_entropy_with_logits as sparse_softmax_cross_entropy_with_logits,
)
from glasstape.tf._losses import (
    weighted_cross_entropy_with_logits as weighted_cross_entropy_with_logits,
)
from glasstape.tf._pool import avg_pool as avg_pool
from glasstape.tf._pool import avg_pool1d as avg_pool1d
from glasstape.tf._pool import avg_pool2d as avg_pool2d
from glasstape.tf._pool import avg_pool3d as avg_pool3d
from glasstape.tf._pool import depth_to_space as depth_to_space
from glasstape.tf._pool import max_pool as max_pool
from glasstape.tf._pool import max_pool1d as max_pool1d
from glasstape.tf._pool import max_pool2d as max_pool2d
from glasstape.tf._pool import max_pool3d as max_pool3d
from glasstape.tf._pool import max_pool_with_argmax as max_pool_with_argmax
from glasstape.tf._pool import pool as pool
from glasstape.tf._pool import space_to_batch_nd as space_to_batch
from glasstape.tf._pool import space_to_depth as space_to_depth
from glasstape.tf._reduce import in_top_k as in_top_k
from glasstape.tf._reduce import top_k as top_k
from glasstape.tf._reduce import zero_fraction as zero_fraction

__all__ = [
    "atrous_conv2d",
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_normalization",
    "bias_add",
    "compute_average_loss",
    "conv1d",
    "conv1d_transpose",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "conv_transpose",
    "convolution",
    "crelu",
    "ctc_loss",
    "depth_to_space",
    "depthwise_conv2d",
    "dropout",
    "elu",
    "embedding_lookup",
    "fixed_unigram_candidate_sampler",
    "gelu",
    "in_top_k",
    "l2_loss",
    "l2_normalize",
    "leaky_relu",
    "local_response_normalization",
    "log_poisson_loss",
    "log_softmax",
    "lrn",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_with_argmax",
    "moments",
    "nce_loss",
    "normalize_moments",
    "pool",
    "relu",
    "relu6",
    "sampled_softmax_loss",
    "scale_regularization_loss",
    "selu",
    "separable_conv2d",
    "sigmoid",
    "sigmoid_cross_entropy_with_logits",
    "silu",
    "softmax",
    "softmax_cross_entropy_with_logits",
    "softplus",
    "softsign",
    "space_to_batch",
    "space_to_depth",
    "sparse_softmax_cross_entropy_with_logits",
    "sufficient_statistics",
    "swish",
    "tanh",
    "top_k",
    "weighted_cross_entropy_with_logits",
    "weighted_moments",
    "zero_fraction",
]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
