"""Other people's programs at the far end: OSC by npm's osc, VRM animations by three-vrm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from avatar.animation.clip import read_motion, write_motion
from avatar.animation.motion import Motion, from_poses
from avatar.animation.rig import Rig
from avatar.character import load
from avatar.math3d import quat_from_axis_angle, quat_rotate
from avatar.pose import BONE_COUNT, FaceShape, HumanBone, Pose
from avatar.protocols.vmc import VmcReceiver, VmcSender
from avatar.resources import figure_path

FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "foreign"
MODULES = (
    "osc@2.4.5", "three@0.187.0", "@pixiv/three-vrm@3.5.5", "@pixiv/three-vrm-animation@3.5.5",
    "gltf-validator@2.0.0-dev.3.10",
)  # fmt: skip
VALIDATE = """
const v = require('gltf-validator'), fs = require('fs');
v.validateBytes(new Uint8Array(fs.readFileSync(process.argv[1])), {maxIssues: 0})
  .then((r) => console.log(JSON.stringify(r.issues)));
"""


@pytest.fixture(scope="module")
def node(need) -> str:
    """``node``, with the modules of these tests installed once into the checkout's cache."""
    npm = need("npm", "apt-get install npm")
    wanted = [FOLDER / "node_modules" / module.rpartition("@")[0] for module in MODULES]
    if not all(path.is_dir() for path in wanted):
        FOLDER.mkdir(parents=True, exist_ok=True)
        flags = ("--no-audit", "--no-fund", "--no-save", "--omit=optional", "--ignore-scripts")
        command = [npm, "install", *flags, *MODULES]
        if subprocess.run(command, cwd=FOLDER, capture_output=True).returncode:
            need(MODULES[0], f"run `{' '.join(command)}` in {FOLDER}")
    for script in (Path(__file__).parent / "foreign").iterdir():
        shutil.copy(script, FOLDER)
    return need("node", "apt-get install nodejs")


def environment() -> dict[str, str]:
    return os.environ | {"NODE_PATH": str(FOLDER / "node_modules")}


@pytest.fixture(scope="module")
def rest():
    return Rig(load(figure_path("mei"))).rest


def some_pose() -> Pose:
    rotation = np.tile(np.array([0, 0, 0, 1], np.float32), (BONE_COUNT, 1))
    rotation[HumanBone.leftUpperArm] = quat_from_axis_angle([0.0, 0.0, 1.0], -1.2)
    rotation[HumanBone.head] = quat_from_axis_angle([0.0, 1.0, 0.0], 0.4)
    weight, opinion = np.zeros(52, np.float32), np.zeros(52, np.float32)
    weight[FaceShape.jawOpen], opinion[FaceShape.jawOpen] = 0.5, 1
    return Pose(
        rotation=rotation, rotation_w=np.ones(BONE_COUNT, np.float32),
        hips=np.array([0, -0.1, 0], np.float32), weight=weight, weight_w=opinion,
        gaze=(0.2, 0.1), extra={"happy": 0.75},
    )  # fmt: skip


def test_a_foreign_performer_moves_us(node):
    with VmcReceiver(port=0) as receiver:
        command = [node, "vmc_send.js", str(receiver.address[1])]
        sender = subprocess.Popen(command, cwd=FOLDER, env=environment())
        pose, start = None, time.monotonic()
        while (pose is None or not pose.extra) and time.monotonic() - start < 20:
            time.sleep(0.02)
            pose = receiver._latest.get()
        sender.kill()
        sender.wait()
        assert receiver.malformed == 0
    assert pose.extra == pytest.approx({"happy": 0.75})
    assert pose.weight[FaceShape.jawOpen] == 0.5
    arm = quat_rotate(pose.rotation[HumanBone.leftUpperArm], np.array([1.0, 0, 0]))
    assert arm == pytest.approx([0.28, -0.96, 0], abs=1e-5)
    assert pose.rotation[HumanBone.head] == pytest.approx([0, -0.2, 0, 0.96**0.5], abs=1e-5)


def test_a_foreign_marionette_understands_us(node, rest):
    command = [node, "vmc_receive.js"]
    process = subprocess.Popen(
        command, cwd=FOLDER, env=environment(), stdout=subprocess.PIPE, text=True
    )
    sender = VmcSender(rest, port=int(process.stdout.readline()))
    sender.send(some_pose())
    heard = json.loads(process.communicate(timeout=20)[0])
    sender.close()
    assert len(heard["bones"]) == sum(rest.present)
    assert heard["blends"] == pytest.approx({"Joy": 0.75, "JawOpen": 0.5})
    arm = heard["bones"]["LeftUpperArm"]
    assert arm[3:] == pytest.approx([0, 0, np.sin(0.6), np.cos(0.6)], abs=1e-5)
    assert arm[0] == pytest.approx(-rest.offset[HumanBone.leftUpperArm, 0], abs=1e-6)
    hips = rest.offset[HumanBone.hips] + [0, -0.1 * rest.hips_height, 0]
    assert heard["bones"]["Hips"][:3] == pytest.approx([-hips[0], hips[1], hips[2]], abs=1e-6)
    assert ["/VMC/Ext/OK", "i"] in heard["other"]
    assert ["/VMC/Ext/Root/Pos", "sfffffff"] in heard["other"]


def test_a_figure_follows_another_and_lives_on_when_it_stops(rest):
    from avatar.runtime.performer import Performer

    ming = load(figure_path("ming"))
    follower = Performer(ming)
    with VmcReceiver(port=0, rest=Rig(ming).rest) as receiver:
        follower.add(receiver)
        sender = VmcSender(rest, *receiver.address)
        t = 0.0
        for _ in range(60):
            sender.send(some_pose())
            time.sleep(0.005)
            t += 1 / 60
            pose = follower.pose(t)
        sender.close()
        face = quat_rotate(pose.rotation[HumanBone.head], np.array([0.0, 0, 1]))
        assert face[0] == pytest.approx(np.sin(0.4), abs=0.02)
        assert pose.hips[1] == pytest.approx(-0.1, abs=0.01)
        assert pose.weight[FaceShape.jawOpen] == pytest.approx(0.5, abs=0.01)
        later = [follower.pose(t + i / 60) for i in range(1, 90)]
    assert follower.failures == {}
    turns = [float(p.rotation[HumanBone.leftUpperArm, 3]) for p in later]
    assert np.abs(np.diff(turns)).max() < 0.05
    assert later[-1].weight[FaceShape.jawOpen] < 0.1


@pytest.fixture(scope="module")
def animation(tmp_path_factory, rest) -> tuple[Path, Motion]:
    path = tmp_path_factory.mktemp("vrma") / "ours.vrma"
    motion = from_poses(np.array([0.0, 0.5]), [Pose(), some_pose()], "ours")
    write_motion(motion, path, rest)
    return path, motion


def test_our_vrm_animation_is_valid_gltf(node, animation):
    command = [node, "-e", VALIDATE, str(animation[0])]
    done = subprocess.run(command, cwd=FOLDER, env=environment(), capture_output=True, check=True)
    issues = json.loads(done.stdout)
    assert issues["numErrors"] == issues["numWarnings"] == 0, issues


def test_three_vrm_reads_our_animation(node, animation, rest):
    done = subprocess.run(
        [node, "vrma_read.mjs", str(animation[0])], cwd=FOLDER, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    pose = some_pose()
    assert seen["duration"] == 0.5
    assert seen["restHips"] == pytest.approx(list(map(float, rest.offset[HumanBone.hips])))
    for bone in (HumanBone.leftUpperArm, HumanBone.head):
        assert seen["rotation"][bone.name][4:] == pytest.approx(pose.rotation[bone], abs=1e-5)
    fall = seen["translation"]["hips"][4] - seen["translation"]["hips"][1]
    assert fall == pytest.approx(-0.1 * rest.hips_height, abs=1e-5)
    assert seen["preset"]["happy"][-1] == pytest.approx(0.75)
    assert seen["custom"]["jawOpen"][-1] == pytest.approx(0.5)
    forward = quat_rotate(np.array(seen["lookAt"][4:]), np.array([0.0, 0, 1]))
    assert np.arctan2(forward[0], forward[2]) == pytest.approx(0.2, abs=1e-5)
    assert np.arcsin(forward[1]) == pytest.approx(0.1, abs=1e-5)


def test_three_vrm_and_we_read_the_same_from_a_foreign_animation(node, shared_data):
    path = shared_data / "motion" / "test.vrma"
    done = subprocess.run(
        [node, "vrma_read.mjs", str(path.resolve())], cwd=FOLDER, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    seen, ours = json.loads(done.stdout), read_motion(path)
    assert set(seen["rotation"]) == {"rightUpperArm"}
    assert seen["duration"] == pytest.approx(ours.duration)
    theirs = np.array(seen["rotation"]["rightUpperArm"]).reshape(-1, 4)
    assert ours.rotation[:, HumanBone.rightUpperArm] == pytest.approx(theirs, abs=1e-4)
    assert ours.extra["happy"] == pytest.approx(seen["preset"]["happy"])
