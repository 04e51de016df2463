"""Speech sounds of Mandarin and English: pinyin, espeak-ng's and Kokoro's symbols, and IPA.

Mandarin after Lin, *The Sounds of Chinese* (2007) and Duanmu, *The Phonology of Standard Chinese*
(2007): initial, glide, nucleus, coda. English is General American as espeak-ng writes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

INITIALS: Final = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l",
    "g": "k", "k": "kʰ", "h": "x", "j": "tɕ", "q": "tɕʰ", "x": "ɕ",
    "zh": "ʈʂ", "ch": "ʈʂʰ", "sh": "ʂ", "r": "ɻ", "z": "ts", "c": "tsʰ", "s": "s",
}  # fmt: skip
"""Pinyin initial -> IPA."""

FINALS: Final[dict[str, tuple[str, str, str]]] = {
    "a": ("", "a", ""), "o": ("w", "o", ""), "e": ("", "ɤ", ""), "ê": ("", "ɛ", ""),
    "ai": ("", "ai", ""), "ei": ("", "ei", ""), "ao": ("", "au", ""), "ou": ("", "ou", ""),
    "an": ("", "a", "n"), "en": ("", "ə", "n"), "ang": ("", "a", "ŋ"), "eng": ("", "ə", "ŋ"),
    "ong": ("", "ʊ", "ŋ"), "er": ("", "ɚ", ""),
    "i": ("", "i", ""), "ia": ("j", "a", ""), "ie": ("j", "e", ""), "io": ("j", "o", ""),
    "iao": ("j", "au", ""), "iu": ("j", "ou", ""), "ian": ("j", "ɛ", "n"), "in": ("", "i", "n"),
    "iang": ("j", "a", "ŋ"), "ing": ("", "i", "ŋ"), "iong": ("j", "ʊ", "ŋ"),
    "u": ("", "u", ""), "ua": ("w", "a", ""), "uo": ("w", "o", ""), "uai": ("w", "ai", ""),
    "ui": ("w", "ei", ""), "uan": ("w", "a", "n"), "un": ("w", "ə", "n"),
    "uang": ("w", "a", "ŋ"), "ueng": ("w", "ə", "ŋ"),
    "v": ("", "y", ""), "ve": ("ɥ", "e", ""), "van": ("ɥ", "ɛ", "n"), "vn": ("", "y", "n"),
    "m": ("", "m̩", ""), "n": ("", "n̩", ""), "ng": ("", "ŋ̍", ""),
}  # fmt: skip
"""Pinyin final -> IPA glide, nucleus, coda."""

_INTERJECTIONS: Final = {"o": ("", "ɔ", ""), "hm": ("", "m̩", ""), "hng": ("", "ŋ̍", "")}
_SYLLABLE: Final = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcs])?([a-zê]+?)(r?)([1-5])")
_Y_FINALS: Final = {
    "yi": "i", "ya": "ia", "ye": "ie", "yo": "io", "yao": "iao", "you": "iu", "yan": "ian",
    "yin": "in", "yang": "iang", "ying": "ing", "yong": "iong", "yai": "iai",
    "yu": "v", "yue": "ve", "yuan": "van", "yun": "vn",
    "wu": "u", "wa": "ua", "wo": "uo", "wai": "uai", "wei": "ui", "wan": "uan", "wen": "un",
    "wang": "uang", "weng": "ueng",
}  # fmt: skip
_AFTER_JQX: Final = {"u": "v", "ue": "ve", "uan": "van", "un": "vn"}


@dataclass(frozen=True, slots=True)
class Syllable:
    """One Mandarin syllable in IPA; "" where a part is absent."""

    initial: str
    glide: str
    nucleus: str
    coda: str
    tone: int
    """1..4, 5 is neutral."""
    rhotic: bool = False
    """Whether it ends in -r (儿化)."""

    @property
    def phones(self) -> tuple[str, ...]:
        """Its sounds in order, IPA."""
        nucleus = self.nucleus + "˞" if self.rhotic and self.nucleus != "ɚ" else self.nucleus
        coda = "" if self.rhotic and self.coda == "n" else self.coda
        return tuple(p for p in (self.initial, self.glide, nucleus, coda) if p)


@lru_cache(maxsize=4096)
def parse_pinyin(pinyin: str) -> Syllable:
    """Split ``zhong1``, ``lv4``, ``huar1``; raises ValueError for what is no syllable."""
    text = pinyin.lower().replace("ü", "v").replace("u:", "v")
    if not text[-1:].isdigit():
        text += "5"
    tone = int(text[-1])
    whole = _INTERJECTIONS.get(text[:-1])
    if whole:
        return Syllable("", *whole, tone)
    match = _SYLLABLE.fullmatch(text)
    for rhotic in (False, True):
        if match is None:
            break
        body = text[:-1].removesuffix("r") if rhotic else text[:-1]
        found = _split(body)
        if found:
            return Syllable(*found, tone, rhotic)
    raise ValueError(f"{pinyin!r} is no pinyin syllable")


def _split(body: str) -> tuple[str, str, str, str] | None:
    if body in _Y_FINALS and _Y_FINALS[body] in FINALS:
        return ("", *FINALS[_Y_FINALS[body]])
    match = re.fullmatch(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcs])?(.*)", body)
    initial, final = (match[1] or "", match[2]) if match else ("", "")
    if initial in ("j", "q", "x"):
        final = _AFTER_JQX.get(final, final)
    if initial in ("n", "l"):
        final = {"ue": "ve"}.get(final, final)
    if final == "i" and initial in ("zh", "ch", "sh", "r"):
        return INITIALS[initial], "", "ʐ̩", ""
    if final == "i" and initial in ("z", "c", "s"):
        return INITIALS[initial], "", "z̩", ""
    if final not in FINALS:
        return ("", *FINALS[body]) if body in FINALS else None
    return (INITIALS[initial] if initial else "", *FINALS[final])


# --- espeak-ng ---------------------------------------------------------------------------------

_ESPEAK_ZH: Final = {
    "ts.h": "ʈʂʰ", "ts.": "ʈʂ", "s.": "ʂ", "tsh": "tsʰ", "tɕh": "tɕʰ", "ph": "pʰ", "th": "tʰ",
    "kh": "kʰ", "χ": "x", "ʐ": "ɻ", "i.": "ʐ̩", "i̪": "z̩", "o-": "ɤ", "onɡ": "ʊŋ", "ŋ-": "ŋ̍",
    "ər": "ɚ", "ɑu": "au", "yi": "y",
}  # fmt: skip
# The Mandarin rules of espeak-ng 1.51 and 1.52 spell these as English.
_ESPEAK_SYLLABLES: Final = {
    "jiong": "tS;j'ong", "qiong": "tS;hj'ong", "xiong": "S;j'ong", "fiao": "fj'Au",
    "m": "m-", "n": "n-", "hm": "m-", "hng": "'N-", "ng": "'N-",
}  # fmt: skip
_ESPEAK_TONES: Final = {1: "55", 2: "35", 3: "214", 4: "51", 5: "11"}


def from_espeak(symbol: str, lang: str) -> tuple[str, float]:
    """IPA without stress marks, and the stress 0..1, of an espeak-ng phoneme event."""
    stress = 1.0 if "ˈ" in symbol else 0.5 if "ˌ" in symbol else 0.0
    bare = symbol.replace("ˈ", "").replace("ˌ", "")
    return (_ESPEAK_ZH.get(bare, bare) if lang == "zh" else bare), stress


def espeak_syllable(pinyin: str) -> str:
    """A pinyin syllable with tone number as the voice ``cmn-latn-pinyin`` reads it."""
    body, tone = pinyin[:-1], int(pinyin[-1])
    if body in _ESPEAK_SYLLABLES:
        return f"[[{_ESPEAK_SYLLABLES[body]}{_ESPEAK_TONES[tone]}]]"
    if body.endswith("r") and body not in ("er", "r"):
        return f"{body[:-1]}{tone} er5"
    return "er5" if body == "r" else pinyin


_MNEMONICS: Final = (
    ("tʃ", "tS"), ("dʒ", "dZ"), ("ʧ", "tS"), ("ʤ", "dZ"), ("aɪ", "aI"), ("aʊ", "aU"),
    ("eɪ", "eI"), ("oʊ", "oU"), ("əʊ", "oU"), ("ɔɪ", "OI"), ("ɑːɹ", "A@"), ("ɑːr", "A@"),
    ("ɑɹ", "A@"), ("ɔːɹ", "o@"), ("ɔɹ", "o@"), ("ɛɹ", "e@"), ("ʊɹ", "U@"), ("ɪɹ", "i@3"),
    ("ɜːɹ", "3:"), ("ɜːr", "3:"), ("ɜɹ", "3:"), ("ɝ", "3:"), ("ɚ", "3"), ("əl", "@L"),
    ("iː", "i:"), ("uː", "u:"), ("ɑː", "A:"), ("ɔː", "O:"), ("ɜː", "3:"), ("i", "i:"), ("u", "u:"),
    ("ɑ", "A:"), ("ɔ", "O:"), ("ɒ", "0"), ("æ", "a"), ("a", "a"), ("ʌ", "V"), ("ɪ", "I"),
    ("ʊ", "U"), ("ɛ", "E"), ("e", "E"), ("ə", "@"), ("ɐ", "a#"), ("o", "oU"), ("θ", "T"),
    ("ð", "D"), ("ʃ", "S"), ("ʒ", "Z"), ("ŋ", "N"), ("ɹ", "r"), ("r", "r"), ("ɡ", "g"),
    ("ɾ", "t#"), ("ʔ", "?"), ("x", "x"), ("ˈ", "'"), ("ˌ", ","), ("ː", ""), (".", ""), (" ", " "),
)  # fmt: skip


def espeak_mnemonics(ipa: str) -> str:
    """English IPA as espeak-ng's ``[[...]]``; raises ValueError naming a sound it lacks."""
    out = "".join(_pieces(ipa, _MNEMONICS, keep="bdfhjklmnpstvwzg"))
    return f"[[{out}]]"


# --- Kokoro ------------------------------------------------------------------------------------

_KOKORO_ZH: Final = {
    "ts": "ʦ", "tsʰ": "ʦʰ", "ʈʂ": "ꭧ", "ʈʂʰ": "ꭧʰ", "tɕ": "ʨ", "tɕʰ": "ʨʰ", "ʐ̩": "ɨ", "z̩": "ɨ",
    "m̩": "m", "n̩": "n", "ŋ̍": "ŋ",
}  # fmt: skip
_KOKORO_TONES: Final = {1: "→", 2: "↗", 3: "↓", 4: "↘", 5: ""}
_KOKORO_EN: Final = (
    ("aɪɚ", "Iəɹ"), ("aɪə", "Iə"), ("aʊɚ", "Wəɹ"), ("aɪ", "I"), ("eɪ", "A"), ("oʊ", "O"),
    ("əʊ", "Q"), ("aʊ", "W"), ("ɔɪ", "Y"), ("tʃ", "ʧ"), ("dʒ", "ʤ"), ("ɪə", "iə"), ("ɑːɹ", "ɑɹ"),
    ("ɔːɹ", "ɔɹ"), ("oːɹ", "ɔɹ"), ("oːr", "ɔɹ"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɚ", "əɹ"),
    ("ɝ", "ɜɹ"), ("əl", "ᵊl"), ("n̩", "ᵊn"), ("l̩", "ᵊl"), ("m̩", "ᵊm"), ("ɾ", "T"), ("ʔ", "t"),
    ("ɐ", "ə"), ("ɬ", "l"), ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("g", "ɡ"), ("o", "ɔ"), ("e", "A"),
    ("ː", ""), ("\u0303", ""), ("\u0329", ""), (".", ""),
)  # fmt: skip


def kokoro_syllable(pinyin: str) -> list[tuple[str, str]]:
    """A pinyin syllable as (IPA phone, the Kokoro symbols that stand for it), tone and all."""
    syllable = parse_pinyin(pinyin)
    out = list[tuple[str, str]]()
    for phone in syllable.phones:
        bare = phone.removesuffix("˞")
        symbols = _KOKORO_ZH.get(bare, bare)
        if bare == syllable.nucleus:
            symbols += _KOKORO_TONES[syllable.tone]
        out.append((phone, symbols))
    if syllable.rhotic and syllable.nucleus != "ɚ":
        out.append(("ɻ", "ɻ"))
    return out


def kokoro_english(symbol: str) -> str:
    """One espeak-ng English phoneme, stress marks and all, in Kokoro's symbols."""
    return "".join(_pieces(symbol, _KOKORO_EN, keep=None))


def _pieces(text: str, table: tuple[tuple[str, str], ...], keep: str | None) -> list[str]:
    """Greedy replacement; a character in no row stands for itself (if in ``keep``)."""
    out, i = list[str](), 0
    while i < len(text):
        for source, target in table:
            if text.startswith(source, i):
                out.append(target)
                i += len(source)
                break
        else:
            if keep is not None and text[i] not in keep:
                raise ValueError(f"no sound {text[i]!r} in {text!r}")
            out.append(text[i])
            i += 1
    return out
