"""A conversation in real time: a microphone, a figure of a session, and a mind.

The session goes on being drawn by whoever owns it (``session.advance``); two threads of this one
listen and think. What the speaker plays is given to the hearing, which takes it out of what the
microphone hears.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

from avatar.devices.microphone import Microphone
from avatar.media import Dialogue
from avatar.runtime.conversation import Conversation, Turn
from avatar.runtime.session import Session
from avatar.runtime.session_voice import SessionVoice
from avatar.voice.hearing import Hearing


class Talk:
    """Listens and answers until it is closed; closes the hearing, the mind and the microphone.

    ::

        with Session("mei", speaker=DeviceSpeaker()) as session:
            hearing = Hearing(recognizers.create("auto"), echo=True)
            microphone = open_microphone("default", session.clock)
            with Talk(session, dialogues.create("faq", knowledge="museum"), hearing, microphone):
                while True:
                    frame = session.frame()
    """

    def __init__(
        self,
        session: Session,
        dialogue: Dialogue,
        hearing: Hearing | None = None,
        microphone: Microphone | None = None,
        *,
        performer: int = 0,
        visitor: str = "",
        over: Callable[[Turn], None] | None = None,
        rehearse: bool = True,
    ) -> None:
        """Without ``hearing`` and ``microphone`` questions are only typed (:meth:`ask`).

        ``rehearse``: while nobody talks, the known answers are made into sound for later, where
        the voice takes its time (:meth:`~avatar.runtime.session.Session.rehearse`).
        """
        self._session, self._microphone = session, microphone
        self._mind = ThreadPoolExecutor(1, "thinking")
        self.conversation = Conversation(
            SessionVoice(session, performer),
            dialogue,
            hearing,
            visitor=visitor,
            work=self._mind.submit,
            over=over,
        )
        if hearing is not None:
            session.speaker.tap = hearing.played
        lines: Any = getattr(dialogue, "lines", None)
        if rehearse and callable(lines):
            known: Any = lines()
            session.rehearse(known, lambda: self.conversation.state == "idle", performer)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listening", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, text: str, lang: str = "auto") -> Turn:
        """A typed question, answered as a spoken one is."""
        return self.conversation.ask(text, lang)

    def close(self) -> None:
        """Stop listening, thinking and speaking."""
        self._closed.set()
        self._session.rehearse((), lambda: False)
        self._session.speaker.tap = None
        if self._microphone is not None:
            self._microphone.close()
        self._thread.join(5)
        self.conversation.close()
        self._mind.shutdown(wait=False, cancel_futures=True)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._step()
            except Exception as error:  # one bad block or plug-in must not leave it deaf
                self.conversation.trouble = str(error) or type(error).__name__
                self._closed.wait(0.1)

    def _step(self) -> None:
        chunk = self._microphone.read() if self._microphone is not None else None
        if chunk is not None:
            self.conversation.hear(chunk)
            return
        if self._microphone is None or self._microphone.ended:
            self._closed.wait(0.02)
        self.conversation.pass_time()
