"""Ragged and sparse tensors, tables, layers for text; run under both. Nothing here imports either."""

# ruff: noqa: E501

from __future__ import annotations

import tempfile
from pathlib import Path

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
tf.cast(st, tf.int32)
st * 2.0
st * tf.constant([1.0, 2.0, 3.0])
st / tf.constant([[2.0], [4.0]])
st * tf.constant([1.0, 2.0])
2.0 * st
st + st
-st
st.with_values([5, 6])
tf.sparse.map_values(tf.square, st)
tf.sparse.map_values(tf.add, st, st)
tf.sparse.transpose(st)
tf.sparse.transpose(tf.SparseTensor([[0,2,1],[1,0,0]],[1,2],[2,3,4]), [2,0,1])
tf.convert_to_tensor(st)
tf.matmul(st, tf.ones([3,1]))
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
h.lookup(tf.constant([["a"],["x"]]))
h.lookup(tf.constant("a"))
h[tf.constant("a")]
h.size()
h.default_value
h.lookup(tf.constant([1]))
h.lookup(tf.ragged.constant([["a"],["b","c"]]))
h.lookup(tf.sparse.from_dense(["a","","c"]))
i.lookup(tf.constant([[20,3]]))
i.lookup(tf.constant([1.5]))
H(K(["a","a"],[1,2]),-1)
H(K(["a","a"],[1,1]),-1).size()
H(K(["a","b"],[1]),-1)
H(K([[1]],[[2]]),-1).lookup(tf.constant(1))
H(K([1,2],["x","y"]),"?").lookup(tf.constant([2,5]))
H(K([1,2],[1.5,2.5]),0).lookup(tf.constant([2,5]))
H(K(["a"],[1],tf.string,tf.int64),-1).lookup(tf.constant(["a","b"]))
H(K(["a"],[1]),"x")
H(K(["a"],[1]),1.5)
H(K(["a"],[True]),False).lookup(tf.constant("b"))
H(K(["a"],["b"]),"c").lookup(tf.constant(["a","z"]))
v.size()
v.lookup(tf.constant(["a","b","c","d","e","some"]))
v.lookup(tf.ragged.constant([["a"],["b","c"]]))
V(None,3,lookup_key_dtype=tf.string).lookup(tf.constant(["c","d"]))
V(K(tf.constant([5,6],tf.int64),tf.constant([0,1],tf.int64)),4).lookup(tf.constant([5,77,1,2,3],tf.int64))
V(K(["a","b"],tf.constant([0,1],tf.int64)),0)
H(F(f,tf.string,0,tf.int64,1),-1).lookup(tf.constant(["b","z"]))
H(F(f,tf.string,I.WHOLE_LINE,tf.int64,I.LINE_NUMBER),-1).lookup(tf.constant(["b\\t7","z"]))
H(F(f,tf.int64,I.LINE_NUMBER,tf.string,0),"?").lookup(tf.constant([1,9],tf.int64))
H(F(f,tf.string,0,tf.int64,I.LINE_NUMBER,value_index_offset=2,vocab_size=1),-1).lookup(tf.constant(["a","b"]))
H(F("no such file",tf.string,0,tf.int64,I.LINE_NUMBER),-1)
H(F(f,tf.string,0,tf.int64,2),-1)
H(F(f,tf.int64,0,tf.string,1),"")
H(F(f,tf.string,I.LINE_NUMBER,tf.int64,1),-1)
[sh(x) for x in tf.data.Dataset.from_tensor_slices(["a","z","b"]).map(h.lookup)]
[sh(x) for x in tf.data.Dataset.from_tensor_slices([10,5,20]).map(i.lookup)]
[sh(x) for x in tf.data.Dataset.from_tensor_slices([10,5,20]).batch(2).map(lambda x: i.lookup(x)*2)]
[sh(x) for x in tf.data.Dataset.from_tensor_slices(["a","q"]).map(v.lookup)]
tf.function(i.lookup)(tf.constant([10,11]))
tf.function(h.lookup)(tf.constant(["a","v"]))
HA(3)([["A"],["B"],["C"],["D"]])
HA(3,mask_value="")([["A"],["B"],[""],["D"]])
HA(3,salt=1337)([["A"],["B"],["C"],["D"],["E"]])
HA(3,salt=[133,137])([["A"],["B"],["C"],["D"],["E"]])
HA(5)(np.array([[1],[2],[3]]))
HA(5,mask_value=2)(tf.constant([[1],[2],[3]]))
HA(5)(tf.constant([[1.5],[2.0]]))
HA(3,output_mode="one_hot")([["A"],["B"]])
HA(3,output_mode="one_hot")([["A","B"],["B","C"]])
HA(3,output_mode="multi_hot")([["A","B"],["B","C"]])
HA(3,output_mode="count")([["A","A"],["B","C"]])
HA(3,output_mode="count")(["A","A"])
HA(3)("A")
HA(0)
HA(3,output_mode="ints")
HA(3,salt="x")
tf.experimental.numpy.mean([1,2])
tf.experimental.numpy.sum([True,True])
tf.experimental.numpy.add([1,2],[0.5,1])
tf.experimental.numpy.add(tf.Variable([1.0,2.0]),1)
tf.experimental.numpy.concatenate([[1,2],[3]])
tf.experimental.numpy.stack([tf.constant([1.0,2.0]),tf.constant([1.0,2.0])],axis=1)
tf.experimental.numpy.linspace(0,1,3)
tf.experimental.numpy.arange(0,1,0.5)
tf.experimental.numpy.ones(3,dtype=tf.int32)
tf.experimental.numpy.array([[1,2],[3,4]])
tf.experimental.numpy.reshape([1,2,3,4],(2,2))
tf.experimental.numpy.kron(tf.eye(2),tf.ones([1,2]))
tf.experimental.numpy.where([True,False],[1,2],[3,4])
tf.experimental.numpy.clip([1,5,9],2,6)
tf.experimental.numpy.take([1,5,9],[0,2])
tf.experimental.numpy.std([1.0,3.0])
tf.experimental.numpy.outer([1,2],[3,4])
tf.experimental.numpy.einsum("ij,jk->ik",tf.ones([2,3]),tf.ones([3,2]))
tf.experimental.numpy.power(2,3)
tf.experimental.numpy.logical_and([True],[False])
tf.experimental.numpy.tile([1,2],2)
tf.experimental.numpy.maximum([1,5],[3,2])
tf.experimental.numpy.average([1.0,2.0],weights=[1,3])
tf.experimental.numpy.full((2,),7)
tf.experimental.numpy.size([[1,2]])
tf.experimental.numpy.median([1,2])
isinstance(tf.experimental.numpy.ones(2),tf.experimental.numpy.ndarray)
tf.experimental.numpy.random.randint(1,2,size=(3,))
tf.experimental.numpy.random.randn(2,3).shape
tf.experimental.numpy.random.poisson(2.0,(3,)).shape
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
    tables = tf.lookup
    names["K"], names["H"] = tables.KeyValueTensorInitializer, tables.StaticHashTable
    names["F"], names["I"] = tables.TextFileInitializer, tables.TextFileIndex
    names["V"], names["HA"] = tables.StaticVocabularyTable, tf.keras.layers.Hashing
    names["h"] = tables.StaticHashTable(names["K"](["b", "a"], [1, 2]), -1)
    names["i"] = tables.StaticHashTable(names["K"]([10, 20], [1.5, 2.5]), 0.0)
    words = names["K"](["a", "b"], tf.constant([0, 1], tf.int64))
    names["v"] = tables.StaticVocabularyTable(words, 3)
    names["st"] = tf.SparseTensor([[0, 0], [1, 2]], [1.0, 2.0], [2, 3])
    with tempfile.TemporaryDirectory() as folder:
        names["f"] = str(Path(folder, "table.txt"))
        Path(names["f"]).write_text("a\t5\nb\t7\n", encoding="utf-8")
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
