"""A figure of a session as the voice of a conversation."""

from __future__ import annotations

from typing import Final

from avatar.media import Reply
from avatar.runtime.conversation import Reaction, State
from avatar.runtime.session import Session
from avatar.runtime.speaking import Utterance
from avatar.voice.manner import Manner

LOW: Final = 0.2
"""Level of a voice that somebody begins to speak over; -14 dB."""


class SessionVoice:
    """Says replies with the gesture and mood that go with them."""

    def __init__(self, session: Session, performer: int = 0) -> None:
        self._session, self._performer = session, performer
        self._said = list[Utterance]()
        self._manner = Manner()

    @property
    def speaking(self) -> bool:
        return self._session.speaking

    def now(self) -> float:
        return self._session.clock.now()

    def say(self, reply: Reply) -> Utterance | None:
        reply = self._manner.dress(reply)
        cues = "".join(f"[{name}]" for name in (reply.emotion, reply.gesture) if name)
        if not cues and not reply.text:
            return None
        utterance = self._session.say(cues + reply.text, _lang(reply), self._performer)
        self._said.append(utterance)
        return utterance

    def expect(self, reply: Reply | None) -> None:
        text, lang = (reply.text, _lang(reply)) if reply is not None else ("", None)
        self._session.expect(text, lang, self._performer)

    def duck(self, low: bool) -> None:
        self._session.speaker.duck(LOW if low else 1.0)

    def silence(self) -> str:
        now = self.now()
        heard = " ".join(filter(None, (said.heard(now) for said in self._said)))
        for said in self._said:
            said.clauses.clear()  # their sound is needed no more, and turns are kept
        self._said.clear()
        if self._session.speaking:
            self._session.hush()
        return heard

    def attend(self, state: State) -> None:
        self._session.attend(state, self._performer)

    def react(self, reaction: Reaction) -> None:
        self._session.react(revoke=reaction == "resumed", figure=self._performer)


def _lang(reply: Reply) -> str | None:
    return reply.lang if reply.lang in ("zh", "en") else None
