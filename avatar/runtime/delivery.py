"""Made clauses to the speaker, each when it is due, and the figures told to follow.

In a file all happens within a frame. Live, a clause that is made late is heard at once, from the
talker's thread; the figures follow with the next frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from threading import RLock
from typing import Final

import numpy as np

from avatar.clock import Clock
from avatar.devices.audio import Speaker
from avatar.lanes import Errands
from avatar.media import Speech
from avatar.runtime.speaking import Talker, Utterance

LEAD_IN: Final = 0.5
"""Picture before the first word of a file, s: the viewer sees a face before it speaks."""
LOOKAHEAD: Final = 0.3
"""How early a clause is handed over, s: lips and breath begin before the sound."""

Follow = Callable[[Utterance, Speech, float, float], None]


class Delivery:
    """What one session says."""

    def __init__(
        self, speaker: Speaker, clock: Clock, errands: Errands, follow: Follow, *, live: bool
    ) -> None:
        """``follow`` is given, where it is drawn, a clause, its start and the time now, s."""
        self._speaker, self._clock, self._errands = speaker, clock, errands
        self._follow, self._live = follow, live
        self._handing_over = RLock()
        """Held while a clause goes from the talker to the speaker, and while both are emptied."""
        self.end = 0.0
        """When the last clause handed over ends, s."""
        self._talker = Talker(clock.now, made=self._made)

    @property
    def waiting(self) -> bool:
        """Whether clauses are still to come."""
        return self._talker.busy

    @property
    def unrehearsed(self) -> int:
        """Lines that are still to be made for later."""
        return self._talker.unrehearsed

    @property
    def speaking(self) -> bool:
        """Whether something is being said or is still to be said."""
        return self.waiting or self._clock.now() < self.end

    def say(self, utterance: Utterance) -> None:
        """Have it said after what was queued before it."""
        self._talker.say(utterance)

    def expect(self, utterance: Utterance) -> None:
        """It is likely to be said next."""
        self._talker.expect(utterance)

    def rehearse(self, lines: Iterable[Utterance], quiet: Callable[[], bool]) -> None:
        """Have these made for later while it is ``quiet``."""
        self._talker.rehearse(lines, quiet)

    def hold(self) -> None:
        """Somebody speaks or is to be answered: no line is made for later now."""
        self._talker.hold()

    def hush(self, settle: Callable[[], object]) -> float:
        """Say no more, and have ``settle`` done where it is drawn; returns the s dropped."""
        with self._handing_over:
            self._talker.cancel()
            dropped = self._speaker.clear()
            self.end = min(self.end, self._clock.now())
            self._errands.do(settle)
        return dropped

    def pump(self, now: float) -> None:
        """Hand over what is due; raises what the voice raised."""
        if not self._live and now < LEAD_IN - LOOKAHEAD:
            return
        while self._talker.busy and self._speaker.pending() < LOOKAHEAD:
            with self._handing_over:
                made = self._talker.take(wait=not self._live)
                if made is None:
                    return
                utterance, speech = made
                rate = speech.audio.rate
                if not self._live and self._speaker.pending() <= 0:
                    self._speaker.play(np.zeros(round(LOOKAHEAD * rate), np.float32), rate)
                start = self._speaker.play(speech.audio.samples, rate)
                utterance.heard_from(start, speech)
                self.end = start + speech.audio.duration
                self._errands.do(partial(self._follow, utterance, speech, start, now))

    def close(self) -> None:
        """Stop after the clause that is being made."""
        self._talker.close()

    def _made(self) -> None:
        """A clause is made: live it is heard without waiting for a frame."""
        if not self._live:
            return
        try:
            self.pump(self._clock.now())
        except Exception as error:  # what the voice raised is for the one that draws
            self._errands.do(partial(_fail, error))


def _fail(error: Exception) -> None:
    raise error
