"""The uniform blocks of a frame and of a figure, in std140 order of ``common_*.glsl``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar.character.character import Character
from avatar.math3d import Array, Float, normalize
from avatar.pose import HumanBone, RigState
from avatar.render.camera import Camera
from avatar.render.light import LightRig, irradiance, toon_gains
from avatar.render.shadow import LampView
from avatar.render.skeleton import rest_world

_JAW_NAMES: Final = ("jawopen", "a", "aa")


def _row(rgb: Array | tuple[float, ...], w: float = 0.0) -> Float:
    return np.array([*rgb, w], np.float32)


def frame_block(
    camera: Camera,
    view_projection: Float,
    lamp_view: LampView,
    rig: LightRig,
    t: float,
    height: int = 720,
) -> bytes:
    """Block ``Frame``; ``lamp_view`` is that of the shadow map, ``height`` the canvas's, px."""
    key, around = toon_gains(rig)
    lamps = [
        row
        for lamp, w in ((rig.key, rig.exposure), (rig.fill, key), (rig.rim, around))
        for row in (
            _row(lamp.direction, float(np.tan(np.radians(lamp.size)))),
            _row(lamp.color, w),
        )
    ]
    rows = [
        *view_projection.T,
        *lamp_view.shadow_matrix.T,
        _row(camera.eye, t),
        *lamps,
        *[_row(c) for c in irradiance(rig)],
        _row(rig.ceiling),
        _row(rig.floor, height / 2),
        _row((lamp_view.width, lamp_view.depth, lamp_view.texel)),
    ]
    return np.array(rows, np.float32).tobytes()


@dataclass(frozen=True, slots=True)
class HeadFacts:
    """What the shaders ask of a figure's head, found once."""

    node: int
    """-1 for none."""
    rest_inverse: Float
    """float32[3, 3], inverse of the head's rest rotation."""
    jaw: Array
    """int64[k], the ``jawOpen`` (or vowel ``aa``) weights in ``RigState.morph``."""
    skull: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """A ball that stands for the head where it casts shadows: centre in the head node's space,
    and radius, m; 0 for none."""

    @staticmethod
    def of(character: Character) -> HeadFacts:
        node = character.humanoid.get(HumanBone.head, -1)
        rest = rest_world(character)[node][:3, :3] if node >= 0 else np.eye(3)
        jaw = [
            instance.morph + number
            for instance in character.instances
            for number, name in enumerate(character.meshes[instance.mesh].target_names)
            if name.lower() in _JAW_NAMES
        ]
        inverse = np.linalg.inv(rest).astype(np.float32)
        return HeadFacts(node, inverse, np.array(jaw, np.int64), _skull(character, node))


def _skull(character: Character, node: int) -> tuple[float, float, float, float]:
    """Placed and sized by the distance between the eyes (63 mm on a skull of 75 mm half width)."""
    human = character.humanoid
    if node < 0 or HumanBone.leftEye not in human or HumanBone.rightEye not in human:
        return 0.0, 0.0, 0.0, 0.0
    world = rest_world(character)
    left, right = (world[human[b], :3, 3] for b in (HumanBone.leftEye, HumanBone.rightEye))
    apart = float(np.linalg.norm(left - right))
    centre = (left + right) / 2 + apart * np.array([0.0, 0.25, -1.25])
    x, y, z, _ = np.linalg.inv(world[node]) @ np.append(centre, 1.0)
    return float(x), float(y), float(z), 1.42 * apart


def figure_block(head: HeadFacts, state: RigState, placement: Float) -> bytes:
    """Block ``Figure``: the head's axes and ball in the world, and how far the jaw is open."""
    turn = placement[:3, :3]
    x, y, z, radius = head.skull
    centre = np.zeros(4, np.float32)
    if head.node >= 0:
        # heads may have a rest rotation of their own: only what the pose adds turns the axes
        turn = turn @ state.node_world[head.node][:3, :3] @ head.rest_inverse
        centre = placement @ state.node_world[head.node] @ np.array([x, y, z, 1], np.float32)
    jaw = float(np.clip(state.morph[head.jaw], 0, 1).max(initial=0.0))
    rows = [_row(normalize(turn[:, 1]), jaw), _row(normalize(turn[:, 2])), _row(centre[:3], radius)]
    return np.array(rows, np.float32).tobytes()
