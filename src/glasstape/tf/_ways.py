"""What GlassTape, Keras or JAX has for TensorFlow names that are not there. Data only.

Names with a namesake in `keras.ops` or Keras are found without being listed here.
"""

# TensorFlow's name, or a namespace for all of its other names -> "use ..."
WAYS = {
    "DeviceSpec": "jax.devices",
    "Graph": "tf.function, whose program its program method shows",
    "compat": "the name that TensorFlow 2 has for it",
    "config.experimental.get_memory_usage": "tf.config.experimental.get_memory_info",
    "distribute.MultiWorkerMirroredStrategy": "keras.distribution.DataParallel",
    "distribute.TPUStrategy": "keras.distribution.DataParallel",
    "data.FixedLengthRecordDataset": "tf.data.Dataset.from_generator",
    "experimental.dlpack": "jax.dlpack",
    "experimental.numpy": "jax.numpy",
    "feature_column": "keras.utils.FeatureSpace, or Keras' preprocessing layers",
    "gradients": "tf.GradientTape",
    "hessians": "tf.GradientTape twice, and its jacobian",
    "lookup": "tf.lookup.StaticHashTable, or a dict in dataset.map",
    "profiler": "jax.profiler",
    "reduce_std": "keras.ops.std",
    "reduce_variance": "keras.ops.var",
    "saved_model": "keras.saving",
    "saved_model.load": "glasstape.load_function, or keras.saving.load_model",
    "saved_model.save": "the save method of a tf.function, or model.save",
    "image.decode_webp": "tf.image.decode_image, which reads WebP too",
    "strings.to_hash_bucket": "tf.strings.to_hash_bucket_fast",
    "test.compute_gradient": "glasstape.testing.check_gradients",
    "test.main": "pytest, or unittest.main",
    "io.TFRecordOptions": "gzip.open around the file",
    "nn.learned_unigram_candidate_sampler": "tf.random.log_uniform_candidate_sampler",
    "random.learned_unigram_candidate_sampler": "tf.random.log_uniform_candidate_sampler",
    "nn.ctc_beam_search_decoder": "keras.ops.ctc_decode",
    "nn.ctc_greedy_decoder": "keras.ops.ctc_decode",
    "RaggedTensorSpec": "a tf.TensorSpec of padded tensors",
    "SparseTensorSpec": "a tf.TensorSpec of dense tensors",
    "ragged": "padded tensors: tf.RaggedTensor.to_tensor, tf.sequence_mask",
    "sparse": "dense tensors: tf.sparse.to_dense",
    "summary.audio": "tf.summary.image of a spectrogram, or a file of your own",
    "summary.graph": "glasstape.function(...).program, or glasstape.GradientTape's picture",
}

# TensorFlow's name -> "leave it out: ..."
NEEDLESS = {
    "enable_eager_execution": "operations run at once",
}

# Namespaces of Keras that TensorFlow has at its root, too.
KERAS_AT_ROOT = ("initializers", "losses", "metrics", "optimizers")

# Namespaces of TensorFlow that must be reachable, so that `tf.nn.relu` can say what it is called
# in Keras. A file of that name takes a namespace's place.
NAMESPACES = {
    "audio", "compat.v2", "distribute.experimental", "feature_column", "linalg.experimental",
    "lite", "lookup.experimental", "nn.experimental", "profiler", "quantization",
    "raw_ops", "saved_model", "sets", "sysconfig", "tpu",
    "train.experimental",
}  # fmt: skip
