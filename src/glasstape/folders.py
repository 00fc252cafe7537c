"""Where GlassTape keeps on disk what it can make anew: compiled programs, built kernels."""

from __future__ import annotations

import os
import pathlib
import sys


def user_folder() -> pathlib.Path:
    """GlassTape's folder among the user's caches.

    Written out instead of depending on platformdirs: three systems, three lines.
    """
    home = pathlib.Path("~")
    if sys.platform == "darwin":
        caches = home / "Library" / "Caches"
    elif sys.platform == "win32":
        caches = pathlib.Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        caches = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return caches / "glasstape"
