"""A pose becomes what one figure's renderer needs, in the order of the VRM specification."""

from __future__ import annotations

import numpy as np

from avatar.animation.constraint import Constraints
from avatar.animation.expression import Expressions, Face
from avatar.animation.faceshapes import morph_opens_mouth
from avatar.animation.gaze import Gaze
from avatar.animation.humanoid import Humanoid
from avatar.animation.nodes import Index, NodeTree
from avatar.animation.springbone import SpringBones
from avatar.character.character import Character
from avatar.math3d import Float
from avatar.pose import Pose, RestSkeleton, RigState


class Rig:
    """Moves one figure; keeps the state of its springs, nothing else."""

    def __init__(self, character: Character) -> None:
        self._tree = NodeTree(character.nodes)
        self._humanoid = Humanoid(
            character.humanoid, self._tree, jaw_bone=not morph_opens_mouth(character)
        )
        self._gaze = Gaze(character, self._tree)
        self._expressions = Expressions(character)
        self._constraints = Constraints(character.constraints, self._tree)
        self._springs = SpringBones(character, self._tree)
        self._palette = _Palette(character)

    @property
    def rest(self) -> RestSkeleton:
        """What drivers may know of this figure."""
        return self._humanoid.rest

    def advance(self, pose: Pose, dt: float) -> RigState:
        """Apply ``pose`` and let the springs run ``dt`` s; the arrays of the result are new."""
        self._humanoid.apply(pose, self._tree)
        look = self._gaze.apply(pose, self._tree)
        face = self._expressions.apply(pose, look)
        self._constraints.apply(self._tree)
        self._springs.step(dt, self._tree)
        return self._palette.state(pose.t, self._tree, face)

    def reset(self) -> None:
        """Let the springs hang at rest from the next pose on, as after a cut."""
        self._springs.reset()


class _Palette:
    """Gathers the matrices of all mesh instances."""

    def __init__(self, character: Character) -> None:
        self._node: Index = np.zeros(character.palette_size, np.intp)
        self._inverse_bind: Float = np.tile(
            np.eye(4, dtype=np.float32), (character.palette_size, 1, 1)
        )
        for instance in character.instances:
            if instance.skin < 0:
                self._node[instance.palette] = instance.node
                continue
            skin = character.skins[instance.skin]
            run = slice(instance.palette, instance.palette + len(skin.joints))
            self._node[run], self._inverse_bind[run] = skin.joints, skin.inverse_bind

    def state(self, t: float, tree: NodeTree, face: Face) -> RigState:
        return RigState(
            t=t,
            node_world=tree.world.copy(),
            palette=tree.world[self._node] @ self._inverse_bind,
            morph=face.morph,
            material_color=face.color,
            material_uv=face.uv,
        )
