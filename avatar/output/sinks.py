"""The file sink that a path asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from avatar.errors import ConfigError
from avatar.output.mux import ContainerSink, MovSink, Mp4Sink, WebmSink
from avatar.output.png import PngSink
from avatar.output.provenance import Provenance

_BY_SUFFIX: Final[dict[str, type[ContainerSink | PngSink]]] = {
    ".mp4": Mp4Sink,
    ".m4v": Mp4Sink,
    ".mov": MovSink,
    ".webm": WebmSink,
    ".png": PngSink,
    "": PngSink,
}


def open_sink(
    path: str | Path,
    size: tuple[int, int],
    fps: float = 30.0,
    *,
    rate: int = 48_000,
    label: Provenance | None = None,
    alpha: bool = False,
    quick: bool = False,
) -> ContainerSink | PngSink:
    """A sink for ``path`` by its suffix: .mp4, .mov, .webm, a .png pattern, or a folder.

    ``alpha`` keeps transparency (.webm, .png); ``quick`` halves the work of .mp4 and .mov for a
    file twice as large. Raises ConfigError for another suffix or one
    that cannot be transparent, OutputError if the file cannot be written.
    """
    path = Path(path).expanduser()
    kind = PngSink if path.is_dir() else _BY_SUFFIX.get(path.suffix.lower())
    if kind is None:
        raise ConfigError(
            f"{path}: no output of kind {path.suffix}: give .mp4, .mov, .webm, .png or a folder"
        )
    if kind is WebmSink:
        return WebmSink(path, size, fps, rate, label, alpha=alpha)
    if alpha and kind is not PngSink:
        raise ConfigError(f"{path}: {path.suffix} cannot be transparent: give .webm or a folder")
    if issubclass(kind, Mp4Sink):
        return kind(path, size, fps, rate, label, quick=quick)
    return kind(path, size, fps, rate, label)
