"""What hearing reports: frozen events, each dated on the session's clock.

One utterance runs ``VoiceStarted`` → (``VoiceConfirmed`` | ``NotSpeech``) and, once confirmed,
any number of ``Partial`` and ``VoiceStopped`` → ``VoiceResumed`` pairs until ``TurnEnded`` or
``NothingHeard``. After ``NotSpeech`` the same sound may still turn into speech (a cough before a
sentence): that is a new ``VoiceStarted``, or, when it was only not addressed to the figure and a
wake word follows, a ``VoiceConfirmed``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from avatar.media import Transcript


@dataclass(frozen=True, slots=True)
class VoiceStarted:
    """Something like a voice began; perhaps a cough. The moment to duck."""

    t: float
    """Start of the first voiced frame, s."""
    detected: float
    """When that was known, s; within 150 ms of ``t``."""


@dataclass(frozen=True, slots=True)
class VoiceConfirmed:
    """It is speech and meant for the figure. The moment to fall silent."""

    t: float
    """When it was known, s; at latest 400 ms after the voice started."""


@dataclass(frozen=True, slots=True)
class NotSpeech:
    """It was not a visitor speaking. The moment to go on."""

    t: float
    """When it was known, s; at latest 400 ms after the voice started."""
    reason: str
    """``cough`` (or laugh, or throat), ``noise`` (knock, hiss), ``echo`` (the figure itself),
    ``unaddressed`` (speech without the wake word)."""


@dataclass(frozen=True, slots=True)
class VoiceStopped:
    """The voice paused, perhaps for good; may be followed by ``VoiceResumed``."""

    t: float
    """End of the last voiced frame, s."""
    detected: float
    """When that was known, s."""


@dataclass(frozen=True, slots=True)
class VoiceResumed:
    """The visitor went on before the turn had ended."""

    t: float
    """Start of the first voiced frame after the pause, s."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What is believed so far, the whole utterance from its start."""

    transcript: Transcript


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The visitor has finished: a question."""

    transcript: Transcript
    """Final text, never empty; its times are those of the voice."""
    voice_end: float
    """End of the last voiced frame, s."""
    decided: float
    """When the turn was taken to be over, s; the final text may come later."""
    lang: str
    """``zh`` or ``en``, or whatever the recogniser hears."""


@dataclass(frozen=True, slots=True)
class NothingHeard:
    """A voice that came to nothing."""

    t: float
    reason: str
    """``empty`` (no words in it), ``unaddressed`` (no wake word), ``failed: …`` (the recogniser
    gave up, with its error; hearing goes on)."""


Heard: TypeAlias = (
    VoiceStarted
    | VoiceConfirmed
    | NotSpeech
    | VoiceStopped
    | VoiceResumed
    | Partial
    | TurnEnded
    | NothingHeard
)
"""Any of the above."""
