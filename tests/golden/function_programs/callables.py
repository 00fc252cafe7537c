"""What can be compiled: methods, partials, callable objects, nested and recursive functions."""

import functools

from .registry import INSIDE, program


@program
def methods_of_two_objects(tf):
    class Scaler:
        def __init__(self, factor):
            self.factor = factor

        @tf.function
        def scale(self, x):
            return x * self.factor

    two, three = Scaler(2), Scaler(3)
    x = tf.constant(5)
    results = [two.scale(x), three.scale(x), two.scale(x)]
    return results


@program
def a_bound_method(tf):
    class Scaler:
        factor = 3

        def scale(self, x):
            return x * self.factor

    step = tf.function(Scaler().scale)
    return step(tf.constant(2)), step(tf.constant(4)), step.experimental_get_tracing_count()


@program
def static_and_class_methods(tf):
    class Tools:
        factor = 4

        @staticmethod
        @tf.function
        def double(x):
            return x * 2

        @classmethod
        @tf.function
        def scale(cls, x):
            return x * cls.factor

    return Tools.double(tf.constant(3)), Tools.scale(tf.constant(3)), Tools().double(tf.constant(1))


@program
def a_property(tf):
    class Holder:
        def __init__(self):
            self.v = tf.Variable(2.0)

        @property
        @tf.function
        def squared(self):
            return self.v * self.v

    holder = Holder()
    first = holder.squared
    holder.v.assign(3.0)
    return first, holder.squared


@program
def inherited_methods(tf):
    class Base:
        factor = 2

        @tf.function
        def scale(self, x):
            return x * self.factor

    class Derived(Base):
        factor = 5

        @tf.function
        def scale(self, x):
            return super().scale(x) + 1

    base, derived = Base(), Derived()
    return base.scale(tf.constant(1)), derived.scale(tf.constant(1))


@program(
    differs="TensorFlow loses the object before the method runs; ours keeps it as Python does",
    ours={"int32[]": [6]},
)
def a_method_of_a_temporary_object(tf):
    class Scaler:
        factor = 2

        @tf.function
        def scale(self, x):
            return x * self.factor

    return Scaler().scale(tf.constant(3))


@program
def partials(tf):
    def step(a, b, c=1):
        return a * b + c

    first = tf.function(functools.partial(step, 2))
    second = tf.function(functools.partial(step, b=3, c=5))
    x = tf.constant(10)
    return first(x), first(x, c=7), second(x)


@program
def a_partial_of_a_tensor(tf):
    step = tf.function(functools.partial(lambda scale, x: scale * x, tf.constant(2.0)))
    return step(tf.constant(3.0)), step(x=tf.constant(4.0))


@program
def a_callable_object(tf):
    class Scaler:
        def __init__(self):
            self.v = tf.Variable(2.0)

        def __call__(self, x):
            return self.v * x

    scaler = Scaler()
    step = tf.function(scaler)
    first = step(tf.constant(3.0))
    scaler.v.assign(5.0)
    return first, step(tf.constant(3.0))


@program
def a_compiled_call_method(tf):
    class Scaler:
        def __init__(self, factor):
            self.factor = factor

        @tf.function
        def __call__(self, x):
            return x * self.factor

    return Scaler(2.0)(tf.constant(3.0)), Scaler(4.0)(tf.constant(3.0))


@program
def a_layer(tf):
    layer = tf.keras.layers.Dense(1, kernel_initializer="ones")
    step = tf.function(layer)
    return step(tf.ones([2, 3])), step(tf.zeros([2, 3]))


@program
def lambdas(tf):
    steps = [tf.function(lambda x, n=n: x * n) for n in range(3)]
    return [step(tf.constant(2)) for step in steps]


@program
def nested_definitions(tf):
    @tf.function
    def outer(x):
        def inner(y):
            return y * x

        return inner(x) + inner(1.0)

    return outer(tf.constant(3.0)), outer(tf.constant(1.0))


@program
def a_function_made_inside(tf):
    @tf.function
    def outer(x):
        @tf.function
        def inner(y):
            return y + x

        return inner(x) * inner(2.0)

    return outer(tf.constant(3.0)), outer(tf.constant(0.0))


@program(differs=INSIDE, ours={"tuple": [{"int32[]": [6]}, {"int32[]": [7]}, ["c", "b", "a", "a"]]})
def three_deep(tf):
    seen = []

    @tf.function
    def a(x):
        seen.append("a")
        return x + 1

    @tf.function
    def b(x):
        seen.append("b")
        return a(x) * 2

    @tf.function
    def c(x):
        seen.append("c")
        return b(x) - a(x)

    return c(tf.constant(5)), c(tf.constant(6)), seen


@program
def python_recursion(tf):
    @tf.function
    def power(x, n):
        return x * power(x, n - 1) if n > 0 else tf.constant(1)

    return power(tf.constant(2), 5), power(tf.constant(3), 2)


@program
def decorated_by_others(tf):
    def twice(f):
        @functools.wraps(f)
        def wrapped(*args):
            return f(f(*args))

        return wrapped

    inside = tf.function(twice(lambda x: x * 3))
    outside = twice(tf.function(lambda x: x * 3))
    return inside(tf.constant(1)), outside(tf.constant(1)), outside(tf.constant(2))


@program
def generators_inside(tf):
    @tf.function
    def step(x):
        return sum(x * n for n in (1, 2, 3)), [x + n for n in (1, 2)], dict.fromkeys(("a", "b"), x)

    return step(tf.constant(2))


@program
def named_and_documented(tf):
    @tf.function
    def step(x):
        """Mine."""
        return x

    return step.__name__, step.__doc__, step.python_function(3)


@program
def the_python_function(tf):
    seen = []

    def step(x):
        seen.append(1)
        return x + 1

    compiled = tf.function(step)
    compiled(tf.constant(1))
    result = compiled.python_function(tf.constant(1))
    return result, compiled.python_function is step, len(seen)


@program
def with_options(tf):
    @tf.function(autograph=False, reduce_retracing=False)
    def step(x):
        return x * 2

    return step(tf.constant(1))


@program
def compiled_by_xla(tf):
    v = tf.Variable(1.0)

    @tf.function(jit_compile=True)
    def step(x):
        v.assign_add(x)
        return v * 2.0

    return step(tf.constant(1.0)), step(tf.constant(2.0)), v


@program
def compiled_twice(tf):
    step = tf.function(tf.function(lambda x: x + 1))
    return step(tf.constant(1)), step(tf.constant(2))


@program
def replaced_method(tf):
    """As in `model.train_step = tf.function(model.train_step)`."""

    class Model:
        def __init__(self):
            self.v = tf.Variable(1.0)

        def step(self, x):
            return self.v.assign_add(x) * 1.0

    model = Model()
    model.step = tf.function(model.step)
    return model.step(tf.constant(1.0)), model.step(tf.constant(1.0)), model.v


@program
def kept_in_a_dict(tf):
    python = {"add": lambda x: x + 1, "mul": lambda x: x * 5}
    steps = {name: tf.function(step) for name, step in python.items()}
    return {name: step(tf.constant(3)) for name, step in steps.items()}


@program
def lists_comprehended_over_rows(tf):
    step = tf.function(lambda rows: [tf.reduce_sum(rows[i]) for i in range(rows.shape[0])])
    return step(tf.constant([[1.0, 2.0], [3.0, 4.0]]))


@program
def unpacked_rows(tf):
    @tf.function
    def step(x):
        a, b = x[0], x[1]
        return a - b

    return step(tf.constant([[1.0, 2.0], [3.0, 4.0]]))


@program
def exceptions_caught_inside(tf):
    @tf.function
    def step(x):
        try:
            raise KeyError("k")
        except KeyError:
            return x * 2

    return step(tf.constant(2))


@program
def with_statements(tf):
    import contextlib

    seen = []

    @contextlib.contextmanager
    def noted():
        seen.append("in")
        yield 2
        seen.append("out")

    @tf.function
    def step(x):
        with noted() as n:
            return x * n

    return step(tf.constant(3)), step(tf.constant(4)), seen
