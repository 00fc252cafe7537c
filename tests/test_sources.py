"""Whose file is whose: errors and records name the user's own lines."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

from glasstape import sources

LIBRARIES = ["jax", "keras", "numpy", "optree"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_libraries_are_not_the_users(library):
    spec = importlib.util.find_spec(library)
    assert spec is not None
    assert spec.origin is not None
    assert not sources.is_user_file(spec.origin)
    inside = os.path.join(os.path.dirname(spec.origin), "deep", "inside.py")
    assert not sources.is_user_file(inside)


def test_the_users_files(tmp_path):
    assert sources.is_user_file(__file__)
    assert sources.is_user_file(str(tmp_path / "train.py"))
    assert sources.is_user_file(str(tmp_path / "keras" / "my_layers.py")), "not the real Keras"


def test_libraries_are_found_wherever_they_are_installed(tmp_path):
    """`pip install --target`, ``PYTHONPATH``, Debian's dist-packages, an editable install."""
    package = tmp_path / "elsewhere" / "keras"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    code = (
        "from glasstape import sources\n"
        f"assert not sources.is_user_file({str(package / 'layers.py')!r})\n"
        f"assert sources.is_user_file({str(tmp_path / 'elsewhere' / 'train.py')!r})\n"
    )
    # Of glasstape only the module itself: the package would import the Keras that is not one.
    loader = (
        "import importlib.util, sys, types\n"
        "package = sys.modules['glasstape'] = types.ModuleType('glasstape')\n"
        f"package.__path__ = [{os.path.dirname(sources.__file__)!r}]\n"
    )
    path = os.pathsep.join([str(tmp_path / "elsewhere"), *filter(None, sys.path)])
    subprocess.run(
        [sys.executable, "-c", loader + code], check=True, env=os.environ | {"PYTHONPATH": path}
    )
