"""Talking to the figure of a window: ``avatar host --talk``."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import click

from avatar import fetch
from avatar.apps.messages import tr
from avatar.config import Config
from avatar.devices.audio import DeviceSpeaker, Speaker, sound_devices
from avatar.devices.microphone import Microphone, open_microphone
from avatar.errors import AvatarError, ConfigError
from avatar.media import Recognizer
from avatar.runtime.conversation import Turn
from avatar.runtime.session import Session
from avatar.runtime.talk import Talk
from avatar.runtime.trace import TraceLog
from avatar.voice.asr import select as recognizers
from avatar.voice.dialogue import persona as personas
from avatar.voice.dialogue import select as dialogues
from avatar.voice.dialogue.memory import Memory
from avatar.voice.dialogue.persona import Persona
from avatar.voice.endpoint import PATIENCE
from avatar.voice.hearing import Hearing
from avatar.voice.knowledge.hotwords import hot_words

VISITOR: Final = "desk"
"""Whoever sits in front of this machine; they are remembered only if they ask for it."""
_SHOWN: Final = 60
"""Characters of what is being heard that the status line has room for; the latest are shown."""


@dataclass(frozen=True, slots=True)
class TalkOptions:
    """Who listens and who answers."""

    mic: str = "default"
    """``default``, number or part of the name of a microphone, or a recording."""
    recognizer: str = "auto"
    dialogue: str = "auto"
    knowledge: tuple[str, ...] = ()
    persona: str = "mei"
    log: Path | None = None
    """Where turns and their times are kept."""
    wake: tuple[str, ...] = ()
    """Words that call the figure; without any it hears whoever speaks."""
    push: bool = False
    """Whether it hears only between two presses of the talk key."""
    memory: Path | None = None
    """Where visitors who agree are remembered; None: nobody is."""
    patience: float = PATIENCE
    """s of silence that end an ordinary turn."""


def show_devices(kind: Literal["mic", "speaker"]) -> None:
    """The microphones or speakers of this machine, one a line; DeviceError without PortAudio."""
    found = sound_devices("output" if kind == "speaker" else "input")
    for number, name in found:
        click.echo(f"{number:3}  {name}")
    if not found:
        click.echo(tr("talk_no_devices"), err=True)


def choose_speaker(what: str) -> Speaker | None:
    """The speaker called ``what``: number or part of its name; None for ``default``.

    Raises NoSpeaker.
    """
    if what == "default":
        return None
    return DeviceSpeaker(int(what) if what.isdigit() else what)


def open_recognizer(name: str, config: Config, knowledge: Sequence[str]) -> Recognizer:
    """The recogniser called ``name``; fetches what ``auto`` needs to hear, and says what it is."""
    words = [word for folder in knowledge for word in hot_words(folder)]
    if name != "auto":
        return recognizers.create(name, lang=config.lang, hot_words=words)
    if not fetch.is_fetched("whisper-base"):
        click.echo(tr("ask_fetching"), err=True)
        fetch.fetch("whisper-base")
    choice = recognizers.auto(config.lang, words)
    click.echo(choice.reason, err=True)
    return choice.recognizer


def _memory(path: Path | None, who: Persona) -> Memory | None:
    """The memory at ``path``, rid of what is older than the persona keeps; AssetError."""
    if path is None:
        return None
    memory = Memory(path, days=who.days)
    memory.expire()
    return memory


class Talking:
    """A talk that gets ready while the window is already there."""

    def __init__(self, session: Session, options: TalkOptions) -> None:
        self._session, self._options = session, options
        self._log = TraceLog(options.log) if options.log is not None else None
        self._talk: Talk | None = None
        self._message = tr("talk_preparing")
        self._thread = threading.Thread(target=self._prepare, name="talk", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether questions can be put."""
        return self._talk is not None

    def status(self) -> str:
        """What it is doing, in a line for the window."""
        if self._talk is None:
            return self._message
        talk = self._talk.conversation
        if talk.trouble.startswith("failed") or (talk.trouble and talk.state == "idle"):
            return tr("talk_trouble", reason=talk.trouble)
        heard = talk.partial[-_SHOWN:]
        match talk.state:
            case "listening" | "interrupted":
                return tr("talk_hearing", text=heard) if heard else tr("talk_listening")
            case "thinking":
                return tr("talk_thinking")
            case "speaking":
                return tr("talk_speaking")
            case "idle":
                return self._message or self._invitation()

    def _invitation(self) -> str:
        """What somebody may do to be heard."""
        if self._options.push:
            return tr("talk_push")
        if self._options.wake:
            return tr("talk_wake", word=self._options.wake[0])
        return tr("talk_idle")

    def ask(self, text: str) -> None:
        """Put a typed question; ConfigError while it is not ready."""
        if self._talk is None:
            raise ConfigError(self._message)
        self._talk.ask(text)

    def push_to_talk(self) -> None:
        """The talk key was pressed."""
        if self._talk is not None:
            self._talk.conversation.push_to_talk()

    def close(self) -> None:
        """Stop listening and thinking."""
        self._thread.join(30)
        if self._talk is not None:
            self._talk.close()

    def _prepare(self) -> None:
        try:
            who = personas.load(self._options.persona)
            chain = dialogues.create(
                self._options.dialogue,
                persona=who,
                knowledge=self._options.knowledge,
                memory=_memory(self._options.memory, who),
                tools=self._session.tools,
            )
            chain.ready()
        except AvatarError as error:
            self._message = str(error)
            return
        self._message = ""
        hearing, microphone = self._ears()
        self._talk = Talk(
            self._session, chain, hearing, microphone, visitor=VISITOR, over=self._over
        )

    def _ears(self) -> tuple[Hearing | None, Microphone | None]:
        """What hears; nothing, with the reason in the message, where this machine cannot."""
        options = self._options
        try:
            recognizer = open_recognizer(
                options.recognizer, self._session.config, options.knowledge
            )
            hearing = Hearing(
                recognizer,
                patience=options.patience,
                mode="push" if options.push else "wake" if options.wake else "open",
                echo=True,
                wake=options.wake,
            )
            microphone = open_microphone(options.mic, self._session.clock, tell=self._tell)
        except AvatarError as error:
            self._message = tr("talk_deaf", reason=error)
            click.echo(self._message, err=True)
            return None, None
        click.echo(tr("talk_ready", name=microphone.name), err=True)
        return hearing, microphone

    def _over(self, turn: Turn) -> None:
        """A turn that is over, on standard output and in the log."""
        click.echo(tr("ask_heard", text=turn.question.text))
        click.echo(tr("ask_answer", text=turn.heard or turn.answer))
        if self._log is not None:
            self._log(turn)

    def _tell(self, line: str) -> None:
        click.echo(line, err=True)
