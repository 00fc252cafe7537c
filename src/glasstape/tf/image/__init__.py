"""`tf.image`: pictures, ``[height, width, channels]`` or batches of them.

Where operations run at once and no tape looks on, sizes, turns and dtypes are computed by NumPy:
pictures of a data set differ in size, and JAX compiles each operation anew for each size.
"""

from glasstape.tf import _elsewhere
from glasstape.tf.image._boxes import (
    combined_non_max_suppression as combined_non_max_suppression,
)
from glasstape.tf.image._boxes import draw_bounding_boxes as draw_bounding_boxes
from glasstape.tf.image._boxes import non_max_suppression as non_max_suppression
from glasstape.tf.image._chances import random_brightness as random_brightness
from glasstape.tf.image._chances import random_contrast as random_contrast
from glasstape.tf.image._chances import random_hue as random_hue
from glasstape.tf.image._chances import random_jpeg_quality as random_jpeg_quality
from glasstape.tf.image._chances import random_saturation as random_saturation
from glasstape.tf.image._chances import stateless_random_brightness as stateless_random_brightness
from glasstape.tf.image._chances import stateless_random_contrast as stateless_random_contrast
from glasstape.tf.image._chances import stateless_random_hue as stateless_random_hue
from glasstape.tf.image._chances import (
    stateless_random_jpeg_quality as stateless_random_jpeg_quality,
)
from glasstape.tf.image._chances import stateless_random_saturation as stateless_random_saturation
from glasstape.tf.image._codecs import adjust_jpeg_quality as adjust_jpeg_quality
from glasstape.tf.image._codecs import decode_bmp as decode_bmp
from glasstape.tf.image._codecs import decode_gif as decode_gif
from glasstape.tf.image._codecs import decode_image as decode_image
from glasstape.tf.image._codecs import decode_jpeg as decode_jpeg
from glasstape.tf.image._codecs import decode_png as decode_png
from glasstape.tf.image._codecs import encode_jpeg as encode_jpeg
from glasstape.tf.image._codecs import encode_png as encode_png
from glasstape.tf.image._codecs import extract_jpeg_shape as extract_jpeg_shape
from glasstape.tf.image._codecs import is_jpeg as is_jpeg
from glasstape.tf.image._colours import adjust_brightness as adjust_brightness
from glasstape.tf.image._colours import adjust_contrast as adjust_contrast
from glasstape.tf.image._colours import adjust_gamma as adjust_gamma
from glasstape.tf.image._colours import adjust_hue as adjust_hue
from glasstape.tf.image._colours import adjust_saturation as adjust_saturation
from glasstape.tf.image._colours import convert_image_dtype as convert_image_dtype
from glasstape.tf.image._colours import grayscale_to_rgb as grayscale_to_rgb
from glasstape.tf.image._colours import hsv_to_rgb as hsv_to_rgb
from glasstape.tf.image._colours import per_image_standardization as per_image_standardization
from glasstape.tf.image._colours import rgb_to_grayscale as rgb_to_grayscale
from glasstape.tf.image._colours import rgb_to_hsv as rgb_to_hsv
from glasstape.tf.image._colours import rgb_to_yiq as rgb_to_yiq
from glasstape.tf.image._colours import rgb_to_yuv as rgb_to_yuv
from glasstape.tf.image._colours import yiq_to_rgb as yiq_to_rgb
from glasstape.tf.image._colours import yuv_to_rgb as yuv_to_rgb
from glasstape.tf.image._measures import crop_and_resize as crop_and_resize
from glasstape.tf.image._measures import image_gradients as image_gradients
from glasstape.tf.image._measures import psnr as psnr
from glasstape.tf.image._measures import sobel_edges as sobel_edges
from glasstape.tf.image._measures import ssim as ssim
from glasstape.tf.image._measures import ssim_multiscale as ssim_multiscale
from glasstape.tf.image._measures import total_variation as total_variation
from glasstape.tf.image._sizes import ResizeMethod as ResizeMethod
from glasstape.tf.image._sizes import central_crop as central_crop
from glasstape.tf.image._sizes import crop_to_bounding_box as crop_to_bounding_box
from glasstape.tf.image._sizes import pad_to_bounding_box as pad_to_bounding_box
from glasstape.tf.image._sizes import random_crop as random_crop
from glasstape.tf.image._sizes import resize as resize
from glasstape.tf.image._sizes import resize_with_crop_or_pad as resize_with_crop_or_pad
from glasstape.tf.image._sizes import resize_with_pad as resize_with_pad
from glasstape.tf.image._sizes import stateless_random_crop as stateless_random_crop
from glasstape.tf.image._turns import extract_patches as extract_patches
from glasstape.tf.image._turns import flip_left_right as flip_left_right
from glasstape.tf.image._turns import flip_up_down as flip_up_down
from glasstape.tf.image._turns import random_flip_left_right as random_flip_left_right
from glasstape.tf.image._turns import random_flip_up_down as random_flip_up_down
from glasstape.tf.image._turns import rot90 as rot90
from glasstape.tf.image._turns import (
    stateless_random_flip_left_right as stateless_random_flip_left_right,
)
from glasstape.tf.image._turns import stateless_random_flip_up_down as stateless_random_flip_up_down
from glasstape.tf.image._turns import transpose as transpose

__all__ = [
    "ResizeMethod",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_gamma",
    "adjust_hue",
    "adjust_jpeg_quality",
    "adjust_saturation",
    "central_crop",
    "combined_non_max_suppression",
    "convert_image_dtype",
    "crop_and_resize",
    "crop_to_bounding_box",
    "decode_bmp",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "draw_bounding_boxes",
    "encode_jpeg",
    "encode_png",
    "extract_jpeg_shape",
    "extract_patches",
    "flip_left_right",
    "flip_up_down",
    "grayscale_to_rgb",
    "hsv_to_rgb",
    "image_gradients",
    "is_jpeg",
    "non_max_suppression",
    "pad_to_bounding_box",
    "per_image_standardization",
    "psnr",
    "random_brightness",
    "random_contrast",
    "random_crop",
    "random_flip_left_right",
    "random_flip_up_down",
    "random_hue",
    "random_jpeg_quality",
    "random_saturation",
    "resize",
    "resize_with_crop_or_pad",
    "resize_with_pad",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "rgb_to_yiq",
    "rgb_to_yuv",
    "rot90",
    "sobel_edges",
    "ssim",
    "ssim_multiscale",
    "stateless_random_brightness",
    "stateless_random_contrast",
    "stateless_random_crop",
    "stateless_random_flip_left_right",
    "stateless_random_flip_up_down",
    "stateless_random_hue",
    "stateless_random_jpeg_quality",
    "stateless_random_saturation",
    "total_variation",
    "transpose",
    "yiq_to_rgb",
    "yuv_to_rgb",
]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
