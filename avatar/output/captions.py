"""What is being said, as text in step with the sound: for the picture, and as a WebVTT file."""

from __future__ import annotations

import bisect
import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from avatar.errors import OutputError
from avatar.media import Speech, Word

HOLD: Final = 0.6
"""s that a caption stays after its last word, and the longest gap it bridges to the next."""

_QUIET: Final = frozenset("，。、；：？！,.;:?!…—·“”‘’\"'（）()《》【】 \t\n")
_PAUSE_WEIGHT, _WIDE_WEIGHT = 0.3, 2.5


@dataclass(frozen=True, slots=True)
class CaptionView:
    """What a caption shows at one moment."""

    text: str
    """The clause, as written."""
    spoken: float
    """How many of its characters are spoken, with a fraction."""
    current: tuple[int, int]
    """First and one past the last character of the word being spoken; equal for none."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One clause on the session's clock."""

    start: float
    """s, first sample."""
    end: float
    """s, last sample, or when it was cut off."""
    text: str
    """As written; cut to what was heard after an interruption."""
    words: tuple[Word, ...] = ()
    """Their times relative to ``start``; each with its ``offset`` in ``text``."""


class Captions:
    """Collects the spoken clauses; a driver of captions as others drive the lips."""

    def __init__(self) -> None:
        self._cues: list[Cue] = []

    def say(self, speech: Speech, start: float) -> None:
        """A clause whose first sample sounds at clock time ``start``, s."""
        text = speech.text.strip()
        if text:
            shift = len(speech.text) - len(speech.text.lstrip())
            words = _placed(text, speech.words, shift) or _guessed(text, speech.audio.duration)
            cue = Cue(start, start + speech.audio.duration, text, words)
            bisect.insort(self._cues, cue, key=lambda c: c.start)

    def cancel(self, t: float) -> None:
        """Speech was cut off at clock time ``t``: later clauses go, the current one is cut."""
        self._cues = [_cut(cue, t) for cue in self._cues if cue.start < t]
        self._cues = [cue for cue in self._cues if cue.text]

    def at(self, t: float) -> CaptionView | None:
        """What to show at clock time ``t``, or None."""
        index = bisect.bisect_right(self._cues, t, key=lambda cue: cue.start) - 1
        if index < 0 or t >= self._cues[index].end + HOLD:
            return None
        cue = self._cues[index]
        return CaptionView(cue.text, *_progress(cue, t - cue.start))

    @property
    def cues(self) -> Sequence[Cue]:
        """All clauses so far, in order."""
        return tuple(self._cues)


def write_webvtt(path: str | Path, captions: Captions, *, words: bool = True) -> None:
    """Write all clauses as a W3C WebVTT file; raises OutputError.

    ``words`` adds a time stamp before each word, for players that highlight them.
    """
    path = Path(path).expanduser()
    try:
        path.write_text(webvtt(captions.cues, words=words), "utf-8")
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}; give another place"
        ) from error


def webvtt(cues: Sequence[Cue], *, words: bool = True) -> str:
    """The text of a WebVTT file."""
    blocks = ["WEBVTT"]
    for number, cue in enumerate(cues, 1):
        text = _timed_text(cue) if words else _escaped(cue.text)
        blocks.append(f"{number}\n{_stamp(cue.start)} --> {_stamp(cue.end)}\n{text}")
    return "\n\n".join(blocks) + "\n"


def _timed_text(cue: Cue) -> str:
    parts: list[str] = []
    done, last = 0, cue.start
    for word in cue.words:
        when = cue.start + word.start
        if last + 0.001 <= when < cue.end - 0.001 and word.offset > 0:
            parts += [_escaped(cue.text[done : word.offset]), f"<{_stamp(when)}>"]
            done, last = word.offset, when
    return "".join(parts) + _escaped(cue.text[done:])


def _escaped(text: str) -> str:
    return html.escape(" ".join(text.split()) if "\n" in text else text, quote=False)


def _stamp(t: float) -> str:
    ms = max(0, round(t * 1000))
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def _placed(text: str, words: Sequence[Word], shift: int) -> tuple[Word, ...]:
    """Words with their offset in ``text``; those that cannot be found are left out."""
    placed: list[Word] = []
    cursor = 0
    for word in words:
        offset = word.offset - shift if word.offset >= 0 else text.find(word.text, cursor)
        if cursor <= offset < len(text):
            placed.append(replace(word, offset=offset))
            cursor = offset + max(1, len(word.text))
    return tuple(placed)


def _guessed(text: str, duration: float) -> tuple[Word, ...]:
    """Words of a voice that tells no times: the duration shared out by length."""
    starts = [i for i in range(len(text)) if _starts_word(text, i)]
    ends = [*starts[1:], len(text)]
    weights = [_weight(text[a:b]) for a, b in zip(starts, ends, strict=True)]
    total, t, words = sum(weights) or 1.0, 0.0, list[Word]()
    for a, b, weight in zip(starts, ends, weights, strict=True):
        step = duration * weight / total
        words.append(Word(text[a:b].rstrip(), t, t + step, a))
        t += step
    return tuple(words)


def _starts_word(text: str, i: int) -> bool:
    if text[i] in _QUIET:
        return False
    return i == 0 or text[i - 1] in _QUIET or _is_cjk(text[i]) or _is_cjk(text[i - 1])


def _is_cjk(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7af"


def _weight(text: str) -> float:
    return sum(_PAUSE_WEIGHT if c in _QUIET else _WIDE_WEIGHT if _is_cjk(c) else 1.0 for c in text)


def _progress(cue: Cue, t: float) -> tuple[float, tuple[int, int]]:
    """Characters spoken ``t`` s into the cue, and the span of the word being spoken."""
    index = bisect.bisect_right(cue.words, t, key=lambda word: word.start) - 1
    if index < 0:
        return 0.0, (0, 0)
    if t >= cue.end - cue.start:
        return float(len(cue.text)), (len(cue.text), len(cue.text))
    word = cue.words[index]
    start, end = word.offset, min(word.offset + len(word.text), len(cue.text))
    part = min(1.0, (t - word.start) / max(word.end - word.start, 1e-3))
    return start + part * (end - start), (start, end)


def _cut(cue: Cue, t: float) -> Cue:
    if t >= cue.end:
        return cue
    words = tuple(word for word in cue.words if cue.start + word.start < t)
    end = min(words[-1].offset + len(words[-1].text), len(cue.text)) if words else 0
    return Cue(cue.start, t, cue.text[:end].rstrip(), words)
