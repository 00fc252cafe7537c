"""AutoGraph: ``while``, ``for``, ``break``, ``continue`` and ``return`` in loops over tensors."""

from .registry import program

translated = program


def each(tf, step, values):
    """The results for each value, and how often the step was traced."""
    return [step(tf.constant(v)) for v in values], step.experimental_get_tracing_count()


@translated
def while_loop(tf):
    @tf.function
    def step(x):
        while x < 100:
            x = x * 3
        return x

    return each(tf, step, [1, 50, 200])


@translated
def while_with_two_variables(tf):
    @tf.function
    def step(a, b):
        while b > 0:
            a, b = b, a % b
        return a

    return step(tf.constant(48), tf.constant(18)), step(tf.constant(7), tf.constant(0))


@translated
def range_of_a_tensor(tf):
    @tf.function
    def step(n):
        total = tf.constant(0)
        for i in range(n):
            total = total + i * i
        return total

    return each(tf, step, [4, 0, 10])


@translated
def range_with_start_and_step(tf):
    @tf.function
    def step(n):
        total = 0
        for i in range(1, n, 2):
            total += i
        return total

    return each(tf, step, [6, 1, 10])


@program
def over_the_rows_of_a_tensor(tf):
    @tf.function
    def step(rows):
        total = tf.zeros([2])
        for row in rows:
            total = total + row * row
        return total

    return step(tf.constant([[1.0, 2.0], [3.0, 4.0]])), step(tf.ones([3, 2]))


@translated
def over_numbers(tf):
    @tf.function
    def step(xs):
        largest = xs[0]
        for x in xs:
            if x > largest:
                largest = x
        return largest

    return each(tf, step, [[3, 1, 4], [1, 5, 9]])


@translated
def with_break(tf):
    @tf.function
    def step(xs):
        total = 0
        for x in xs:
            if x < 0:
                break
            total += x
        return total

    return each(tf, step, [[1, 2, -1, 5], [1, 2, 3, 4]])


@translated
def with_continue(tf):
    @tf.function
    def step(xs):
        total = 0
        for x in xs:
            if x < 0:
                continue
            total += x
        return total

    return each(tf, step, [[1, 2, -1, 5], [-1, -2, -3, -4]])


@translated
def break_and_continue(tf):
    @tf.function
    def step(n):
        total = 0
        for i in range(n):
            if i % 2 == 0:
                continue
            if i > 6:
                break
            total += i
        return total

    return each(tf, step, [4, 20])


@program(
    differs="TensorFlow refuses a tensor that ends while True",
    ours={"tuple": [[{"int32[]": [1]}, {"int32[]": [7]}], 1]},
)
def while_true_with_break(tf):
    @tf.function
    def step(x):
        count = tf.constant(0)
        while True:
            x = x // 2
            count += 1
            if x < 1:
                break
        return count

    return each(tf, step, [1, 100])


@translated
def while_tensor_with_break(tf):
    @tf.function
    def step(x):
        count = tf.constant(0)
        while tf.constant(True):
            x = x // 2
            count += 1
            if x < 1:
                break
        return count

    return each(tf, step, [1, 100])


@program(
    differs="TensorFlow refuses a return in a loop whose result is not known before",
    ours={"tuple": [{"int32[]": [1]}, {"int32[]": [-1]}]},
)
def return_in_a_loop(tf):
    @tf.function
    def step(xs, wanted):
        for i in range(len(xs)):
            if xs[i] == wanted:
                return i
        return -1

    xs = tf.constant([5, 6, 7])
    return step(xs, tf.constant(6)), step(xs, tf.constant(9))


@program(
    differs="TensorFlow refuses a return in a loop whose result is not known before",
    ours=[{"int32[]": [60]}, {"int32[]": [-1]}],
)
def return_in_a_loop_over_a_tensor(tf):
    @tf.function
    def step(xs, wanted):
        for x in xs:
            if x == wanted:
                return x * 10
        return tf.constant(-1)

    xs = tf.constant([5, 6, 7])
    return [tf.caught(step, xs, tf.constant(n)) for n in (6, 9)]


@translated
def nested_loops(tf):
    @tf.function
    def step(n):
        total = 0
        for i in range(n):
            for j in range(i):
                total += i * j
        return total

    return each(tf, step, [3, 5])


@translated
def python_loop_inside_a_tensors(tf):
    @tf.function
    def step(n):
        x = 1.0
        for _ in range(n):
            for factor in (1.5, 2.0):
                x = x * factor
        return x

    return each(tf, step, [1, 2])


@program
def a_python_loop_is_unrolled(tf):
    seen = []

    @tf.function
    def step(x):
        for i in range(3):
            seen.append(i)
            x = x + i
        return x

    return step(tf.constant(0)), step(tf.constant(1)), seen


@program(
    differs="TensorFlow does to Python's objects what both branches do, or one round; ours refuses",
    ours={"raises": "ValueError"},
)
def a_tensor_loop_is_traced_once(tf):
    seen = []

    @tf.function
    def step(n):
        total = 0
        for i in range(n):
            seen.append("body")
            total += i
        return total

    results = each(tf, step, [3, 5])
    return results, len(seen) < 4


@translated
def variables_written_in_a_loop(tf):
    v = tf.Variable(1.0)

    @tf.function
    def step(n):
        for _ in range(n):
            v.assign(v * 2.0)
        return v * 1.0

    return each(tf, step, [3, 0, 1]), v


@translated
def prints_in_a_loop(tf):
    @tf.function
    def step(n):
        tf.print("first")
        for i in range(n):
            tf.print("round", i)
        tf.print("last")

    with tf.printed() as text:
        step(tf.constant(3))
        step(tf.constant(1))
    return text[0]


@translated
def newtons_method(tf):
    @tf.function
    def root(x):
        guess = x
        while abs(guess * guess - x) > 1e-3:
            guess = (guess + x / guess) / 2.0
        return guess

    return each(tf, root, [2.0, 9.0])


@translated
def gradient_through_a_for_loop(tf):
    @tf.function
    def step(x, n):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(n):
                y = y * x
        return tape.gradient(y, x)

    return step(tf.constant(2.0), tf.constant(3)), step(tf.constant(2.0), tf.constant(0))


@translated
def gradient_through_a_while_loop(tf):
    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            while y < 100.0:
                y = y * x
        return y, tape.gradient(y, x)

    return each(tf, step, [3.0, 5.0])


@translated
def a_training_loop_inside(tf):
    v, optimizer = tf.Variable(1.0), tf.keras.optimizers.SGD(0.1)
    optimizer.build([v])

    @tf.function
    def train(steps):
        loss = tf.constant(0.0)
        for _ in range(steps):
            with tf.GradientTape() as tape:
                loss = tf.square(v - 3.0)
            optimizer.apply_gradients([(tape.gradient(loss, v), v)])
        return loss

    return train(tf.constant(3)), v, train(tf.constant(1)), optimizer.iterations.numpy().item()


@translated
def shape_that_changes(tf):
    @tf.function
    def step(x, n):
        for _ in range(n):
            x = tf.matmul(tf.ones([3, 2]), x) if x.shape[0] == 2 else x[:2]
        return x

    return tf.caught(step, tf.ones([2, 1]), tf.constant(3))


@program
def dtype_that_changes(tf):
    @tf.function
    def step(n):
        x = tf.constant(1)
        for _ in range(n):
            x = tf.constant(0.5)
        return x

    return tf.caught(step, tf.constant(3))


@translated
def name_bound_only_in_the_loop(tf):
    @tf.function
    def step(n):
        for i in range(n):
            last = i
        return last

    return tf.caught(step, tf.constant(3))


@program
def loop_with_else(tf):
    @tf.function
    def step(n):
        x = tf.constant(0)
        for i in range(n):
            x += i
        else:
            x = x * 10
        return x

    return tf.caught(step, tf.constant(4))


@program(
    differs="TensorFlow refuses enumerate over a tensor",
    ours={"int32[]": [38]},
)
def enumerate_over_rows(tf):
    @tf.function
    def step(rows):
        total = 0
        for i, row in enumerate(rows):
            total += (i + 1) * row
        return total

    return tf.caught(step, tf.constant([5, 6, 7]))


@program(
    differs="TensorFlow refuses zip over tensors",
    ours={"int32[]": [32]},
)
def zip_of_two_tensors(tf):
    @tf.function
    def step(a, b):
        total = 0
        for x, y in zip(a, b):  # noqa: B905
            total += x * y
        return total

    return tf.caught(step, tf.constant([1, 2, 3]), tf.constant([4, 5, 6]))


@translated
def dict_carried_by_a_loop(tf):
    @tf.function
    def step(n):
        state = {"a": tf.constant(0), "b": [tf.constant(1)]}
        for i in range(n):
            state = {"a": state["a"] + i, "b": [state["b"][0] * 2]}
        return state

    return each(tf, step, [3, 0])


@translated
def condition_of_a_loop_with_and(tf):
    @tf.function
    def step(x, limit):
        count = tf.constant(0)
        while x > 1 and count < limit:
            x = x // 2
            count += 1
        return x, count

    return step(tf.constant(100), tf.constant(3)), step(tf.constant(4), tf.constant(10))


@program
def len_of_a_tensor(tf):
    @tf.function
    def step(xs):
        total = 0
        for i in range(len(xs)):
            total += xs[i]
        return total

    return each(tf, step, [[1, 2, 3]])


@translated
def random_numbers_in_a_loop_differ(tf):
    @tf.function
    def step(n):
        first, last = tf.zeros([]), tf.zeros([])
        for i in range(n):
            last = tf.random.uniform([])
            if i == 0:
                first = last
        return first, last

    a, b = step(tf.constant(3))
    return bool(float(a) == float(b))


@program
def list_comprehension_over_python(tf):
    step = tf.function(lambda x: [x * i for i in range(3)])
    return step(tf.constant(2))


@translated
def a_list_filled_in_a_loop(tf):
    """TensorFlow's lists of tensors do not grow in a compiled loop."""

    @tf.function
    def step(n):
        found = []
        for i in range(n):
            found.append(i)
        return found

    return tf.caught(step, tf.constant(3))
