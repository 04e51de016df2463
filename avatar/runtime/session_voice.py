"""A figure of a session as the voice of a conversation."""

from __future__ import annotations

from avatar.media import Reply
from avatar.runtime.session import Session
from avatar.runtime.speaking import Utterance


class SessionVoice:
    """Says replies with the gesture and mood that go with them."""

    def __init__(self, session: Session, performer: int = 0) -> None:
        self._session, self._performer = session, performer
        self._said = list[Utterance]()

    @property
    def speaking(self) -> bool:
        return self._session.speaking

    def say(self, reply: Reply) -> None:
        cues = "".join(f"[{name}]" for name in (reply.emotion, reply.gesture) if name)
        if cues or reply.text:
            lang = reply.lang if reply.lang in ("zh", "en") else None
            self._said.append(self._session.say(cues + reply.text, lang, self._performer))

    def silence(self) -> str:
        heard = " ".join(
            filter(None, (said.heard(self._session.clock.now()) for said in self._said))
        )
        self._said.clear()
        if self._session.speaking:
            self._session.hush()
        return heard
