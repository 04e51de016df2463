"""What brows and lashes share: strips that hang on the skin, lids, and drawn hairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from avatar.modelling.body import DM, Shape
from avatar.modelling.eye import Eyeball
from avatar.modelling.mesh import LinearMap, Surface
from avatar.modelling.outfit import png
from avatar.modelling.part import Part, build
from avatar.modelling.raster import to_srgb
from avatar.modelling.sources import Ints, Reals
from avatar.modelling.vrm_write import Material

Row = dict[int, float]


@dataclass(frozen=True)
class Rim:
    """Points along a lid's edge from the inner to the outer corner."""

    rows: list[Row]
    """Weights on the skin surface's vertices."""
    place: Reals
    """float64[N, 3], m."""


@dataclass(frozen=True)
class Lids:
    """One eye's opening."""

    upper: Rim
    lower: Rim
    ball: Eyeball

    @property
    def side(self) -> float:
        """1 for the figure's left eye, -1 for the right."""
        return float(np.sign(self.ball.centre[0]))


def lids(surface: Surface, place: Reals, socket: Ints, ball: Eyeball) -> Lids:
    """The edges of the lids over an eyeball; ``place`` [N, 3] (m) of the skin surface's vertices,
    ``socket`` its triangles behind the lids."""
    border = place[np.unique(surface.triangles[socket])]
    x = border[:, 0] * np.sign(ball.centre[0])
    corners = border[x.argmin()], border[x.argmax()]
    reach = np.linalg.norm(place[surface.triangles].mean(axis=1) - ball.centre, axis=1)
    near = np.flatnonzero(reach < 2.2 * ball.radius)
    skin = Front(surface, place, near[~np.isin(near, socket)])
    upper, lower = (_edge(skin, ball, corners, way) for way in (1.0, -1.0))
    opening = np.flatnonzero(upper.place[:, 1] - lower.place[:, 1] > _OPEN)
    first, last = int(opening[0]), int(opening[-1]) + 1
    upper, lower = (Rim(r.rows[first:last], r.place[first:last]) for r in (upper, lower))
    return Lids(upper, lower, ball)


_OPEN: Final = 0.0012
"""Lids closer than this are a corner of the eye, m."""
_RIM: Final = 41
_RIM_STEP: Final = 0.0003
_PROUD: Final = 0.0010
"""How far before the eyeball a lid's outer edge lies, m."""
_SEEN: Final = 0.0002
_MARGIN: Final = 3
"""Steps that a lid's margin is broad at most, from where it lies ``_SEEN`` m before the ball."""


def _edge(skin: Front, ball: Eyeball, corners: tuple[Reals, Reals], way: float) -> Rim:
    """Up (or down) from the line between the corners to where the skin lies before the eye."""
    rows: list[Row] = []
    place: list[Reals] = []
    edge: tuple[Row, Reals] = {}, np.zeros(3)
    for s in np.linspace(0.03, 0.97, _RIM):
        start = corners[0] * (1 - s) + corners[1] * s
        thick = 0  # steps over the lid's margin: some lids hug the ball and never stand proud
        for k in range(-6, 60):
            x, y = float(start[0]), float(start[1]) + way * k * _RIM_STEP
            row, point, _ = skin.hit(x, y)
            flat = (x - ball.centre[0]) ** 2 + (y - ball.centre[1]) ** 2
            depth = ball.centre[2] + np.sqrt(max(ball.radius**2 - flat, 0.0))
            seen = bool(row) and point[2] > depth + _SEEN
            thick = thick + 1 if seen else 0
            if seen and (point[2] > depth + _PROUD or thick > _MARGIN):
                edge = row, point
                break
        rows.append(edge[0])
        place.append(edge[1])
    return Rim(rows, np.array(place))


class Front:
    """Skin seen from the front."""

    def __init__(self, surface: Surface, place: Reals, chosen: Ints | None = None) -> None:
        self.place = place
        self.triangles = surface.triangles if chosen is None else surface.triangles[chosen]
        self._a, b, c = (place[self.triangles[:, k]] for k in range(3))
        self._ab, self._ac = b - self._a, c - self._a
        normal = np.cross(self._ab, self._ac)
        self._normal = normal / np.linalg.norm(normal, axis=1, keepdims=True).clip(1e-12)
        det = self._ab[:, 0] * self._ac[:, 1] - self._ab[:, 1] * self._ac[:, 0]
        self._det = np.where(np.abs(det) < 1e-14, 1e-14, det)

    def hit(self, x: float, y: float) -> tuple[Row, Reals, Reals]:
        """The foremost point at (x, y): its weights (none where nothing is), place and normal."""
        px, py = x - self._a[:, 0], y - self._a[:, 1]
        v = (px * self._ac[:, 1] - py * self._ac[:, 0]) / self._det
        w = (self._ab[:, 0] * py - self._ab[:, 1] * px) / self._det
        inside = (v >= -1e-6) & (w >= -1e-6) & (v + w <= 1 + 1e-6) & (self._normal[:, 2] > 0)
        if not inside.any():
            return {}, np.zeros(3), np.zeros(3)
        z = np.where(inside, self._a[:, 2] + v * self._ab[:, 2] + w * self._ac[:, 2], -np.inf)
        best = int(z.argmax())
        share = np.clip([1 - v[best] - w[best], v[best], w[best]], 0, 1)
        share /= share.sum()
        corners = self.triangles[best]
        row = {int(k): float(weight) for k, weight in zip(corners, share, strict=True)}
        return row, share @ self.place[corners], self._normal[best]


@dataclass(frozen=True)
class Strips:
    """Quads over a skin surface: rows of weights on its vertices, and offsets from them."""

    rows: list[Row]
    place: list[Reals]
    """Where each vertex shall be, m."""
    quads: list[tuple[int, int, int, int]]
    uv: list[tuple[float, float]]

    def part(self, name: str, surface: Surface, shape: Shape) -> Part:
        """A part of the face that moves as the weights say."""
        onto = LinearMap.from_rows(self.rows).after(surface.map)
        offset = np.array(self.place) / DM - onto(shape.vertices)
        quads = np.array(self.quads)
        triangles = np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]])
        corner_uv = np.array(self.uv)[triangles]
        face = np.arange(len(triangles))
        mesh = Surface(onto, offset, triangles, corner_uv, face)
        return build(name, name, "Face", mesh, shape, morph_normals=False)


def hair_material(name: str, alpha: NDArray[np.uint8], colour: Any) -> Material:
    """Drawn hairs in one colour; ``alpha`` uint8[H, W]."""
    rgba = np.empty((*alpha.shape, 4), np.uint8)
    rgba[..., :3] = to_srgb(np.array(colour))
    rgba[..., 3] = alpha
    picture = png(name, rgba)
    return Material("lash", picture, alpha_mode="BLEND", double_sided=True, roughness=0.8)


FINE: Final = 4
"""Pictures are drawn so many times larger."""


def draw_hair(draw: ImageDraw.ImageDraw, curve: Reals, width: float, alpha: int) -> None:
    """A tapered hair along points [K, 2] (px of the picture)."""
    curve = curve * FINE
    way = np.gradient(curve, axis=0)
    side = np.column_stack([-way[:, 1], way[:, 0]])
    side /= np.linalg.norm(side, axis=1, keepdims=True).clip(1e-9)
    t = np.linspace(0, 1, len(curve))
    half = width * FINE / 2 * np.interp(t, [0, 0.25, 1], [0.75, 1.0, 0.12])
    left, right = curve + side * half[:, None], curve - side * half[:, None]
    outline = [(float(x), float(y)) for x, y in np.concatenate([left, right[::-1]])]
    draw.polygon(outline, fill=alpha)


def canvas(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (width * FINE, height * FINE))
    return image, ImageDraw.Draw(image)


def reduced(image: Image.Image) -> NDArray[np.uint8]:
    small = (image.width // FINE, image.height // FINE)
    return np.asarray(image.resize(small, Image.Resampling.BOX))
