"""``avatar ask``: questions from recordings or typed, answered; as a clip with ``-o``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from avatar.apps.messages import tr
from avatar.apps.talk import open_recognizer
from avatar.config import Config
from avatar.devices.audio import resample
from avatar.devices.played import laid
from avatar.devices.recording import SOUNDS, read_sound
from avatar.errors import ConfigError
from avatar.media import AudioChunk, Reply, VideoFrame
from avatar.output.sinks import open_sink
from avatar.runtime.conversation import Conversation, Reaction, State, Turn
from avatar.runtime.recorder import Recorder
from avatar.runtime.session import Session
from avatar.runtime.session_voice import SessionVoice
from avatar.runtime.trace import TraceLog
from avatar.voice.dialogue import select as dialogues
from avatar.voice.heard import TurnEnded
from avatar.voice.hearing import Hearing

PATIENT: Final = 3.0
"""s of silence after a recording in which a turn must end."""
BLOCK: Final = 0.1
"""s of sound at a time where no picture sets the pace."""


@dataclass(frozen=True, slots=True)
class Options:
    """What ``avatar ask`` was told."""

    questions: tuple[str, ...]
    """Recordings or texts, one turn each."""
    output: Path | None = None
    recognizer: str = "auto"
    dialogue: str = "auto"
    knowledge: tuple[str, ...] = ()
    persona: str = "mei"
    log: Path | None = None
    """Where turns and their times are kept."""


def run(config: Config, options: Options) -> None:
    """Answer every question of ``options`` in turn."""
    spoken = [item for item in options.questions if is_recording(item)]
    sounds = {item: read_sound(item) for item in spoken}
    over = TraceLog(options.log) if options.log is not None else None
    with ExitStack() as stack:
        hearing = None
        if sounds:
            recognizer = open_recognizer(options.recognizer, config, options.knowledge)
            hearing = Hearing(recognizer, threaded=False)
        chain = dialogues.create(
            options.dialogue, persona=options.persona, knowledge=options.knowledge
        )
        chain.ready()
        if options.output is None:
            voice = _Unheard()
            conversation = Conversation(voice, chain, hearing, over=over)
            stack.callback(conversation.close)
            for item in options.questions:
                turn = _without_picture(conversation, voice, item, sounds.get(item))
                _report(item, turn, conversation)
            return
        session = stack.enter_context(Session(config=config))
        conversation = Conversation(SessionVoice(session), chain, hearing, over=over)
        stack.callback(conversation.close)
        _film(session, conversation, options, sounds)
    click.echo(tr("saved", path=options.output))


def is_recording(item: str) -> bool:
    """Whether ``item`` names a sound file; ConfigError for one that is not there."""
    path = Path(item).expanduser()
    if path.suffix.lower() not in SOUNDS:
        return False
    if not path.is_file():
        raise ConfigError(tr("ask_no_file", path=path))
    return True


class _Unheard:
    """The voice of an answer that is only written: nothing of it takes time."""

    speaking = False

    def __init__(self) -> None:
        self._said = list[str]()
        self.t = 0.0
        """How far the recordings are heard, s."""

    def now(self) -> float:
        return self.t

    def say(self, reply: Reply) -> None:
        self._said.append(reply.text)

    def expect(self, reply: Reply | None) -> None:
        """It has no sound to make."""

    def silence(self) -> str:
        said, self._said = " ".join(self._said), []
        return said

    def duck(self, low: bool) -> None:
        """It is never loud."""

    def attend(self, state: State) -> None:
        """It has no body."""

    def react(self, reaction: Reaction) -> None:
        """It has no body."""


def _without_picture(
    conversation: Conversation, voice: _Unheard, item: str, sound: AudioChunk | None
) -> Turn | None:
    """The turn of one question; None when nothing was heard in a recording."""
    if sound is None:
        return conversation.ask(item)
    for block in _blocks(sound, voice.t, BLOCK):
        voice.t = block.t + block.duration
        if any(isinstance(event, TurnEnded) for event in conversation.hear(block)):
            return conversation.turns[-1]
    return None


def _blocks(sound: AudioChunk, start: float, step: float) -> Iterator[AudioChunk]:
    """``sound`` from clock time ``start`` s on, ``step`` s at a time, and silence after it."""
    silence = np.zeros(round(PATIENT * sound.rate), np.float32)
    samples = np.concatenate([sound.samples, silence])
    edges = np.arange(0, len(samples) / sound.rate + step, step) * sound.rate
    for first, last in zip(edges[:-1].astype(int), edges[1:].astype(int), strict=True):
        yield AudioChunk(start + first / sound.rate, samples[first:last], sound.rate)


class _WithVisitor:
    """A recorder that hears the visitor beside the figure."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._sound: tuple[float, NDArray[np.float32]] | None = None

    def visitor(self, start: float, sound: AudioChunk, rate: int) -> None:
        """``sound`` is said from ``start`` s on; the session's sound has ``rate`` Hz."""
        self._sound = (start, resample(sound.samples, sound.rate, rate))

    def video(self, frame: VideoFrame) -> None:
        self._recorder.video(frame)

    def audio(self, chunk: AudioChunk) -> None:
        samples = chunk.samples
        if self._sound is not None:
            samples = samples + laid([self._sound], chunk.t, len(samples), chunk.rate)
        self._recorder.audio(AudioChunk(chunk.t, np.clip(samples, -1, 1), chunk.rate))


def _film(
    session: Session, conversation: Conversation, options: Options, sounds: dict[str, AudioChunk]
) -> None:
    """Every turn in one clip: the visitor is heard, the figure answers."""
    config, output = session.config, options.output
    assert output is not None
    session.voice()
    alpha, quick = config.background == "transparent", config.quality == "draft"
    with open_sink(
        output, config.size, config.fps, label=session.provenance, alpha=alpha, quick=quick
    ) as sink:
        recorder = _WithVisitor(sink)
        session.record(recorder)
        for item in options.questions:
            sound = sounds.get(item)
            before = len(conversation.turns)
            if sound is None:
                _watch(session, 0.5)
                conversation.ask(item)
            else:
                _listen(session, conversation, sound, recorder)
            turn = conversation.turns[-1] if len(conversation.turns) > before else None
            _report(item, turn, conversation)
            for _ in session.frames():
                pass
            conversation.pass_time()


def _watch(session: Session, seconds: float) -> None:
    for _ in session.frames(seconds):
        pass


def _listen(
    session: Session, conversation: Conversation, sound: AudioChunk, recorder: _WithVisitor
) -> None:
    """Frame by frame beside the visitor's sound, until the turn is over and the sound too."""
    start = session.clock.now() + 1 / session.config.fps
    recorder.visitor(start, sound, session.speaker.rate)
    before = len(conversation.turns)
    for block in _blocks(sound, start, 1 / session.config.fps):
        _watch(session, 1 / session.config.fps)
        conversation.hear(block)
        if len(conversation.turns) > before and block.t - start > sound.duration:
            return


def _report(item: str, turn: Turn | None, conversation: Conversation) -> None:
    """What was heard and what is answered, on standard output."""
    if turn is None:
        click.echo(tr("ask_nothing", item=item, reason=conversation.trouble or "silence"))
        return
    if is_recording(item):
        click.echo(tr("ask_heard", text=turn.question.text))
    click.echo(tr("ask_answer", text=turn.answer))
    sources = ", ".join(dict.fromkeys(reply.source for reply in turn.replies if reply.source))
    if sources:
        click.echo(tr("ask_source", source=sources), err=True)
