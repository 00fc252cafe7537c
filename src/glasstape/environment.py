"""What the user's environment says: the folder for caches, and words for on and off."""

from __future__ import annotations

import os
import pathlib
import sys

# What a variable that switches something may be set to, in small letters.
OFF = ("off", "0", "false", "no", "none")
ON = ("", "on", "1", "true", "yes")


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
