"""Strokes drawn on the face: lashes with their wing, the lid's crease, the lower lash, brows."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from avatar.modelling.idol.drawn import MM, Sheet, band, mirrored, sheet_part, strip
from avatar.modelling.idol.eyes import RECESS
from avatar.modelling.idol.features import BROW_Y, eye_outline, lower_lid, shut_lid, upper_lid
from avatar.modelling.idol.shapes import Points, motion
from avatar.modelling.idol.surface import front, outward
from avatar.modelling.part import Part, merge, sparse
from avatar.modelling.sources import Reals


def line_parts(origin: Reals) -> list[Part]:
    """Lashes with their wing, the lid's crease, the lower lash and the brows, both sides."""
    lash = [_lash_part(sheets, origin) for sheets in (_upper_lash(), *_spikes())]
    lash.append(sheet_part("lash", "lash", _lid_wall(upper=True), origin))
    fine = [sheet_part("fine", "fine", sheet, origin) for sheet in (_lower_lash(), _crease())]
    wall = [sheet_part("wall", "lid", _lid_wall(upper=False), origin)]
    brow = [_over_fringe(sheet_part("brow", "brow", _brow(), origin))]
    return [
        merge(group[0].name, [*group, *(mirrored(part) for part in group)])
        for group in (lash, fine, wall, brow)
    ]


def _upper_lash() -> tuple[Sheet, Sheet]:
    """The band over the upper lid with its wing: open, and as it lies on the shut eye."""

    def width(t: Reals) -> Reals:
        return np.interp(t, [0, 0.06, 0.3, 0.55, 0.8, 0.9, 0.95, 1],
                         [0.8, 1.9, 4.0, 4.7, 5.3, 4.4, 2.6, 0.0])  # fmt: skip

    def shut_width(t: Reals) -> Reals:
        return np.interp(t, [0, 0.06, 0.3, 0.6, 0.85, 1], [0.5, 1.5, 2.7, 3.1, 2.8, 0.0])

    rim = eye_outline(80)[40:][::-1]
    wing = np.array([[59.2, 86.0], [61.2, 87.4], [63.2, 89.6], [65.0, 92.4]])
    line = np.concatenate([rim, wing])
    share = _arc(line)
    closed = shut_line(len(line), share)
    return (
        _loose(band(line, width, 0.7, lean=0.86, rows=4)),
        _loose(band(closed, shut_width, 0.9, lean=0.35, rows=4)),
    )


def shut_line(count: int, share: Reals | None = None) -> Reals:
    """The shut eye's line [count, 2] from the inner corner to its wing."""
    x = np.linspace(16.8, 58.0, 60)
    curve = np.column_stack([x, shut_lid(x)])
    curve = np.concatenate([curve, [[60.0, 84.0], [62.0, 84.4], [63.6, 85.2]]])
    arc = _arc(curve)
    at = np.linspace(0, 1, count) if share is None else share
    return np.column_stack([np.interp(at, arc, curve[:, k]) for k in (0, 1)])


def _arc(line: Reals) -> Reals:
    gaps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    arc = np.concatenate([[0], np.cumsum(gaps)])
    return arc / arc[-1]


def _loose(sheet: Sheet) -> Sheet:
    """The same with what lies beyond the eye's outer corner moving with that corner."""
    anchor = sheet.anchor.copy()
    beyond = anchor[:, 0] > 57.9
    anchor[beyond] = [57.9, 86.2]
    shift = np.column_stack([sheet.anchor - anchor, _rise(sheet.anchor, anchor)])
    return replace(sheet, anchor=anchor, offset=sheet.offset + shift)


def _rise(to: Reals, start: Reals) -> Reals:
    return front(to[:, 0], to[:, 1]) - front(start[:, 0], start[:, 1])


_SPIKES: Final = (
    # root, tip, root and tip on the shut eye
    ((49.5, 104.8), (56.5, 111.0), (50.0, 76.2), (55.5, 73.0)),
    ((54.6, 99.0), (62.8, 103.2), (54.5, 79.0), (60.6, 76.6)),
    ((57.2, 92.6), (65.2, 95.2), (58.5, 82.4), (65.0, 81.4)),
)


def _spikes() -> list[tuple[Sheet, Sheet]]:
    """A few single lashes over the outer half of the band, open and shut."""
    result: list[tuple[Sheet, Sheet]] = []
    for root, tip, low_root, low_tip in _SPIKES:
        result.append((_spike(root, tip, -1.4, root), _spike(low_root, low_tip, -1.0, low_root)))
    return result


def _spike(
    root: tuple[float, float], tip: tuple[float, float], bow: float, hold: tuple[float, float]
) -> Sheet:
    t = np.linspace(0, 1, 7)[:, None]
    line = np.array(root) * (1 - t) + np.array(tip) * t + [[0.5, bow]] * (4 * t * (1 - t))
    sheet = band(line, lambda s: 2.8 * (1 - s) ** 0.8, 0.8, rows=3)
    anchor = np.tile(np.array(hold), (len(sheet.anchor), 1))
    shift = np.column_stack([sheet.anchor - anchor, _rise(sheet.anchor, anchor)])
    return replace(sheet, anchor=anchor, offset=sheet.offset + shift)


def _lash_part(sheets: tuple[Sheet, Sheet], origin: Reals) -> Part:
    """A lash whose blink is drawn, not carried along: from its open to its shut form."""
    opened, shut = sheets
    part = sheet_part("lash", "lash", opened, origin)
    places = [np.column_stack([s.anchor, front(s.anchor[:, 0], s.anchor[:, 1])]) + s.offset
              for s in (opened, shut)]  # fmt: skip
    fall = sparse((places[1] - places[0]) * MM, np.zeros_like(places[0]))
    return replace(part, morphs={**part.morphs, "eyeBlinkLeft": fall})


def _lid_wall(*, upper: bool) -> Sheet:
    """A lid's thickness: from its rim back to the white of the eye."""
    outline = eye_outline(80)
    rim = np.concatenate([outline[40:], outline[:1]]) if upper else outline[:41]
    count = len(rim)
    normal = outward(np.column_stack([rim, front(rim[:, 0], rim[:, 1])]))
    inward = np.stack([normal * 0.2, -normal * (RECESS + 1.5)], axis=1)
    if not upper:
        inward[:, 0] = 0
    uv = np.full((2 * count, 2), 0.5)
    return Sheet(
        np.repeat(rim, 2, axis=0), inward.reshape(-1, 3), np.zeros(2 * count), uv, strip(count, 2)
    )


def _lower_lash() -> Sheet:
    x = np.linspace(33.0, 57.4, 16)
    line = np.column_stack([x, lower_lid(x) - 0.4])
    return band(line, lambda t: 1.5 * np.sin(np.pi * np.clip(t, 0, 1) ** 0.8) ** 0.7, 0.5, rows=3)


def _crease() -> Sheet:
    x = np.linspace(23.5, 56.0, 16)
    t = (x - 23.5) / 32.5
    line = np.column_stack([x, upper_lid(x) + 6.6 + 1.6 * t])
    return band(line, lambda s: 1.0 * np.sin(np.pi * s) ** 0.6, 0.4, rows=3)


def _over_fringe(brow: Part) -> Part:
    """Raised brows also come forward, as the fringe does the higher it is."""
    lifted = {
        name: replace(morph, position=morph.position + morph.position[:, 1:2].clip(0) * [0, 0, 0.9])
        for name, morph in brow.morphs.items()
    }
    return replace(brow, morphs=lifted)


def _brow() -> Sheet:
    x = np.linspace(17.0, 53.0, 20)
    t = (x - 17.0) / 36.0
    line = np.column_stack([x, BROW_Y + 1.5 + 6.4 * np.sin(np.pi * (0.15 + 0.72 * t)) - 5.4])
    sheet = band(
        line, lambda s: np.interp(s, [0, 0.05, 0.35, 0.75, 1], [1.1, 2.8, 3.7, 2.8, 0.0]), 0.0,
        rows=3,
    )  # fmt: skip
    # brows are drawn over the fringe, which lies the further out the more to the side
    normal = outward(np.column_stack([sheet.anchor, front(*sheet.anchor.T)]))
    lift = 12.5 + 4.0 * np.clip((sheet.anchor[:, :1] - 17.5) / 38.5, 0, 1)
    return replace(sheet, offset=sheet.offset + lift * normal)


def lids_gap(name: str) -> float:
    """mm between the lids' edges when the ARKit shape ``name`` is full (test of a blink)."""
    x = np.linspace(17, 57.5, 60)
    upper, lower = (np.column_stack([x, f(x)]) for f in (upper_lid, lower_lid))
    ends = [at + motion(name, Points(at, np.zeros(len(at))))[0] for at in (upper, lower)]
    return float(np.abs(ends[0] - ends[1]).max())
