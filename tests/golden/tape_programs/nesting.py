"""Tapes in tapes: second and third derivatives, penalties, Hessian products, MAML, PINN."""

from .registry import WAYS, both_ways, program


def slope(api, f, x):
    """df/dx by a tape of its own; `x` may be watched by others."""
    with api.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)


@both_ways
def second_derivative(api):
    return api.gradient(lambda x: slope(api, lambda x: x**3, x), api.constant([2.0, -1.0]))


@both_ways
def third_derivative(api):
    def second(x):
        return slope(api, lambda x: slope(api, lambda x: x**4 + api.ops.sin(x), x), x)

    return api.gradient(second, api.constant([2.0, 0.5]))


@both_ways
def value_and_three_derivatives(api):
    @api.way
    def run(x):
        with api.GradientTape() as t3:
            t3.watch(x)
            with api.GradientTape() as t2:
                t2.watch(x)
                with api.GradientTape() as t1:
                    t1.watch(x)
                    y = api.ops.exp(2.0 * x)
                d1 = t1.gradient(y, x)
            d2 = t2.gradient(d1, x)
        return y, d1, d2, t3.gradient(d2, x)

    return run(api.constant(0.3))


@both_ways
def third_derivative_of_a_variable(api):
    v = api.Variable(2.0)

    @api.way
    def run():
        with api.GradientTape() as t3:
            with api.GradientTape() as t2:
                with api.GradientTape() as t1:
                    y = v**4
                d1 = t1.gradient(y, v)
            d2 = t2.gradient(d1, v)
        return d1, d2, t3.gradient(d2, v)

    return run()


@both_ways
def mixed_derivative(api):
    @api.way
    def run(x, y):
        with api.GradientTape() as outer:
            outer.watch([x, y])
            with api.GradientTape() as inner:
                inner.watch([x, y])
                z = x**2 * y**3
            dx, dy = inner.gradient(z, [x, y])
        return dx, dy, outer.gradient(dx, [x, y])

    return run(api.constant(2.0), api.constant(3.0))


@both_ways
def hessian_vector_product(api):
    v = api.constant([1.0, -2.0, 0.5])

    def directional(x):
        g = slope(api, lambda x: api.ops.sum(x**2) * x[0] + api.ops.prod(x), x)
        return api.ops.sum(g * v)

    return api.gradient(directional, api.constant([1.0, 2.0, 3.0]))


@both_ways
def hessian_vector_product_by_output_gradients(api):
    @api.way
    def run(x, v):
        with api.GradientTape() as outer:
            outer.watch(x)
            g = slope(api, lambda x: api.ops.sum(x**3) * x[1], x)
        return outer.gradient(g, x, output_gradients=v)

    return run(api.constant([1.0, 2.0]), api.constant([3.0, -1.0]))


@both_ways
def jacobian_vector_product_by_two_backward_passes(api):
    @api.way
    def run(x, v):
        u = api.ops.zeros_like(x)
        with api.GradientTape() as outer:
            outer.watch(u)
            with api.GradientTape() as inner:
                inner.watch(x)
                y = api.ops.sin(x) * x[0]
            pulled = inner.gradient(y, x, output_gradients=u)
        return outer.gradient(pulled, u, output_gradients=v)

    return run(api.constant([0.5, 1.0]), api.constant([2.0, -1.0]))


@both_ways
def gradient_penalty(api):
    """WGAN-GP: the norm of the critic's gradient in its input is part of its loss."""
    critic = api.keras.Sequential(
        [
            api.layer(api.keras.layers.Dense(4, activation="tanh"), None, 3),
            api.layer(api.keras.layers.Dense(1), None, 4),
        ]
    )

    @api.way
    def run(x):
        with api.GradientTape() as outer:
            with api.GradientTape() as inner:
                inner.watch(x)
                score = critic(x)
            g = inner.gradient(score, x)
            norm = api.ops.sqrt(api.ops.sum(g**2, axis=1) + 1e-6)
            loss = api.ops.mean(score) + 10.0 * api.ops.mean((norm - 1.0) ** 2)
        return loss, outer.gradient(loss, critic.trainable_variables)

    return run(api.constant([[0.5, -1.0, 2.0], [1.0, 0.25, 0.0]]))


@program(ways=("function",))
def gradient_penalty_in_a_called_function(api):
    layer = api.layer(api.keras.layers.Dense(1, activation="tanh"), None, 2)

    @api.function
    def penalty(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
        return api.ops.sum(tape.gradient(y, x) ** 2)

    @api.function
    def step(x):
        with api.GradientTape() as tape:
            loss = penalty(x)
        return loss, tape.gradient(loss, layer.trainable_variables)

    return step(api.constant([[0.5, -1.0]]))


@program(ways=("function",))
def physics_informed_residual(api):
    """u'' + u = 0 with a net for u: third-order mixed derivatives in the weights."""
    first = api.layer(api.keras.layers.Dense(3, activation="tanh"), None, 1)
    second = api.layer(api.keras.layers.Dense(1), None, 3)

    @api.way
    def run(t):
        with api.GradientTape() as outer:
            with api.GradientTape() as t2:
                t2.watch(t)
                with api.GradientTape() as t1:
                    t1.watch(t)
                    u = second(first(t))
                du = t1.gradient(u, t)
            ddu = t2.gradient(du, t)
            loss = api.ops.mean((ddu + u) ** 2)
        return loss, outer.gradient(loss, first.trainable_variables + second.trainable_variables)

    return run(api.constant([[0.0], [0.5], [1.0]]))


@both_ways
def persistent_tape_for_a_laplacian(api):
    @api.way
    def run(x, y):
        with api.GradientTape(persistent=True) as tape:
            tape.watch([x, y])
            with api.GradientTape() as inner:
                inner.watch([x, y])
                u = api.ops.exp(x) * api.ops.sin(2.0 * y)
            ux, uy = inner.gradient(u, [x, y])
        return tape.gradient(ux, x) + tape.gradient(uy, y)

    return run(api.constant([0.1, 0.2]), api.constant([1.0, 2.0]))


@both_ways
def model_agnostic_meta_learning(api):
    """The gradient passes through a step of gradient descent."""
    w, rate = api.Variable([1.0, -1.0]), api.Variable(0.1)

    @api.way
    def run(x):
        with api.GradientTape() as outer:
            with api.GradientTape() as inner:
                loss = api.ops.sum((w * x - 1.0) ** 2)
            adapted = w - rate * inner.gradient(loss, w)
            meta = api.ops.sum((adapted * x + 1.0) ** 2)
        return meta, outer.gradient(meta, [w, rate])

    return run(api.constant([0.5, 2.0]))


@both_ways
def three_inner_steps(api):
    w = api.Variable(1.5)

    @api.way
    def run():
        with api.GradientTape() as outer:
            adapted = w * 1.0
            for _ in range(3):
                adapted = adapted - 0.1 * slope(api, lambda a: a**4, adapted)
        return adapted, outer.gradient(adapted, w)

    return run()


@both_ways
def inner_tape_watches_something_else(api):
    @api.way
    def run(x, y):
        with api.GradientTape() as outer:
            outer.watch(x)
            with api.GradientTape() as inner:
                inner.watch(y)
                z = x**2 * y**3
            dy = inner.gradient(z, y)
        return dy, outer.gradient(dy, [x, y])

    return run(api.constant(2.0), api.constant(3.0))


@program
def inner_gradient_taken_outside_the_outer_tape(api):
    x = api.constant(2.0)
    with api.GradientTape() as outer:
        outer.watch(x)
        with api.GradientTape() as inner:
            inner.watch(x)
            y = x**3
    first = inner.gradient(y, x)
    return first, outer.gradient(first, x)


@program
def both_tapes_over_the_same_lines(api):
    x = api.constant(2.0)
    with api.GradientTape() as a, api.GradientTape() as b:
        a.watch(x)
        b.watch(x)
        y = x**3
        first = b.gradient(y, x)
    return first, a.gradient(first, x)


@program
def side_by_side(api):
    v = api.Variable(2.0)
    with api.GradientTape() as a:
        y = v**2
    with api.GradientTape() as b:
        z = y * v
    return a.gradient(y, v), b.gradient(z, v)


@program
def generator_and_discriminator(api):
    g, d = api.Variable(2.0), api.Variable(3.0)
    with api.GradientTape() as of_g, api.GradientTape() as of_d:
        fake = g * 0.5
        score = d * fake
        g_loss, d_loss = (score - 1.0) ** 2, score**2
    return of_g.gradient(g_loss, g), of_d.gradient(d_loss, [d, g])


@program
def outer_tape_over_a_used_inner_result(api):
    x = api.constant(3.0)
    with api.GradientTape() as outer:
        outer.watch(x)
        y = x * x
        with api.GradientTape() as inner:
            inner.watch(y)
            z = 2.0 * y
        y += inner.gradient(z, y)
    return outer.gradient(y, x)


@program
def second_derivative_that_is_nothing(api):
    """The first derivative of a linear function does not depend on x."""
    x = api.constant(2.0)
    with api.GradientTape() as outer:
        outer.watch(x)
        first = slope(api, lambda x: 5.0 * x, x)
    return first, outer.gradient(first, x)


@program(ways=WAYS)
def second_derivative_that_is_nothing_as_zero(api):
    @api.way
    def run(x):
        with api.GradientTape() as outer:
            outer.watch(x)
            first = slope(api, lambda x: 5.0 * x, x)
        return first, outer.gradient(first, x, unconnected_gradients="zero")

    return run(api.constant(2.0))


@program(ways=("function",))
def through_a_convolution_twice(api):
    conv = api.layer(api.keras.layers.Conv2D(2, 2, activation="tanh"), None, 3, 3, 1)
    x = api.ops.reshape(api.ops.arange(9.0), (1, 3, 3, 1)) / 9.0

    @api.way
    def run(x):
        with api.GradientTape() as outer:
            g = slope(api, lambda x: conv(x), x)
            loss = api.ops.sum(g**2)
        return outer.gradient(loss, conv.trainable_variables)

    return run(x)


@both_ways
def hessian_by_jacobian(api):
    @api.way
    def run(x):
        with api.GradientTape() as outer:
            outer.watch(x)
            g = slope(api, lambda x: api.ops.sum(x**3) * x[1], x)
        return outer.jacobian(g, x)

    return run(api.constant([1.0, 2.0, -1.0]))
