"""Pictures for the examples beside this file: where they come from, and how they are shown.

Nothing is downloaded unless you ask for it: digits and two photographs come with scikit-learn.
All pictures are float32 from -1 to 1, ``[n, height, width, channels]``. Needs Pillow.
"""

import pathlib

import keras
import numpy as np

# Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks",
# 2017, arXiv:1703.10593. Checksums: the list that TensorFlow Datasets keeps of these files.
HOST = "http://efrosgans.eecs.berkeley.edu/cyclegan/datasets"
SHA256 = {
    "facades": "9a31ebf3a31b9b5cd195dd5bf62e9308e00cb94604d1019e3889ac84248695c0",
    "horse2zebra": "a74d9d392eecca9966b51287a76ca126af473d9de4f3e8fc0e9cda08fa1730a1",
}


def digits(size):
    """The 1,797 handwritten digits of scikit-learn, 8x8 pixels, enlarged."""
    from sklearn import datasets

    images = datasets.load_digits().images[..., None].astype("float32") / 8 - 1
    return np.asarray(keras.ops.image.resize(images, (size, size)))


def photograph(name):
    """``"china.jpg"`` or ``"flower.jpg"`` of scikit-learn, 427x640 pixels."""
    from sklearn import datasets

    return datasets.load_sample_image(name).astype("float32") / 127.5 - 1


def crops(picture, size, count, seed):
    """Square pieces of a picture at random places, half of them mirrored."""
    rng = np.random.default_rng(seed)
    height, width = picture.shape[:2]
    found = []
    for _ in range(count):
        top, left = rng.integers(height - size + 1), rng.integers(width - size + 1)
        piece = picture[top : top + size, left : left + size]
        found.append(piece[:, ::-1] if rng.random() < 0.5 else piece)
    return np.stack(found)


def drawings(pictures):
    """Dark lines on white where the brightness changes."""
    gray = pictures.mean(-1)
    down, right = np.gradient(gray, axis=(1, 2))
    lines = 1 - 6 * np.hypot(down, right)
    return np.repeat(lines.clip(-1, 1)[..., None], 3, -1).astype("float32")


def downloaded(name):
    """The folder of a data set of CycleGAN's authors; kept in Keras' own folder."""
    archive = keras.utils.get_file(
        f"{name}.zip", f"{HOST}/{name}.zip", file_hash=SHA256[name], extract=True
    )
    folder = next(pathlib.Path(archive).rglob("trainA"), None)
    if folder is None:
        raise SystemExit(f"{archive} has no folder trainA.")
    return folder.parent


def read(folder, size):
    """The pictures of a folder, in the order of their names, brought to one size."""
    names = {".png", ".jpg", ".jpeg"}
    files = sorted(p for p in pathlib.Path(folder).iterdir() if p.suffix.lower() in names)
    if not files:
        raise SystemExit(f"There are no PNG or JPEG files in {folder}.")
    loaded = [keras.utils.load_img(f, target_size=(size, size)) for f in files]
    return np.stack([np.asarray(i, "float32") for i in loaded]) / 127.5 - 1


def save_grid(path, rows):
    """Write pictures as one PNG.

    Args:
        path: The file.
        rows: A list of rows, each a batch of pictures of one size.
    """
    grid = np.concatenate([np.concatenate(list(np.asarray(row)), axis=1) for row in rows], axis=0)
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    keras.utils.save_img(path, grid.clip(-1, 1) * 127.5 + 127.5, scale=False)
