"""English words to phones, by espeak-ng's rules, word by word in their sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from avatar.voice import phonemes
from avatar.voice.text import Token
from avatar.voice.tts import libespeak

Sounds = list[tuple[str, str, float]]
"""(IPA phone, symbols of the network, stress) in order."""


class English:
    """Reads runs of English tokens; raises MissingExtra without espeak-ng."""

    def __init__(self, write: Callable[[str], str] = phonemes.kokoro_english) -> None:
        """``write`` makes a network's symbols of an espeak-ng phoneme (IPA with stress marks)."""
        self._lib, self._write = libespeak.shared(), write

    def read(self, run: Sequence[Token]) -> Iterator[Sounds]:
        """The sounds of each token, read in the context of its run."""
        text, starts = "", list[int]()
        for token in run:
            starts.append(len(text))
            text += phonemes.espeak_mnemonics(token.ipa) if token.ipa else token.spoken
            text += f"{token.mark} "
        said = self._lib.say(text, "en-us", speed=170)
        spoken: list[Sounds] = [[] for _ in run]
        begins = [(mark.sample, mark.position) for mark in said.words]
        at = np.array([sample for sample, _ in begins])
        for mark in said.phones:
            if not mark.symbol:
                continue
            word = int(np.searchsorted(at, mark.sample, side="right")) - 1
            position = begins[max(word, 0)][1] if begins else 0
            index = int(np.searchsorted(starts, position, side="right")) - 1
            ipa, stress = phonemes.from_espeak(mark.symbol, "en")
            spoken[index].append((ipa, self._write(mark.symbol), stress))
        return iter(spoken)
