"""What is refused: the types of the errors, and the state afterwards."""

from .registry import program

JAX = "the operation is JAX's and so is its error, with the user's lines added"


@program
def a_variable_at_each_call(tf):
    @tf.function
    def step(x):
        return tf.Variable(1.0) * x

    return tf.caught(step, tf.constant(1.0))


@program(
    differs="TensorFlow traces the first call twice and refuses it; ours refuses the next trace",
    ours={"tuple": [{"float32[]": [1]}, {"raises": "ValueError"}]},
)
def a_variable_in_a_later_trace(tf):
    made = []

    @tf.function
    def step(x):
        made.append(tf.Variable(1.0))
        return sum(v * 1.0 for v in made)

    return tf.caught(step, tf.constant(1.0)), tf.caught(step, tf.ones([2]))


@program
def a_variable_in_a_later_trace_only(tf):
    made = []

    @tf.function
    def step(x, make):
        if make and not made:
            made.append(tf.Variable(1.0))
        return x * 2.0

    return step(tf.constant(1.0), False), tf.caught(step, tf.constant(1.0), True)


@program
def a_new_layer_at_each_call(tf):
    @tf.function
    def step(x):
        return tf.keras.layers.Dense(1, kernel_initializer="ones")(x)

    return tf.caught(step, tf.ones([1, 2])), tf.caught(step, tf.ones([2, 2]))


@program
def an_unknown_keyword(tf):
    return tf.caught(lambda: tf.function(lambda x: x)(tf.constant(1), y=2))


@program
def a_missing_argument(tf):
    return tf.caught(tf.function(lambda x, y: x), tf.constant(1))


@program
def too_many_arguments(tf):
    return tf.caught(tf.function(lambda x: x), 1, 2)


@program
def an_argument_twice(tf):
    return tf.caught(lambda: tf.function(lambda x: x)(1, x=2))


@program
def not_a_function(tf):
    return tf.caught(lambda: tf.function(3)(1))


@program(
    differs="TensorFlow replaces an error of a class of one's own by one of its own",
    ours={"tuple": ["OwnError", "the user's own"]},
)
def the_users_own_error(tf):
    class OwnError(KeyError):
        pass

    @tf.function
    def step(x):
        raise OwnError("the user's own")

    try:
        step(tf.constant(1))
    except OwnError as error:
        return type(error).__name__, error.args[0]


@program
def an_error_and_then_none(tf):
    fail = [True]
    v = tf.Variable(1.0)

    @tf.function
    def step(x):
        v.assign_add(x)
        if fail[0]:
            raise ValueError("the user's own")
        return v * 1.0

    results = [tf.caught(step, tf.constant(1.0))]
    fail[0] = False
    return results, v.numpy(), step(tf.constant(1.0)), v


@program
def an_error_in_an_inner_function(tf):
    @tf.function
    def inner(x):
        raise ValueError("the user's own")

    outer = tf.function(lambda x: inner(x) + 1)
    return tf.caught(outer, tf.constant(1)), tf.caught(inner, tf.constant(1))


@program
def an_assertion_of_python(tf):
    @tf.function
    def step(x):
        assert x.shape[0] == 2, "the user's own"
        return x

    return tf.caught(step, tf.ones([2])), tf.caught(step, tf.ones([3]))


@program(differs=JAX, ours={"raises": "TypeError"})
def shapes_that_do_not_fit(tf):
    return tf.caught(tf.function(lambda a, b: tf.matmul(a, b)), tf.ones([2, 3]), tf.ones([2, 3]))


@program(differs=JAX, ours={"raises": "TypeError"})
def sizes_that_do_not_broadcast(tf):
    return tf.caught(tf.function(lambda a, b: a + b), tf.ones([2]), tf.ones([3]))


@program
def assigning_another_shape(tf):
    v = tf.Variable([1.0, 2.0])
    return tf.caught(tf.function(lambda: v.assign([1.0, 2.0, 3.0]))), v


@program
def float_of_a_traced_tensor(tf):
    return tf.caught(tf.function(lambda x: float(x), autograph=False), tf.constant(1.0))


@program
def int_of_a_traced_tensor(tf):
    step = tf.function(lambda x: [1, 2, 3][int(x)], autograph=False)
    return tf.caught(step, tf.constant(1))


@program(differs=JAX, ours={"raises": "TypeError"})
def numpy_of_a_traced_tensor(tf):
    import numpy as np

    return tf.caught(tf.function(lambda x: np.asarray(x).sum()), tf.constant([1.0]))


@program
def range_of_a_traced_tensor_in_a_list(tf):
    @tf.function(autograph=False)
    def step(n):
        return [2 * i for i in range(n)]

    return tf.caught(step, tf.constant(3))


@program
def if_without_autograph(tf):
    @tf.function(autograph=False)
    def step(x):
        if x > 0:
            return x
        return -x

    return tf.caught(step, tf.constant(1.0))


@program
def while_without_autograph(tf):
    @tf.function(autograph=False)
    def step(x):
        while x < 10:
            x = x * 2
        return x

    return tf.caught(step, tf.constant(1.0))


@program(
    differs="rows are taken one by one: their number is known while tracing",
    ours=[{"float32[]": [2]}, {"float32[]": [4]}],
)
def iterating_without_autograph(tf):
    @tf.function(autograph=False)
    def step(xs):
        return [x * 2 for x in xs]

    return tf.caught(step, tf.constant([1.0, 2.0]))


@program
def a_leaked_tensor_used_outside(tf):
    kept = []

    @tf.function
    def step(x):
        kept.append(x * 2)
        return x

    step(tf.constant(1.0))
    return tf.caught(lambda: kept[0] + 1.0)


@program(
    differs="JAX hides a TypeError that is raised while it looks at an argument",
    ours={"raises": "ValueError"},
)
def a_leaked_tensor_used_in_another_step(tf):
    kept = []

    @tf.function
    def step(x):
        kept.append(x * 2)
        return x

    step(tf.constant(1.0))
    return tf.caught(tf.function(lambda x: x + kept[0]), tf.constant(1.0))


@program
def a_leaked_tensor_used_in_the_next_trace(tf):
    kept = []

    @tf.function
    def step(x):
        if not kept:
            kept.append(x * 2)
        return tf.reduce_sum(x) + tf.reduce_sum(kept[0])

    return step(tf.constant(1.0)), tf.caught(step, tf.ones([2]))


@program
def a_leaked_tensor_assigned_outside(tf):
    kept, v = [], tf.Variable(0.0)

    @tf.function
    def step(x):
        kept.append(x * 2)
        return x

    step(tf.constant(1.0))
    return tf.caught(lambda: v.assign(kept[0])), v


@program
def an_argument_list_changed(tf):
    @tf.function
    def step(numbers):
        numbers.append(tf.constant(1.0))
        return sum(numbers)

    return tf.caught(step, [tf.constant(2.0)])


@program
def an_argument_dict_changed(tf):
    @tf.function
    def step(batch):
        batch["new"] = batch["x"] * 2
        return batch["new"]

    return tf.caught(step, {"x": tf.constant(2.0)})


@program
def an_entry_taken_out_of_an_argument(tf):
    step = tf.function(lambda batch: batch.pop("x"))
    return tf.caught(step, {"x": tf.constant(2.0)})


@program(
    differs="TensorFlow refuses objects without a hash; ours go by identity",
    ours={"int32[]": [6]},
)
def an_argument_without_a_hash(tf):
    class Thing:
        __hash__ = None
        factor = 3

    step = tf.function(lambda thing, x: x * thing.factor)
    return tf.caught(step, Thing(), tf.constant(2))


@program(
    differs="TensorFlow refuses objects without a hash; ours go by identity",
    ours={"int32[]": [4]},
)
def a_set_as_argument(tf):
    step = tf.function(lambda names, x: x * len(names))
    return tf.caught(step, {"a", "b"}, tf.constant(2))


@program(
    differs="an argument of a type that cannot be passed is a TypeError",
    ours={"raises": "TypeError"},
)
def an_array_of_objects(tf):
    import numpy as np

    step = tf.function(lambda x: 1)
    return tf.caught(step, np.array([object()]))


@program
def a_used_up_tape_inside(tf):
    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        return tape.gradient(y, x), tape.gradient(y, x)

    return tf.caught(step, tf.constant(2.0))


@program
def a_tape_of_a_step_used_outside(tf):
    kept = []

    @tf.function
    def step(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x * x
        kept.append((tape, y, x))
        return y

    step(tf.constant(2.0))
    tape, y, x = kept[0]

    def use():
        gradient = tape.gradient(y, x)
        return float(gradient)

    return tf.caught(use)


@program
def gradients_none_for_the_optimizer(tf):
    optimizer, v = tf.keras.optimizers.SGD(0.1), tf.Variable(1.0)

    @tf.function
    def step():
        optimizer.apply_gradients([(None, v)])

    return tf.caught(step), v


@program
def a_keyword_that_is_no_option(tf):
    return tf.caught(lambda: tf.function(lambda x: x, no_such_option=True))


@program
def division_by_zero_of_floats_is_no_error(tf):
    step = tf.function(lambda x, y: x / y)
    return step(tf.constant([1.0, -1.0, 0.0]), tf.constant(0.0))


@program
def endless_recursion(tf):
    @tf.function
    def step(x):
        return step(x)

    return tf.caught(step, tf.constant(1))


@program
def setting_an_element(tf):
    @tf.function
    def step(x):
        x[0] = 1.0
        return x

    return tf.caught(step, tf.ones([2]))


@program
def different_structures_are_no_error(tf):
    step = tf.function(lambda batch: batch)
    return [step(b) for b in ({"x": tf.constant(1)}, [tf.constant(1)], tf.constant(1))]


@program
def deleted_variable(tf):
    """Weakly held in TensorFlow: the function is not what keeps a variable alive."""
    import gc

    def make():
        v = tf.Variable(2.0)
        return tf.function(lambda x: x * v)

    step = make()
    first = step(tf.constant(3.0))
    gc.collect()
    return first, step(tf.constant(4.0))


@program
def a_variable_only_the_trace_knew(tf):
    import gc

    class Holder:
        pass

    holder = Holder()
    holder.v = tf.Variable(2.0)
    step = tf.function(lambda x: x * holder.v)
    first = step(tf.constant(3.0))
    del holder.v
    gc.collect()
    return first, tf.caught(step, tf.constant(4.0))
