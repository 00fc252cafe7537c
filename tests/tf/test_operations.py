"""Functions on tensors give what they give under TensorFlow: eager, compiled, and with 64 bits."""

import jax
import pytest

import glasstape.tf as tf
from tests.tf import expressions_ops
from tests.tf.golden.alike import same
from tests.tf.golden.read import read
from tests.thorough import all_but

THEIRS = read("operations")
SECTIONS = list(expressions_ops.EXPRESSIONS)
by_section = pytest.mark.parametrize("section", [s for s in SECTIONS if s != "gradients"])

# What differs, with the reason, and what is given instead.
DIFFERENCES = {
    # TensorFlow's gradient at a logit of 0 is not the derivative, which is 3 * (sigmoid - 1).
    "grad(lambda x, y: tf.nn.weighted_cross_entropy_with_logits(x, y, 3.0), "
    "[1.0,0.0], [0.0,2.0])": ["float32[2] 1.38629 -1.74614", "float32[2] -1.5 0.880797"],
    # TensorFlow divides by a factor, which is 0; JAX gives the derivative.
    "grad(lambda x: tf.math.cumprod(x), [1.0,0.0,3.0])": ["float32[3] 1 4 0"],
}


def failures(section, describe, narrow, differences, every=1):
    told = []
    pairs = list(zip(expressions_ops.EXPRESSIONS[section], THEIRS[section], strict=True))
    for expression, theirs in pairs[::every]:
        ours = describe(expression)
        expected = differences.get(expression, theirs)
        if not same(ours, expected, narrow):
            told.append(f"{expression}\n    ours:     {ours}\n    expected: {expected}")
    return told


@pytest.mark.filterwarnings("ignore:.*64-bit", "ignore:overflow encountered")
@by_section
def test_results_are_tensorflows(section, thorough):
    describe = lambda e: expressions_ops.describe(e, tf)  # noqa: E731
    told = failures(section, describe, True, DIFFERENCES, every=1 if thorough else 8)
    assert not told, "\n".join(told)


@pytest.mark.filterwarnings("ignore:overflow encountered")
@pytest.mark.thorough
@pytest.mark.parametrize("section", ["math", "binary"])
def test_results_are_tensorflows_with_64_bits(section):
    with jax.enable_x64(True):
        told = failures(section, lambda e: expressions_ops.describe(e, tf), False, DIFFERENCES)
    assert not told, "\n".join(told)


# No kernel on CPU, or a narrower list of dtypes than is needed: functions take more of them here.
NO_KERNEL = {
    "tf.math." + name
    for name in (
        "bessel_i0",
        "bessel_i0e",
        "bessel_i1",
        "bessel_i1e",
        "digamma",
        "erfinv",
        "lgamma",
        "rint",
        "igamma",
        "igammac",
        "zeta",
        "squared_difference",
    )
} | {"tf.truncatediv", "tf.truncatemod", "tf.square"}


def shape_of(expression, tf):
    """Shape and dtype of the result, without computing it: that is much faster."""
    return jax.eval_shape(lambda: expressions_ops.evaluate(expression, tf))


@pytest.mark.filterwarnings("ignore:.*64-bit")
@pytest.mark.parametrize("group", ["UNARY", "BINARY"])
def test_dtypes_are_tensorflows(group):
    theirs, told = read("operation_dtypes"), []
    narrow = str.maketrans("dqQD", "fiIF")
    for name in getattr(expressions_ops, group):
        ours = expressions_ops.describe_dtypes(name, tf, shape_of)
        expected = theirs[name].translate(narrow)
        pairs = zip(ours, expected, strict=True)
        if not all(o == e or (e == "-" and name in NO_KERNEL) for o, e in pairs):
            told.append(f"{name}: {ours} and not {expected}")
    assert not told, "\n".join(told)


def test_a_wrong_result_would_be_noticed():
    theirs = expressions_ops.describe("tf.sort([3,1,2])", tf)
    assert same(theirs, theirs, True)
    assert not same(theirs.replace("1 2", "2 1"), theirs, True)
    assert not same(theirs.replace("int32", "float32"), theirs, True)
    assert not same("error", theirs, True)


EAGER_GRADIENTS = (
    "tf.maximum(x, y)",
    "tf.sqrt",
    "clip_by_value(x, 0",
    "segment_prod",
    "[[1.0,2.0]]",
)


def test_eager_gradients_are_tensorflows():
    """Those with rules of their own; all of them are compared in a compiled step, below."""
    pairs = zip(expressions_ops.EXPRESSIONS["gradients"], THEIRS["gradients"], strict=True)
    chosen = [(e, r) for e, r in pairs if any(n in e for n in EAGER_GRADIENTS)]
    assert len(chosen) > 8
    for expression, theirs in chosen:
        assert same(expressions_ops.describe(expression, tf), theirs, True), expression


# These need numbers that a compiled step does not know.
NEED_NUMBERS = (
    "boolean_mask(", "unique(", "unique_with_counts(", "dynamic_partition(", "tf.where(",
    "bincount(", "confusion_matrix(", "sequence_mask(", "math.segment_", "dynamic_stitch(",
)  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*64-bit", "ignore:overflow encountered")
@pytest.mark.parametrize(
    "section", all_but(["linalg", "gradients"], ["root", "math", "nn", "linalg", "gradients"])
)
def test_compiled_results_are_the_eager_ones(section):
    """All calls of a namespace as one program."""
    theirs = dict(zip(expressions_ops.EXPRESSIONS[section], THEIRS[section], strict=True))
    chosen = [e for e, result in theirs.items() if "[" in str(result)]
    unknown = []

    @tf.function
    def step():
        return {e: r for e in chosen if (r := traced(e, unknown)) is not None}

    told = []
    for expression, result in step().items():
        ours = expressions_ops.encoded(result)
        expected = DIFFERENCES.get(expression, theirs[expression])
        if not same(ours, expected, True):
            told.append(f"{expression}\n    ours:     {ours}\n    expected: {expected}")
    assert not told, "\n".join(told)
    unknown = [e for e in unknown if not any(n in e for n in NEED_NUMBERS)]
    assert not unknown, "\n".join(unknown)


def traced(expression, unknown):
    try:
        return expressions_ops.evaluate(expression, tf)
    except Exception as error:
        unknown.append(f"{expression}: {str(error)[:200]}")
        return None
