"""Half, double and complex numbers, integers; TensorFlow's convention for complex gradients."""

from .registry import both_ways, program


@program
def float16(api):
    x = api.constant([0.5, 1.0, -2.0], "float16")
    return api.gradient(lambda x: api.ops.tanh(x) * x, x)


@program
def bfloat16(api):
    x = api.constant([0.5, 1.0, -2.0], "bfloat16")
    return api.gradient(lambda x: api.ops.tanh(x) * x, x)


@program
def half_source_of_a_single_loss(api):
    x = api.constant([0.5, 1.0, -2.0], "float16")
    return api.gradient(lambda x: api.ops.cast(x, "float32") ** 3, x)


@program
def single_source_of_a_half_loss(api):
    x = api.constant([0.5, 1.0, -2.0])
    return api.gradient(lambda x: api.ops.cast(x, "bfloat16") ** 2, x)


@program
def half_variable(api):
    v = api.Variable([0.5, 2.0], dtype="float16")
    with api.GradientTape() as tape:
        y = v * v * v
    return tape.gradient(y, v)


@program(ways=("function",))
def mixed_precision_layer(api):
    """Computes in half precision; variables and their gradients are single."""
    layer = api.layer(api.keras.layers.Dense(2, dtype="mixed_float16"), None, 3)

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
        return y, tape.gradient(y, [x, *layer.trainable_variables])

    return run(api.constant([[0.5, -1.0, 0.25]]))


@program(float64=True)
def float64(api):
    x = api.constant([0.5, 1.0, -2.0], "float64")
    return api.gradient(lambda x: api.ops.exp(x) * x, x)


@program(float64=True)
def float64_second_derivative(api):
    def first(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = api.ops.sin(x) * x**2
        return tape.gradient(y, x)

    return api.gradient(first, api.constant([0.1, 1.0], "float64"))


@program(float64=True)
def float64_variable_and_single_cast(api):
    v = api.Variable([0.5, 2.0], dtype="float64")
    with api.GradientTape() as tape:
        y = api.ops.cast(v, "float32") ** 3
    return tape.gradient(y, v)


@program(float64=True, ways=("function",))
def float64_layer(api):
    layer = api.layer(api.keras.layers.Dense(2, dtype="float64", activation="tanh"), None, 3)

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            y = layer(x)
        return tape.gradient(y, layer.trainable_variables)

    return run(api.constant([[0.5, -1.0, 0.25]], "float64"))


@program(float64=True)
def complex128(api):
    z = api.constant([1 + 2j, 0.5j], "complex128")
    return api.gradient(lambda z: api.ops.real(z * z * api.ops.conj(z)), z)


@program
def integer_source(api):
    x, i = api.constant([1.0, 2.0]), api.constant([3, 4], "int32")
    with api.GradientTape() as tape:
        tape.watch([x, i])
        y = x * api.ops.cast(i, "float32")
    return tape.gradient(y, [x, i])


@program
def integer_source_with_zeros(api):
    x, i = api.constant([1.0, 2.0]), api.constant([3, 4], "int32")
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * api.ops.cast(i, "float32")
    return tape.gradient(y, [x, i], unconnected_gradients="zero")


@program
def boolean_source(api):
    x, b = api.constant([1.0, 2.0]), api.constant([True, False])
    with api.GradientTape() as tape:
        tape.watch([x, b])
        y = api.ops.where(b, x, x**2)
    return tape.gradient(y, [x, b])


@program
def integer_target(api):
    x = api.constant([1.0, 2.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = api.ops.argmax(x)
    return tape.gradient(y, x)


@program(differs="an integer tensor has no gradient, not even in itself", ours=None)
def integer_target_that_is_its_source(api):
    i = api.constant([1, 2], "int32")
    with api.GradientTape() as tape:
        tape.watch(i)
    return tape.gradient(i, i)


@program
def integer_and_floating_targets(api):
    x = api.constant([1.0, 2.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        targets = [api.ops.argmax(x), x**2]
    return tape.gradient(targets, x)


@program
def through_integers_and_back(api):
    x = api.constant([1.4, 2.6])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = api.ops.cast(api.ops.cast(x, "int32"), "float32") * 2.0
    return tape.gradient(y, x)


@program
def through_a_comparison(api):
    x = api.constant([1.4, 2.6])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = api.ops.cast(x > 2.0, "float32") * x
    return tape.gradient(y, x)


# ----- complex numbers -----

AT = (1 + 2j, 0.5 - 1j)


def complex_of(api, *numbers):
    return api.constant(list(numbers), "complex64")


@both_ways
def complex_square_length(api):
    """The direction of steepest ascent: 2z."""
    return api.gradient(lambda z: api.ops.real(z * api.ops.conj(z)), complex_of(api, *AT))


@both_ways
def complex_absolute(api):
    return api.gradient(api.ops.absolute, complex_of(api, *AT))


@both_ways
def complex_exponential(api):
    """A complex target counts by its real part."""
    return api.gradient(api.ops.exp, complex_of(api, *AT))


@both_ways
def complex_product_of_the_parts(api):
    return api.gradient(lambda z: api.ops.real(z) * api.ops.imag(z), complex_of(api, *AT))


COMPLEX = {
    "real_part": lambda o, z: o.real(z),
    "imaginary_part": lambda o, z: o.imag(z),
    "angle": lambda o, z: o.angle(z),
    "square": lambda o, z: z * z,
    "cube": lambda o, z: z * z * z,
    "conjugate": lambda o, z: o.conj(z),
    "logarithm": lambda o, z: o.log(z),
    "sine": lambda o, z: o.sin(z),
    "reciprocal": lambda o, z: 1.0 / z,
    "square_root": lambda o, z: o.sqrt(z),
    "sum_of_products": lambda o, z: o.sum(z * o.convert_to_tensor([1 - 1j, 2j], "complex64")),
    "matrix_product": lambda o, z: o.reshape(z, (1, 2)) @ o.reshape(z, (2, 1)),
}


@program(ways=("function",))
def complex_functions(api):
    @api.way
    def run(z):
        return {name: api.slope(lambda z, f=f: f(api.ops, z), z) for name, f in COMPLEX.items()}

    return run(complex_of(api, *AT))


@program
def complex_target_that_is_its_source(api):
    z = complex_of(api, *AT)
    with api.GradientTape() as tape:
        tape.watch(z)
    return tape.gradient(z, z)


@program
def complex_output_gradients(api):
    z = complex_of(api, *AT)
    seed = complex_of(api, 1 + 1j, -2j)
    return api.gradient(lambda z: z * z, z, output_gradients=seed)


@program
def complex_unconnected_zero(api):
    z, x = complex_of(api, *AT), api.constant(1.0)
    with api.GradientTape() as tape:
        tape.watch([z, x])
        y = x * 2.0
    return tape.gradient(y, z, unconnected_gradients="zero")


@both_ways
def real_source_through_complex_numbers(api):
    def f(x):
        z = api.ops.exp(api.ops.cast(x, "complex64") * 1j)
        return api.ops.absolute(z + 1.0)

    return api.gradient(f, api.constant([0.7, -0.2]))


@program
def complex_and_real_sources(api):
    z, x = complex_of(api, *AT), api.constant([0.5, -1.0])

    def f(z, x):
        return api.ops.real(z * z * api.ops.cast(x, "complex64"))

    return api.gradient(f, z, x)


@program
def complex_second_derivative(api):
    def first(z):
        with api.GradientTape() as tape:
            tape.watch(z)
            y = z * z * z
        return tape.gradient(y, z)

    return api.gradient(first, complex_of(api, *AT))


@program
def complex_variable(api):
    v = api.Variable(complex_of(api, *AT), dtype="complex64")
    with api.GradientTape() as tape:
        y = api.ops.real(v * api.ops.conj(v) * v)
    return tape.gradient(y, v)


@program
def complex_custom_gradient(api):
    @api.custom_gradient
    def square(z):
        return z * z, lambda dy: dy * api.ops.conj(2.0 * z)

    return api.gradient(lambda z: api.ops.real(square(z)), complex_of(api, *AT))


@program
def fourier_transform(api):
    def f(x):
        real, imaginary = api.ops.fft((x, api.ops.zeros_like(x)))
        return real[1] ** 2 + imaginary[1]

    return api.gradient(f, api.constant([0.5, 1.0, -2.0, 0.25]))


@program
def complex_jacobian(api):
    z = complex_of(api, *AT)
    with api.GradientTape() as tape:
        tape.watch(z)
        y = z * z[0]
    return tape.jacobian(y, z)
