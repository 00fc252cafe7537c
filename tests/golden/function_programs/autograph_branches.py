"""AutoGraph: ``if``, ``and``, ``or``, ``not``, early returns over tensors."""

# ruff: noqa: SIM108 - statements are what is translated here

from .registry import program

translated = program


def each(tf, step, values):
    """The results for each value, and how often the step was traced."""
    return [step(tf.constant(v)) for v in values], step.experimental_get_tracing_count()


@translated
def if_and_else(tf):
    @tf.function
    def step(x):
        if x > 0:
            y = x * 2.0
        else:
            y = -x
        return y

    return each(tf, step, [3.0, -4.0, 0.0])


@translated
def if_without_else(tf):
    @tf.function
    def step(x):
        y = x
        if tf.reduce_sum(x) > 3:
            y = x * 10
        return y

    return each(tf, step, [[1, 1], [2, 2]])


@translated
def elif_chain(tf):
    @tf.function
    def step(x):
        if x < 0:
            y = tf.constant(-1)
        elif x < 10:
            y = tf.constant(0)
        elif x < 100:
            y = tf.constant(1)
        else:
            y = tf.constant(2)
        return y

    return each(tf, step, [-5, 5, 50, 500])


@translated
def early_returns(tf):
    @tf.function
    def step(x):
        if x > 0:
            return x * 2.0
        if x > -10:
            return x * 3.0
        return x

    return each(tf, step, [1.0, -1.0, -20.0])


@translated
def return_in_both_branches(tf):
    @tf.function
    def step(x):
        if x > 0:
            return x + 1, {"sign": tf.constant(1)}
        else:
            return x - 1, {"sign": tf.constant(-1)}

    return each(tf, step, [2, -2])


@translated
def nested_ifs(tf):
    @tf.function
    def step(x, y):
        if x > 0:
            if y > 0:
                z = x + y
            else:
                z = x - y
        else:
            z = x * y
        return z

    return [step(tf.constant(x), tf.constant(y)) for x, y in ((1, 2), (1, -2), (-1, 5))]


@translated
def conditional_expression(tf):
    step = tf.function(lambda x: x * 2 if x > 0 else -x)
    return each(tf, step, [3, -3])


@translated
def and_or_not(tf):
    @tf.function
    def step(x):
        return (x > 0 and x < 10), (x < 0 or x > 10), not x > 5

    return each(tf, step, [5, 20, -1])


@translated
def and_in_a_condition(tf):
    @tf.function
    def step(x, y):
        if x > 0 and not y > 0:
            return x - y
        return y

    return [step(tf.constant(x), tf.constant(y)) for x, y in ((1, 2), (1, -2), (-1, -5))]


@translated
def chained_comparison(tf):
    @tf.function
    def step(x):
        if 0 < x < 10:
            return tf.constant(True)
        return tf.constant(False)

    return each(tf, step, [5, 10, 0])


@translated
def python_and_tensor_conditions(tf):
    @tf.function
    def step(x, training):
        if training and x > 0:
            return x * 2
        return x

    x = tf.constant(3)
    return step(x, True), step(x, False), step(-x, True), step.experimental_get_tracing_count()


@translated
def equality_of_tensors(tf):
    @tf.function
    def step(x):
        if x == 3:
            return tf.constant(1)
        if x != 4:
            return tf.constant(2)
        return tf.constant(3)

    return each(tf, step, [3, 4, 5])


@translated
def several_results_of_a_branch(tf):
    @tf.function
    def step(x):
        a, b = x, x
        if x > 0:
            a = a + 1
            b = b * 2
        return a, b

    return each(tf, step, [4, -4])


@translated
def a_number_that_becomes_a_tensor(tf):
    @tf.function
    def step(x):
        scale = 1.0
        if x > 0:
            scale = 2.0
        return x * scale

    return each(tf, step, [3.0, -3.0])


@translated
def variables_written_in_a_branch(tf):
    v = tf.Variable(0.0)

    @tf.function
    def step(x):
        if x > 0:
            v.assign_add(x)
        else:
            v.assign(100.0)
        return v * 1.0

    return each(tf, step, [1.0, 2.0, -1.0, 1.0]), v


@translated
def structures_changed_in_a_branch(tf):
    @tf.function
    def step(x):
        found = {"a": x, "b": [x, x]}
        if x > 0:
            found = {"a": x + 1, "b": [x, x * 2]}
        return found

    return each(tf, step, [1, -1])


@translated
def a_called_function_is_translated(tf):
    def helper(x):
        if x > 0:
            return x * 2
        return -x

    step = tf.function(lambda x: helper(x) + 1)
    return each(tf, step, [3, -3])


@translated
def a_method_is_translated(tf):
    class Model:
        def __init__(self):
            self.v = tf.Variable(2.0)

        def positive(self, x):
            if tf.reduce_sum(x) > 0:
                return x * self.v
            return x

        @tf.function
        def step(self, x):
            return self.positive(x)

    model = Model()
    return model.step(tf.constant([1.0])), model.step(tf.constant([-1.0]))


@translated
def gradient_through_a_branch(tf):
    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            if x > 0:
                y = x * x
            else:
                y = -3.0 * x
        return tape.gradient(y, x)

    return each(tf, step, [2.0, -2.0])


@translated
def prints_in_a_branch(tf):
    @tf.function
    def step(x):
        if x > 0:
            tf.print("positive", x)
        else:
            tf.print("not positive", x)

    with tf.printed() as text:
        for value in (1, -1):
            step(tf.constant(value))
    return text[0]


@program(
    differs="TensorFlow does to Python's objects what both branches do, or one round; ours refuses",
    ours={"raises": "ValueError"},
)
def side_effects_of_both_branches_while_tracing(tf):
    seen = []

    @tf.function
    def step(x):
        if x > 0:
            seen.append("then")
            y = x
        else:
            seen.append("else")
            y = -x
        return y

    results = each(tf, step, [1, -1])
    return results, sorted(set(seen))


@translated
def one_branch_returns_nothing(tf):
    @tf.function
    def step(x):
        if x > 0:
            return x

    return tf.caught(step, tf.constant(1))


@program
def branches_of_other_dtypes(tf):
    @tf.function
    def step(x):
        if x > 0:
            y = tf.constant(1)
        else:
            y = tf.constant(1.5)
        return y

    return tf.caught(step, tf.constant(1))


@translated
def name_unbound_in_one_branch(tf):
    @tf.function
    def step(x):
        if x > 0:
            y = x
        return y

    return tf.caught(step, tf.constant(1))


@program
def branches_of_other_structures(tf):
    @tf.function
    def step(x):
        if x > 0:
            y = [x, x]
        else:
            y = [x]
        return y

    return tf.caught(step, tf.constant(1))


@program
def condition_that_is_no_scalar(tf):
    @tf.function
    def step(x):
        if x > 0:
            return x
        return -x

    return tf.caught(step, tf.constant([1, -1]))


@program
def python_conditions_stay_python(tf):
    seen = []

    @tf.function
    def step(x, n):
        if n > 0:
            seen.append("then")
            return x * n
        seen.append("else")
        return x

    return step(tf.constant(2), 3), step(tf.constant(2), -3), seen


@translated
def a_metric_updated_in_a_branch(tf):
    metric = tf.keras.metrics.Sum()

    @tf.function
    def step(x):
        if x > 0:
            metric.update_state(x)
        return metric.result()

    return each(tf, step, [1.0, -5.0, 2.0])


@program(
    differs="TensorFlow refuses a tensor in assert; ours checks it when the step runs",
    ours={"int32[]": [6]},
)
def an_assertion_on_a_tensor_that_holds(tf):
    @tf.function
    def step(x):
        assert x > 0, "must be positive"
        return x * 2

    return step(tf.constant(3))


@translated
def pythons_conversions(tf):
    step = tf.function(lambda x: (float(x), int(x), abs(-x)))
    return each(tf, step, [2.0, -3.0])


@translated
def an_update_is_skipped(tf):
    v = tf.Variable(1.0)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = v * x
        gradient = tape.gradient(loss, v)
        if gradient < 10.0:
            v.assign_sub(0.5 * gradient)
        return v * 1.0

    return each(tf, step, [1.0, 100.0, -1.0])
