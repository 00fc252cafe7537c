"""What is watched: tensors, variables, structures; variables that are assigned or not trainable."""

from .registry import both_ways, program


@program
def watched_variables_in_order(api):
    a, b, c = (api.Variable(float(i)) for i in range(3))
    with api.GradientTape() as tape:
        _ = b * a + c
    return [float(v) for v in tape.watched_variables()]


@program
def watched_variables_grow(api):
    a, b = api.Variable(1.0), api.Variable(2.0)
    with api.GradientTape() as tape:
        counts = [len(tape.watched_variables())]
        _ = a * a
        counts.append(len(tape.watched_variables()))
        _ = a * b
        counts.append(len(tape.watched_variables()))
    return counts, isinstance(tape.watched_variables(), tuple)


@program
def watched_variables_after_the_gradient(api):
    v = api.Variable(2.0)
    with api.GradientTape() as tape:
        y = v * v
    tape.gradient(y, v)
    return [w is v for w in tape.watched_variables()]


@program
def watched_variables_after_a_second_use(api):
    v, w = api.Variable(2.0), api.Variable(3.0)
    tape = api.GradientTape()
    with tape:
        y = v * v
    tape.gradient(y, v)
    with tape:
        y = w * w
    tape.gradient(y, w)
    return [float(v) for v in tape.watched_variables()]


@program
def watched_variables_of_a_layer(api):
    layer = api.layer(api.keras.layers.Dense(2), None, 3)
    with api.GradientTape() as tape:
        layer(api.ops.ones((1, 3)))
    return [list(v.shape) for v in tape.watched_variables()]


@program
def only_trainable_variables_are_watched(api):
    v, w = api.Variable(2.0), api.Variable(3.0, trainable=False)
    with api.GradientTape() as tape:
        y = v * w
    return tape.gradient(y, [v, w]), len(tape.watched_variables())


@program
def untrainable_variable_on_request(api):
    v = api.Variable(2.0, trainable=False)
    with api.GradientTape() as tape:
        tape.watch(v)
        y = v * v
    return tape.gradient(y, v), len(tape.watched_variables())


@program(
    differs="Keras freezes its own variable; TensorFlow's variable inside it stays trainable",
    ours={"tuple": [[None, {"float32[2,1]": [1.09598, 1.027469]}], 2]},
)
def frozen_layer(api):
    frozen = api.layer(api.keras.layers.Dense(2), None, 3)
    frozen.trainable = False
    head = api.layer(api.keras.layers.Dense(1), None, 2)
    with api.GradientTape() as tape:
        y = head(frozen(api.ops.ones((1, 3))))
    return tape.gradient(y, [frozen.kernel, head.kernel]), len(tape.watched_variables())


@program(
    differs="TensorFlow counts integer variables as watched; they have no gradient in either",
    ours={"tuple": [None, 0]},
)
def integer_variable(api):
    v = api.Variable(2, dtype="int32")
    with api.GradientTape() as tape:
        y = api.ops.cast(v, "float32") * 2.0
    return tape.gradient(y, v), len(tape.watched_variables())


@program
def nothing_is_watched_by_itself(api):
    v, w = api.Variable(2.0), api.Variable(3.0)
    with api.GradientTape(watch_accessed_variables=False) as tape:
        y = v * w
    return tape.gradient(y, [v, w]), len(tape.watched_variables())


@program
def only_what_is_watched(api):
    v, w = api.Variable(2.0), api.Variable(3.0)
    with api.GradientTape(watch_accessed_variables=False, persistent=True) as tape:
        tape.watch(w)
        y = v**2 * w**3
    return tape.gradient(y, [v, w]), tape.gradient([y, v], [v, w]), len(tape.watched_variables())


@program
def watch_a_structure(api):
    x, y, v = api.constant(2.0), api.constant(3.0), api.Variable(4.0, trainable=False)
    with api.GradientTape() as tape:
        tape.watch({"x": x, "rest": [y, (v,)]})
        z = x * y * v
    return tape.gradient(z, [x, y, v])


@program
def watch_nothing(api):
    x = api.constant(2.0)
    with api.GradientTape() as tape:
        tape.watch([])
        tape.watch({})
        y = x * x
    return tape.gradient(y, x)


@program(
    differs="TensorFlow's watch does not know the variables of Keras 3",
    ours=[{"float32[2,2]": [1.0, 1.0, 2.0, 2.0]}, None],
)
def watch_a_layers_kernel(api):
    layer = api.layer(api.keras.layers.Dense(2), None, 2)
    with api.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(layer.kernel)
        y = layer(api.constant([[1.0, 2.0]]))
    return tape.gradient(y, layer.trainable_variables)


@program
def watch_twice(api):
    x = api.constant(2.0)
    with api.GradientTape() as tape:
        tape.watch(x)
        tape.watch([x, x])
        y = x * x
    return tape.gradient(y, x)


@program
def watch_after_the_use(api):
    x = api.constant(2.0)
    with api.GradientTape() as tape:
        y = x * x
        tape.watch(x)
        z = y + 3.0 * x
    return tape.gradient(z, x)


@program
def watch_a_variable_after_its_use(api):
    v = api.Variable(2.0)
    with api.GradientTape(watch_accessed_variables=False) as tape:
        y = v * v
        tape.watch(v)
        z = y + 3.0 * v
    return tape.gradient(z, v)


@program
def watch_an_intermediate(api):
    """It stays a result: the gradient goes on to what it was computed from."""
    x = api.constant(2.0)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        tape.watch(y)
        z = y * y
    return tape.gradient(z, [x, y])


@program
def watch_before_the_with(api):
    x = api.constant(2.0)
    tape = api.GradientTape()
    with tape:
        tape.watch(x)
    with tape:
        y = x * x
    return tape.gradient(y, x)


@program
def watching_belongs_to_one_tape(api):
    x, z = api.Variable(2.0, trainable=False), api.Variable(3.0, trainable=False)
    with api.GradientTape() as outer:
        with api.GradientTape() as inner:
            outer.watch(x)
            inner.watch([x, z])
            y = x**3 + z**2
        first = inner.gradient(y, [x, z])
    return first, outer.gradient(first, [x, z])


@program
def variable_made_inside(api):
    with api.GradientTape() as tape:
        v = api.Variable(3.0)
        y = v * v
    return tape.gradient(y, v)


@program
def layer_built_inside(api):
    layer = api.keras.layers.Dense(2, kernel_initializer="ones")
    with api.GradientTape() as tape:
        y = layer(api.constant([[1.0, 2.0]]))
    return tape.gradient(y, layer.trainable_variables)


@program
def read_before_the_tape(api):
    v = api.Variable(2.0)
    before = v * 1.0
    with api.GradientTape() as tape:
        y = before * 3.0
    return tape.gradient(y, v)


@program
def assigned_between_use_and_gradient(api):
    v = api.Variable(2.0)
    with api.GradientTape() as tape:
        y = v**3
    v.assign(10.0)
    return tape.gradient(y, v), float(v)


@program
def assigned_inside_after_the_use(api):
    v = api.Variable(2.0)
    with api.GradientTape() as tape:
        y = v**3
        v.assign(10.0)
    return tape.gradient(y, v)


@both_ways
def assigned_a_tensor_of_the_tape(api):
    """No gradient passes through an assignment."""
    v = api.Variable(1.0)

    @api.way
    def run(x):
        with api.GradientTape(persistent=True) as tape:
            tape.watch(x)
            v.assign(x * 2.0)
            y = v * x
        return tape.gradient(y, [x, v])

    return run(api.constant(3.0))


@program
def assigned_tensor_as_source(api):
    v = api.Variable(1.0)
    with api.GradientTape() as tape:
        y = v * 2.0
        v.assign(y)
        z = v * y
    return tape.gradient(z, [v, y])


@program
def variable_as_target_after_its_assignment(api):
    x, v = api.constant(3.0), api.Variable(1.0)
    with api.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * 2.0
        v.assign(y)
    return tape.gradient(v, x), tape.gradient(y, v), tape.gradient([v, y], [v, x])


@program
def variable_read_assigned_and_target(api):
    v = api.Variable(1.0)
    with api.GradientTape() as tape:
        _ = v * 2.0
        v.assign(5.0)
    return tape.gradient(v, v)


@program
def two_variables_with_one_array(api):
    x = api.constant(2.0)
    v, w = api.Variable(x), api.Variable(x)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = v * w * w * x**3
    return tape.gradient(y, [v, w, x])


@program
def swapped_variables(api):
    v, w = api.Variable(2.0), api.Variable(3.0)
    with api.GradientTape() as tape:
        y = v * v * w
        a, b = v + 0.0, w + 0.0
        v.assign(b)
        w.assign(a)
        z = y + v * 10.0 + w * 100.0
    return tape.gradient(z, [v, w, a, b])


@program
def running_mean_is_not_followed(api):
    mean = api.Variable(0.0, trainable=False)
    x = api.constant([1.0, 3.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        mean.assign(0.5 * mean + 0.5 * api.ops.mean(x))
        y = api.ops.sum((x - mean) ** 2)
    return tape.gradient(y, x)


@both_ways
def optimizer_step_between_two_uses(api):
    optimizer = api.keras.optimizers.SGD(0.5)
    kernel = api.keras.Variable([1.0, 2.0])
    optimizer.build([kernel])

    @api.way
    def run(x):
        found = []
        for _ in range(3):
            with api.GradientTape() as tape:
                y = api.ops.sum((kernel * x - 1.0) ** 2)
            (gradient,) = tape.gradient(y, [kernel])
            optimizer.apply_gradients([(gradient, kernel)])
            found.append(gradient)
        return found

    return run(api.constant(0.5))


@program
def python_max_of_variables(api):
    """The variables are compared, and only the largest takes part."""
    variables = [api.Variable(v) for v in (2.0, 5.0, 3.0)]
    with api.GradientTape() as tape:
        y = max(variables, key=float) * 2.0
    return tape.gradient(y, variables)
