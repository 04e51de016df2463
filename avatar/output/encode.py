"""Pictures and sound to packets: colour conversion, codecs, one dated stretch of sound.

Pictures are sRGB-encoded RGB; video carries them as BT.709 Y'CbCr in limited range and says so
in its tags, as every player expects of HD video.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.media import AudioChunk
from avatar.plugins import require

TIME_BASE: Final = Fraction(1, 90_000)
"""Tick of video time stamps: a whole number of ticks per frame at every usual frame rate."""

_CONTIGUOUS = 0.002
"""s; a chunk dated this near to the end of the last one continues it."""

_BT709, _LIMITED = 1, 1
"""ITU-T H.273 code of BT.709 primaries, transfer and matrix; FFmpeg's code of limited range."""


_SAMPLE_FORMAT = {"aac": "fltp", "libopus": "flt"}


@dataclass(frozen=True, slots=True)
class VideoCodec:
    """How pictures are compressed."""

    name: str
    pixel_format: str
    options: Mapping[str, str] = field(default_factory=dict[str, str])


H264: Final = VideoCodec(
    "libx264",
    "yuv420p",
    {
        "preset": "veryfast",
        "crf": "20",
        # each picture looked ahead costs 3 MB at 720p; a talking head gains nothing beyond these
        "x264-params": "rc-lookahead=2:sync-lookahead=0:bframes=0:sliced-threads=1",
    },
)
H264_QUICK: Final = VideoCodec(
    "libx264",
    "yuv420p",
    {"preset": "ultrafast", "crf": "22", "x264-params": "cabac=1:deblock=0,0"},
)
"""Half the work and twice the file of :data:`H264`, as good to look at."""
VP9: Final = VideoCodec(
    "libvpx-vp9",
    "yuv420p",
    {
        "deadline": "realtime",
        "cpu-used": "8",
        "crf": "24",
        "b": "0",
        "lag-in-frames": "0",
        "auto-alt-ref": "0",
        "row-mt": "1",
        "tile-columns": "2",
    },
)
VP9_ALPHA: Final = replace(VP9, pixel_format="yuva420p")


class VideoTrack:
    """Encodes the pictures of one file."""

    def __init__(
        self, container: Any, codec: VideoCodec, size: tuple[int, int], fps: float
    ) -> None:
        av: Any = require("av", extra="stream", for_what="video output")
        self._av, self._codec = av, codec
        rate = Fraction(fps).limit_denominator(1001)
        self._stream = stream = container.add_stream(codec.name, rate=rate)
        stream.options = dict(codec.options)
        stream.width, stream.height = size
        stream.pix_fmt = codec.pixel_format
        context = stream.codec_context
        context.time_base = stream.time_base = TIME_BASE
        context.thread_count = min(4, os.cpu_count() or 1)
        context.gop_size = max(1, round(2 * fps))
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = _LIMITED
        self._reformatter = av.video.reformatter.VideoReformatter()
        self._last = -1
        self.step = round(1 / (fps * TIME_BASE))
        """Duration of one frame, ticks."""

    def encode(self, pixels: NDArray[np.uint8], ticks: int) -> Iterator[Any]:
        """Packets that are ready; ``pixels`` uint8[h, w, 4], ``ticks`` since the file began.

        A picture that is not later than the one before it is left out.
        """
        if ticks <= self._last:
            return
        self._last = ticks
        if self._codec.pixel_format == "yuva420p":
            pixels = straight_alpha(pixels)
        frame = self._av.VideoFrame.from_numpy_buffer(pixels, format="rgba")
        frame = self._reformatter.reformat(
            frame,
            format=self._codec.pixel_format,
            dst_colorspace=_BT709,
            dst_color_range=_LIMITED,
            threads=1,
        )
        frame.pts, frame.time_base, frame.duration = ticks, TIME_BASE, self.step
        yield from self._stream.encode(frame)

    def flush(self) -> Iterator[Any]:
        """The packets still held back."""
        yield from self._stream.encode(None)

    @property
    def end(self) -> float:
        """When the last picture ends, s since the file began."""
        return float((self._last + self.step) * TIME_BASE) if self._last >= 0 else 0.0


def straight_alpha(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Premultiplied RGBA to straight: uint8[h, w, 4] to a new uint8[h, w, 4].

    Clear pixels beside the figure take the mean colour of the 8x8 block around them, so that
    chroma of half resolution draws no dark fringe.
    """
    out = pixels.copy()
    alpha = np.ascontiguousarray(pixels[..., 3])
    edge = np.flatnonzero((alpha - 1).ravel() < 254)
    flat, weight = out.reshape(-1, 4), alpha.ravel()[edge, None].astype(np.uint16)
    colour = flat[edge, :3].astype(np.uint16)
    flat[edge, :3] = np.minimum((colour * 255 + weight // 2) // weight, 255)
    _fill_clear_pixels(out, pixels, alpha)
    return out


def _fill_clear_pixels(
    out: NDArray[np.uint8], pixels: NDArray[np.uint8], alpha: NDArray[np.uint8], block: int = 8
) -> None:
    h, w = (side // block * block for side in alpha.shape)
    rows = (
        np.minimum.reduceat(alpha[:h], np.arange(0, h, block)),
        np.maximum.reduceat(alpha[:h], np.arange(0, h, block)),
    )
    lowest, highest = rows[0][:, :w], rows[1][:, :w]
    lowest = lowest.reshape(-1, w // block, block).min(2)
    highest = highest.reshape(-1, w // block, block).max(2)
    i, j = np.nonzero((lowest == 0) & (highest > 0))

    def tiles(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return picture[:h, :w].reshape(h // block, block, w // block, block, 4)

    source = tiles(pixels)[i, :, j].reshape(len(i), block * block, 4)
    total = source.sum(1, dtype=np.uint32)
    mean = np.minimum(total[:, :3] * 255 // total[:, 3:], 255).astype(np.uint8)
    filled = tiles(out)[i, :, j].reshape(len(i), block * block, 4)
    clear = source[..., 3] == 0
    filled[..., :3] = np.where(clear[..., None], mean[:, None], filled[..., :3])
    tiles(out)[i, :, j] = filled.reshape(len(i), block, block, 4)


class Timeline:
    """Dated chunks of any rate become one unbroken run of samples, silence in the gaps.

    What is dated before the end of what was already given out is cut off.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.cursor = 0
        """Samples given out so far, at ``rate``."""
        self._source_rate, self._source_end = 0, 0.0
        self._resampler: Any = None
        self._late = 0

    def add(self, t: float, chunk: AudioChunk) -> list[NDArray[np.float32]]:
        """Put a chunk at ``t`` s since the file began (its own ``t`` is not used)."""
        blocks: list[NDArray[np.float32]] = []
        if chunk.rate != self._source_rate or abs(t - self._source_end) > _CONTIGUOUS:
            blocks += self._end_source() + self.fill(t)
            self._begin_source(chunk.rate, t)
        self._source_end += chunk.duration
        return blocks + self._take(self._resample(chunk.samples, last=False))

    def fill(self, t: float) -> list[NDArray[np.float32]]:
        """Silence until ``t`` s since the file began, if the sound does not reach there."""
        end = round(t * self.rate)
        if end <= self.cursor:
            return []
        blocks = self._end_source()
        return blocks + self._give(np.zeros(max(0, end - self.cursor), np.float32))

    def _begin_source(self, rate: int, t: float) -> None:
        self._source_rate, self._source_end = rate, t
        self._late = max(0, self.cursor - round(t * self.rate))
        if rate != self.rate:
            soxr: Any = require("soxr", extra="stream", for_what="sound output")
            self._resampler = soxr.ResampleStream(rate, self.rate, 1, dtype="float32")

    def _end_source(self) -> list[NDArray[np.float32]]:
        tail = self._resample(np.zeros(0, np.float32), last=True)
        blocks = self._take(tail)
        self._resampler, self._source_rate, self._late = None, 0, 0
        return blocks

    def _resample(self, samples: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        samples = np.ascontiguousarray(samples, np.float32)
        return self._resampler.resample_chunk(samples, last) if self._resampler else samples

    def _take(self, samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        cut = min(self._late, len(samples))
        self._late -= cut
        return self._give(samples[cut:])

    def _give(self, samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        self.cursor += len(samples)
        return [samples] if len(samples) else []


class AudioTrack:
    """Encodes the sound of one file, mono."""

    def __init__(self, container: Any, codec: str, rate: int, bit_rate: int = 128_000) -> None:
        self._av: Any = require("av", extra="stream", for_what="sound output")
        self._stream = container.add_stream(codec, rate=rate)
        context = self._stream.codec_context
        context.layout, context.bit_rate = "mono", bit_rate
        context.format = _SAMPLE_FORMAT[codec]
        self._written = 0
        self.timeline = Timeline(rate)

    def encode(self, blocks: Iterable[NDArray[np.float32]]) -> Iterator[Any]:
        """Packets that are ready, of blocks from :attr:`timeline`."""
        for samples in blocks:
            clipped = np.clip(samples, -1, 1)[None]
            frame = self._av.AudioFrame.from_ndarray(clipped, format="fltp", layout="mono")
            frame.sample_rate = self.timeline.rate
            frame.pts, frame.time_base = self._written, Fraction(1, self.timeline.rate)
            self._written += len(samples)
            yield from self._stream.encode(frame)

    def flush(self) -> Iterator[Any]:
        """The packets still held back."""
        yield from self._stream.encode(None)
