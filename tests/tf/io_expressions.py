"""Calls of `tf.image`, `tf.io` and `tf.strings` whose results are read off TensorFlow.

``X`` is a uint8 picture, ``F`` the same in floats, ``B`` a batch of two, ``S`` and ``T`` two
pictures of 16 by 18 pixels; ``ONE`` and ``TWO`` are ``BOXES`` for all classes and for each of two.
"""

from __future__ import annotations

import numpy as np

from tests.tf.io_files import FILES

GROUPS = {
    "image": """
tf.image.resize(X, [2, 3])
tf.image.resize(X, (7, 9))
tf.image.resize(X, tf.constant([3, 2]))
tf.image.resize(B, [4, 2])
tf.image.resize(F, [8, 3], 'nearest')
tf.image.resize(X, [3, 7], tf.image.ResizeMethod.NEAREST_NEIGHBOR)
tf.image.resize(F, [7, 3], 'bicubic')
tf.image.resize(X, [2, 9], method='bicubic')
tf.image.resize(F, [7, 3], 'area')
tf.image.resize(X, [2, 2], 'area')
tf.image.resize(F, [7, 3], 'lanczos3')
tf.image.resize(F, [3, 7], 'lanczos5')
tf.image.resize(F, [7, 3], 'gaussian')
tf.image.resize(F, [7, 3], 'mitchellcubic')
tf.image.resize(F, [2, 3], antialias=True)
tf.image.resize(F, [2, 8], 'bicubic', antialias=True)
tf.image.resize(F, [2, 3], 'lanczos3', antialias=True)
tf.image.resize(F, [2, 3], 'lanczos5', False, True)
tf.image.resize(F, [2, 3], 'gaussian', antialias=True)
tf.image.resize(F, [2, 3], 'mitchellcubic', antialias=True)
tf.image.resize(F, [2, 3], 'area', antialias=True)
tf.image.resize(F, [3, 3], 'nearest', antialias=True)
tf.image.resize(X, [6, 6], preserve_aspect_ratio=True)
tf.image.resize(X, [3, 20], preserve_aspect_ratio=True).shape
tf.image.resize(X, [4, 5])
tf.image.resize(tf.cast(F, tf.float16), [2, 2])
tf.image.resize(X, [4, 5], 'nearest')
tf.image.resize(S, [5, 7], 'bilinear', antialias=True)
tf.image.resize(F[0], [2, 2])
tf.image.resize(F, 3)
tf.image.resize(F, [3])
tf.image.resize(F, [3, 3], 'no such method')
tf.image.resize_with_pad(X, 6, 6)
tf.image.resize_with_pad(B, 3, 7)
tf.image.resize_with_pad(F, 7, 3, 'nearest')
tf.image.resize_with_pad(F, 3, 3, antialias=True)
tf.image.resize_with_crop_or_pad(X, 6, 3)
tf.image.resize_with_crop_or_pad(X, 3, 8)
tf.image.resize_with_crop_or_pad(B, 7, 7)
tf.image.resize_with_crop_or_pad(X, 0, 8)
tf.image.crop_to_bounding_box(X, 1, 2, 2, 3)
tf.image.crop_to_bounding_box(B, 1, 0, 3, 2)
tf.image.crop_to_bounding_box(X, 1, 2, 4, 3)
tf.image.crop_to_bounding_box(X, -1, 2, 2, 3)
tf.image.pad_to_bounding_box(X, 1, 2, 6, 8)
tf.image.pad_to_bounding_box(B, 0, 1, 4, 6)
tf.image.pad_to_bounding_box(X, 1, 2, 4, 8)
tf.image.central_crop(X, 0.5)
tf.image.central_crop(B, 0.3)
tf.image.central_crop(X, 1.0)
tf.image.central_crop(X, 1.5)
tf.image.central_crop(X, 0.0)
tf.image.random_crop(X, [2, 3, 3]).shape
tf.image.random_crop(X, [4, 5, 3])
tf.image.random_crop(X, [5, 5, 3])
tf.image.stateless_random_crop(X, [2, 3, 3], (1, 2)).shape
tf.image.flip_left_right(X)
tf.image.flip_left_right(B)
tf.image.flip_up_down(X)
tf.image.flip_up_down(B)
tf.image.flip_left_right(F[0])
tf.image.rot90(X)
tf.image.rot90(B, 2)
tf.image.rot90(X, k=3)
tf.image.rot90(X, -1)
tf.image.rot90(X, 5)
tf.image.transpose(X)
tf.image.transpose(B)
tf.image.extract_patches(B, [1, 2, 2, 1], [1, 1, 2, 1], [1, 1, 1, 1], 'VALID')
tf.image.extract_patches(B, [1, 3, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], 'SAME')
tf.image.extract_patches(B, [1, 2, 2, 1], [1, 1, 1, 1], [1, 2, 2, 1], 'VALID')
tf.image.extract_patches(B, [1, 2, 2, 1], [1, 3, 3, 1], [1, 2, 1, 1], 'SAME')
tf.image.convert_image_dtype(X, tf.float32)
tf.image.convert_image_dtype(X, tf.float16)
tf.image.convert_image_dtype(X, tf.uint16)
tf.image.convert_image_dtype(X, tf.int8)
tf.image.convert_image_dtype(X, tf.int8, saturate=True)
tf.image.convert_image_dtype(F, tf.uint8)
tf.image.convert_image_dtype(F * 2 - 0.5, tf.uint8, saturate=True)
tf.image.convert_image_dtype(F, tf.int16, True)
tf.image.convert_image_dtype(F, tf.float16)
tf.image.convert_image_dtype(tf.constant([-3, 300, 70000]), tf.uint8)
tf.image.convert_image_dtype(tf.constant([-3, 300, 70000], tf.int32), tf.uint8, True)
tf.image.convert_image_dtype(tf.constant([-3, 300], tf.int16), tf.int32)
tf.image.convert_image_dtype(tf.constant([-3, 3], tf.int8), tf.uint16, True)
tf.image.convert_image_dtype(X, tf.uint8)
tf.image.convert_image_dtype([True], tf.uint8)
tf.image.convert_image_dtype(X, tf.bool)
tf.image.adjust_brightness(X, 0.3)
tf.image.adjust_brightness(X, delta=-0.3)
tf.image.adjust_brightness(F, 0.5)
tf.image.adjust_brightness(tf.cast(F, tf.float16), 0.25)
tf.image.adjust_contrast(X, 2.0)
tf.image.adjust_contrast(F, 0.5)
tf.image.adjust_contrast(B, 1.5)
tf.image.adjust_gamma(X, 2.0)
tf.image.adjust_gamma(F, 0.5, 2.0)
tf.image.adjust_gamma(X, gamma=0.4, gain=1.5)
tf.image.adjust_gamma(X, -1.0)
tf.image.adjust_hue(X, 0.2)
tf.image.adjust_hue(F, -0.4)
tf.image.adjust_hue(B, 1.0)
tf.image.adjust_hue(F, 1.5)
tf.image.adjust_saturation(X, 0.5)
tf.image.adjust_saturation(F, 3.0)
tf.image.adjust_saturation(B, saturation_factor=0.0)
tf.image.random_brightness(X, 0.0)
tf.image.random_brightness(X, 0.2).shape
tf.image.random_brightness(X, -0.2)
tf.image.random_contrast(X, 0.2, 0.5).dtype == tf.uint8
tf.image.random_contrast(X, 0.5, 0.2)
tf.image.random_hue(X, 0.6)
tf.image.random_hue(F, 0.5).shape
tf.image.random_saturation(X, 5, 10).shape
tf.image.random_saturation(X, -1, 10)
tf.image.stateless_random_brightness(X, 0.2, (1, 2)).shape
tf.image.stateless_random_contrast(X, 0.2, 0.5, (1, 2)).shape
tf.image.stateless_random_hue(X, 0.2, seed=(1, 2)).shape
tf.image.stateless_random_saturation(X, 0.2, 0.5, seed=(1, 2)).shape
tf.image.stateless_random_flip_left_right(B, seed=(1, 2)).shape
tf.image.random_flip_left_right(B).dtype == tf.uint8
tf.image.random_flip_up_down(X).shape
tf.image.per_image_standardization(X)
tf.image.per_image_standardization(B)
tf.image.per_image_standardization(tf.ones([2, 2, 3]))
tf.image.rgb_to_grayscale(X)
tf.image.rgb_to_grayscale(F)
tf.image.rgb_to_grayscale(B)
tf.image.rgb_to_grayscale(F[..., :2])
tf.image.grayscale_to_rgb(X[..., :1])
tf.image.grayscale_to_rgb(X)
tf.image.rgb_to_hsv(F)
tf.image.rgb_to_hsv([0.5, 0.5, 0.5])
tf.image.rgb_to_hsv([0.0, 0.0, 0.0])
tf.image.rgb_to_hsv(X)
tf.image.hsv_to_rgb(F)
tf.image.rgb_to_yuv(F)
tf.image.yuv_to_rgb(F)
tf.image.rgb_to_yiq(F)
tf.image.yiq_to_rgb(F)
tf.image.total_variation(F)
tf.image.total_variation(tf.stack([F, F * F]) if hasattr(tf, 'stack') else [F, F * F])
tf.image.total_variation(tf.cast(X, tf.int32))
tf.image.image_gradients(F[tf.newaxis])[0]
tf.image.image_gradients(F[tf.newaxis])[1]
tf.image.image_gradients(F)
tf.image.sobel_edges(F[tf.newaxis])
tf.image.psnr(F, F * F, max_val=1.0)
tf.image.psnr(X, tf.image.flip_left_right(X), 255)
tf.image.psnr(B, B, 255)
tf.image.psnr(F, F[:2], 1.0)
tf.image.ssim(S, T, 1.0)
tf.image.ssim(S, T, max_val=1.0, filter_size=5, filter_sigma=1.0, k1=0.02, k2=0.05)
tf.image.ssim(S, T, 1.0, 15, return_index_map=True)
tf.image.ssim(*(tf.image.convert_image_dtype(v, tf.uint8) for v in (S, T)), 255)
tf.image.ssim(F, F, 1.0)
tf.image.ssim_multiscale(S, T, 1.0, filter_size=3, power_factors=(0.3, 0.3, 0.4))
tf.image.crop_and_resize(B, [[0.0, 0.0, 1.0, 1.0], [0.2, 0.1, 0.7, 1.2]], [0, 1], [3, 2])
tf.image.crop_and_resize(B, [[0.2, 0.9, 0.7, 0.1]], [1], [3, 4], 'nearest', 7.0)
tf.image.crop_and_resize(B, [[0.2, 0.9, 0.7, 0.1]], [1], [1, 1])
tf.image.non_max_suppression(BOXES, POINTS, 6)
tf.image.non_max_suppression(BOXES, POINTS, 2, 0.3, 0.55)
tf.image.non_max_suppression(BOXES, POINTS, max_output_size=9, iou_threshold=0.95)
tf.image.non_max_suppression(BOXES, [0.1] * 6, 3, score_threshold=0.1)
tf.image.non_max_suppression(BOXES, [0.5, 0.9], 3)
tf.image.combined_non_max_suppression(ONE, SCORES, 3, 5)[0]
tf.image.combined_non_max_suppression(ONE, SCORES, 3, 5).nmsed_scores
tf.image.combined_non_max_suppression(ONE, SCORES, 3, 5).nmsed_classes
tf.image.combined_non_max_suppression(ONE, SCORES, 3, 5).valid_detections
tf.image.combined_non_max_suppression(ONE, SCORES, 1, 9, 0.3, 0.45, True, False)[0]
tf.image.combined_non_max_suppression(ONE, SCORES, 2, 20, 0.3, 0.45)[1]
tf.image.combined_non_max_suppression(TWO, SCORES, 2, 3)[0]
tf.image.combined_non_max_suppression([BOXES], SCORES, 3, 5)[3]
tf.image.decode_png(PNG)
tf.image.decode_png(PNG, 1)
tf.image.decode_png(PNG, channels=4)
tf.image.decode_png(PNG, dtype=tf.uint16)
tf.io.decode_png(PNG4)
tf.io.decode_png(PNG4, 3)
tf.io.decode_png(PNG1)
tf.io.decode_png(PNG1, 3)
tf.io.decode_png(PALETTE)
tf.io.decode_png(DEEP)
tf.io.decode_png(DEEP, dtype=tf.uint16)
tf.io.decode_image(PNG)
tf.io.decode_image(PNG, 3, tf.float32)
tf.io.decode_image(GIF)
tf.io.decode_image(GIF, expand_animations=False)
tf.io.decode_image(BMP, 3)
tf.io.decode_gif(GIF)
tf.io.decode_bmp(BMP)
tf.io.decode_jpeg(PNG)
tf.io.decode_jpeg(JPEG).shape
tf.io.decode_jpeg(JPEG, channels=1).shape
tf.io.decode_jpeg(JPEG, ratio=2).shape
tf.io.decode_png(PNG[:40])
tf.io.decode_png(b'no picture')
tf.io.decode_png(PNG, 5)
tf.io.is_jpeg(PNG)
tf.io.extract_jpeg_shape(JPEG)
tf.image.draw_bounding_boxes(F[None], [[[0.1, 0.2, 0.8, 0.7], [-0.5, 0.3, 0.5, 2.0]]], None)
tf.image.draw_bounding_boxes(F[None], [[[0.0, 0.0, 1.0, 1.0]] * 2], [[7.0, 0.0, 1.0]])
tf.image.draw_bounding_boxes(B / 255, [[[0.9, 0.1, 0.2, 0.3]], [[0.2, 0.3, 0.2, 0.9]]], None)
tf.image.draw_bounding_boxes(F[None, :, :, :1], np.linspace(0, 1, 48).reshape(1, 12, 4), None)
tf.image.draw_bounding_boxes(F, [[[0.0, 0.0, 1.0, 1.0]]], None)
tf.io.decode_png(tf.io.encode_png(X))
tf.io.decode_png(tf.io.encode_png(X[..., :2]))
tf.io.encode_png(F)
tf.io.encode_jpeg(X[..., :2])
tf.io.decode_jpeg(tf.io.encode_jpeg(X)).shape
""",
    "io": """
tf.io.decode_raw(b'\\x01\\x00\\x02\\x00', tf.int16)
tf.io.decode_raw(b'\\x01\\x00\\x02\\x00', tf.int16, little_endian=False)
tf.io.decode_raw([b'ab', b'cd'], tf.uint8)
tf.io.decode_raw(b'\\x00\\x00\\x80\\x3f', tf.float32)
tf.io.decode_raw(b'abc', tf.int16)
tf.io.decode_raw(['abc', 'd'], tf.uint8, fixed_length=2)
tf.io.decode_csv('1,2.5,x', [0, 0.0, ''])
tf.io.decode_csv(['1,2.5', ',3'], [[7], [0.0]])
tf.io.decode_csv(['1,2.5', '3,4'], [tf.int32, tf.float32])
tf.io.decode_csv('a;"b;c"', ['', ''], field_delim=';')
tf.io.decode_csv('1,NA', [0, 5], na_value='NA')
tf.io.decode_csv('1,2,3', [0, 0], select_cols=[0, 2])
tf.io.decode_csv('1,2,3', [0, 0])
tf.io.decode_csv('1,x', [0, 0])
tf.io.decode_csv('1,', [0, tf.int32])
tf.io.encode_base64(['hello', 'a?b>'])
tf.io.encode_base64('hello', pad=True)
tf.io.decode_base64('aGVsbG8')
tf.io.decode_base64('aGVsbG8=')
tf.io.decode_base64('?')
tf.io.serialize_tensor(tf.constant([[1.5, 2.5]])).numpy()
tf.io.serialize_tensor(tf.constant([['a', 'bc']])).numpy()
tf.io.serialize_tensor(tf.constant([True, False])).numpy()
tf.io.serialize_tensor(3).numpy()
tf.io.serialize_tensor(tf.zeros([0, 300])).numpy()
tf.io.serialize_tensor(tf.constant([1.5], tf.bfloat16)).numpy()
tf.io.serialize_tensor(tf.constant(7, tf.uint16)).numpy()
tf.io.parse_tensor(tf.io.serialize_tensor([[1, 2]]), tf.int32)
tf.io.parse_tensor(tf.io.serialize_tensor(tf.constant([1.5], tf.float16)), tf.float16)
tf.io.parse_tensor(tf.io.serialize_tensor(np.array([[1.5, 2.5]])), tf.float64)
tf.io.parse_tensor(tf.io.serialize_tensor(np.array([5, -6])), out_type=tf.int64)
tf.io.parse_tensor(tf.io.serialize_tensor(tf.constant(['a', 'b\x00'])), tf.string)
tf.io.parse_tensor(tf.io.serialize_tensor(tf.zeros([2, 0])), tf.float32)
tf.io.parse_tensor(tf.io.serialize_tensor([[1, 2]]), tf.float32)
tf.io.parse_tensor(b'abc', tf.float32)
tf.io.parse_tensor(b'', tf.float32)
tf.io.matching_files('no such folder/*')
tf.io.gfile.exists('no such file')
tf.io.gfile.join('a', 'b', 'c')
""",
    "strings": """
tf.constant('text')
tf.constant(['a', 'bc'])
tf.constant([['a', b'b'], ['c', 'd']])
tf.constant('é')
tf.constant(b'a\\x00')
tf.constant(np.array(['a', 'b']))
tf.constant('text').dtype == tf.string
tf.constant('text').shape
tf.constant('text').numpy()
tf.constant('text') == 'text'
tf.constant(['a', 'b']) == 'b'
tf.constant('a') == ['a', 'b']
tf.constant('b') == np.array(['a', 'b'])
tf.constant('a') != 'b'
tf.constant('a') + 'b'
'b' + tf.constant(['a', 'c'])
tf.constant(['a', 'b'])[1]
tf.constant(['a', 'b'])[-1:]
[s.numpy() for s in tf.constant(['a', 'b'])]
tf.convert_to_tensor('text')
tf.convert_to_tensor(['a'], tf.string)
tf.strings.split('photos/cats/1.jpg', '/')
tf.strings.split('photos/cats/1.jpg', sep='/')[-2] == np.array(['cats', 'dogs'])
tf.strings.split(' a b  c ')
tf.strings.split('a,b,c', ',', 1)
tf.strings.split('', ',')
tf.strings.split('', '')
tf.strings.split('a,,b', ',')
tf.strings.regex_replace('a<br />b<br />', '<br />', ' ')
tf.strings.regex_replace('a<br />b<br />', '<br />', ' ', replace_global=False)
tf.strings.regex_replace(['ab12', '3'], '[0-9]+', r'<\\0>')
tf.strings.regex_replace('ab12', '([a-z]+)([0-9]+)', r'\\2\\1')
tf.strings.regex_replace('a!b', '[%s]' % '!?', '')
tf.strings.regex_full_match(['a.jpg', 'a.txt'], r'.*\\.jpg')
tf.strings.lower('AbÉ')
tf.strings.lower('AbÉ', encoding='utf-8')
tf.strings.upper(['ab', 'c'])
tf.strings.strip(['\\t a ', 'b\\n'])
tf.strings.length('é')
tf.strings.length(['é', 'ab'], 'UTF8_CHAR')
tf.strings.substr('image_07.png', 6, 2)
tf.strings.substr('image_07.png', -3, 10)
tf.strings.substr('é7', 1, 1, unit='UTF8_CHAR')
tf.strings.substr('ab', 5, 1)
tf.strings.join(['a', 'b'])
tf.strings.join(['a', ['b', 'c']], separator='/')
tf.strings.join([['a', 'b'], ['c', 'd']], '-')
tf.strings.reduce_join([['a', 'b'], ['c', 'd']])
tf.strings.reduce_join([['a', 'b'], ['c', 'd']], 0)
tf.strings.reduce_join([['a', 'b'], ['c', 'd']], axis=-1, separator=' ')
tf.strings.reduce_join([['a', 'b'], ['c', 'd']], [1, 0])
tf.strings.reduce_join([['a', 'b'], ['c', 'd']], 1, keepdims=True)
tf.strings.to_hash_bucket_strong(['TF', '', 'some longer text', '12345678'], 99, [1, 2])
tf.strings.to_hash_bucket_strong('a', 7, [1])
tf.strings.to_hash_bucket_strong('a', 0, [1, 2])
tf.strings.to_number('1.5')
tf.strings.to_number(['1', '-2'], tf.int32)
tf.strings.to_number('1', out_type=tf.int64)
tf.strings.to_number('x')
tf.strings.to_number('1.5', tf.int32)
tf.strings.as_string([1, -2])
tf.strings.as_string([0.5, 2.0])
tf.strings.as_string(3.14159, precision=2)
tf.strings.as_string(31415.9, scientific=True)
tf.strings.as_string(0.00001, shortest=True)
tf.strings.as_string([7, 70], width=4)
tf.strings.as_string([7, 70], width=4, fill='0')
tf.strings.as_string([True, False])
tf.as_string(1.5, 2)
tf.strings.to_hash_bucket_fast([['a', 'b'], ['', 'c d']], 7)
tf.strings.to_hash_bucket_fast([b'a' * n for n in range(140)], 999983)
tf.strings.to_hash_bucket_fast([bytes([i * n % 251 for i in range(n)]) for n in range(270)], 999979)
tf.strings.to_hash_bucket_fast('a', 0)
tf.strings.ngrams(['a', 'b', 'c'], 2)
tf.strings.ngrams([['a', 'b', 'c'], ['d', 'e', 'f']], [1, 3], separator='|')
tf.strings.ngrams(['a', 'b'], 3, pad_values='_')
tf.strings.ngrams(['a', 'b', 'c'], ngram_width=3, pad_values=('<', '>'), padding_width=1)
tf.strings.ngrams(['a'], 3)
tf.strings.ngrams(['a'], 3, preserve_short_sequences=True)
tf.strings.ngrams([['a']], 3)
tf.strings.ngrams('a', 1)
tf.strings.ngrams(['a'], 0)
tf.strings.ngrams(['a'], 2, padding_width=1)
tf.strings.unicode_transcode(b'caf\\xe9', 'ISO-8859-1', 'UTF-8')
tf.strings.unicode_transcode(['é'], 'UTF-8', 'UTF-16-BE')
tf.strings.unicode_transcode(['é'], 'UTF-8', 'US-ASCII')
tf.strings.unicode_transcode(b'a\\xffb', 'UTF-8', 'UTF-8')
tf.strings.unicode_transcode(b'a\\xffb', 'UTF-8', 'UTF-8', errors='ignore')
tf.strings.unicode_transcode(b'a\\xffb', 'UTF-8', 'UTF-8', errors='strict')
tf.strings.unicode_transcode(b'a\\xffb', 'UTF-8', 'UTF-8', replacement_char=63)
tf.strings.unicode_transcode('a\\tb', 'UTF-8', 'UTF-8', 'replace', 63, True)
tf.fill([2, 2], 'a')
tf.fill([], tf.constant('x'))
tf.cast(['a', 'b'], tf.string)
tf.cast('1', tf.int32)
tf.cast(1, tf.string)
tf.unique(['b', 'a', 'b', ''])[0]
tf.unique(['b', 'a', 'b', ''])[1]
tf.unique_with_counts(tf.constant(['b', 'a', 'b']))[2]
tf.add('a', ['b', 'c'])
tf.ensure_shape(['a', 'b'], [2])
tf.roll(['a', 'b', 'c'], 1, 0)
tf.dynamic_partition(['a', 'b', 'c'], [1, 0, 1], 2)
tf.tensor_scatter_nd_update(['a', 'b'], [[1]], ['c'])
tf.random.shuffle(['a', 'a'])
tf.strings.format('epoch {} loss {}', (1, 0.5))
tf.strings.format('a {} {}', [1])
""",
}
EXPRESSIONS = [line for group in GROUPS.values() for line in group.strip().splitlines()]


def names(tf):
    """What the expressions can use."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (4, 5, 3)).astype(np.uint8)
    pixels[0, 0], pixels[0, 1], pixels[0, 2] = 0, 255, 77
    wide = rng.random((16, 18, 2)).astype(np.float32)
    other = (wide * 0.7 + 0.3 * rng.random(wide.shape)).astype(np.float32)
    boxes = np.array(
        [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0.5, 1.6, 0, 2], [0, 1.7, 0.5, 2], [0, 1, 0, 2],
         [0.2, 0.2, 0.3, 0.3]], np.float32,
    )  # fmt: skip
    points = np.array([0.5, 0.9, 0.7, 0.6, 0.6, 0.2], np.float32)
    return {
        "BOXES": boxes, "POINTS": points, "ONE": boxes[None, :, None],
        "TWO": np.stack([boxes, boxes / 2], 1)[None],
        "SCORES": np.stack([points, points**2], 1)[None],
        "tf": tf, "np": np, "X": tf.constant(pixels),
        "F": tf.constant(pixels.astype(np.float32) / 255),
        "B": tf.constant(np.stack([pixels, pixels[::-1] // 2])),
        "S": tf.constant(wide), "T": tf.constant(other), **FILES,
    }  # fmt: skip


def describe(expression, known):
    """The result of an expression as JSON takes it; that it raises, when it does."""
    try:
        return _described(eval(expression, dict(known)))
    except Exception:
        return {"error": True}


def _described(result):
    if isinstance(result, bytes):
        return {"text": result.decode("latin-1")}
    if isinstance(result, bool | int | float | str | None):
        return {"value": result}
    if isinstance(result, list):
        return [_described(v) for v in result]
    if not hasattr(result, "dtype"):
        return {"value": list(result)}
    array = np.asarray(result.numpy() if hasattr(result, "numpy") else result)
    if array.dtype.kind in "OS":
        texts = [bytes(s).decode("latin-1") for s in array.reshape(-1)]
        return {"shape": list(array.shape), "text": texts}
    numbers = [float(f"{v:.7g}") for v in array.astype("float64").reshape(-1)]
    whole = all(v.is_integer() for v in numbers)
    values = [int(v) for v in numbers] if whole else numbers
    return {"dtype": array.dtype.name, "shape": list(array.shape), "value": values}
