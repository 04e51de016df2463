"""The gesture library: what ``models/gestures`` says, read once.

``hands.toml`` holds hand shapes, ``gestures.toml`` the gestures: for each its variants, for each
variant key poses that say where a hand goes, which way its fingers and palm look, and what trunk,
head, eyes and face do meanwhile. Places are told relative to the body (a landmark and an offset
in arm or hand lengths), so that one table serves every figure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from typing import Any, Final, Literal

from avatar.errors import ConfigError
from avatar.resources import models_dir

Vector = tuple[float, float, float]
Hands = Literal["right", "left", "both", "none"]
Anchor = Literal["shoulder", "chin", "chest", "lens"]
Point = Literal["wrist", "palm", "tips", "index", "pinch"]


@dataclass(frozen=True, slots=True)
class Finger:
    """How far one finger bends, degrees at its three joints, and how far it spreads."""

    bend: Vector
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class HandShape:
    """Fingers by name; the thumb's turns are told about its own axes."""

    fingers: Mapping[str, Finger]
    thumb: tuple[float, float, float, float]
    """Degrees: under the palm, along it, and the bend of its two outer joints."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where one hand goes. x points outward from the body, y up, z forward."""

    at: Anchor = "shoulder"
    offset: Vector = (0.3, -0.3, 0.5)
    """From the anchor: in arm lengths at the shoulder and the lens, else in hand lengths."""
    point: Point = "wrist"
    """The part of the hand that goes there."""
    palm: Vector = (-1.0, 0.0, 0.0)
    """Where the palm looks."""
    fingers: Vector = (0.0, 0.0, 1.0)
    """Where the fingers point."""
    elbow: float = 15.0
    """Degrees by which the elbow would leave the lowest place outward."""
    hand: str = "relaxed"
    """Hand shape."""

    @property
    def touches(self) -> bool:
        """Whether it must hold to the centimetre."""
        return self.at in ("chin", "chest")


@dataclass(frozen=True, slots=True)
class Key:
    """One pose of a gesture, and when."""

    move: float = 0.5
    """s to get there."""
    hold: float = 0.0
    """s to stay."""
    arm: Reach | None = None
    other: Reach | None = None
    """The second hand where it does not mirror the first."""
    head: Vector = (0.0, 0.0, 0.0)
    """Degrees: down, to the gesture's side, ear to the shoulder of that side."""
    lean: Vector = (0.0, 0.0, 0.0)
    """Degrees of the spine, as ``head``."""
    bow: float = 0.0
    """Degrees by which the whole trunk tilts forward in the hips."""
    weight: float = 0.0
    """Shift of the hips to the gesture's side, in hips heights."""
    gaze: tuple[float, float] = (0.0, 0.0)
    """Degrees the eyes leave the viewer: to the gesture's side, up."""
    follow: float = 0.0
    """Part of the head's movement that takes the eyes along; the rest they hold their aim."""
    shrug: float = 0.0
    """Degrees by which the shoulders rise."""
    face: Mapping[str, float] = field(default_factory=dict[str, float])
    """Weights of ARKit shapes, those with sides without ``Left`` or ``Right``."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of making a gesture."""

    name: str
    keys: tuple[Key, ...]
    hands: Hands = "right"
    """The hands that take part unless a side is asked for."""
    stroke: int = 0
    """Index of the key that carries the meaning."""
    retract: float = 0.85
    """s for the way back."""
    lag: float = 1.0
    """Scale of the times by which the outer joints follow the inner ones."""
    sides: bool = True
    """Whether it can be made with the other hand."""

    @property
    def stroke_at(self) -> float:
        """s from the start until the stroke has landed."""
        before = self.keys[: self.stroke]
        return sum(key.move + key.hold for key in before) + self.keys[self.stroke].move

    @property
    def length(self) -> float:
        """s until the last key has been held."""
        return sum(key.move + key.hold for key in self.keys)


@dataclass(frozen=True, slots=True)
class Gesture:
    """A gesture by name with its variants."""

    name: str
    variants: tuple[Variant, ...]
    also: tuple[str, ...] = ()
    """Other names, among them the Chinese one."""


@cache
def library() -> Mapping[str, Gesture]:
    """All gestures by name."""
    table = _read("gestures.toml")
    return {name: _gesture(name, entry, table) for name, entry in table.items()}


@cache
def hand_shapes() -> Mapping[str, HandShape]:
    """All hand shapes by name."""
    return {name: _shape(entry) for name, entry in _read("hands.toml").items()}


def find(name: str) -> Gesture:
    """The gesture called ``name``, in English or Chinese; ConfigError with a near match."""
    known = _names()
    plain = name.strip().lower().replace("_", "-").replace(" ", "-")
    if plain in known:
        return library()[known[plain]]
    near = get_close_matches(plain, library(), n=1) or get_close_matches(plain, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise ConfigError(f"no gesture {name!r}: {hint}known: {', '.join(library())}")


@cache
def _names() -> Mapping[str, str]:
    names = {name: name for name in library()}
    return {also: g.name for g in library().values() for also in g.also} | names


def _read(file: str) -> dict[str, Any]:
    return tomllib.loads((models_dir() / "gestures" / file).read_text("utf-8"))


def _gesture(name: str, entry: Mapping[str, Any], table: Mapping[str, Any]) -> Gesture:
    """``like`` names the gesture whose variants this one shares, but for its hand or side."""
    model = table[entry["like"]] if "like" in entry else entry
    variants = [_variant(name, i, v) for i, v in enumerate(model["variant"])]
    if "hands" in entry:
        variants = [replace(v, hands=entry["hands"]) for v in variants]
    if "hand" in entry:
        variants = [_with_hand(v, entry["hand"]) for v in variants]
    return Gesture(name, tuple(variants), tuple(entry.get("also", ())))


def _with_hand(variant: Variant, shape: str) -> Variant:
    """The same with another hand shape in the stroke and after."""
    keys = list(variant.keys)
    for i in range(variant.stroke, len(keys)):
        arm = keys[i].arm
        keys[i] = keys[i] if arm is None else replace(keys[i], arm=replace(arm, hand=shape))
    return replace(variant, keys=tuple(keys))


def _variant(gesture: str, index: int, entry: Mapping[str, Any]) -> Variant:
    keys: list[Key] = []
    for table in entry["key"]:
        keys.append(_key(table, keys[-1] if keys else Key()))
    options = {k: v for k, v in entry.items() if k not in ("key", "name")}
    made = Variant(entry.get("name", f"{gesture} {index + 1}"), tuple(keys), **options)
    return replace(made, sides=made.sides and made.hands in ("right", "left"))


def _key(table: Mapping[str, Any], before: Key) -> Key:
    """A key takes over from the one before what it does not say, but for its hold."""
    values = {k: _tuple(v) for k, v in table.items() if k not in ("arm", "other")}
    for hand in ("arm", "other"):
        if hand in table:
            # The second hand begins as the first one does.
            reach = getattr(before, hand) or values.get("arm") or Reach()
            values[hand] = replace(reach, **{k: _tuple(v) for k, v in table[hand].items()})
    return replace(before, **{"hold": 0.0} | values)


def _shape(entry: Mapping[str, Any]) -> HandShape:
    bends: Sequence[Any] = entry["bend"]
    spread: Sequence[float] = entry.get("spread", (0, 0, 0, 0))
    fingers = {
        name: Finger(_bend(bend), by)
        for name, bend, by in zip(("Index", "Middle", "Ring", "Little"), bends, spread, strict=True)
    }
    return HandShape(fingers, _tuple(entry["thumb"]))


_CLOSED: Final = (86.0, 104.0, 68.0)
"""Degrees at the three joints of a finger in a fist."""


def _bend(bend: Any) -> Vector:
    """Three angles, or one number 0 straight .. 1 closed."""
    if isinstance(bend, list):
        return _tuple(bend)
    a, b, c = (bend * angle for angle in _CLOSED)
    return a, b, c


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value  # pyright: ignore
