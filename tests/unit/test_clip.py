"""Recorded motion: BVH of any skeleton, VRM animations, CSV, and their playing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from avatar.animation.bvh import read_bvh, write_bvh
from avatar.animation.clip import ClipDriver, read_motion, write_motion
from avatar.animation.curves import read_csv, write_csv
from avatar.animation.motion import Motion, blended, from_poses
from avatar.animation.retarget import map_names
from avatar.errors import AssetError, MissingAsset, OutputError, UnsupportedFormat
from avatar.math3d import (
    IDENTITY_QUAT,
    quat_conj,
    quat_from_axis_angle,
    quat_log,
    quat_mul,
    quat_normalize,
    quat_rotate,
)
from avatar.pose import BONE_COUNT, FACE_SHAPES, FaceShape, HumanBone, Pose, RestSkeleton

B = HumanBone
X, Y, Z = np.eye(3)
LIMBS = {
    "leftUpperArm": X, "leftLowerArm": X, "rightUpperArm": -X, "rightLowerArm": -X,
    "leftUpperLeg": -Y, "leftLowerLeg": -Y, "rightUpperLeg": -Y, "rightLowerLeg": -Y,
}  # fmt: skip


def body() -> RestSkeleton:
    """A plain figure of 1 m hips height."""
    offset = np.zeros((BONE_COUNT, 3), np.float32)
    offset[B.hips] = 0, 1, 0
    for name in ("spine", "chest", "upperChest", "neck", "head"):
        offset[B[name]] = 0, 0.12, 0
    for side, sign in (("left", 1), ("right", -1)):
        rows = {
            "Shoulder": (0.03, 0.1, 0), "UpperArm": (0.12, 0, 0), "LowerArm": (0.25, 0, 0),
            "Hand": (0.22, 0, 0), "UpperLeg": (0.09, -0.05, 0), "LowerLeg": (0, -0.45, 0),
            "Foot": (0, -0.42, 0), "Toes": (0, -0.05, 0.12),
        }  # fmt: skip
        for name, (x, y, z) in rows.items():
            offset[B[side + name]] = sign * x, y, z
    present = [bool(offset[b].any()) for b in B]
    parent = [-1] * BONE_COUNT
    chains = [["hips", "spine", "chest", "upperChest", "neck", "head"]]
    for side in ("left", "right"):
        arm = [side + p for p in ("Shoulder", "UpperArm", "LowerArm", "Hand")]
        leg = [side + p for p in ("UpperLeg", "LowerLeg", "Foot", "Toes")]
        chains += [["upperChest", *arm], ["hips", *leg]]
    for chain in chains:
        for above, bone in itertools.pairwise(chain):
            parent[B[bone]] = B[above]
    turn = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1))
    return RestSkeleton(tuple(parent), offset, turn, tuple(present), 1.0)


REST = body()
BONES = [b for b in B if REST.present[b]]


def angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees between rotations."""
    return np.degrees(np.linalg.norm(quat_log(quat_mul(quat_conj(a), b)), axis=-1))


def dance(frames: int = 24, seed: int = 4) -> Motion:
    """Every bone swings by up to half a radian, the hips travel."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames) / 30
    phase, axis = rng.random((BONE_COUNT, 1)), quat_rotate(IDENTITY_QUAT, rng.normal(size=(55, 3)))
    swing = 0.5 * np.sin(2 * np.pi * (t + phase))
    turn = np.stack(
        [quat_from_axis_angle(a / np.linalg.norm(a), s) for a, s in zip(axis, swing, strict=True)],
        1,
    ).astype(np.float32)
    opinion = np.zeros((frames, BONE_COUNT), np.float32)
    opinion[:, BONES] = 1
    turn[:, [b for b in B if b not in BONES]] = IDENTITY_QUAT
    hips = np.stack([0.2 * t, 0.05 * np.sin(6 * t), 0.3 * t], -1).astype(np.float32)
    face = rng.random((frames, 52)).astype(np.float32)
    gaze = (0.2 * rng.standard_normal((frames, 2))).astype(np.float32)
    happy = rng.random(frames).astype(np.float32)
    return Motion(t, turn, opinion, hips, face, np.ones_like(face), gaze, {"happy": happy}, "dance")


@pytest.mark.parametrize("ending", ["bvh", "vrma"])
def test_what_is_written_is_read_again(tmp_path, ending):
    motion = dance()
    write_motion(motion, tmp_path / f"a.{ending}", REST)
    again = read_motion(tmp_path / f"a.{ending}")
    times = np.linspace(0, motion.duration, 24)
    a = np.stack([motion.sample(t).rotation for t in times])[:, BONES]
    b = np.stack([again.sample(t).rotation for t in times])[:, BONES]
    assert angle(a.astype(np.float64), b).max() < 0.1
    ha, hb = (np.stack([m.sample(t).hips for t in times]) for m in (motion, again))
    assert np.abs(ha - hb - (ha - hb)[0]).max() < 1e-3
    assert np.array_equal(again.rotation_w[0] > 0, motion.rotation_w[0] > 0)


def test_a_vrm_animation_carries_face_and_gaze(tmp_path):
    motion = dance()
    write_motion(motion, tmp_path / "a.vrma", REST)
    again = read_motion(tmp_path / "a.vrma")
    assert again.weight == pytest.approx(motion.weight, abs=1e-6)
    assert again.gaze == pytest.approx(motion.gaze, abs=1e-5)
    assert again.extra["happy"] == pytest.approx(motion.extra["happy"], abs=1e-6)


def test_a_vrm_animation_says_nothing_of_what_does_not_move(shared_data):
    motion = read_motion(shared_data / "motion" / "test.vrma")
    assert [B(b).name for b in np.flatnonzero(motion.rotation_w.any(0))] == ["rightUpperArm"]
    assert motion.hips is None
    assert motion.weight is None
    assert motion.duration == 3
    assert motion.extra["happy"].max() == 1
    assert motion.gaze[5, 0] == pytest.approx(np.pi / 2)


def test_curves_round_trip(tmp_path):
    motion = dance()
    write_csv(motion, tmp_path / "a.csv")
    header = (tmp_path / "a.csv").read_text().splitlines()[0].split(",")
    assert header == ["time", *FACE_SHAPES]
    again = read_csv(tmp_path / "a.csv")
    assert again.weight == pytest.approx(motion.weight, abs=1e-3)
    assert again.times == pytest.approx(motion.times, abs=1e-5)


def test_foreign_curves_may_lack_columns_and_have_others(tmp_path):
    (tmp_path / "a.csv").write_text("Time,BlendShapeCount,JawOpen\n0,61,0.25\n0.1,61,0.5\n")
    again = read_csv(tmp_path / "a.csv")
    assert again.weight[:, FaceShape.jawOpen].tolist() == [0.25, 0.5]
    assert again.weight_w[0].sum() == 1


# Skeletons of other programs: the names of one side, the trunk, and how they write a side.
SCHEMES = {
    "mixamo": ("mixamorig:Hips", ["mixamorig:Spine", "mixamorig:Spine1", "mixamorig:Spine2"],
               "mixamorig:Neck", "mixamorig:Head", "mixamorig:{S}", "Left Right",
               "Shoulder Arm ForeArm Hand", "UpLeg Leg Foot ToeBase"),
    "cmu": ("Hips", ["LowerBack", "Spine", "Spine1"], "Neck", "Head", "{S}", "Left Right",
            "Shoulder Arm ForeArm Hand", "UpLeg Leg Foot ToeBase"),
    "daz": ("hip", ["abdomen", "chest"], "neck", "head", "{S}", "l r",
            "Collar Shldr ForeArm Hand", "Thigh Shin Foot Toe"),
    "unreal": ("pelvis", ["spine_01", "spine_02", "spine_03", "spine_04", "spine_05"], "neck_01",
               "head", "_{S}", "l r", "clavicle upperarm lowerarm hand", "thigh calf foot ball"),
    "makehuman": ("root", ["spine05", "spine04", "spine03", "spine02", "spine01"], "neck01", "head",
                  ".{S}", "L R", "clavicle upperarm01 lowerarm01 wrist",
                  "upperleg01 lowerleg01 foot toe1-1"),
    "biped": ("Bip01 Pelvis", ["Bip01 Spine", "Bip01 Spine1"], "Bip01 Neck", "Bip01 Head",
              "Bip01 {S} ", "L R", "Clavicle UpperArm Forearm Hand", "Thigh Calf Foot Toe0"),
    "vroid": ("J_Bip_C_Hips", ["J_Bip_C_Spine", "J_Bip_C_Chest", "J_Bip_C_UpperChest"],
              "J_Bip_C_Neck", "J_Bip_C_Head", "J_Bip_{S}_", "L R",
              "Shoulder UpperArm LowerArm Hand", "UpperLeg LowerLeg Foot ToeBase"),
    "rigify": ("spine", ["spine.001", "spine.002"], "neck", "head", ".{S}", "L R",
               "shoulder upper_arm forearm hand", "thigh shin foot toe"),
    "joints": ("Hips", ["Chest"], "Neck", "Head", "{S}", "Left Right",
               "Collar Shoulder Elbow Wrist", "Hip Knee Ankle Toe"),
}  # fmt: skip
ARM, LEG = ("Shoulder", "UpperArm", "LowerArm", "Hand"), ("UpperLeg", "LowerLeg", "Foot", "Toes")
TO_SOURCE = {
    "y up": IDENTITY_QUAT,
    "z up": quat_from_axis_angle(X, np.pi / 2),
    "facing back": quat_from_axis_angle(Y, np.pi),
}


def named(scheme: str) -> dict[HumanBone | str, str]:
    hips, trunk, neck, head, side_form, sides, arm, leg = SCHEMES[scheme]
    names: dict[HumanBone | str, str] = {B.hips: hips, B.neck: neck, B.head: head}
    for side, spelled in zip(("left", "right"), sides.split(), strict=True):
        for parts, ours in ((arm, ARM), (leg, LEG)):
            for part, bone in zip(parts.split(), ours, strict=True):
                form = side_form.format(S=spelled)
                after = side_form[0] in "_."
                names[B[side + bone]] = part + form if after else form + part
    return names | {f"trunk{i}": name for i, name in enumerate(trunk)}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_names_of_limbs_are_known(scheme):
    names = {k: v for k, v in named(scheme).items() if isinstance(k, HumanBone) and k != B.hips}
    assert {b: list(names.values())[i] for b, i in map_names(list(names.values())).items()} == names


class Source:
    """A BVH of another program: its names, axes, rest pose and unit, doing a given motion."""

    def __init__(self, scheme: str, axes: str, rest_pose: str, unit: float = 39.37) -> None:
        self.names = named(scheme)
        trunk = [key for key in self.names if isinstance(key, str)]
        self.order: list[HumanBone | str] = [B.hips, *trunk, B.neck, B.head]
        self.parent = {B.hips: None, B.neck: trunk[-1], B.head: B.neck}
        self.parent |= dict(zip(trunk, [B.hips, *trunk], strict=False))
        for side in ("left", "right"):
            for chain, top in ((ARM, trunk[-1]), (LEG, B.hips)):
                bones = [B[side + part] for part in chain]
                self.order += bones
                self.parent |= dict(zip(bones, [top, *bones], strict=False))
        self.axes, self.unit, n = TO_SOURCE[axes], unit, len(trunk)
        self.rest = {b: np.asarray(IDENTITY_QUAT) for b in self.order}
        if rest_pose == "A":
            for side, sign in (("left", 1), ("right", -1)):
                for part in ARM[1:]:
                    self.rest[B[side + part]] = quat_from_axis_angle(Z, -0.8 * sign)
        self.offset = {
            b: (
                quat_rotate(
                    self.rest.get(self.parent[b], IDENTITY_QUAT),
                    REST.offset[b] if isinstance(b, HumanBone) else Y * 0.36 / n,
                )
                * self.unit
            )
            for b in self.order
        }
        self.offset[B.neck] = Y * 0.12 * self.unit

    def write(self, path, world: dict[HumanBone, np.ndarray], hips: np.ndarray) -> None:
        """``world``: rotation from the T-pose of each bone, [F, 4]; ``hips`` [F, 3], m."""
        frames = len(hips)
        turn = {}
        for b in self.order:
            above = self.parent[b]
            own = world.get(b, turn.get(above, np.tile(IDENTITY_QUAT, (frames, 1))))
            turn[b] = own if b not in world else quat_mul(own, quat_conj(self.rest[b]) * 1.0)
            turn[b] = turn[b] if b in world else own
        self.turn = {}
        rows = [quat_rotate(self.axes, hips) * self.unit]
        for b in self.order:
            full = quat_mul(quat_mul(self.axes, turn[b]), quat_conj(self.axes))
            self.turn[b] = full
        for b in self._depth_first():
            above = self.parent[b]
            local = (
                self.turn[b]
                if above is None
                else quat_mul(quat_conj(self.turn[above]), self.turn[b])
            )
            rows.append(_zyx(local))
        lines = ["HIERARCHY", *self._lines(B.hips, "ROOT"), "MOTION", f"Frames: {frames}",
                 "Frame Time: 0.0333333"]  # fmt: skip
        lines += [" ".join(f"{v:.6f}" for v in row) for row in np.concatenate(rows, 1)]
        path.write_text("\n".join(lines))

    def _depth_first(self, bone=B.hips):
        yield bone
        for child in [b for b in self.order if self.parent[b] == bone]:
            yield from self._depth_first(child)

    def _lines(self, bone, kind):
        offset = quat_rotate(self.axes, self.offset[bone])
        channels = "Zrotation Yrotation Xrotation"
        many = "6 Xposition Yposition Zposition" if kind == "ROOT" else "3"
        yield from (f"{kind} {self.names[bone]}", "{", "OFFSET {} {} {}".format(*offset))
        yield f"CHANNELS {many} {channels}"
        children = [b for b in self.order if self.parent[b] == bone]
        for child in children:
            yield from self._lines(child, "JOINT")
        if not children:
            yield from ("End Site", "{", "OFFSET 0 0 0", "}")
        yield "}"


def _zyx(q: np.ndarray) -> np.ndarray:
    from avatar.math3d import quat_to_mat3

    m = quat_to_mat3(quat_normalize(q))
    return np.degrees(
        np.stack(
            [
                np.arctan2(m[:, 1, 0], m[:, 0, 0]),
                np.arcsin(np.clip(-m[:, 2, 0], -1, 1)),
                np.arctan2(m[:, 2, 1], m[:, 2, 2]),
            ],
            -1,
        )
    )


def worlds(motion: Motion) -> dict[HumanBone, np.ndarray]:
    """World rotation of each bone, from the T-pose."""
    world: dict[HumanBone, np.ndarray] = {}
    for b in [B.hips, *(b for b in BONES if b != B.hips)]:
        chain, above = [b], REST.parent[b]
        while above >= 0:
            chain.append(B(above))
            above = REST.parent[above]
        turn = np.asarray(IDENTITY_QUAT, np.float64)
        for part in reversed(chain):
            turn = quat_mul(turn, motion.rotation[:, part].astype(np.float64))
        world[b] = turn
    return world


@pytest.mark.parametrize("rest_pose", ["T", "A"])
@pytest.mark.parametrize("axes", TO_SOURCE)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_any_skeleton_moves_ours_the_same(tmp_path, scheme, axes, rest_pose):
    motion = dance()
    source = Source(scheme, axes, rest_pose)
    wanted = {b: w for b, w in worlds(motion).items() if b not in (B.spine, B.chest, B.upperChest)}
    for side in ("left", "right"):  # feet flat on the floor, to be left as they are
        for part in ("Foot", "Toes"):
            wanted[B[side + part]] = np.tile(IDENTITY_QUAT, (len(motion), 1))
    source.write(tmp_path / "a.bvh", wanted, motion.hips * 0.5 + [0, 1, 0])
    got = worlds(read_bvh(tmp_path / "a.bvh"))
    for b, along in LIMBS.items():
        a, c = quat_rotate(wanted[B[b]], along), quat_rotate(got[B[b]], along)
        assert np.degrees(np.arccos(np.clip((a * c).sum(-1), -1, 1))).max() < 0.1, b
    for b in (B.hips, B.head, B.leftHand, B.rightFoot):
        assert angle(wanted[b], got[b]).max() < 0.1, b.name


def test_the_walk(shared_data):
    motion = read_motion(shared_data / "motion" / "walk1.bvh")
    world = worlds(motion)
    knees = np.degrees(quat_log(motion.rotation[:, B.leftLowerLeg])[:, 0])
    assert knees.min() > -5
    assert knees.max() > 40
    assert quat_rotate(world[B.hips], Z)[:, 2].min() > 0.9
    assert quat_rotate(world[B.head], Y)[:, 1].min() > 0.9
    for side, sign in (("left", 1), ("right", -1)):
        arm = quat_rotate(world[B[side + "UpperArm"]], sign * X)
        assert arm[:, 1].max() < -0.7
        across = quat_rotate(world[B[side + "Foot"]], X)[:, 1]
        assert abs(np.median(across)) < 0.15
    left, right = (quat_rotate(world[B[s + "UpperLeg"]], -Y)[:, 2] for s in ("left", "right"))
    assert np.corrcoef(left, right)[0, 1] < -0.5
    assert (motion.rotation_w == 1).all()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", AssetError), ("HIERARCHY\nROOT a\n{", AssetError), ("solid stl", AssetError),
        ("HIERARCHY ROOT a { OFFSET 0 0 x }", AssetError),
        ("HIERARCHY ROOT a { OFFSET 0 0 0 CHANNELS 1 Wrotation } MOTION", AssetError),
        ("HIERARCHY ROOT a { OFFSET 0 0 0 CHANNELS 1 Xrotation } MOTION Frames: 1 Frame Time: .1 "
         "nan", AssetError),
        ("HIERARCHY ROOT a { OFFSET 0 0 0 CHANNELS 1 Xrotation } MOTION Frames: 1 Frame Time: 0 1",
         AssetError),
        ("HIERARCHY ROOT a { OFFSET 0 0 0 CHANNELS 1 Xrotation } MOTION Frames: 9 Frame Time: .1 1",
         UnsupportedFormat),
    ],
)  # fmt: skip
def test_damaged_bvh(tmp_path, text, error):
    path = tmp_path / "a.bvh"
    path.write_text(text)
    with pytest.raises(error) as caught:
        read_motion(path)
    assert "\n" not in str(caught.value)


def test_deep_and_cut_files_are_refused(tmp_path):
    path = tmp_path / "a.bvh"
    path.write_text("HIERARCHY ROOT a { " + "JOINT b { " * 6000)
    with pytest.raises(AssetError):
        read_motion(path)


def test_frames_cut_off_at_the_end_are_done_without(tmp_path):
    write_bvh(dance(), REST, tmp_path / "a.bvh", rate=30)
    text = (tmp_path / "a.bvh").read_text()
    (tmp_path / "b.bvh").write_text(text[: int(len(text) * 0.8)].rpartition(" ")[0])
    assert 5 < len(read_motion(tmp_path / "b.bvh")) < 24


def test_files_that_are_not_there_or_no_motion(tmp_path):
    for ending in ("bvh", "vrma", "csv"):
        with pytest.raises(MissingAsset):
            read_motion(tmp_path / f"no.{ending}")
        (tmp_path / f"bad.{ending}").write_bytes(b"\x00\xff{not")
        with pytest.raises(AssetError):
            read_motion(tmp_path / f"bad.{ending}")
        (tmp_path / f"folder.{ending}").mkdir()
        with pytest.raises(OutputError):
            write_motion(dance(), tmp_path / f"folder.{ending}", REST)
    with pytest.raises(UnsupportedFormat, match=r"\.vrma"):
        read_motion(tmp_path / "a.fbx")


def walk(seconds: float = 1.0) -> Motion:
    """The hips go 1 hips height forward, one arm goes round."""
    t = np.arange(31) / 30 * seconds
    poses = []
    for part in t / seconds:
        turn = np.tile(IDENTITY_QUAT, (BONE_COUNT, 1))
        turn[B.leftUpperArm] = quat_from_axis_angle(Z, np.sin(2 * np.pi * part))
        hips = np.array([0, 0, part], np.float32)
        poses.append(Pose(rotation=turn, rotation_w=np.ones(BONE_COUNT, np.float32), hips=hips))
    return from_poses(t, poses)


def test_motion_at_its_own_times_is_untouched():
    motion = dance()
    for i in (0, 7, 23):
        pose = motion.sample(float(motion.times[i]))
        assert np.array_equal(pose.rotation, motion.rotation[i])
        assert np.array_equal(pose.weight, motion.weight[i])
    before, after = motion.sample(-1.0), motion.sample(99.0)
    assert np.array_equal(before.rotation, motion.rotation[0])
    assert np.array_equal(after.rotation, motion.rotation[-1])


def test_trimming():
    motion = walk().trimmed(0.25, 0.75)
    assert motion.duration == pytest.approx(0.5)
    assert motion.sample(0.0).hips[2] == pytest.approx(0.25, abs=1e-6)
    assert motion.sample(0.5).hips[2] == pytest.approx(0.75, abs=1e-6)
    assert walk().trimmed(2.0, 1.0).duration == 0


def test_blending_follows_who_has_an_opinion():
    some, none = walk().pose(8), Pose()
    half = blended(some, none, 0.5)
    assert half.rotation[B.leftUpperArm] == pytest.approx(some.rotation[B.leftUpperArm])
    assert half.rotation_w[B.leftUpperArm] == pytest.approx(0.5)


@pytest.mark.parametrize("end", [1.0, 0.8])
def test_a_loop_has_no_seam_and_stays_on_the_spot(end):
    driver = ClipDriver(walk(), end=end, fade=0.0)
    times = np.arange(0, 4, 0.01)
    poses = [driver.sample(float(t)) for t in times]
    turn = np.stack([p.rotation[B.leftUpperArm] for p in poses])
    assert angle(turn[:-1].astype(np.float64), turn[1:]).max() < 12
    assert np.abs(np.stack([p.hips for p in poses])).max() < 0.02


@pytest.mark.parametrize(("travel", "end"), [("keep", 1.0), ("go on", 4.0), ("stay", 0.05)])
def test_what_becomes_of_the_way(travel, end):
    driver = ClipDriver(walk(), fade=0.0, seam=0.0, travel=travel)
    way = [float(driver.sample(float(t)).hips[2]) for t in np.arange(0, 4, 0.02)]
    assert max(way) == pytest.approx(end, abs=0.06)
    if travel == "go on":
        assert np.diff(way).min() > -1e-6


def test_once_and_no_more():
    driver = ClipDriver(walk(), loop=False, fade=0.2)
    weight = {}
    for t in np.round(np.arange(5, 6.5, 0.05), 2):
        pose = driver.sample(float(t))
        weight[t] = 0.0 if pose is None else float(pose.rotation_w[0])
    assert weight[5.0] == 0
    assert weight[5.5] == 1
    assert 0 < weight[5.9] < 1
    assert weight[6.05] == 0


def test_stopping_fades_and_loading_begins_anew():
    driver = ClipDriver(walk(), fade=0.2)
    driver.sample(0.0)
    assert driver.sample(1.0).rotation_w[0] == 1
    driver.stop(1.0)
    assert 0 < driver.sample(1.1).rotation_w[0] < 1
    assert driver.sample(1.3) is None
    driver.load(walk(), start=0.5)
    driver.sample(2.0)
    assert driver.sample(2.3).rotation_w[0] == 1


def test_speed_and_a_still_picture():
    assert ClipDriver(walk(), speed=2.0, seam=0.0).duration == pytest.approx(0.5)
    still = ClipDriver(walk().trimmed(0.5, 0.5), fade=0.0)
    assert np.array_equal(still.sample(0.0).rotation, still.sample(3.0).rotation)
    assert ClipDriver().sample(0.0) is None
