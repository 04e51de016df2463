"""Every error a user can meet, in one tree.

::

    AvatarError                          exit code 1
     ├ AssetError                        2   a file we were given is wrong
     │  ├ UnsupportedFormat              2   ... or of a kind we do not read
     │  └ MissingAsset                   2   ... or is not there
     ├ ShaderError                       1   a shader did not compile (our fault)
     ├ DeviceError                       3   this machine lacks something
     │  ├ NoCamera, NoMicrophone, NoSpeaker, NoGL
     ├ PluginError                       2
     │  ├ UnknownPlugin                  2   no plug-in of that name
     │  └ MissingExtra (ImportError)     3   an optional package is not installed
     ├ ConfigError                       2   a wrong setting or argument
     ├ OutputError                       2   a file cannot be written
     └ ServiceError                      1   something outside failed; ``retryable`` or not

Each message is one line: what happened, then what to do next.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class AvatarError(Exception):
    """Base of all errors raised on purpose by this package."""

    exit_code: ClassVar[int] = 1


class AssetError(AvatarError):
    """A file is damaged or does not follow its specification."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, path: str | Path | None = None, pointer: str = "") -> None:
        self.path = path
        """The file at fault."""
        self.pointer = pointer
        """RFC 6901 JSON pointer of the offending element, or ''."""
        where = " ".join(str(part) for part in (path, pointer) if part)
        super().__init__(f"{where}: {message}" if where else message)


class UnsupportedFormat(AssetError):
    """The file is of a kind, or uses a required extension, that we do not read."""


class MissingAsset(AssetError):
    """A file or model that is needed is not there."""


class ShaderError(AvatarError):
    """A shader failed to compile or link; names the real file and line."""


class DeviceError(AvatarError):
    """This machine lacks a device; says what was tried and what to do."""

    exit_code: ClassVar[int] = 3


class NoCamera(DeviceError):
    """No camera could be opened."""


class NoMicrophone(DeviceError):
    """No microphone could be opened."""


class NoSpeaker(DeviceError):
    """No sound output could be opened."""


class NoGL(DeviceError):
    """No OpenGL 3.3 context could be made."""


class PluginError(AvatarError):
    """A plug-in cannot be used."""

    exit_code: ClassVar[int] = 2


class UnknownPlugin(PluginError):
    """No plug-in of that name; the message lists the known ones."""


class MissingExtra(PluginError, ImportError):
    """An optional package is not installed; the message holds the pip command."""

    exit_code: ClassVar[int] = 3


class ConfigError(AvatarError):
    """A setting or an argument is wrong; names the key and the nearest valid one."""

    exit_code: ClassVar[int] = 2


class OutputError(AvatarError):
    """A file cannot be written."""

    exit_code: ClassVar[int] = 2


class ServiceError(AvatarError):
    """Something outside this process failed."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        self.retryable = retryable
        super().__init__(message)
