"""Ragged and sparse tensors; run under both. Nothing here imports either."""

# ruff: noqa: E501

from __future__ import annotations

import numpy as np

EXPRESSIONS = """
r.to_tensor()
r.to_tensor(default_value=-1, shape=[None,3])
r.to_tensor(shape=[1,1])
r.to_tensor(0, shape=(3,None))
r3.to_tensor()
r3.to_tensor(shape=[None,1,None])
s.to_tensor()
s.to_tensor(default_value="x")
tf.strings.ngrams(s, 2)
tf.strings.ngrams(s, [1, 2], separator="", pad_values=("<", ">"))
tf.strings.ngrams(s, 2, preserve_short_sequences=True)
tf.strings.ngrams(tf.ragged.constant([[["a", "b", "c"], ["d"]], [["e", "f"]]]), 2)
tf.strings.unicode_transcode(s, "UTF-8", "UTF-16-BE")
r.row_lengths()
r.row_splits
r.values
r3.values
r3.flat_values
r3.nrows()
r3.bounding_shape()
r3.shape.as_list()
r3.ragged_rank
r3[0]
r3[0,1]
r3[-1]
r[0]
r[:1]
r3[1:]
[sh(x) for x in r3]
r.numpy()
tf.ragged.constant([[],[1.5]])
tf.ragged.constant([1,2])
tf.ragged.constant([[[1,2],[3,4]],[[5,6]]], ragged_rank=1).to_tensor()
tf.ragged.constant([[1,2],[3]], dtype=tf.float32).dtype.name
tf.ragged.stack([tf.constant([1,2]),tf.constant([3])])
tf.RaggedTensor.from_row_splits([1,2,3],[0,2,3])
tf.RaggedTensor.from_row_splits([1,2,3],[0,2,2])
tf.RaggedTensor.from_row_lengths([1,2,3],[2,0,1])
tf.RaggedTensor.from_tensor([[1,2],[3,0]],padding=0)
tf.RaggedTensor.from_tensor([[0,2,0],[3,0,0],[0,0,0]],padding=0)
tf.RaggedTensor.from_tensor([[1,2],[3,0]],lengths=[1,2])
tf.sparse.to_dense(st)
tf.sparse.to_dense(st, default_value=-1.0)
tf.sparse.to_dense(tf.SparseTensor([[1]],["a"],[2]))
tf.sparse.to_dense(tf.SparseTensor([[1],[0]],[1,2],[2]))
tf.sparse.to_dense(tf.SparseTensor([[1],[1]],[1,2],[2]))
tf.sparse.to_dense(tf.sparse.reorder(tf.SparseTensor([[1],[0]],[1,2],[2])))
tf.sparse.from_dense([[0,1],[2,0]])
tf.sparse.retain(st, [True, False])
tf.sparse.retain(st, st.values > 1.0)
tf.sparse.retain(tf.SparseTensor([[0],[1]],["a","b"],[2]), [False, True])
tf.sparse.retain(st, [True])
tf.sparse.retain(st, [[True, False]])
tf.keras.layers.Dense(2, kernel_initializer="ones")(st)
tf.keras.Sequential([tf.keras.layers.Dense(2, kernel_initializer="ones")])(st)
tf.sparse.sparse_dense_matmul(st, tf.ones([3,2]))
tf.sparse.sparse_dense_matmul(st, tf.ones([2,2]), adjoint_a=True)
tf.sparse.sparse_dense_matmul(st, tf.ones([2,3]), adjoint_b=True)
tf.io.parse_single_example(ex(a=[3,4]), {"a":tf.io.VarLenFeature(tf.int64),"b":tf.io.VarLenFeature(tf.string)})
tf.io.parse_example([ex(a=[3,4],b=[b"x"]),ex(a=[5],b=[b"y",b"z"])], {"a":tf.io.VarLenFeature(tf.int64),"b":tf.io.VarLenFeature(tf.string)})
[sh(x) for x in tf.data.Dataset.from_tensor_slices([ex(a=[3,4]),ex(a=[5])]).map(lambda e: tf.sparse.to_dense(tf.io.parse_single_example(e, {"a":tf.io.VarLenFeature(tf.int64)})["a"])).padded_batch(2)]
[sh(x) for x in tf.data.Dataset.from_tensor_slices([ex(a=[3,4]),ex(a=[5])]).map(lambda e: tf.io.parse_single_example(e, {"a":tf.io.VarLenFeature(tf.int64)})).map(lambda d: tf.sparse.to_dense(d["a"])).padded_batch(2)]
[sh(x) for x in tf.data.Dataset.from_tensor_slices([ex(a=[3,4]),ex(a=[5])]).batch(2).map(lambda e: tf.sparse.to_dense(tf.io.parse_example(e, {"a":tf.io.VarLenFeature(tf.int64)})["a"]))]
[sh(x) for x in tf.data.Dataset.from_tensor_slices(np.arange(80).reshape(40,2)).map(lambda x: tf.sparse.to_dense(tf.SparseTensor([[0],[2]],x,[3]))).batch(40)][0][:3]
r[:, :1]
r[:, 1:]
r[:, :-1]
r[:, 0]
r[:1, :1]
r[0, :1]
r3[:, :1]
r3[:, 1:]
s[:, -1:]
s[:, :0]
s[1:]
tf.strings.split(["a b", "c", ""])
tf.strings.split(["a,b", "c"], ",")
tf.strings.split([["a b"], ["c"]])
tf.strings.split(s)
tf.strings.bytes_split(["ab", "c"])
tf.strings.unicode_split(["né", "x"], "UTF-8")
tf.strings.unicode_split("né", "UTF-8")
tf.strings.unicode_decode(["né", "x"], "UTF-8")
tf.strings.reduce_join(s, axis=-1)
tf.strings.reduce_join(s, 1, separator="-")
tf.strings.reduce_join(tf.strings.split([["a b"], ["c"]]), -1, separator="-")
tf.strings.lower(tf.strings.split(["A b", "C"]))
tf.strings.length(s)
tf.strings.to_number(tf.strings.split(["1 2", "3"]))
tf.strings.regex_replace("¿Qué? sí", "[^ a-z¿]", "")
tf.strings.regex_replace("a\u2003b c", "\\\\s", "_")
tf.strings.regex_replace("¿a?", "[?¿]", r" \\0 ")
tf.strings.regex_full_match(["é", "e"], ".")
tf.shape(["a", "b"])
tf.shape(t)[0]
tf.size(t)
tf.rank(t)
tf.expand_dims(t, -1)
tf.squeeze(t[:, tf.newaxis], -1)
tf.reshape(t, [2, 1])
tf.concat([t, ["x"]], 0)
tf.stack([t, t], axis=1)
tf.where(t == "c", "x", t)
tf.equal(t, "c")
tf.not_equal(t, "c")
tf.identity(t)
tf.unstack(t)
tf.repeat(t, 2)
tf.boolean_mask(t, [False, True])
tf.transpose([["a", "b"], ["c", "d"]])
isinstance(t, tf.Tensor)
isinstance(r, tf.Tensor)
SL(vocabulary=["a", "b"])(["b", "c", "a"])
SL(vocabulary=["a", "b"])("b")
SL(vocabulary=["a", "b"])([["b"], ["x"]])
SL(vocabulary=["a", "b"])(s)
SL(vocabulary=["a", "b"]).get_vocabulary()
SL(vocabulary=["[UNK]", "a", "b"]).get_vocabulary()
SL(vocabulary=["a", "b"], mask_token="").get_vocabulary()
SL(vocabulary=["a", "b"], mask_token="").get_vocabulary(include_special_tokens=False)
SL(vocabulary=["a", "b"], mask_token="").vocabulary_size()
SL(vocabulary=["a", "b"], mask_token="")(["", "a", "x"])
SL(vocabulary=["", "[UNK]", "a", "b"], mask_token="")(["", "a", "x"])
SL(vocabulary=["a", "b"], num_oov_indices=0)(["b", "a"])
SL(vocabulary=["a", "b"], num_oov_indices=0)(["b", "x"])
SL(vocabulary=["a", "b"], num_oov_indices=3)(["b", "x", "y", "z", "", "some more words", "a"])
SL(vocabulary=["a", "b"], num_oov_indices=3, mask_token="").get_vocabulary()
SL(vocabulary=["a", "b"], num_oov_indices=3, mask_token="")([["b", "x", ""], ["y", "z", "a"]])
SL(vocabulary=["a", "b"], num_oov_indices=2, invert=True)([0, 1, 2, 3, 4])
SL(vocabulary=["a", "b"], num_oov_indices=2, output_mode="count")([["b", "x", "y"], ["a", "z", "z"]])
SL(vocabulary=["a", "b"], num_oov_indices=2, idf_weights=[0.5, 1.5], output_mode="tf_idf")(["b", "x", "y"])
ad(SL(max_tokens=4, num_oov_indices=2), ["b", "a", "b", "c", "c", "b"]).get_vocabulary()
SL(vocabulary=["a", "a"])
SL(vocabulary=["a", "b"], invert=True)([2, 0, 1])
SL(vocabulary=["a", "b"], invert=True)([[2, 7]])
SL(vocabulary=["a", "b"], invert=True)(tf.ragged.constant([[1], [2, 0]]))
SL(vocabulary=["a", "b"], invert=True, mask_token="")([0, 1, 2])
SL(vocabulary=["a", "b"], output_mode="one_hot")(["b", "x"])
SL(vocabulary=["a", "b"], output_mode="one_hot")([["b"], ["x"]])
SL(vocabulary=["a", "b"], output_mode="multi_hot")(["b", "b", "x"])
SL(vocabulary=["a", "b"], output_mode="multi_hot", mask_token="")([["b", ""], ["a", "a"]])
SL(vocabulary=["a", "b"], output_mode="count")([["b", "b"], ["x", "a"]])
SL(vocabulary=["a", "b"], output_mode="count", max_tokens=5, pad_to_max_tokens=True)([["b", "b"]])
SL(vocabulary=["a", "b"], idf_weights=[0.5, 1.5], output_mode="tf_idf")([["b", "b", "x"]])
ad(SL(), ["b", "a", "b", "c"]).get_vocabulary()
ad(SL(max_tokens=3), [["b", "a"], ["b", "c"]]).get_vocabulary()
ad(SL(), tf.data.Dataset.from_tensor_slices(["b", "a", "b"]).batch(2)).get_vocabulary()
ad(SL(mask_token=""), ["b", "", "[UNK]"]).get_vocabulary()
TV(vocabulary=["a", "b"])(["b c", "a"])
TV(vocabulary=["a", "b"])([["b c"], ["a"]])
TV(vocabulary=["a", "b"])("b c")
TV(vocabulary=["a", "b"], output_sequence_length=3)(["b c", "a b a b"])
TV(vocabulary=["a", "b"], output_sequence_length=3)("b c")
TV(vocabulary=["a", "b"], ragged=True)(["b c", "a"])
TV(vocabulary=["a", "b"], standardize=None)(["A b!"])
TV(vocabulary=["a", "b"], standardize="lower")(["A b!"])
TV(vocabulary=["a", "b"], standardize="strip_punctuation")(["A b!"])
TV(vocabulary=["a", "b"], standardize=lambda x: tf.strings.regex_replace(x, "x", "a"))(["x b"])
TV(vocabulary=["a", "b"], split="character")(["ab", "c"])
TV(vocabulary=["a", "b"], split=None)([["a", "b"]])
TV(vocabulary=["a", "b"], split=lambda x: tf.strings.split(x, ","))(["a,b"])
TV(vocabulary=["a", "b", "a b"], ngrams=2)(["a b a"])
TV(vocabulary=["a", "b", "a b"], ngrams=(2,))(["a b a", "a"])
TV(vocabulary=["a", "b", "a b"], ngrams=2, split=None)([["a", "b", "a"]])
TV(vocabulary=["a", "b"], output_mode="multi_hot")(["b c", "a"])
TV(vocabulary=["a", "b"], output_mode="count")(["b b c", "a"])
ad(TV(), ["A dog.", "a cat!"]).get_vocabulary()
ad(TV(max_tokens=3), ["A dog.", "a cat!"]).get_vocabulary()
ad(TV(), tf.data.Dataset.from_tensor_slices(["a b", "b", "c b"]).batch(2)).get_vocabulary()
ad(TV(output_mode="multi_hot"), ["a b", "b"]).get_vocabulary()
np.round(ad(TV(output_mode="tf_idf"), ["a b", "b", "c c b"])(["b c", "x x"]), 4)
[sh(x) for x in tf.data.Dataset.from_tensor_slices(["a b", "b"]).batch(2).map(TV(vocabulary=["a", "b"]))]
[sh(x) for x in tf.data.Dataset.from_tensor_slices(["ab", "b"]).map(lambda x: tf.strings.unicode_split(x, "UTF-8")).map(SL(vocabulary=["a", "b"])).padded_batch(2)]
""".strip().splitlines()


def describe_all(tf, expressions=EXPRESSIONS):
    """What each expression gives, as lists; "error" when it raises."""

    def ex(**features):
        def feature(values):
            if isinstance(values[0], int):
                return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
            return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))

        parts = {key: feature(values) for key, values in features.items()}
        example = tf.train.Example(features=tf.train.Features(feature=parts))
        return example.SerializeToString()

    names = {"tf": tf, "np": np, "ex": ex, "sh": plain}
    names["r"] = tf.ragged.constant([[1, 2], [3]])
    names["r3"] = tf.ragged.constant([[[1], [2, 3]], [[4]], []])
    names["s"] = tf.ragged.constant([["a"], ["b", "c"]])
    names["t"] = tf.constant(["a b", "c"])
    names["SL"], names["TV"] = tf.keras.layers.StringLookup, tf.keras.layers.TextVectorization

    def ad(layer, data):
        layer.adapt(data)
        return layer

    names["ad"] = ad
    names["st"] = tf.SparseTensor([[0, 0], [1, 2]], [1.0, 2.0], [2, 3])
    return {e: _describe(e, names) for e in expressions}


def _describe(expression, names):
    try:
        return plain(eval(expression, names))
    except Exception:
        return "error"


def plain(value):
    """Lists of numbers and text."""
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if type(value).__name__ == "SparseTensor":
        return [plain(v) for v in (value.indices, value.values, value.dense_shape, value.shape)]
    if type(value).__name__ == "RaggedTensor":
        return plain(value.to_list())
    if hasattr(value, "as_list"):
        return value.as_list()
    value = value.numpy() if hasattr(value, "numpy") else value
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value.decode() if isinstance(value, bytes) else value
