"""Functions under tapes and tapes inside functions: a few; tape programs have many."""

from .registry import program


@program
def a_tape_inside(tf):
    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x**3
        return tape.gradient(y, x)

    return step(tf.constant(2.0)), step(tf.constant(3.0)), step.experimental_get_tracing_count()


@program
def a_tape_around(tf):
    v = tf.Variable(3.0)
    step = tf.function(lambda x: v * x * x)
    x = tf.constant(2.0)
    found = []
    for _ in range(2):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = step(x)
        found.append(tape.gradient(y, [x, v]))
    return found, step.experimental_get_tracing_count()


@program
def a_call_with_and_without_a_tape_is_one_trace(tf):
    v = tf.Variable(3.0)
    step = tf.function(lambda x: v * x)
    x = tf.constant(2.0)
    step(x)
    with tf.GradientTape() as tape:
        y = step(x)
    step(x)
    return tape.gradient(y, v), step.experimental_get_tracing_count()


@program
def a_gradient_as_a_function(tf):
    f = tf.function(lambda x: x**4)

    @tf.function
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.gradient(y, x)

    @tf.function
    def curvature(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = slope(x)
        return tape.gradient(y, x)

    x = tf.constant(2.0)
    return f(x), slope(x), curvature(x)


@program
def a_step_that_updates_under_a_tape(tf):
    v = tf.Variable(2.0)
    step = tf.function(lambda x: v.assign_add(x) * x)
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = step(x)
    return y, tape.gradient(y, x), v


@program
def a_persistent_tape_inside(tf):
    @tf.function
    def step(x, y):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([x, y])
            a, b = x * y, x + y
        return tape.gradient(a, [x, y]), tape.gradient(b, x), tape.gradient(a + b, y)

    return step(tf.constant(2.0), tf.constant(3.0))


@program
def half_the_work_compiled(tf):
    inside = tf.function(lambda x: tf.square(x))
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(inside(x * 2.0) * 3.0)
    return tape.gradient(y, x)


@program
def a_jacobian_inside(tf):
    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        return tape.jacobian(y, x)

    return step(tf.constant([1.0, 2.0]))


@program
def a_custom_gradient_inside(tf):
    @tf.custom_gradient
    def clip(x):
        return x * 1.0, lambda dy: dy * 0.0 + 0.5

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = clip(x) * 10.0
        return tape.gradient(y, x)

    return step(tf.constant(1.0))
