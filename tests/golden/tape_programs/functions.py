"""Compiled functions under a tape, and tapes inside them."""

from .registry import program


def gradient_of_call(api, f, *sources, extra=(), **options):
    """The gradient of a compiled function's result, in its arguments and in `extra`."""
    with api.GradientTape() as tape:
        tape.watch(sources)
        y = f(*sources)
    return tape.gradient(y, [*sources, *extra], **options)


@program
def function_under_a_tape(api):
    @api.function
    def f(x, y):
        return x * x * y

    return gradient_of_call(api, f, api.constant(2.0), api.constant(3.0))


@program
def function_of_a_variable(api):
    v = api.Variable(3.0)

    @api.function
    def f(x):
        return v * x * v

    return gradient_of_call(api, f, api.constant(2.0), extra=[v])


@program
def function_tells_its_variables(api):
    v, w = api.Variable(3.0), api.Variable(4.0, trainable=False)

    @api.function
    def f():
        return v * w

    with api.GradientTape() as tape:
        y = f()
    return tape.gradient(y, [v, w]), [x is v for x in tape.watched_variables()]


@program
def function_with_an_unused_argument(api):
    @api.function
    def f(x, y):
        return x * 2.0

    return gradient_of_call(api, f, api.constant(2.0), api.constant(3.0))


@program
def function_with_several_results(api):
    @api.function
    def f(x, y):
        return x * 2.0, {"p": x * y, "s": y**2}

    x, y = api.constant(2.0), api.constant(3.0)
    with api.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        a, rest = f(x, y)
    targets = [a, rest["p"], rest["s"], [a, rest]]
    return [tape.gradient(t, [x, y], unconnected_gradients="zero") for t in targets]


@program
def result_that_does_not_depend_on_an_argument(api):
    @api.function
    def f(x, y):
        return x * 2.0, y**2

    x, y = api.constant(2.0), api.constant(3.0)
    with api.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        a, b = f(x, y)
    return tape.gradient(a, [x, y]), tape.gradient(b, [x, y])


@program
def function_that_returns_its_argument(api):
    @api.function
    def f(x):
        return x, 2.0 * x

    x = api.constant(3.0)
    with api.GradientTape() as tape:
        tape.watch(x)
        a, b = f(x)
        y = a * b
    return tape.gradient(y, [x, a, b])


@program
def function_that_stops_the_gradient(api):
    @api.function
    def f(x):
        return api.ops.stop_gradient(x * x)

    return gradient_of_call(api, f, api.constant(3.0), unconnected_gradients="zero")


@program
def function_with_an_integer_result(api):
    @api.function
    def f(x):
        return api.ops.argmax(x), api.ops.max(x)

    x = api.constant([1.0, 3.0, 2.0])
    with api.GradientTape(persistent=True) as tape:
        tape.watch(x)
        index, largest = f(x)
        y = largest * api.ops.cast(index, "float32")
    return tape.gradient(y, x)


@program
def integer_result_as_target(api):
    f = api.function(lambda x: api.ops.argmax(x))
    x = api.constant([1.0, 3.0, 2.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)


@program
def function_that_ignores_its_argument(api):
    v = api.Variable(2.0)

    @api.function
    def f(x):
        return v * 3.0 + 0.0 * api.ops.stop_gradient(x)

    return gradient_of_call(api, f, api.constant(3.0), extra=[v])


@program
def function_that_only_stops(api):
    @api.function
    def f(x):
        return api.ops.stop_gradient(x * x)

    return gradient_of_call(api, f, api.constant(3.0))


@program
def function_with_an_unused_variable(api):
    v, w = api.Variable(2.0), api.Variable(3.0)

    @api.function
    def f(x):
        _ = w * 2.0
        return v * x

    return gradient_of_call(api, f, api.constant(3.0), extra=[v, w])


@program
def function_with_an_argument_for_the_size_only(api):
    @api.function
    def f(x, y):
        return x * float(y.shape[0]) + api.ops.zeros_like(y)

    return gradient_of_call(api, f, api.constant([3.0, 1.0]), api.constant([1.0, 1.0]))


@program
def function_calling_a_function(api):
    v = api.Variable(2.0)

    @api.function
    def inner(x):
        return x * v

    @api.function
    def outer(x):
        return inner(x) * inner(inner(x))

    return gradient_of_call(api, outer, api.constant(3.0), extra=[v])


@program
def function_called_twice(api):
    v = api.Variable(2.0)

    @api.function
    def f(x):
        return x * v

    return gradient_of_call(api, lambda x: f(f(x)), api.constant(3.0), extra=[v])


@program
def function_that_assigns(api):
    """The value that was read counts."""
    v = api.Variable(2.0)

    @api.function
    def f(x):
        y = v * x
        v.assign_add(10.0)
        return y * v

    x = api.constant(3.0)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
        z = y * v
    return z, tape.gradient(z, [x, v]), float(v)


@program
def function_with_structures(api):
    @api.function
    def f(pair, scale=1.0):
        return {"y": pair["a"] * pair["b"][0] * scale}

    a, b = api.constant(2.0), api.constant(3.0)
    with api.GradientTape() as tape:
        tape.watch([a, b])
        y = f({"a": a, "b": [b]}, scale=api.constant(5.0))
    return tape.gradient(y, {"a": a, "b": b})


@program
def tape_inside_a_function_inside_a_tape(api):
    @api.function
    def slope(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = x**3
        return tape.gradient(y, x)

    return gradient_of_call(api, slope, api.constant(2.0))


@program
def tape_inside_a_function_of_a_variable(api):
    v = api.Variable(2.0)

    @api.function
    def slope():
        with api.GradientTape() as tape:
            y = v**3
        return tape.gradient(y, v)

    with api.GradientTape() as tape:
        first = slope()
    return first, tape.gradient(first, v)


@program
def tape_in_a_function_called_by_a_function(api):
    v = api.Variable(2.0)

    @api.function
    def slope(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = v * x**3
        return tape.gradient(y, [x, v])

    @api.function
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            first, _ = slope(x)
        return first, tape.gradient(first, [x, v])

    return run(api.constant(3.0))


@program
def tape_around_the_loss_inside_the_step(api):
    """The usual step: the tape in a function, the model in another one."""
    layer = api.layer(api.keras.layers.Dense(2, activation="tanh"), None, 3)

    @api.function
    def forward(x):
        return layer(x)

    @api.function
    def step(x):
        with api.GradientTape() as tape:
            loss = api.ops.mean(forward(x) ** 2)
        return loss, tape.gradient(loss, layer.trainable_variables)

    return step(api.constant([[0.5, -1.0, 0.25]]))


@program
def variable_sources_in_a_dict(api):
    v, w = api.Variable(2.0), api.Variable([1.0, 2.0])

    @api.function
    def step():
        with api.GradientTape() as tape:
            y = v * w
        return tape.gradient(y, {"v": v, "w": [w, v]})

    return step()


@program
def none_out_of_a_function(api):
    v, w = api.Variable(2.0), api.Variable(3.0)

    @api.function
    def step():
        with api.GradientTape() as tape:
            y = v * 2.0
        return tape.gradient(y, [v, w])

    return step()


@program
def watched_in_a_function_outside_of_it(api):
    """The outer tape watches what the function closes over."""
    x = api.constant(3.0)

    @api.function
    def f(y):
        return x * y

    return gradient_of_call(api, lambda y: f(y) * x, api.constant(2.0), extra=[x])


@program
def closed_over_and_watched(api):
    x, y = api.constant(3.0), api.constant(2.0)

    @api.function
    def f(y):
        return x * y

    with api.GradientTape() as tape:
        tape.watch([x, y])
        z = f(y)
    return tape.gradient(z, [x, y])


@program
def gradient_in_a_function_of_an_outer_tape(api):
    """The tape is used up inside the function it was not made in."""
    x = api.constant(3.0)
    with api.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x**3

    @api.function
    def ask():
        return tape.gradient(y, x)

    return ask()


@program
def with_half_of_the_step_compiled(api):
    layer = api.layer(api.keras.layers.Dense(2), None, 3)
    head = api.layer(api.keras.layers.Dense(1), None, 2)
    compiled = api.function(lambda x: api.ops.tanh(layer(x)))
    x = api.constant([[0.5, -1.0, 0.25]])
    with api.GradientTape() as tape:
        tape.watch(x)
        hidden = compiled(x)
        y = head(hidden) ** 2
    return tape.gradient(y, [x, hidden, layer.kernel, head.kernel])


@program
def random_structure(api):
    """Each number of rounds is a tape of its own."""
    found = []
    for rounds in (1, 3, 2):
        x = api.constant(0.5)
        with api.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(rounds):
                y = api.ops.sin(y) * x
        found.append(tape.gradient(y, x))
    return found
