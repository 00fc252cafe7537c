"""Steps and variables of one name are told apart."""

import weakref

import keras

import glasstape as gt
from glasstape.monitor.series import SeriesTable, describe


class Variable:
    def __init__(self, path, shape=(2,), dtype="float32"):
        self.path, self.shape, self.dtype = path, shape, dtype


def paths(variables):
    return [info.path for info in describe(variables)]


class TestPaths:
    def test_shape_and_dtype(self):
        (info,) = describe([Variable("dense/kernel", [3, 4], "bfloat16")])
        assert (info.path, info.shape, info.dtype) == ("dense/kernel", (3, 4), "bfloat16")

    def test_equal_paths_get_a_number_on_their_layer(self):
        one = [Variable("net/dense/kernel"), Variable("net/dense/bias")]
        other = [Variable("net/dense/kernel"), Variable("net/dense/bias")]
        assert paths([*one, *other, one[0]]) == [
            "net/dense/kernel",
            "net/dense/bias",
            "net/dense (2)/kernel",
            "net/dense (2)/bias",
            "net/dense (3)/kernel",  # the same variable with a second gradient
        ]

    def test_without_a_layer(self):
        assert paths([Variable("scale"), Variable("scale")]) == ["scale", "scale (2)"]

    def test_two_keras_models_with_the_same_names(self):
        def build():
            layer = keras.layers.Dense(2, name="hidden")
            return keras.Sequential([keras.Input((3,)), layer], name="net")

        one, other = build(), build()
        found = paths([*one.trainable_variables, *other.trainable_variables])
        assert len(set(found)) == 4
        assert found[0].removesuffix("/kernel") + " (2)/kernel" == found[2]


class TestSteps:
    def test_the_same_step_on_the_same_variables_is_one_series(self):
        table, variables = SeriesTable(), [Variable("a"), Variable("b")]
        first = table.find("step", variables)
        assert table.find("step", list(variables)) is first
        assert first.label == "step"
        assert "step" in table
        assert "other" not in table

    def test_other_variables_or_another_step_are_another_series(self):
        table, a, b = SeriesTable(), Variable("a"), Variable("b")
        labels = [
            table.find(step, variables).label
            for step, variables in [("step", [a]), ("step", [b]), ("test", [a]), ("step", [b, a])]
        ]
        assert labels == ["step", "step (2)", "test", "step (3)"]

    def test_a_path_that_changes_does_not_split_a_series(self):
        table, variable = SeriesTable(), Variable("dense/kernel")
        first = table.find("step", [variable])
        variable.path = "model/dense/kernel"
        assert table.find("step", [variable]) is first
        assert first.variables[0].path == "dense/kernel"

    def test_variables_are_not_kept_alive_and_an_id_may_return(self):
        table = SeriesTable()
        variable = Variable("old")
        place, gone = id(variable), weakref.ref(variable)
        table.find("step", [variable])
        del variable
        assert gone() is None
        successors = [Variable("new") for _ in range(100)]  # one of them gets the old one's place
        successor = next(s for s in successors if id(s) == place)
        series = table.find("step", [successor])
        assert (series.label, series.variables[0].path) == ("step (2)", "new")

    def test_keras_variables(self):
        table, variable = SeriesTable(), gt.Variable([1.0, 2.0])
        assert table.find("step", [variable]) is table.find("step", [variable])
