"""What GlassTape, Keras or JAX has for TensorFlow names that are not there. Data only.

Names with a namesake in `keras.ops` or Keras are found without being listed here.
"""

# TensorFlow's name, or a namespace for all of its other names -> "use ..."
WAYS = {
    "boolean_mask": "keras.ops.where, or x[mask] outside of compiled steps",
    "clip_by_global_norm": "the argument global_clipnorm of a Keras optimizer",
    "clip_by_norm": "the argument clipnorm of a Keras optimizer",
    "clip_by_value": "keras.ops.clip",
    "compat": "the name that TensorFlow 2 has for it",
    "concat": "keras.ops.concatenate",
    "distribute": "keras.distribution",
    "distribute.MirroredStrategy": "keras.distribution.DataParallel",
    "gather": "keras.ops.take",
    "identity": "the tensor itself: JAX arrays never change",
    "linalg.matvec": "keras.ops.matmul",
    "math.l2_normalize": "keras.ops.normalize",
    "nn": "keras.ops",
    "nn.bias_add": "x + bias",
    "nn.conv2d": "keras.ops.conv",
    "nn.conv2d_transpose": "keras.ops.conv_transpose",
    "nn.dropout": "keras.random.dropout",
    "nn.embedding_lookup": "keras.ops.take(params, ids, axis=0)",
    "nn.l2_loss": "keras.ops.sum(keras.ops.square(x)) / 2",
    "nn.l2_normalize": "keras.ops.normalize",
    "nn.sigmoid_cross_entropy_with_logits": "keras.ops.binary_crossentropy(labels, logits, "
    "from_logits=True)",
    "nn.softmax_cross_entropy_with_logits": "keras.ops.categorical_crossentropy(labels, logits, "
    "from_logits=True)",
    "nn.sparse_softmax_cross_entropy_with_logits": "keras.ops.sparse_categorical_crossentropy("
    "labels, logits, from_logits=True)",
    "nn.max_pool2d": "keras.ops.max_pool",
    "pow": "keras.ops.power",
    "random.Generator": "keras.random.SeedGenerator as the seed of keras.random's functions",
    "range": "keras.ops.arange",
    "reduce_std": "keras.ops.std",
    "reduce_variance": "keras.ops.var",
    "reverse": "keras.ops.flip",
    "saved_model": "keras.saving",
    "saved_model.load": "keras.saving.load_model",
    "saved_model.save": "model.export, or model.save",
    "image.decode_webp": "tf.image.decode_image, which reads WebP too",
    "image.draw_bounding_boxes": "PIL.ImageDraw",
    "image.non_max_suppression": "a library for detection, such as KerasHub",
    "io.TFRecordOptions": "gzip.open around the file",
    "io.parse_tensor": "numpy.load",
    "io.serialize_tensor": "numpy.save",
    "ragged": "a list of tensors, or tensors padded with keras.ops.pad",
    "strings.unicode_decode": "Python's str.encode and str.decode",
    "summary.audio": "tf.summary.image of a spectrogram, or a file of your own",
    "summary.graph": "glasstape.function(...).program, or glasstape.GradientTape's picture",
    "summary.trace_export": "jax.profiler.stop_trace",
    "summary.trace_off": "jax.profiler.stop_trace",
    "summary.trace_on": "jax.profiler.start_trace, whose folder TensorBoard shows",
    "tensor_scatter_nd_update": "keras.ops.scatter_update",
    "truediv": "keras.ops.true_divide",
}

# TensorFlow's name -> "leave it out: ..."
NEEDLESS = {
    "compat.v1.enable_eager_execution": "operations run at once",
    "compat.v1.enable_v2_behavior": "TensorFlow 2 is what is translated",
}

# Namespaces of TensorFlow that must be reachable, so that `tf.nn.relu` can say what it is called
# in Keras. A file of that name takes a namespace's place.
NAMESPACES = {
    "audio", "bitwise", "compat", "compat.v1", "compat.v2", "distribute", "distribute.experimental",
    "experimental", "experimental.numpy", "feature_column", "initializers", "linalg.experimental",
    "lite", "lookup", "losses", "metrics", "nest", "nn", "nn.experimental", "optimizers",
    "profiler", "quantization", "ragged", "random.experimental", "raw_ops", "saved_model", "sets",
    "signal", "sparse", "sysconfig", "tpu", "train.experimental",
}  # fmt: skip
