"""Encoded pictures, and the small proxies of a face: brows, lashes, mouth."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatar.modelling.noise import fbm
from avatar.modelling.raster import bleed, to_linear, to_srgb
from avatar.modelling.sources import Reals, Sources
from avatar.modelling.vrm_write import Texture


def jpeg(name: str, pixels: NDArray[np.uint8], quality: int = 88) -> Texture:
    """An opaque picture uint8[H, W, 3]."""
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=quality, subsampling=0, optimize=True)
    return Texture(name, data.getvalue())


def png(name: str, pixels: NDArray[np.uint8], *, clamp: bool = True) -> Texture:
    """A picture with alpha, uint8[H, W, 4]."""
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG", optimize=True)
    return Texture(name, data.getvalue(), clamp)


def normal_picture(normal: Reals) -> NDArray[np.uint8]:
    """Unit normals [H, W, 3] as glTF stores them."""
    return np.round((normal * 0.5 + 0.5) * 255).astype(np.uint8)


def mouth_picture(sources: Sources) -> NDArray[np.uint8]:
    """Teeth left, tongue upper right, cavity lower right: uint8[512, 1024, 3]."""
    canvas = np.zeros((512, 1024, 3))
    canvas[:, :512] = _teeth(sources)
    tongue = sources.texture("tongue/tongue01/textures/tongue01_diffuse.png").convert("RGB")
    flesh = to_linear(np.asarray(tongue.resize((256, 256))))
    grey = flesh.mean(axis=-1, keepdims=True) * [1.25, 0.72, 0.72]
    canvas[:256, 512:768] = 0.9 * (0.35 * flesh + 0.65 * grey)
    y, x = np.mgrid[0:256, 0:256] / 16
    wave = fbm(np.stack([x, y, x * 0], -1), 3)
    canvas[256:, 512:768] = np.array([0.26, 0.07, 0.06]) * (1 + 0.25 * wave)[..., None]
    return to_srgb(canvas)


def _teeth(sources: Sources) -> Reals:
    """Linear float64[512, 512, 3]: the data's gums, and enamel without the dirt painted on it,
    which reads as a brace; both run on beyond their edges, so that mipmaps see no black."""
    painted = np.asarray(sources.texture("teeth/Teeth_Base/textures/teeth.png").convert("RGBA"))
    linear = to_linear(painted[..., :3])
    red = linear[..., 0].clip(1e-3)
    pale = np.clip((linear[..., 1] / red - 0.35) / 0.3, 0, 1)[..., None]
    light = linear.mean(axis=-1, keepdims=True)
    clean = np.clip(light / np.quantile(light[pale > 0.5], 0.7), 0, 1)
    enamel = np.array([0.78, 0.69, 0.58]) * (0.74 + 0.26 * clean)
    gums = linear * [0.80, 0.76, 0.68]
    return bleed(gums + pale * (enamel - gums), painted[..., 3] > 250, 12)


def mouth_uv(uv: Reals, piece: str) -> Reals:
    """Place a piece's own UV [N, 2] (v down) in the mouth's picture."""
    scale, corner = {
        "teeth": ([0.5, 1.0], [0.0, 0.0]),
        "tongue": ([0.25, 0.5], [0.5, 0.0]),
        "cavity": ([0.25, 0.5], [0.5, 0.5]),
    }[piece]
    return np.clip(uv, 0.01, 0.99) * scale + corner
