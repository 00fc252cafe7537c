"""`reduce_retracing`: after a few shapes one trace serves all of them."""

from .registry import program

relaxed = program


def counts(step, calls):
    """The number of traces after each call."""
    found = []
    for call in calls:
        step(*call)
        found.append(step.experimental_get_tracing_count())
    return found


def total(tf, **options):
    return tf.function(lambda x: tf.reduce_sum(x), reduce_retracing=True, **options)


@relaxed
def sizes_of_a_batch(tf):
    return counts(total(tf), [(tf.ones([n, 2]),) for n in (1, 2, 3, 4, 1)])


@program
def results_stay_right(tf):
    step = tf.function(lambda x: (x * 2.0, tf.reduce_mean(x)), reduce_retracing=True)
    return [step(tf.ones([n]) * n) for n in (1, 2, 3, 4)]


@relaxed
def two_sizes_change(tf):
    shapes = [(1, 1), (2, 1), (2, 2), (3, 3), (4, 1)]
    return counts(total(tf), [(tf.ones(shape),) for shape in shapes])


@program
def ranks_stay_apart(tf):
    return counts(total(tf), [(tf.ones([2]),), (tf.ones([2, 2]),), (tf.ones([2]),)])


@program
def dtypes_stay_apart(tf):
    return counts(total(tf), [(tf.ones([2], t),) for t in (tf.float32, tf.int32, tf.float32)])


@program(
    differs="a size of 1 has a trace of its own; sizes that were equal so far share a symbol",
    ours=[1, 2, 2, 3],
)
def two_arguments(tf):
    step = tf.function(lambda x, y: tf.reduce_sum(x) + tf.reduce_sum(y), reduce_retracing=True)
    sizes = [(1, 1), (2, 2), (3, 3), (4, 2)]
    return counts(step, [(tf.ones([a]), tf.ones([b])) for a, b in sizes])


@relaxed
def the_older_name(tf):
    step = tf.function(lambda x: x * 1.0, experimental_relax_shapes=True)
    return counts(step, [(tf.ones([n]),) for n in (1, 2, 3, 4)])


@program
def one_shape_is_one_trace(tf):
    return counts(total(tf), [(tf.ones([2]),), (tf.zeros([2]),)])


@program
def python_numbers_are_not_relaxed(tf):
    step = tf.function(lambda x, n: x * n, reduce_retracing=True)
    return counts(step, [(tf.ones([n]), n) for n in (1, 2, 3)])


@relaxed
def state_is_shared(tf):
    v = tf.Variable(0.0)

    @tf.function(reduce_retracing=True)
    def step(x):
        return v.assign_add(tf.reduce_sum(x)) * 1.0

    results = [step(tf.ones([n])) for n in (1, 2, 3, 4)]
    return results, step.experimental_get_tracing_count(), v


@relaxed
def structures(tf):
    step = tf.function(lambda batch: tf.reduce_sum(batch["x"]), reduce_retracing=True)
    return counts(step, [({"x": tf.ones([n, 2]), "n": 1},) for n in (1, 2, 3)])


@program
def a_last_smaller_batch(tf):
    step = tf.function(lambda x: tf.reduce_mean(x), reduce_retracing=True)
    calls = [(tf.ones([n, 4]),) for n in (32, 32, 7, 32, 7)]
    return counts(step, calls)


@program(
    differs="a size of 1 may broadcast, so it has a trace of its own",
    ours={
        "tuple": [
            [
                {"float32[]": [4]},
                {"float32[]": [0.6400001]},
                {"float32[]": [0.1024]},
                {"float32[]": [0.01638399]},
            ],
            3,
        ]
    },
)
def a_training_step(tf):
    layer = tf.keras.layers.Dense(1, kernel_initializer="ones")
    layer.build((None, 2))
    optimizer = tf.keras.optimizers.SGD(0.1)

    @tf.function(reduce_retracing=True)
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(layer(x)))
        variables = layer.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    losses = [step(tf.ones([n, 2])) for n in (4, 3, 2, 1)]
    return losses, step.experimental_get_tracing_count()
