"""Vosk: many languages, as they are spoken, with small models and no network.

A model is a folder in Vosk's layout (Kaldi's chain models). Named, it is looked for among the
fetched models (``avatar fetch vosk-ko``), in an installed package ``vosk_model_NAME``, and where
Vosk's own programs keep theirs; it is never downloaded behind the user's back. Kaldi ends the
whole process over a damaged folder, so a folder is looked through before it is loaded.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from avatar import fetch
from avatar.errors import AssetError, ConfigError, MissingAsset
from avatar.media import AudioChunk, RecognizerCapabilities, Transcript
from avatar.plugins import require
from avatar.voice.asr.feeding import RATE, Timeline

_WEBSITE: Final = "https://alphacephei.com/vosk/models"
_CODES: Final = {"cn": "zh", "zh": "zh", "en-us": "en", "en-in": "en"}
"""Vosk's names of languages that are not ours."""
_NAME: Final = re.compile(r"vosk[-_](?:model[-_])?(?:small[-_])?([a-z]{2}(?:-(?:us|in))?)\b")
_NEEDED: Final = ("am/final.mdl", "conf/mfcc.conf")
_IVECTOR: Final = (
    "final.dubm",
    "final.ie",
    "final.mat",
    "global_cmvn.stats",
    "online_cmvn.conf",
    "splice.conf",
)
_BETWEEN: Final = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
"""The spaces Vosk puts between Chinese words."""


class VoskRecognizer:
    """Whatever its model hears, streaming."""

    def __init__(self, model: str = "", *, lang: str = "auto") -> None:
        """``model`` is a name (``ko``, ``vosk-model-small-cn-0.22``) or a folder; without one, the
        first that is found for ``lang``.

        Raises MissingExtra; MissingAsset naming the model or the file of it that is not there;
        AssetError for a folder that Vosk refuses; ConfigError for a model of another language.
        """
        vosk: Any = require("vosk", extra="listen", for_what="the recogniser vosk")
        folder = find(model, lang)
        check(folder)
        self._lang = _language(folder, lang)
        vosk.SetLogLevel(-1)
        try:
            self._model: Any = vosk.Model(str(folder))
            self._decoder: Any = vosk.KaldiRecognizer(self._model, RATE)
        except Exception as error:
            raise AssetError(f"is no Vosk model: {error}", path=folder) from error
        self._name = model or folder.name
        self._time, self._said, self._shown = Timeline(), list[str](), ""

    @property
    def name(self) -> str:
        return f"vosk/{self._name}"

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities((self._lang,), streaming=True, realtime_factor=0.2)

    def feed(self, chunk: AudioChunk) -> Sequence[Transcript]:
        pcm = (self._time.take(chunk) * 32767).astype("<i2").tobytes()
        if self._decoder.AcceptWaveform(pcm):
            self._keep(self._decoder.Result())
            return self._news("")
        return self._news(json.loads(self._decoder.PartialResult())["partial"])

    def pause(self) -> Sequence[Transcript]:
        """Ends the part said so far, so that little is left for :meth:`finish`."""
        self._keep(self._decoder.FinalResult())
        return self._news("")

    def finish(self) -> Transcript:
        self.pause()
        transcript = self._time.transcript(self._text(""), final=True)
        self.reset()
        return transcript

    def reset(self) -> None:
        self._decoder.Reset()
        self._said.clear()
        self._shown = ""
        self._time.reset()

    def close(self) -> None:
        self.reset()

    def _keep(self, result: str) -> None:
        self._said.append(json.loads(result)["text"])

    def _text(self, partial: str) -> str:
        return _BETWEEN.sub("", " ".join(part for part in (*self._said, partial) if part))

    def _news(self, partial: str) -> list[Transcript]:
        text = self._text(partial)
        if not text or text == self._shown:
            return []
        self._shown = text
        return [self._time.transcript(text, final=False)]


def find(model: str, lang: str = "auto") -> Path:
    """The folder of a model by name or path; of the first for ``lang`` where ``model`` is empty.

    Raises MissingAsset saying where it was looked for.
    """
    if model and (os.sep in model or Path(model).expanduser().is_dir()):
        return Path(model).expanduser()
    for folder in _candidates(model or lang):
        told = _told(folder)
        if model in (folder.name, told) or (not model and lang in ("auto", told)):
            return folder
    wanted = model or (f"for {lang}" if lang != "auto" else "at all")
    raise MissingAsset(
        f"no Vosk model {wanted}: unpack one from {_WEBSITE} into {_homes()[-1]}, "
        "or give its folder as vosk/FOLDER (Korean: avatar fetch vosk-ko)"
    )


def check(folder: Path) -> None:
    """Raises MissingAsset for the first file that a model needs and ``folder`` lacks."""
    needed = [folder / name for name in _NEEDED]
    if (folder / "ivector").is_dir():
        needed += [folder / "ivector" / name for name in _IVECTOR]
    graph = folder / "graph"
    if not (graph / "HCLG.fst").is_file():
        needed += [graph / "HCLr.fst", graph / "Gr.fst", graph / "disambig_tid.int"]
    for path in needed:
        if not path.is_file():
            message = "a Vosk model needs this file and it is not there: fetch the model again"
            raise MissingAsset(message, path=path)


def _candidates(name: str) -> Iterator[Path]:
    """Folders that may hold a model, the likeliest first."""
    for known in fetch.manifest():
        if known.startswith("vosk-") and fetch.is_fetched(known):
            yield fetch.path(known, "README").parent
    if name.isidentifier():
        spec = importlib.util.find_spec(f"vosk_model_{name}")
        for place in (spec and spec.submodule_search_locations) or ():
            yield Path(place) / "model"
    for home in _homes():
        yield from (path for path in sorted(home.glob("vosk-model-*")) if path.is_dir())


def _homes() -> list[Path]:
    """Where Vosk's own programs keep models."""
    own = os.environ.get("VOSK_MODEL_PATH")
    places = [Path("/usr/share/vosk"), Path.home() / ".cache" / "vosk"]
    return [Path(own), *places] if own else places


def _told(folder: Path) -> str:
    """The language that a folder's name, or its parent's, tells; empty if neither does."""
    for name in (folder.name, folder.parent.name):
        found = _NAME.match(name)
        if found:
            return _CODES.get(found[1], found[1])
    return ""


def _language(folder: Path, lang: str) -> str:
    told = _told(folder)
    if told and lang not in ("auto", told):
        raise ConfigError(f"the Vosk model {folder.name} hears {told}, not {lang}: take another")
    return told or (lang if lang != "auto" else "en")
