"""Phones to lip gestures to ARKit shapes, as tables.

A *viseme* says where jaw, lips and tongue want to be for one kind of sound, and how much they
insist (dominance, Cohen & Massaro 1993): /s/ insists on a raised jaw and leaves the rounding to
its neighbours, /u/ insists on its rounding. Jaw and lips are apart as in JALI (Edwards et al.
2016): the same vowel can be said with little jaw and much lip.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from avatar.math3d import Float
from avatar.pose import FACE_COUNT, FACE_SHAPES, FaceShape

GESTURES: Final = ("jaw", "part", "pucker", "funnel", "spread", "tongue", "close", "bite")
"""Columns of a gesture track: jaw lowering, lips parted beyond the jaw's share, lips forward
in a small ring, lips flared in an open ring, corners apart, tongue tip shown, lips shut (/p b
m/), lower lip against the upper teeth (/f v/). All 0..1."""


@dataclass(frozen=True, slots=True)
class Viseme:
    """Targets of the gestures, 0..1, then dominances of jaw, lips and rounding, 0..1."""

    jaw: float
    part: float = 0.0
    pucker: float = 0.0
    funnel: float = 0.0
    spread: float = 0.0
    tongue: float = 0.0
    close: float = 0.0
    bite: float = 0.0
    jaw_d: float = 1.0
    lips_d: float = 1.0
    round_d: float = 1.0


VISEMES: Final[dict[str, Viseme]] = {
    "rest": Viseme(0.0, jaw_d=0.5, lips_d=0.5, round_d=0.4),
    "neutral": Viseme(0.14, 0.14, jaw_d=0.3, lips_d=0.3, round_d=0.2),
    # vowels, open to close
    "a": Viseme(0.48, 0.30),
    "ae": Viseme(0.42, 0.38, spread=0.30),
    "uh": Viseme(0.34, 0.26, jaw_d=0.9),
    "schwa": Viseme(0.20, 0.18, jaw_d=0.5, lips_d=0.5, round_d=0.35),
    "eh": Viseme(0.30, 0.34, spread=0.34),
    "ey": Viseme(0.22, 0.38, spread=0.48),
    "ih": Viseme(0.16, 0.26, spread=0.34, jaw_d=0.8, lips_d=0.8, round_d=0.7),
    "ee": Viseme(0.11, 0.42, spread=0.58),
    "apical": Viseme(0.07, 0.42, spread=0.30),
    "back": Viseme(0.22, 0.24, spread=0.12),
    "er": Viseme(0.18, 0.16, pucker=0.26, funnel=0.34, round_d=0.9),
    "aw": Viseme(0.34, 0.04, pucker=0.22, funnel=0.72),
    "oh": Viseme(0.19, 0.0, pucker=0.48, funnel=0.72, round_d=1.1),
    "oo": Viseme(0.12, 0.02, pucker=0.62, funnel=0.42),
    "uw": Viseme(0.08, 0.0, pucker=1.0, funnel=0.40, round_d=1.3),
    "yu": Viseme(0.07, 0.03, pucker=1.0, funnel=0.34, round_d=1.3),
    # consonants
    "lips": Viseme(0.06, close=1.0, jaw_d=0.9, lips_d=0.3, round_d=0.25),
    "teeth": Viseme(0.10, 0.10, bite=1.0, jaw_d=1.2, lips_d=0.9, round_d=0.6),
    "w": Viseme(0.12, 0.02, pucker=0.94, funnel=0.36, jaw_d=0.9, round_d=1.4),
    "th": Viseme(0.12, 0.26, tongue=0.30, jaw_d=0.9, lips_d=0.6, round_d=0.4),
    "t": Viseme(0.08, 0.26, jaw_d=0.7, lips_d=0.35, round_d=0.15),
    "l": Viseme(0.18, 0.24, tongue=0.04, jaw_d=0.6, lips_d=0.4, round_d=0.25),
    "s": Viseme(0.05, 0.46, spread=0.28, jaw_d=1.3, lips_d=0.6, round_d=0.3),
    "sh": Viseme(0.06, 0.34, pucker=0.26, funnel=0.64, jaw_d=1.3, lips_d=0.6, round_d=0.9),
    "retroflex": Viseme(0.06, 0.36, pucker=0.14, funnel=0.46, jaw_d=1.2, lips_d=0.6, round_d=0.6),
    "palatal": Viseme(0.06, 0.40, spread=0.36, jaw_d=1.2, lips_d=0.6, round_d=0.35),
    "r": Viseme(0.12, 0.10, pucker=0.36, funnel=0.42, jaw_d=0.8, lips_d=0.6, round_d=0.9),
    "y": Viseme(0.08, 0.36, spread=0.46, jaw_d=0.8, lips_d=0.6, round_d=0.5),
    "k": Viseme(0.15, 0.18, jaw_d=0.4, lips_d=0.25, round_d=0.1),
    "h": Viseme(0.20, 0.18, jaw_d=0.12, lips_d=0.12, round_d=0.08),
}
"""Every viseme by name."""

_SYMBOLS: Final[dict[str, str]] = {
    "a": "a ɑ A:",
    "ae": "æ a̟",
    "uh": "ʌ ɐ",
    "schwa": "ə ᵊ ɘ ɵ",
    "eh": "ɛ œ",
    "ey": "e ê",
    "ih": "ɪ ᵻ ɨ ʏ",
    "ee": "i",
    "apical": "ɿ ɹ̩ z̩",
    "retroflex": "ʂ tʂ ʈʂ ꭧ ʐ ʅ ɻ̩ ʈ ɖ dʐ ɖʐ",
    "back": "ɤ ɯ",
    "er": "ɜ ɝ ɚ ɞ",
    "aw": "ɔ ɒ",
    "oh": "o",
    "oo": "ʊ ø ʉ",
    "uw": "u",
    "yu": "y ɥ ʮ ʯ",
    "lips": "p b m ɓ ɱ̊ ʙ β ɸ",
    "teeth": "f v ɱ ʋ pf",
    "w": "w ʍ ɰ",
    "th": "θ ð",
    "t": "t d n ɾ ɗ ɳ ɲ",
    "l": "l ɫ ɭ ʎ ɬ ɮ ɺ",
    "s": "s z ts dz ʦ ʣ",
    "sh": "ʃ ʒ tʃ dʒ ʧ ʤ",
    "palatal": "ɕ ʑ tɕ dʑ ʨ ʥ ç ʝ c ɟ",
    "r": "ɹ r ɻ ɽ ɚ̯ ʁ ʀ",
    "y": "j",
    "k": "k g ɡ ŋ x ɣ q ɢ χ ɴ ʟ",
    "h": "h ɦ ʔ ħ ʕ",
}
_SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "A": ("e", "ɪ"),
    "I": ("a", "ɪ"),
    "O": ("o", "ʊ"),
    "Q": ("ə", "ʊ"),
    "W": ("a", "ʊ"),
    "Y": ("ɔ", "ɪ"),
    "T": ("ɾ",),
    "˞": ("ɚ",),
}
"""Kokoro's capital letters for English diphthongs and the flap; erhua."""

PHONES: Final[dict[str, str]] = {
    symbol: viseme for viseme, symbols in _SYMBOLS.items() for symbol in symbols.split()
}
"""IPA unit -> name of its viseme."""

SILENCE: Final = frozenset(
    {"", " ", "_", "sil", "^", "$", "|", ",", ".", "?", "!", ";", ":", "—", "…"}
)
_MODIFIERS: Final = frozenset("‿.-_→↗↓↘↑0123456789'\"*^~ ")
_MARKS: Final = ("Mn", "Lm", "Sk")
"""Unicode categories of accents, raised letters and tone marks."""
_LONGEST: Final = max(map(len, PHONES))

Unit = tuple[str, float]
"""(IPA unit, share of the phone's time)."""


@lru_cache(maxsize=4096)
def units(symbol: str) -> tuple[Unit, ...]:
    """Split a phone into known IPA units, longest first: ``aɪ`` -> a, ɪ; ``tɕʰ`` -> tɕ.

    Length marks, tone marks and other modifiers are dropped; a character of no known unit is
    replaced by its base character, else by the neutral unit ``""``. Shares sum to 1; what is
    more open takes longer: the head of a diphthong more than its glide.
    """
    found = _parse(symbol)
    open_ = [0.3 + VISEMES[viseme_of(unit)].jaw for unit in found]
    return tuple((unit, o / sum(open_)) for unit, o in zip(found, open_, strict=True))


def _parse(symbol: str) -> list[str]:
    text = symbol.replace("͡", "")
    found: list[str] = []
    at = 0
    while at < len(text):
        size = next((n for n in range(_LONGEST, 0, -1) if text[at : at + n] in PHONES), 0)
        if size:
            found.append(text[at : at + size])
        elif text[at] in _SPELLINGS:
            found.extend(_SPELLINGS[text[at]])
        elif not _is_modifier(text[at]):
            base = unicodedata.normalize("NFD", text[at])[0]
            found.append(base if base in PHONES else "")
        at += max(size, 1)
    return found


def _is_modifier(character: str) -> bool:
    return character in _MODIFIERS or unicodedata.category(character) in _MARKS


def viseme_of(unit: str) -> str:
    """Name of the viseme of one IPA unit; unknown ones are ``neutral``."""
    return PHONES.get(unit, "neutral")


def is_silence(symbol: str) -> bool:
    """Whether a phone symbol stands for no sound."""
    return symbol in SILENCE


def unknown_symbols(symbols: Iterable[str]) -> set[str]:
    """Those phone symbols of which some part has no viseme (they get the neutral one)."""
    return {s for s in symbols if not is_silence(s) and (not _parse(s) or "" in _parse(s))}


LipGroup = Literal["rest", "closed", "labiodental", "rounded", "open", "mid"]
GROUPS: Final[tuple[LipGroup, ...]] = ("rest", "closed", "labiodental", "rounded", "open", "mid")
"""The six lip groups that lips from audio tell apart: silence; /p b m/; /f v/; lips forward
(u o ɔ ʊ y w ɥ ɹ-coloured vowels, ɹ, ʃ ʒ tʃ dʒ); jaw well down (a ɑ æ ʌ ɐ); all the rest
(spread and neutral vowels, and consonants made behind the lips)."""

_GROUP_OF: Final[dict[str, LipGroup]] = {
    "rest": "rest",
    "lips": "closed",
    "teeth": "labiodental",
    **dict.fromkeys(("aw", "oh", "oo", "uw", "yu", "w", "er", "r", "sh"), "rounded"),
    **dict.fromkeys(("a", "ae", "uh"), "open"),
}


def group_of(unit: str) -> LipGroup:
    """Lip group of one IPA unit (``""`` or silence marks are rest)."""
    return "rest" if is_silence(unit) else _GROUP_OF.get(viseme_of(unit), "mid")


TARGETS: Final[Float] = np.array([astuple(v)[:8] for v in VISEMES.values()], np.float32)
"""float32[visemes, 8], targets of GESTURES."""

DOMINANCE: Final[Float] = np.array(
    [(v.jaw_d, v.lips_d, v.round_d, v.round_d, v.lips_d, v.lips_d) for v in VISEMES.values()],
    np.float32,
)
"""float32[visemes, 6], dominances of the gestures that blend (``close`` and ``bite`` do not)."""

INDEX: Final = {name: i for i, name in enumerate(VISEMES)}
"""Row of each viseme in TARGETS and DOMINANCE."""

_SHAPES: Final[dict[str, dict[str, float]]] = {
    "jaw": {"jawOpen": 1.0},
    "part": {"mouthLowerDown": 0.62, "mouthUpperUp": 0.52},
    "pucker": {"mouthPucker": 0.85},
    "funnel": {"mouthFunnel": 0.70},
    "spread": {"mouthStretch": 0.42, "mouthSmile": 0.22, "mouthDimple": 0.10},
    "tongue": {"tongueOut": 1.0},
    "close": {"mouthPress": 0.10, "mouthRollLower": 0.16, "mouthRollUpper": 0.12},
    "bite": {"mouthRollLower": 0.62, "mouthUpperUp": 0.42, "mouthShrugLower": 0.20},
}
"""ARKit shapes each gesture moves; names without Left or Right move both sides."""


def _matrix() -> Float:
    matrix = np.zeros((len(GESTURES), FACE_COUNT), np.float32)
    for row, gesture in enumerate(GESTURES):
        for name, weight in _SHAPES[gesture].items():
            for side in ("", "Left", "Right"):
                if name + side in FACE_SHAPES:
                    matrix[row, FaceShape[name + side]] = weight
    return matrix


SHAPE_MATRIX: Final[Float] = _matrix()
"""float32[8, 52]: gestures to shapes."""

LIP_SHAPES: Final[Float] = np.array(
    [name.startswith(("jaw", "mouth", "tongue")) and "Frown" not in name for name in FACE_SHAPES],
    np.float32,
)
"""float32[52], 1 on the shapes of jaw, mouth and tongue, all that speech may move; a frown is
never speech."""


def to_shapes(gestures: Float) -> Float:
    """Gesture tracks ``[..., 8]`` to ARKit weights float32[..., 52].

    ARKit's ``mouthClose`` undoes ``jawOpen`` at the lips, so shut lips are
    ``mouthClose == jawOpen`` whatever the jaw does behind them.
    """
    g = np.array(gestures, np.float32)
    close, bite = g[..., 6], g[..., 7] * (1 - g[..., 6])
    g[..., 7] = bite
    free = (1 - close) * (1 - bite)
    g[..., 0] *= (1 - 0.55 * close) * (1 - 0.5 * bite)
    g[..., 1] *= free
    g[..., 2] *= 1 - 0.35 * close - 0.4 * bite
    g[..., 3] *= (1 - 0.85 * close) * (1 - 0.6 * bite)
    g[..., 4] *= 1 - 0.5 * close - 0.4 * bite
    g[..., 5] *= free
    weight = g @ SHAPE_MATRIX
    weight[..., FaceShape.mouthClose] = close * weight[..., FaceShape.jawOpen]
    return np.clip(weight, 0, 1, out=weight)
