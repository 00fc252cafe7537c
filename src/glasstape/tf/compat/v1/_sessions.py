"""`tf.compat.v1.Session`, which programs for TensorFlow 2 make to set what a GPU may take."""

from __future__ import annotations

from typing import Any

from glasstape import sources
from glasstape.errors import NotCoveredError


class _Settings:
    """Settings that may be set and read, and change nothing."""

    def __init__(self, **settings: Any):
        self.__dict__.update(settings)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        inner = self.__dict__[name] = _Settings()
        return inner

    def __bool__(self) -> bool:
        return bool(self.__dict__)

    def __getitem__(self, key: Any) -> Any:
        return self.__dict__.get(key, 0)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.__dict__[key] = value


class ConfigProto(_Settings):
    """Accepted as ``tf.compat.v1.ConfigProto``; it changes no result.

    JAX takes three quarters of a GPU's memory at the start. To let it grow instead, set the
    environment variable ``XLA_PYTHON_CLIENT_PREALLOCATE=false`` before Python starts.

    Args:
        **settings: Whatever TensorFlow takes.

    Example:
        >>> import glasstape.tf as tf
        >>> config = tf.compat.v1.ConfigProto()
        >>> config.gpu_options.allow_growth = True
        >>> session = tf.compat.v1.Session(config=config)
    """


class GPUOptions(_Settings):
    """Accepted as ``tf.compat.v1.GPUOptions``; see `ConfigProto`.

    Args:
        **settings: Whatever TensorFlow takes.
    """


class Session:
    """Accepted as ``tf.compat.v1.Session``, for the settings it is given; it runs nothing.

    Args:
        target: Unused.
        graph: Unused.
        config: A `ConfigProto`; unused.

    Example:
        >>> import glasstape.tf as tf
        >>> with tf.compat.v1.Session() as session:
        ...     session.close()
    """

    def __init__(self, target: str = "", graph: Any = None, config: Any = None):
        del target, graph, config

    def close(self) -> None:
        """Nothing is to be closed."""

    def as_default(self) -> Session:
        """The session, as a context."""
        return self

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotCoveredError(
            f"There is no `{name}` of a session: operations run at once.",
            expected="a session that is made and left alone",
            received=f"session.{name}",
            fix="write the step as a function; tf.function compiles it",
            where=sources.user_source(),
        )


class InteractiveSession(Session):
    """Accepted as ``tf.compat.v1.InteractiveSession``; see `Session`.

    Args:
        target: Unused.
        graph: Unused.
        config: A `ConfigProto`; unused.
    """
