"""The overlay on the GPU against the same composition in numpy."""

from __future__ import annotations

from collections.abc import Iterator

import moderngl
import numpy as np
import pytest

from avatar.output.captions import CaptionView
from avatar.output.provenance import Provenance
from avatar.render.caption_layer import caption_layers, label_layers
from avatar.render.overlay import Layer, Overlay
from avatar.render.surface import offscreen

pytestmark = pytest.mark.gl


@pytest.fixture(scope="module")
def ctx() -> Iterator[moderngl.Context]:
    surface = offscreen()
    yield surface.ctx
    surface.close()


def composed(under: np.ndarray, layers: list[Layer]) -> np.ndarray:
    out = under.astype(np.float64) / 255
    for layer in layers:
        h, w = layer.pixels.shape[:2]
        top, left = max(layer.y, 0), max(layer.x, 0)
        bottom, right = min(layer.y + h, out.shape[0]), min(layer.x + w, out.shape[1])
        part = layer.pixels[top - layer.y : bottom - layer.y, left - layer.x : right - layer.x]
        over = part / 255 * layer.opacity
        out[top:bottom, left:right] = over + out[top:bottom, left:right] * (1 - over[..., 3:])
    return out * 255


def drawn(
    ctx: moderngl.Context,
    overlay: Overlay,
    under: np.ndarray,
    layers: list[Layer],
    flipped: bool = True,
) -> np.ndarray:
    size = (under.shape[1], under.shape[0])
    rows = under if flipped else under[::-1]
    target = ctx.framebuffer(ctx.texture(size, 4, np.ascontiguousarray(rows).tobytes()))
    overlay.draw(target, layers, flipped=flipped)
    got = np.frombuffer(target.read(components=4), np.uint8).reshape(under.shape)
    return got if flipped else got[::-1]


def picture(width: int, height: int, seed: int = 0, alpha: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width, 4), dtype=np.uint8)
    pixels[..., 3] = rng.integers(0, 256, (height, width)) if alpha else 255
    pixels[..., :3] = np.minimum(pixels[..., :3], pixels[..., 3:])
    return pixels


@pytest.mark.parametrize("flipped", [True, False])
@pytest.mark.parametrize("alpha", [True, False])
def test_layers_lie_pixel_for_pixel(ctx: moderngl.Context, flipped: bool, alpha: bool):
    under = picture(64, 48, alpha=alpha)
    layers = [
        Layer("a", picture(20, 10, 1, alpha=True), 5, 7),
        Layer("b", picture(15, 30, 2, alpha=True), 10, 3, 0.4),
        Layer("out", picture(30, 30, 3, alpha=True), -12, 35),
    ]
    overlay = Overlay(ctx)
    got = drawn(ctx, overlay, under, layers, flipped)
    assert np.abs(got - composed(under, layers)).max() <= 2
    overlay.close()


def test_new_pixels_under_an_old_key_replace_it(ctx: moderngl.Context):
    overlay, under = Overlay(ctx), picture(32, 32)
    for size, seed in ((8, 1), (8, 2), (12, 3)):
        layers = [Layer("same", picture(size, size, seed), 4, 4)]
        assert np.abs(drawn(ctx, overlay, under, layers) - composed(under, layers)).max() <= 1
    overlay.close()


def test_many_passing_captions_do_not_pile_up(ctx: moderngl.Context):
    overlay, under = Overlay(ctx), picture(32, 32)
    for i in range(300):
        drawn(ctx, overlay, under, [Layer(f"word {i}", picture(4, 4, i), 0, 0)])
    assert len(overlay._kept) < 100
    overlay.close()


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280)])
def test_captions_read_on_a_busy_picture(ctx: moderngl.Context, size: tuple[int, int]):
    """Letters stay far brighter than their plate, whatever lies below."""
    view = CaptionView("大家好 Hello，欢迎来到直播间", 3, (4, 9))
    layers = caption_layers(view, size) + label_layers(Provenance().mark(0), size)
    overlay = Overlay(ctx)
    for under in (picture(*size), np.full((size[1], size[0], 4), 255, np.uint8)):
        got = drawn(ctx, overlay, under, layers).astype(float)
        base = layers[0]
        h, w = base.pixels.shape[:2]
        region = got[base.y : base.y + h, base.x : base.x + w, :3].mean(2)
        letters = base.pixels[..., 0] > 240
        plate = (base.pixels[..., 0] == 0) & (base.pixels[..., 3] > 135)
        assert letters.sum() > 500 and plate.sum() > 5000
        assert region[letters].mean() - region[plate].mean() > 90
    overlay.close()
