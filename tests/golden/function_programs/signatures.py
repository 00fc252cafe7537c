"""`input_signature`, `TensorSpec`, `get_concrete_function` and what it tells."""

import numpy as np

from .registry import layout, program


@program
def one_trace_for_one_spec(tf):
    step = tf.function(lambda x: x * 2.0, input_signature=[tf.TensorSpec([2], tf.float32)])
    results = [step(tf.ones([2])), step(tf.zeros([2]))]
    return results, step.experimental_get_tracing_count()


@program
def numbers_become_tensors(tf):
    step = tf.function(lambda x: x + 1, input_signature=[tf.TensorSpec([], tf.float32)])
    return step(1), step(2.5), step(True), step.experimental_get_tracing_count()


@program
def a_list_becomes_a_tensor(tf):
    step = tf.function(lambda x: x + 1, input_signature=[tf.TensorSpec([3], tf.int32)])
    return step([1, 2, 3]), step((4, 5, 6)), step(np.array([7, 8, 9], "int32"))


@program
def numpy_of_another_dtype(tf):
    step = tf.function(lambda x: x + 1, input_signature=[tf.TensorSpec([2], tf.float32)])
    return tf.caught(step, np.ones(2, "float16")), tf.caught(step, np.ones(2, "int32"))


@program
def numpy_of_64_bits(tf):
    step = tf.function(lambda x: x + 1, input_signature=[tf.TensorSpec([2], tf.float32)])
    return tf.caught(step, np.ones(2))


@program
def tensor_of_another_dtype(tf):
    step = tf.function(lambda x: x + 1, input_signature=[tf.TensorSpec([], tf.float32)])
    return tf.caught(step, tf.constant(1)), step.experimental_get_tracing_count()


@program
def tensor_of_another_shape(tf):
    step = tf.function(lambda x: x + 1, input_signature=[tf.TensorSpec([2], tf.float32)])
    return [tf.caught(step, v) for v in (tf.ones([3]), tf.ones([]), tf.ones([2, 1]), tf.ones([2]))]


@program
def too_many_arguments(tf):
    step = tf.function(lambda x: x, input_signature=[tf.TensorSpec([], tf.float32)])
    return tf.caught(step, 1.0, 2.0), tf.caught(step)


@program
def by_keyword(tf):
    spec = tf.TensorSpec([], tf.float32)
    step = tf.function(lambda x, y: x - y, input_signature=[spec, spec])
    return step(y=1.0, x=3.0), step(5.0, y=1.0), tf.caught(lambda: step(1.0, z=2.0))


@program
def with_a_default(tf):
    def step(x, y=3.0):
        return x - y

    spec = tf.TensorSpec([], tf.float32)
    both = tf.function(step, input_signature=[spec, spec])
    one = tf.function(step, input_signature=[spec])
    return both(1.0), both(1.0, 2.0), one(1.0)


@program
def nested_specs(tf):
    spec = tf.TensorSpec([2], tf.float32)
    step = tf.function(
        lambda batch, rest: batch["x"] + batch["y"] * rest[0],
        input_signature=[{"x": spec, "y": spec}, [tf.TensorSpec([], tf.float32)]],
    )
    one = tf.ones([2])
    return step({"x": one, "y": one}, [2.0]), tf.caught(lambda: step({"x": one}, [2.0]))


@program
def a_tuple_of_specs(tf):
    step = tf.function(lambda x: x * 3, input_signature=(tf.TensorSpec(shape=(), dtype=tf.int32),))
    return step(2), [layout(s) for s in step.input_signature]


@program
def of_a_method(tf):
    class Scaler:
        def __init__(self, factor):
            self.factor = factor

        @tf.function(input_signature=[tf.TensorSpec([2], tf.float32)])
        def scale(self, x):
            return x * self.factor

    two, three = Scaler(2.0), Scaler(3.0)
    return two.scale([1.0, 2.0]), three.scale([1.0, 2.0])


@program
def none_at_all(tf):
    step = tf.function(lambda: 3, input_signature=[])
    return step(), tf.caught(step, 1)


@program
def a_variable_for_a_spec(tf):
    v = tf.Variable([1.0, 2.0])
    step = tf.function(lambda x: x * 2.0, input_signature=[tf.TensorSpec([2], tf.float32)])
    first = step(v)
    v.assign([5.0, 6.0])
    return first, step(v)


@program
def half_and_int_specs(tf):
    step = tf.function(
        lambda x, n: (x, n),
        input_signature=[tf.TensorSpec([1], tf.float16), tf.TensorSpec([], tf.int32)],
    )
    return step([0.5], 2), tf.caught(step, [0.5], 2.5)


@program
def none_for_a_spec(tf):
    step = tf.function(lambda x: x, input_signature=[tf.TensorSpec([], tf.float32)])
    return tf.caught(step, None), tf.caught(step, "text")


@program(
    differs="a size of 1 may broadcast, so it has a trace of its own",
    ours={"tuple": [[{"float32[2]": [1, 1]}, {"float32[2]": [3, 3]}, {"float32[2]": [2, 2]}], 2]},
)
def any_batch_size(tf):
    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
    def step(x):
        return tf.reduce_sum(x, axis=0)

    results = [step(tf.ones([n, 2])) for n in (1, 3, 2)]
    return results, step.experimental_get_tracing_count()


@program
def any_size_refuses_another_rank(tf):
    step = tf.function(lambda x: x * 2.0, input_signature=[tf.TensorSpec([None, 2], tf.float32)])
    shapes = ([1, 2], [2], [1, 3], [1, 2, 1])
    return [tf.caught(step, tf.ones(shape)) for shape in shapes]


@program(
    differs="each rank is traced by itself",
    ours={"tuple": [{"float32[]": [2]}, {"float32[2]": [2, 4]}, {"float32[1,1]": [6]}, 3]},
)
def any_rank(tf):
    step = tf.function(lambda x: x * 2.0, input_signature=[tf.TensorSpec(None, tf.float32)])
    return step(1.0), step([1.0, 2.0]), step([[3.0]]), step.experimental_get_tracing_count()


@program(
    differs="a size of 1 may broadcast, so it has a trace of its own",
    ours={"tuple": [[{"float32[1]": [2]}, {"float32[3]": [2, 2, 2]}], 2]},
)
def concrete_of_any_size(tf):
    step = tf.function(lambda x: x * 2.0)
    concrete = step.get_concrete_function(tf.TensorSpec([None], tf.float32))
    results = [concrete(tf.ones([n])) for n in (1, 3)]
    return results, step.experimental_get_tracing_count()


@program
def sizes_seen_inside(tf):
    seen = []

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
    def step(x):
        seen.append(x.shape[1])
        return tf.reduce_mean(x)

    return step(tf.ones([2, 3])), step(tf.zeros([5, 3])), seen


@program
def concrete_call(tf):
    v = tf.Variable(2.0)
    step = tf.function(lambda x, y: x * v + y)
    concrete = step.get_concrete_function(
        tf.TensorSpec([2], tf.float32), tf.TensorSpec([], "float32")
    )
    one = tf.ones([2])
    first = concrete(one, tf.constant(1.0))
    v.assign(3.0)
    return first, concrete(one, tf.constant(1.0)), concrete(x=one, y=tf.constant(0.0))


@program
def concrete_writes(tf):
    v = tf.Variable(1.0)
    step = tf.function(lambda x: v.assign_add(x) * 1.0)
    concrete = step.get_concrete_function(tf.constant(0.0))
    before = v.numpy()
    return before, concrete(tf.constant(2.0)), step(tf.constant(2.0)), v


@program
def concrete_with_python_values(tf):
    step = tf.function(lambda x, n, mode="add": x + n if mode == "add" else x * n)
    add = step.get_concrete_function(tf.TensorSpec([], tf.int32), 3)
    times = step.get_concrete_function(tf.TensorSpec([], tf.int32), 3, mode="times")
    return add(tf.constant(2)), times(tf.constant(2)), step.experimental_get_tracing_count()


@program
def concrete_of_other_arguments(tf):
    step = tf.function(lambda x: x * 2.0)
    concrete = step.get_concrete_function(tf.TensorSpec([2], tf.float32))
    return (
        tf.caught(concrete, tf.ones([2], tf.int32)),
        tf.caught(concrete),
        tf.caught(concrete, tf.ones([2]), tf.ones([2])),
    )


@program(
    differs="TensorFlow runs it on a CPU for whatever shape fits; ours refuses other shapes",
    ours={"raises": "TypeError"},
)
def concrete_of_another_shape(tf):
    step = tf.function(lambda x: x * 2.0)
    concrete = step.get_concrete_function(tf.TensorSpec([2], tf.float32))
    return tf.caught(concrete, tf.ones([3]))


@program
def structured_input_signature(tf):
    def step(x, n, o=None, *, k=2):
        return x * n

    concrete = tf.function(step).get_concrete_function(tf.TensorSpec([4, 2], tf.float32), 3)
    return layout(concrete.structured_input_signature)


@program
def structured_input_signature_of_structures(tf):
    step = tf.function(lambda batch, scale: batch["x"] * scale)
    spec = tf.TensorSpec([2], tf.float32)
    concrete = step.get_concrete_function({"x": spec, "y": [spec, spec]}, tf.constant(2.0))
    return layout(concrete.structured_input_signature)


@program
def structured_outputs(tf):
    step = tf.function(lambda x: {"a": x * 2, "b": (tf.cast(x, tf.int32), None), "c": [x[0]]})
    concrete = step.get_concrete_function(tf.TensorSpec([2], tf.float32))
    return layout(concrete.structured_outputs)


@program
def names_of_the_inputs(tf):
    step = tf.function(lambda x, y: x + y)
    concrete = step.get_concrete_function(tf.constant(1.0), y=tf.constant(2.0))
    args, kwargs = concrete.structured_input_signature
    return [spec.name for spec in args], kwargs


@program
def inputs_of_a_concrete_function(tf):
    step = tf.function(lambda x, y: x + y)
    concrete = step.get_concrete_function(tf.ones([2]), tf.ones([2]))
    return [layout(spec) for spec in concrete.inputs]


@program
def variables_of_a_concrete_function(tf):
    a, b, c = (tf.Variable(v, trainable=t) for v, t in ((1.0, True), (2.0, False), (3.0, True)))
    step = tf.function(lambda x: a * x + b)
    concrete = step.get_concrete_function(tf.constant(1.0))
    names = {id(a): "a", id(b): "b", id(c): "c"}
    everything = [names[id(v)] for v in concrete.variables]
    return sorted(everything), [names[id(v)] for v in concrete.trainable_variables]


@program
def concrete_of_a_signature(tf):
    step = tf.function(lambda x: x + 1, input_signature=[tf.TensorSpec([2], tf.int32)])
    concrete = step.get_concrete_function()
    return concrete(tf.constant([1, 2])), step([3, 4]), step.experimental_get_tracing_count()


@program
def concrete_of_a_method(tf):
    class Scaler:
        factor = 3

        @tf.function
        def scale(self, x):
            return x * self.factor

    scaler = Scaler()
    concrete = scaler.scale.get_concrete_function(tf.TensorSpec([], tf.int32))
    return concrete(tf.constant(2))


@program
def specs(tf):
    spec = tf.TensorSpec([None, 2], tf.float32, name="x")
    checks = [spec.is_compatible_with(tf.ones(shape)) for shape in ([1, 2], [5, 2], [2], [1, 3])]
    same = spec == tf.TensorSpec([None, 2], tf.float32, name="x")
    other = spec == tf.TensorSpec([None, 3], tf.float32, name="x")
    return (
        layout(spec),
        spec.name,
        checks,
        same,
        other,
        hash(spec) == hash(tf.TensorSpec([None, 2], tf.float32, name="x")),
    )


@program
def specs_of_tensors(tf):
    found = [tf.TensorSpec.from_tensor(t) for t in (tf.ones([2, 3]), tf.constant(1))]
    default = tf.TensorSpec([2])
    return [layout(spec) for spec in [*found, default]]


@program
def bad_specs(tf):
    return (
        tf.caught(tf.TensorSpec, "text", tf.float32),
        tf.caught(tf.TensorSpec, [2], "no dtype"),
        tf.caught(tf.function(lambda x: x, input_signature=[1]), 1.0),
    )


@program
def a_signature_longer_than_the_arguments(tf):
    spec = tf.TensorSpec([], tf.float32)
    return tf.caught(lambda: tf.function(lambda x: x, input_signature=[spec, spec])(1.0, 2.0))


@program
def concrete_under_a_tape(tf):
    v = tf.Variable(3.0)
    concrete = tf.function(lambda x: x * v * v).get_concrete_function(tf.TensorSpec([], tf.float32))
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = concrete(x)
    return tape.gradient(y, [x, v])
