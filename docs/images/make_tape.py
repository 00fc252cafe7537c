"""Make tape.png: the page of `tape.show` for a small CNN, in headless Chromium.

python docs/images/make_tape.py
"""

import subprocess
import tempfile
from pathlib import Path

import glasstape as gt  # before keras: it chooses the JAX backend

# isort: split
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

FOLDER = Path(__file__).parent
# What a user would click: the layer's name, then an operation.
CLICKS = """
fold(graph.groups.find((g) => g.name === "batch_normalization").id, false);
choose({ node: graph.nodes.find((n) => n.name === "rsqrt").id });
"""


def recorded() -> tuple[gt.GradientTape, object]:
    """A tape over a forward pass, and its loss."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10),
        ],
        name="cnn",
    )
    loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    images = np.random.default_rng(0).normal(size=(32, 28, 28, 1))
    with gt.GradientTape() as tape:
        scores = model(jnp.asarray(images, "float32"), training=True)
        loss = loss_function(jnp.arange(32) % 10, scores)
    return tape, loss


def photograph(page: Path, picture: Path) -> None:
    """A picture of `page` in light colours."""
    subprocess.run(
        [
            "chromium",
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--window-size=1400,860",
            "--blink-settings=preferredColorScheme=1",
            f"--screenshot={picture}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )


if __name__ == "__main__":
    tape, loss = recorded()
    with tempfile.TemporaryDirectory() as folder:
        page = tape.show(Path(folder) / "tape.html", target=loss)
        text = page.read_text(encoding="utf-8").replace(f"{FOLDER.parents[1]}/", "")
        page.write_text(text.replace("</body>", f"<script>{CLICKS}</script></body>"), "utf-8")
        photograph(page, FOLDER / "tape.png")
