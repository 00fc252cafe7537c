"""Variables: created, shared, changed inside and outside; their values afterwards."""

from .registry import program

GLOBALS = {}


@program
def created_on_the_first_call(tf):
    class Counter:
        count = None

        @tf.function
        def __call__(self):
            if self.count is None:
                self.count = tf.Variable(0)
            return self.count.assign_add(1) * 1

    counter = Counter()
    return [counter() for _ in range(3)], counter.count


@program
def created_with_a_computed_value(tf):
    made = []

    @tf.function
    def step(x):
        if not made:
            made.append(tf.Variable(tf.ones([2]) * 3.0))
        return made[0] * x

    return step(tf.constant(2.0)), step(tf.constant(1.0)), made[0]


@program
def created_with_a_callable(tf):
    made = []

    @tf.function
    def step():
        if not made:
            made.append(tf.Variable(lambda: tf.ones([2])))
        return made[0].assign_add([1.0, 2.0]) * 1.0

    return step(), step(), made[0]


@program
def created_in_a_dict_of_names(tf):
    variables = {}

    @tf.function
    def step(x, names):
        for name in names:
            if name not in variables:
                variables[name] = tf.Variable(1.0)
            variables[name].assign_add(x)
        return sum(variables[name] for name in names)

    return step(tf.constant(2.0), ("a", "b")), step(tf.constant(1.0), ("a", "b")), variables


@program
def shared_by_two_functions(tf):
    v = tf.Variable(1.0)
    add = tf.function(lambda x: v.assign_add(x) * 1.0)
    double = tf.function(lambda: v.assign(v * 2.0) * 1.0)
    return [add(tf.constant(1.0)), double(), add(tf.constant(1.0)), double()], v


@program
def changed_outside(tf):
    v = tf.Variable(1.0)
    step = tf.function(lambda x: v * x)
    results = [step(tf.constant(2.0))]
    v.assign(10.0)
    results.append(step(tf.constant(2.0)))
    v.assign_sub(3.0)
    return [*results, step(tf.constant(2.0))], step.experimental_get_tracing_count()


@program
def inside_and_outside_in_turn(tf):
    v = tf.Variable([1.0, 2.0])
    step = tf.function(lambda: v.assign_add([1.0, 1.0]) * 1.0)
    found = []
    for _ in range(3):
        step()
        v.assign(v * 2.0)
        found.append(v.numpy().tolist())
    return found


@program
def read_before_and_after_writing(tf):
    v = tf.Variable(1.0)

    @tf.function
    def step(x):
        before = v * 1.0
        v.assign_add(x)
        after = v * 1.0
        v.assign(v * v)
        return before, after, v * 1.0

    return step(tf.constant(2.0)), step(tf.constant(-1.0)), v


@program
def swapped(tf):
    a, b = tf.Variable(1.0), tf.Variable(2.0)

    @tf.function
    def step():
        old = a * 1.0
        a.assign(b)
        b.assign(old)

    step()
    once = a.numpy(), b.numpy()
    step()
    return once, (a.numpy(), b.numpy())


@program
def argument_written(tf):
    v, w = tf.Variable(1.0), tf.Variable(10.0)

    @tf.function
    def step(variable, x):
        variable.assign_add(x)
        return variable * 2.0

    one = tf.constant(1.0)
    return step(v, one), step(w, one), step(v, one), v, w


@program
def arguments_in_a_list(tf):
    variables = [tf.Variable(float(n)) for n in range(3)]

    @tf.function
    def step(many):
        for number, v in enumerate(many):
            v.assign_add(float(number))
        return sum(v * 1.0 for v in many)

    return step(variables), step(variables), variables


@program
def attribute_of_an_object(tf):
    class Holder:
        pass

    holder = Holder()
    holder.v = tf.Variable(1.0)
    step = tf.function(lambda: holder.v.assign_add(1.0) * 1.0)
    return step(), step(), holder.v


@program
def attribute_replaced_is_frozen_in(tf):
    class Holder:
        pass

    holder = Holder()
    holder.v = first = tf.Variable(1.0)
    step = tf.function(lambda: holder.v.assign_add(1.0) * 1.0)
    step()
    holder.v = tf.Variable(100.0)
    return step(), first, holder.v


@program
def attribute_replaced_as_an_argument(tf):
    class Holder:
        pass

    holder = Holder()
    holder.v = tf.Variable(1.0)
    step = tf.function(lambda h, x: h.v * x)
    first = step(holder, tf.constant(1.0))
    holder.v.assign(5.0)
    return first, step(holder, tf.constant(1.0))


@program
def global_variable(tf):
    GLOBALS["v"] = tf.Variable(2.0)

    @tf.function
    def step(x):
        return GLOBALS["v"].assign_add(x) * 1.0

    found = step(tf.constant(1.0)), step(tf.constant(1.0)), GLOBALS["v"].numpy()
    del GLOBALS["v"]
    return found


@program
def integer_and_bool_variables(tf):
    n, b = tf.Variable(1), tf.Variable(True)

    @tf.function
    def step():
        n.assign_add(2)
        b.assign(~tf.convert_to_tensor(b))

    step()
    first = n.numpy(), b.numpy()
    step()
    return first, n, b


@program
def half_precision_variable(tf):
    v = tf.Variable([1.0, 2.0], dtype=tf.float16)
    step = tf.function(lambda x: v.assign_add(x) * 2)
    return step(tf.constant([0.5, 0.25], tf.float16)), v


@program
def written_in_a_python_loop(tf):
    v = tf.Variable(1.0)

    @tf.function
    def step(times):
        for _ in range(times):
            v.assign(v * 2.0)
        return v * 1.0

    return step(3), step(1), step(3), v


@program
def read_only_in_one_trace(tf):
    v = tf.Variable(1.0)

    @tf.function
    def step(x, train):
        if train:
            v.assign_add(x)
        return v * x

    x = tf.constant(2.0)
    return step(x, True), step(x, False), step(x, True), step(x, False), v


@program
def nested_functions_write_one_variable(tf):
    v = tf.Variable(1.0)
    inner = tf.function(lambda x: v.assign_add(x) * 1.0)

    @tf.function
    def outer(x):
        first = inner(x)
        v.assign(v * 10.0)
        return first, inner(x)

    return outer(tf.constant(1.0)), v, outer(tf.constant(1.0)), v


@program
def written_by_a_step_that_raises_while_traced(tf):
    v = tf.Variable(1.0)

    @tf.function
    def step():
        v.assign_add(1.0)
        raise ValueError("the user's own")

    return tf.caught(step), v


@program
def not_trainable(tf):
    v = tf.Variable(1.0, trainable=False)
    step = tf.function(lambda: v.assign_add(1.0) * 1.0)
    return step(), v, v.trainable


@program
def only_read(tf):
    v = tf.Variable([1.0, 2.0])
    step = tf.function(lambda x: tf.reduce_sum(v * x))
    return [step(tf.constant([float(n), 1.0])) for n in range(3)], v


@program
def closed_over_tensor(tf):
    x = tf.constant(3.0)
    step = tf.function(lambda y: x * y)
    return step(tf.constant(2.0)), step(tf.constant(5.0))


@program
def closed_over_and_bound_anew(tf):
    """The first value is frozen in: Python's name is looked up while tracing."""
    box = [tf.constant(3.0)]
    step = tf.function(lambda y: box[0] * y)
    first = step(tf.constant(2.0))
    box[0] = tf.constant(100.0)
    return first, step(tf.constant(2.0))


@program
def many_variables(tf):
    variables = [tf.Variable(float(n)) for n in range(40)]

    @tf.function
    def step():
        for v in variables:
            v.assign(v + 1.0)
        return sum(v * 1.0 for v in variables)

    return step(), step(), [float(v.numpy()) for v in variables]


@program
def an_initial_value_and_an_assigned_argument(tf):
    made = []

    @tf.function
    def step(x):
        if not made:
            made.append(tf.Variable(tf.ones([3])))
        made[0].assign(x)
        return made[0] + 1.0

    return step(tf.constant([1.0, 2.0, 3.0])), step(tf.constant([0.0, 0.0, 0.0])), made[0]


@program
def the_shape_of_a_variable(tf):
    v = tf.Variable([[1.0, 2.0]])
    step = tf.function(lambda: (v.shape[0], v.shape[1], len(v.shape)))
    return step()


@program
def counts_calls(tf):
    calls = tf.Variable(0)

    @tf.function
    def step(x):
        calls.assign_add(1)
        return x

    for n in (1, 1, 2, 1):
        step(tf.ones([n]))
    return calls, step.experimental_get_tracing_count()
