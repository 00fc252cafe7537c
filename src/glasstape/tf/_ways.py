"""What GlassTape, Keras or JAX has for TensorFlow names that are not there. Data only.

Names with a namesake in `keras.ops` or Keras are found without being listed here.
"""

# TensorFlow's name, or a namespace for all of its other names -> "use ..."
WAYS = {
    "Module": "keras.layers.Layer or keras.Model",
    "TensorArray": "a Python list and keras.ops.stack, or jax.lax.scan",
    "TensorShape": "a tuple, as x.shape is",
    "boolean_mask": "keras.ops.where, or x[mask] outside of compiled steps",
    "clip_by_global_norm": "the argument global_clipnorm of a Keras optimizer",
    "clip_by_norm": "the argument clipnorm of a Keras optimizer",
    "clip_by_value": "keras.ops.clip",
    "compat": "the name that TensorFlow 2 has for it",
    "concat": "keras.ops.concatenate",
    "config.experimental.list_physical_devices": "jax.devices()",
    "config.experimental.set_memory_growth": "the environment variable "
    "XLA_PYTHON_CLIENT_PREALLOCATE=false",
    "config.list_logical_devices": "jax.devices()",
    "config.list_physical_devices": "jax.devices()",
    "config.set_visible_devices": "the environment variable CUDA_VISIBLE_DEVICES",
    "distribute": "keras.distribution",
    "distribute.MirroredStrategy": "keras.distribution.DataParallel",
    "gather": "keras.ops.take",
    "identity": "the tensor itself: JAX arrays never change",
    "is_tensor": "isinstance(x, tf.Tensor)",
    "linalg.matvec": "keras.ops.matmul",
    "map_fn": "keras.ops.map",
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
    "numpy_function": "jax.pure_callback",
    "pow": "keras.ops.power",
    "py_function": "jax.pure_callback",
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
    "version": "tf.__version__",
}

# TensorFlow's name -> "leave it out: ..."
NEEDLESS = {
    "control_dependencies": "operations run in the order in which they are written",
    "debugging.enable_check_numerics": "an update from a loss that is not finite is refused",
    "group": "operations run in the order in which they are written",
    "init_scope": "variables may be created in the first call of a compiled step",
    "no_op": "operations run in the order in which they are written",
}

# Namespaces of TensorFlow that must be reachable, so that `tf.nn.relu` can say what it is called
# in Keras. A file of that name takes a namespace's place.
NAMESPACES = {
    "audio", "bitwise", "compat", "compat.v1", "compat.v2", "config",
    "config.experimental", "debugging", "distribute", "distribute.experimental", "errors",
    "experimental", "experimental.numpy", "feature_column", "initializers",
    "linalg.experimental", "lite", "lookup", "losses", "metrics", "nest", "nn",
    "nn.experimental", "optimizers", "profiler", "quantization", "ragged",
    "random.experimental", "raw_ops", "saved_model", "sets", "signal", "sparse",
    "sysconfig", "test", "tpu", "train.experimental", "types",
}  # fmt: skip
