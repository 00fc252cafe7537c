"""`tf.io`: files, and pictures, numbers and examples in their bytes."""

from glasstape.tf import _elsewhere
from glasstape.tf.image._codecs import decode_bmp as decode_bmp
from glasstape.tf.image._codecs import decode_gif as decode_gif
from glasstape.tf.image._codecs import decode_image as decode_image
from glasstape.tf.image._codecs import decode_jpeg as decode_jpeg
from glasstape.tf.image._codecs import decode_png as decode_png
from glasstape.tf.image._codecs import encode_jpeg as encode_jpeg
from glasstape.tf.image._codecs import encode_png as encode_png
from glasstape.tf.image._codecs import extract_jpeg_shape as extract_jpeg_shape
from glasstape.tf.image._codecs import is_jpeg as is_jpeg
from glasstape.tf.io import gfile as gfile
from glasstape.tf.io._files import decode_base64 as decode_base64
from glasstape.tf.io._files import decode_csv as decode_csv
from glasstape.tf.io._files import decode_raw as decode_raw
from glasstape.tf.io._files import encode_base64 as encode_base64
from glasstape.tf.io._files import matching_files as matching_files
from glasstape.tf.io._files import read_file as read_file
from glasstape.tf.io._files import write_file as write_file
from glasstape.tf.io._records import FixedLenFeature as FixedLenFeature
from glasstape.tf.io._records import FixedLenSequenceFeature as FixedLenSequenceFeature
from glasstape.tf.io._records import TFRecordWriter as TFRecordWriter
from glasstape.tf.io._records import VarLenFeature as VarLenFeature
from glasstape.tf.io._records import parse_example as parse_example
from glasstape.tf.io._records import parse_single_example as parse_single_example
from glasstape.tf.io._records import read_tfrecords as read_tfrecords
from glasstape.tf.io._tensors import parse_tensor as parse_tensor
from glasstape.tf.io._tensors import serialize_tensor as serialize_tensor

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "TFRecordWriter",
    "VarLenFeature",
    "decode_base64",
    "decode_bmp",
    "decode_csv",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "decode_raw",
    "encode_base64",
    "encode_jpeg",
    "encode_png",
    "extract_jpeg_shape",
    "gfile",
    "is_jpeg",
    "matching_files",
    "parse_example",
    "parse_single_example",
    "parse_tensor",
    "read_file",
    "read_tfrecords",
    "serialize_tensor",
    "write_file",
]

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
