"""Every phone has a place in the mouth, and gestures become the shapes they promise."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from avatar.pose import FACE_SHAPES, FaceShape
from avatar.voice import visemes
from avatar.voice.visemes import GESTURES, GROUPS, VISEMES, to_shapes

MANDARIN = (
    "p pʰ m f t tʰ n l k kʰ x tɕ tɕʰ ɕ ʈʂ ʈʂʰ ʂ ɻ ʐ ts tsʰ s j w ɥ a o ɤ ɛ e i u y ʊ ə ɚ ɑ "
    "ai ei au ou ɹ̩ ɻ̩ z̩ ʐ̩ ŋ m̩ n̩ ŋ̍ ʨ ʨʰ ʦ ʦʰ ꭧ ꭧʰ ɨ uo iɛ yɛ iou uei ɑŋ iɑʊ ueɪ"
)
ENGLISH = (
    "p b t d k ɡ g m n ŋ f v θ ð s z ʃ ʒ tʃ dʒ ʧ ʤ h l ɹ r j w ɾ ʔ i iː ɪ ɛ e æ ɑ ɑː ɒ ɔ ɔː ʊ u uː "
    "ʌ ə ɐ ɚ ɜ ɜː ɝ ᵻ aɪ aʊ eɪ oʊ əʊ ɔɪ ɪɹ ɛɹ ʊɹ ɑːɹ ɔːɹ əl n̩ A I O Q W Y"
)


def gesture(**values: float) -> np.ndarray:
    return np.array([values.get(name, 0.0) for name in GESTURES], np.float32)


def shape(weights: np.ndarray, name: str) -> float:
    return float(weights[FaceShape[name]])


@pytest.mark.parametrize("symbol", (MANDARIN + " " + ENGLISH).split())
def test_no_phone_of_our_languages_is_unknown(symbol: str) -> None:
    assert visemes.unknown_symbols([symbol]) == set()


def test_unknown_symbols_are_named_and_get_the_neutral_mouth() -> None:
    assert visemes.unknown_symbols(["p", "", "☃", "a☃", " "]) == {"☃", "a☃"}
    assert visemes.viseme_of(visemes.units("☃")[0][0]) == "neutral"


def test_marked_letters_fall_back_to_their_base() -> None:
    assert visemes.units("õ") == (("o", 1.0),)
    assert [unit for unit, _ in visemes.units("tɕʰ")] == ["tɕ"]
    assert [unit for unit, _ in visemes.units("ˈaɪː")] == ["a", "ɪ"]


def test_units_share_the_time_of_their_phone() -> None:
    for symbol in ("aɪ", "iou", "p", "ɑːɹ"):
        assert sum(share for _, share in visemes.units(symbol)) == pytest.approx(1)
    head, glide = visemes.units("aʊ")
    assert head[1] > glide[1]


@pytest.mark.parametrize(
    ("symbol", "group"),
    [("m", "closed"), ("pʰ", "closed"), ("v", "labiodental"), ("y", "rounded"), ("", "rest"),
     ("ɑ", "open"), ("i", "mid"), ("ʃ", "rounded"), ("t", "mid"), ("u", "rounded")],
)  # fmt: skip
def test_lip_groups(symbol: str, group: str) -> None:
    unit = visemes.units(symbol)[0][0] if symbol else ""
    assert visemes.group_of(unit) == group
    assert group in GROUPS


@pytest.mark.parametrize(("jaw", "funnel"), [*itertools.product((0.0, 0.3, 1.0), (0.0, 0.7))])
def test_closed_lips_cancel_the_jaw(jaw: float, funnel: float) -> None:
    weights = to_shapes(gesture(jaw=jaw, part=0.6, funnel=funnel, spread=0.4, close=1.0))
    assert shape(weights, "mouthClose") == pytest.approx(shape(weights, "jawOpen"))
    assert shape(weights, "mouthPressLeft") > 0.05
    for name in ("mouthLowerDownLeft", "mouthUpperUpRight"):
        assert shape(weights, name) == 0
    assert shape(weights, "mouthFunnel") < 0.15


def test_labiodentals_bring_the_lower_lip_to_the_teeth() -> None:
    weights = to_shapes(gesture(jaw=0.4, part=0.5, bite=1.0))
    assert shape(weights, "mouthRollLower") > 0.3
    assert shape(weights, "jawOpen") < 0.25
    assert shape(weights, "mouthClose") == 0
    assert shape(weights, "mouthLowerDownLeft") == 0


def test_rounding_spreading_and_tongue_go_to_their_own_shapes() -> None:
    assert shape(to_shapes(gesture(pucker=1.0)), "mouthPucker") > 0.7
    assert shape(to_shapes(gesture(funnel=1.0)), "mouthFunnel") > 0.5
    assert shape(to_shapes(gesture(spread=1.0)), "mouthStretchLeft") > 0.3
    assert 0 < shape(to_shapes(gesture(tongue=0.3)), "tongueOut") < 0.5


def test_shapes_are_bounded_and_only_of_the_mouth() -> None:
    rng = np.random.default_rng(0)
    weights = to_shapes(rng.random((200, len(GESTURES))).astype(np.float32))
    assert weights.min() >= 0
    assert weights.max() <= 1
    moved = {FACE_SHAPES[i] for i in np.flatnonzero(weights.any(0))}
    assert all(name.startswith(("jaw", "mouth", "tongue")) for name in moved)


def test_targets_are_bounded() -> None:
    assert len(VISEMES) == len(visemes.TARGETS)
    assert visemes.TARGETS.min() >= 0
    assert visemes.TARGETS.max() <= 1
    assert (visemes.DOMINANCE > 0).all()
