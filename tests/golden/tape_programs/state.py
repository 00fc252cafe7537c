"""Variables that change, are created late, or are read inside loops and branches."""

from .registry import both_ways, program


@both_ways
def used_assigned_and_used_again(api):
    v = api.Variable(2.0)

    @api.way
    def run():
        with api.GradientTape() as tape:
            y = v * v
            v.assign_add(3.0)
            z = y + v**3
        return tape.gradient(z, v)

    return run(), float(v)


@both_ways
def assigned_twice_between(api):
    v = api.Variable(2.0)

    @api.way
    def run():
        with api.GradientTape() as tape:
            v.assign(5.0)
            v.assign_sub(1.0)
            y = v**2
        found = tape.gradient(y, v)
        v.assign(found)
        return found

    return run(), float(v)


@both_ways
def state_goes_through_the_gradient_only(api):
    """The next round starts from what this one has written."""
    v = api.Variable(1.0)

    @api.way
    def run():
        found = []
        for _ in range(3):
            with api.GradientTape() as tape:
                y = v**2
            g = tape.gradient(y, v)
            v.assign_sub(0.25 * g)
            found.append(g)
        return found

    return run(), run(), float(v)


@both_ways
def counter_inside_the_tape(api):
    v, steps = api.Variable(3.0), api.Variable(0, trainable=False, dtype="int32")

    @api.way
    def run():
        with api.GradientTape() as tape:
            steps.assign_add(1)
            y = v**2 * api.ops.cast(steps, "float32")
        return tape.gradient(y, [v, steps])

    return run(), run()


@both_ways
def optimizer_inside_the_tape(api):
    """An update is an assignment: no gradient passes through it."""
    kernel = api.keras.Variable([1.0, 2.0])
    optimizer = api.keras.optimizers.SGD(0.5)
    optimizer.build([kernel])

    @api.way
    def run(x):
        with api.GradientTape(persistent=True) as tape:
            tape.watch(x)
            optimizer.apply_gradients([(x * 2.0, kernel)])
            y = kernel * x
        return tape.gradient(y, [x, kernel])

    return run(api.constant([1.0, -1.0]))


@both_ways
def learning_rate_has_no_gradient(api):
    kernel = api.keras.Variable([1.0, 2.0])
    optimizer = api.keras.optimizers.SGD(0.5)
    optimizer.build([kernel])

    @api.way
    def run():
        with api.GradientTape() as tape:
            y = kernel * optimizer.learning_rate
        return tape.gradient(y, [kernel, optimizer.learning_rate])

    return run()


@program
def layer_built_by_the_first_call_of_a_function(api):
    layer = api.keras.layers.Dense(2, kernel_initializer="ones")

    @api.function
    def step(x):
        with api.GradientTape() as tape:
            y = api.ops.sum(layer(x) ** 2)
        return tape.gradient(y, layer.trainable_variables)

    x = api.constant([[1.0, 2.0]])
    return step(x), step(x)


@program
def optimizer_built_by_the_first_update(api):
    v = api.keras.Variable([1.0, -2.0])
    optimizer = api.keras.optimizers.Adam(0.1)
    for _ in range(3):
        with api.GradientTape() as tape:
            y = api.ops.sum(v**2)
        optimizer.apply_gradients([(tape.gradient(y, v), v)])
    return api.ops.convert_to_tensor(v)


@both_ways
def metric_inside_the_tape(api):
    v, mean = api.Variable(3.0), api.keras.metrics.Mean()

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            y = v * x
            mean.update_state(y)
            z = y + mean.result()
        return tape.gradient(z, v)

    return run(api.constant([1.0, 3.0])), mean.result()


@both_ways
def variable_read_in_a_loop_body(api):
    v = api.Variable([0.5, 2.0])

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = api.ops.fori_loop(0, 3, lambda i, y: y * v + x, x)
        return tape.gradient(y, [x, v])

    return run(api.constant([1.0, -1.0]))


@both_ways
def variable_read_in_a_while_body(api):
    v = api.Variable(2.0)

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            y = api.ops.while_loop(lambda y: y < 20.0, lambda y: (y * v,), (x,))[0]
        return tape.gradient(y, v), len(tape.watched_variables())

    found, _ = run(api.constant(1.5))
    return found


@both_ways
def layer_in_a_scan(api):
    layer = api.layer(api.keras.layers.Dense(2, activation="tanh"), None, 2)

    @api.way
    def run(x):
        def step(carry, row):
            carry = layer(carry + row)
            return carry, carry

        with api.GradientTape() as tape:
            tape.watch(x)
            _, outs = api.ops.scan(step, api.ops.zeros((1, 2)), x)
            y = api.ops.sum(outs**2)
        return tape.gradient(y, [x, *layer.trainable_variables])

    return run(api.constant([[0.5, -1.0], [1.0, 0.0]]))


@both_ways
def variable_in_a_vectorized_map(api):
    v = api.Variable([0.5, 2.0])

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = api.ops.vectorized_map(lambda row: api.ops.sum(row * v) ** 2, x)
        return tape.gradient(y, [x, v])

    return run(api.constant([[1.0, -1.0], [2.0, 0.5]]))


@both_ways
def variable_in_one_branch_only(api):
    v, w = api.Variable(2.0), api.Variable(3.0)

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = api.ops.cond(x > 0.0, lambda: v * x, lambda: x * 5.0) + w
        return tape.gradient(y, [x, v, w], unconnected_gradients="zero")

    return run(api.constant(3.0)), run(api.constant(-3.0))


@both_ways
def two_tapes_and_a_loop_body_with_a_variable(api):
    v = api.Variable(1.5)

    @api.way
    def run(x):
        with api.GradientTape() as outer:
            with api.GradientTape() as inner:
                inner.watch(x)
                y = api.ops.fori_loop(0, 3, lambda i, y: y * v * x, x)
            first = inner.gradient(y, x)
        return first, outer.gradient(first, v)

    return run(api.constant(0.5))


@both_ways
def variable_handed_to_a_function(api):
    """As an argument, not by closure."""
    v = api.Variable(3.0)

    @api.way
    def cube(variable):
        return variable**3

    with api.GradientTape() as tape:
        y = cube(v)
    return tape.gradient(y, v)


@program
def variable_as_an_argument_of_a_custom_gradient(api):
    v = api.Variable(3.0)

    @api.custom_gradient
    def square(x):
        return x * x, lambda dy: dy * 5.0

    with api.GradientTape() as tape:
        y = square(v)
    return tape.gradient(y, v)


@both_ways
def custom_gradient_in_a_loop_body(api):
    @api.custom_gradient
    def doubled(x):
        return x * 2.0, lambda dy: dy * 3.0

    return api.gradient(
        lambda x: api.ops.fori_loop(0, 2, lambda i, y: doubled(y) + x, x), api.constant([0.5, 1.0])
    )


@program
def custom_gradient_without_arguments(api):
    v = api.Variable([1.0, 2.0])

    @api.custom_gradient
    def f():
        def grad(dy, variables=None):
            return (), [dy * 10.0 for _ in variables]

        return v * 2.0, grad

    with api.GradientTape() as tape:
        y = f()
    return tape.gradient(y, v)


@program
def recompute_of_a_layer_with_state(api):
    norm = api.layer(api.keras.layers.BatchNormalization(), None, 2)
    block = api.recompute_grad(lambda x: norm(x, training=True) ** 3)
    x = api.constant([[1.0, 2.0], [3.0, -1.0], [0.5, 0.0]])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = api.ops.sum(block(x) * x)
    return tape.gradient(y, [x, *norm.trainable_variables])


@program(
    differs="TensorFlow computes again what was assigned, and assigns it a second time",
    ours=4.0,
)
def recompute_and_a_counter(api):
    counter = api.Variable(3.0, trainable=False)

    @api.recompute_grad
    def block(x):
        counter.assign_add(1.0)
        return x**2

    x = api.constant([1.0, 2.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = block(x)
    tape.gradient(y, x)
    return float(counter)


@program
def recompute_inside_recompute(api):
    inner = api.recompute_grad(lambda x: api.ops.sin(x) * x)
    outer = api.recompute_grad(lambda x: inner(inner(x)) + x)
    return api.gradient(outer, api.constant([0.5, 1.0]))


@program
def second_derivative_through_recompute(api):
    block = api.recompute_grad(lambda x: api.ops.sin(x) * x)

    def first(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = block(x)
        return tape.gradient(y, x)

    return api.gradient(first, api.constant([0.5, 1.0]))


@both_ways
def jacobian_in_a_variable_through_a_loop(api):
    v = api.Variable([0.5, 2.0])

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            y = api.ops.fori_loop(0, 2, lambda i, y: y * v[0] + v, x)
        return tape.jacobian(y, v)

    return run(api.constant([1.0, -1.0]))
