"""A session: one clock, one stage, figures on it, and what they say.

The same frame loop serves a file and a live window. In a file time is handed in by
:class:`~avatar.clock.ManualClock`; live it is the seconds the speaker has played. Every frame:
due clauses go to the speaker and to the drivers, every performer is posed, all are drawn.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Self

from avatar.animation.attend import State
from avatar.character import load
from avatar.character.character import Character
from avatar.clock import AudioClock, Clock, ManualClock
from avatar.config import Config
from avatar.devices.audio import FileSpeaker, Speaker
from avatar.errors import AssetError
from avatar.lanes import Errands
from avatar.media import AudioChunk, Speech, Synthesizer, VideoFrame
from avatar.output.captions import Captions
from avatar.output.provenance import Provenance
from avatar.output.sinks import open_sink
from avatar.render.overlay import Layer
from avatar.render.trim import lean
from avatar.resources import figure_path
from avatar.runtime.cues import Cue, Cues, split
from avatar.runtime.delivery import Delivery
from avatar.runtime.performer import Performer
from avatar.runtime.recorder import Recorder
from avatar.runtime.speaking import Utterance
from avatar.runtime.stage import Stage
from avatar.runtime.voices import Voices
from avatar.voice.dialogue.tools import Tools

TAIL = 0.9
"""Picture after the last word of a file, s."""

SETTLE_RATE = 30
"""Steps per second while settling, Hz."""


class Session:
    """Figures on a stage that speak what they are told.

    ::

        with avatar.Session("mei") as session:
            session.say("你好，world.")
            for frame in session.frames():
                frame.pixels  # uint8[height, width, 4], premultiplied RGBA

    ``settings`` are the fields of :class:`~avatar.config.Config`. Pass ``stage`` to draw into a
    window, ``speaker`` to be heard: the session then runs on the speaker's time. Any thread may
    ``say``, ``hush``, ``attend`` and ``react``; all else is for the one that draws.
    """

    def __init__(
        self,
        figure: str | Path | Character | None = None,
        *,
        config: Config | None = None,
        stage: Stage | None = None,
        speaker: Speaker | None = None,
        synthesizer: Synthesizer | None = None,
        **settings: Any,
    ) -> None:
        lean()
        if isinstance(figure, str | Path):
            settings["figure"] = str(figure)
        self.config = (config or Config()).with_values(settings)
        character = figure if isinstance(figure, Character) else None
        self._manual = ManualClock()
        self._live = speaker is not None
        self._recorders: list[Recorder] = []
        self.speaker: Speaker = speaker or FileSpeaker(self._manual, self._hear)
        self.clock: Clock = AudioClock(speaker.position) if speaker else self._manual
        self.performers: list[Performer] = []
        self.captions = Captions()
        self.provenance = Provenance(self.config.provider) if self.config.label else None
        self._errands = Errands()
        self._delivery = Delivery(
            self.speaker, self.clock, self._errands, self._follow, live=self._live
        )
        self._unseen = list[Utterance]()
        """Utterances whose first frame is still to be drawn."""
        self._voices = Voices(self.config)
        if synthesizer is not None:
            self._voices.give(0, synthesizer)
        self._gesturing = 0.0
        self.stage = stage or Stage(self.config)
        self._files: dict[tuple[Path, int], Character] = {}
        """Figures on stage by file and when it was written."""
        self.add_figure(character or self.config.figure)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the voice, the speaker and the stage."""
        self._delivery.close()
        self._voices.close()
        self.speaker.close()
        self.stage.close()

    # -- figures -------------------------------------------------------------------------------

    def add_figure(
        self, figure: str | Path | Character, x: float = 0.0, voice: str | None = None
    ) -> Performer:
        """Bring a figure on stage, ``x`` m to the viewer's right; returns its performer.

        ``voice`` names its synthesizer; the session's own kind, in a voice that suits, otherwise.
        """
        character = self._character(figure)
        index = len(self.performers)
        performer = Performer(character, seed=self.config.seed + index)
        performer.feel(self.config.emotion, fade=0.0)
        if voice is not None:
            self._voices.give(index, voice)
        self.stage.add(character, x)
        self.performers.append(performer)
        return performer

    def replace_figure(self, index: int, figure: str | Path | Character) -> Performer:
        """Another figure takes the place, mood and voice of figure ``index``."""
        character = self._character(figure)
        mood = self.performers[index].emotion
        performer = Performer(character, seed=self.config.seed + index, emotion=mood)
        self.stage.replace(index, character)
        self.performers[index] = performer
        return performer

    def _character(self, figure: str | Path | Character) -> Character:
        """The figure to show; of a file that is on stage already, the very same."""
        if isinstance(figure, Character):
            return _shown(figure)
        path = figure_path(str(figure))
        key = path, path.stat().st_mtime_ns if path.exists() else 0
        seen = [performer.character for performer in self.performers]
        self._files = {k: c for k, c in self._files.items() if any(c is s for s in seen)}
        if key not in self._files:
            self._files[key] = _shown(load(path))
        return self._files[key]

    # -- speaking ------------------------------------------------------------------------------

    def voice(self, performer: int = 0) -> Synthesizer:
        """The voice of a figure; made on first use, to suit the figure's sex."""
        return self._voices.of(performer, self.performers[performer].character.sex)

    @property
    def voice_reason(self) -> str:
        """Why ``auto`` took the voice it took; empty for one that was named."""
        return self._voices.reason

    def say(self, text: str, lang: str | None = None, performer: int = 0) -> Utterance:
        """Queue ``text``; it is spoken after what was queued before it. Returns at once.

        Names of gestures and emotions in brackets happen at the word after them: ``[bow] 大家好``.
        """
        spoken, cues = split(text)
        utterance = self._utterance(spoken, lang, performer)
        utterance.cues = Cues(spoken, cues) if cues else None
        if cues and not spoken.strip():
            self._errands.do(partial(self._cue, cues, performer))
            return utterance
        self._delivery.say(utterance)
        return utterance

    def expect(self, text: str, lang: str | None = None, performer: int = 0) -> None:
        """``text`` is likely to be said next, and its sound is begun; empty: nothing is."""
        self._delivery.expect(self._utterance(split(text)[0], lang, performer))

    def rehearse(
        self, lines: Iterable[tuple[str, str]], quiet: Callable[[], bool], performer: int = 0
    ) -> None:
        """Make ``lines`` (text, language) into sound for later, whenever it is ``quiet``.

        A voice that makes its clauses at once has no need of it. Returns at once.
        """
        asked = (self._utterance(split(text)[0], lang, performer) for text, lang in lines)
        self._delivery.rehearse(asked, quiet)

    @property
    def unrehearsed(self) -> int:
        """Lines that are still to be made for later."""
        return self._delivery.unrehearsed

    def _utterance(self, text: str, lang: str | None, performer: int) -> Utterance:
        voice = partial(self.voice, performer)
        return Utterance(text, voice, lang or self.config.lang, performer)

    def _cue(self, cues: Sequence[Cue], performer: int) -> None:
        for cue in cues:
            over = self.performers[performer].cue(cue, self.clock.now())
            self._gesturing = max(self._gesturing, over)

    def gesture(self, name: str, figure: int = 0, **options: Any) -> float:
        """Figure ``figure`` makes the gesture ``name`` now; returns when it is over, s.

        ``options``: ``side`` (left, right), ``size``, ``variant``, ``seed``; ConfigError for what
        is unknown.
        """
        over = self.performers[figure].gesture(name, self.clock.now(), **options)
        self._gesturing = max(self._gesturing, over)
        return over

    @cached_property
    def tools(self) -> Tools:
        """What a model may call: say, gesture, emote, look, and what :meth:`tool` adds."""
        return Tools()

    def tool(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Let a model call ``function`` (a decorator); see ``dialogue.tools.Tools.register``.

        Give ``tools=session.tools`` to ``dialogue.select.create``, and name it in the persona's
        ``[tools] on``.
        """
        return self.tools.register(function)

    def attend(self, state: State, figure: int = 0) -> None:
        """Figure ``figure`` bears itself as somebody ``idle``, ``listening``, ``thinking``,
        ``speaking`` or ``interrupted``; from any thread."""
        if state != "idle":
            self._delivery.hold()
        self._errands.do(lambda: self.performers[figure].attend(state, self.clock.now()))

    def react(self, *, revoke: bool = False, figure: int = 0) -> None:
        """Figure ``figure`` nods to a visitor's pause, or takes that back; from any thread."""
        attention = self.performers[figure].attention
        do = attention.revoke if revoke else attention.react
        self._errands.do(lambda: do(self.clock.now()))

    def hush(self) -> float:
        """Stop speaking now; returns the seconds of speech dropped."""
        self._gesturing = min(self._gesturing, self.clock.now())
        return self._delivery.hush(self._settle)

    def _settle(self) -> None:
        now = self.clock.now()
        for performer in self.performers:
            performer.cancel(now)
        self.captions.cancel(now)

    @property
    def speaking(self) -> bool:
        """Whether something is being said or is still to be said."""
        return self._delivery.speaking

    @property
    def gesturing(self) -> bool:
        """Whether a gesture asked for by name is under way or still to come."""
        return self.clock.now() < self._gesturing

    # -- frames --------------------------------------------------------------------------------

    def configure(self, **values: Any) -> None:
        """Change view, background, emotion, captions, quality or label while running.

        Raises ConfigError, or AssetError for a background that cannot be read; nothing has
        changed then.
        """
        config = self.config.with_values(values)
        self.stage.configure(config)
        if "emotion" in values:
            for performer in self.performers:
                performer.feel(config.emotion)
        self.config = config

    def advance(self, layers: Sequence[Layer] = ()) -> float:
        """Hand over due clauses, pose and draw every figure for now, ``layers`` on top.

        Returns that time, s.
        """
        self._errands.run()
        now = self.clock.now()
        self._delivery.pump(now)
        for performer, towards in zip(self.performers, self.stage.lens(), strict=True):
            performer.idle.viewer = towards
        states = [performer.advance(now) for performer in self.performers]
        view = self.captions.at(now) if self.config.captions else None
        self.stage.draw(states, now, view, self.provenance, layers)
        self._mark_shown(now)
        return now

    def _mark_shown(self, now: float) -> None:
        """Date the first frame of every utterance that has begun."""
        begun = [u for u in self._unseen if u.started is not None and u.started <= now]
        for utterance in begun:
            utterance.shown = self.clock.now()
            self._unseen.remove(utterance)

    def frame(self) -> VideoFrame:
        """Draw for now and read back; ``pixels`` is overwritten by the next frame."""
        now = self.advance()
        frame = VideoFrame(now, self.stage.read())
        for recorder in self._recorders:
            recorder.video(frame)
        return frame

    def frames(self, duration: float | None = None) -> Iterator[VideoFrame]:
        """Frame after frame until all is said (or for ``duration`` s), in the file's own time."""
        if self._live:
            raise RuntimeError("frames() needs a session without a speaker; use frame() live")
        first = self._manual.now()
        shown = 0.0
        for index in itertools.count():
            self._manual.set(first + index / self.config.fps)
            yield self.frame()
            shown = (index + 1) / self.config.fps
            over = max(self._delivery.end + TAIL, self._gesturing)
            done = not self._delivery.waiting and self._manual.now() >= over
            if shown >= duration if duration is not None else done:
                break
        self._manual.set(first + shown)
        self.speaker.position()

    def write(self, path: str | Path, progress: Callable[[float], None] | None = None) -> Path:
        """Write what is queued into ``path`` (.mp4, .webm with alpha, or a folder of PNGs).

        ``progress`` is told the time of each frame, s. Ctrl-C leaves a file that plays, any
        other error none; raises OutputError when it cannot be written.
        """
        config = self.config
        alpha = config.background == "transparent"
        quick = config.quality == "draft"
        with open_sink(
            path, config.size, config.fps, label=self.provenance, alpha=alpha, quick=quick
        ) as sink:
            self._recorders.append(sink)
            try:
                for frame in self.frames():
                    if progress is not None:
                        progress(frame.t)
            finally:
                self._recorders.remove(sink)
        return Path(path)

    def settle(self, seconds: float = 1.5) -> None:
        """Let a file's time pass without drawing, so that hair and cloth hang as they fall."""
        first = self._manual.now()
        for step in range(round(seconds * SETTLE_RATE) + 1):
            self._manual.set(first + step / SETTLE_RATE)
            for performer in self.performers:
                performer.advance(self._manual.now())

    def record(self, recorder: Recorder) -> None:
        """Give every frame and, in a file's time, all sound to ``recorder`` from now on."""
        self._recorders.append(recorder)

    def _hear(self, chunk: AudioChunk) -> None:
        for recorder in self._recorders:
            recorder.audio(chunk)

    def _follow(self, utterance: Utterance, speech: Speech, start: float, now: float) -> None:
        """The figure and the captions follow a clause heard from ``start`` s on."""
        if start == utterance.started:
            self._unseen.append(utterance)
        performer = self.performers[utterance.performer]
        performer.say(speech, start)
        for t, cue in utterance.cues.due(speech) if utterance.cues else ():
            self._gesturing = max(self._gesturing, performer.cue(cue, start + t, now))
        self.captions.say(speech, start)


def _shown(character: Character) -> Character:
    if not character.instances:
        raise AssetError("holds no mesh to show: export one with the figure", path=character.path)
    return character
