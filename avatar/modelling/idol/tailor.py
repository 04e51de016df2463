"""A tailor's measures of a stylised body, and the lines along which its clothes are cut."""

from __future__ import annotations

import numpy as np

from avatar.modelling.idol.body import Doll
from avatar.modelling.idol.cloth import Fabric, tights
from avatar.modelling.sources import Reals
from avatar.pose import HumanBone


class Tailor:
    """Measures a doll and cuts its clothes; metres, bind pose."""

    def __init__(self, doll: Doll) -> None:
        self.doll = doll
        self.fabric = tights(doll.sources.base, doll.shape, fine=True)
        self.plain = tights(doll.sources.base, doll.shape, fine=False)
        bind = doll.shape.skeleton.bind
        self.shoulder, self.elbow, self.wrist = (
            bind[HumanBone[f"left{part}"]] for part in ("UpperArm", "LowerArm", "Hand")
        )
        self.unit = doll.scale / 0.93
        hips = bind[HumanBone.hips]
        self.crotch = float(bind[HumanBone.leftUpperLeg][1]) - 0.055 * self.unit
        self.chest = float(bind[HumanBone.upperChest][1])
        self.waist = float(bind[HumanBone.chest][1]) + 0.022 * self.unit
        self.knee = float(bind[HumanBone.leftLowerLeg][1])
        self.ankle = float(bind[HumanBone.leftFoot][1])
        self.hip_z = float(hips[2]) + 0.005
        self.collar = float(doll.neck[0, 0])

    def arm(self, on: Fabric) -> Reals:
        """Metres along the arms from the shoulders; -1 off the arms."""
        p = on.position * [1, 1, 1]
        p[:, 0] = np.abs(p[:, 0])
        upper, lower = self.elbow - self.shoulder, self.wrist - self.elbow
        length = float(np.linalg.norm(upper))
        s = (p - self.shoulder) @ upper / length
        t = (p - self.elbow) @ lower / np.linalg.norm(lower)
        # the two halves meet in the elbow's middle plane, so that no cut runs across a crease
        bend = upper / length + lower / np.linalg.norm(lower)
        beyond = (p - self.elbow) @ bend > 0
        return np.where(on.arm > 0.5, np.where(beyond, length + t, s), -1.0)

    @property
    def arm_length(self) -> float:
        return float(
            np.linalg.norm(self.elbow - self.shoulder) + np.linalg.norm(self.wrist - self.elbow)
        )

    def neckline(self, on: Fabric) -> Reals:
        """Metres inside the halter's slanting edges."""
        x, y = np.abs(on.position[:, 0]), on.position[:, 1]
        top = self.chest + 0.085 * self.unit
        rise = np.clip(y - top, 0, None)
        wide = 0.112 * self.unit - 0.50 * rise - 2.0 * rise**2
        return np.where(y > top - 0.03, wide - x, 0.112 * self.unit - x + 0.02)

    def halter(self, on: Fabric) -> Reals:
        y, side = on.position[:, 1], self.neckline(on)
        armhole = (0.4 - on.arm) * 0.09
        return np.minimum.reduce([y - self.waist + 0.03, self.collar + 0.010 - y, side, armhole])

    def corset(self, on: Fabric) -> Reals:
        x, y = np.abs(on.position[:, 0]), on.position[:, 1]
        facing = np.clip(on.position[:, 2] / 0.05, 0, 1)
        top = self.chest + 0.018 + 0.022 * facing * np.exp(-((x / 0.028) ** 2)) + 0.10 * x
        bare = np.where(on.arm > 0.5, -1.0, 1.0)
        return np.minimum.reduce([y - self.waist + 0.028, top - y, bare])

    def stocking(self, on: Fabric) -> Reals:
        gap = self.crotch - 0.135 * self.unit - on.position[:, 1]
        return np.where(on.arm > 0.3, -1.0, gap)

    def boot(self, on: Fabric) -> Reals:
        y, z = on.position[:, 1], on.position[:, 2]
        gap = self.ankle + 0.165 * self.unit + 0.15 * np.clip(z - 0.02, -0.05, 0.05) - y
        return np.where(on.arm > 0.3, -1.0, gap)

    def shorts(self, on: Fabric) -> Reals:
        y = on.position[:, 1]
        gap = np.minimum(self.waist - y, y - self.crotch + 0.035)
        return np.where(on.arm > 0.3, -1.0, gap)

    @property
    def sleeve_range(self) -> tuple[float, float]:
        """Where the detached sleeves begin and end, metres along the arm.

        The bells end well before the wrists: hands that meet bring no cloth into cloth.
        """
        return 0.078 * self.unit, self.arm_length - 0.085 * self.unit

    def sleeve(self, on: Fabric) -> Reals:
        s, (start, end) = self.arm(on), self.sleeve_range
        return np.minimum(s - start, end - s)
