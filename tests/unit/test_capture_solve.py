from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from avatar.capture.calibrate import Calibration, Calibrator, Learner
from avatar.capture.driver import CaptureDriver
from avatar.capture.face import FaceSolver, measure, opening
from avatar.capture.perform import lifted
from avatar.capture.solve import Solver, covered, mirrored
from avatar.capture.study import studied
from avatar.errors import AssetError
from avatar.math3d import (
    quat_conj,
    quat_from_euler_yxz,
    quat_log,
    quat_mul,
    quat_rotate,
)
from avatar.media import Landmarks, VideoFrame
from avatar.pose import FaceShape, HumanBone, Pose
from tests.unit.capture_samples import body, face, hand

F, B = FaceShape, HumanBone
TRUNK = (B.spine, B.chest, B.upperChest)


def chain(pose, *bones):
    q = pose.rotation[bones[0]]
    for bone in bones[1:]:
        q = quat_mul(q, pose.rotation[bone])
    return q


def angle(a, b):
    return np.degrees(np.linalg.norm(quat_log(quat_mul(quat_conj(a), b))))


def nobody(t=0.0):
    return Landmarks(t, np.zeros((0, 3), np.float32), 0.0)


@pytest.mark.parametrize("angles", [(0, 0, 0), (20, 0, 0), (-25, 8, 4), (0, -15, 0), (5, 5, -30)])
def test_the_head_turns_as_the_matrix_says(angles):
    pose = Solver().solve(face(0.0, *angles))
    wanted = quat_from_euler_yxz(*np.radians(angles))
    assert angle(chain(pose, *TRUNK, B.neck, B.head), wanted) < 4
    assert pose.rotation_w[B.head] == 1


def test_blind_shapes_have_no_opinion():
    pose = Solver().solve(face(scores={"cheekPuff": 0.9}))
    for name in ("tongueOut", "cheekPuff", "jawForward"):
        assert pose.weight_w[F[name]] == 0
    assert pose.weight_w[F.jawOpen] == 1


def test_a_missing_score_is_no_opinion():
    seen = face()
    del seen.scores["mouthPucker"]
    assert Solver().solve(seen).weight_w[F.mouthPucker] == 0


def test_lips_apart_open_the_jaw_though_the_score_is_shut():
    gaps = [Solver().solve(face(lips=x)).weight[F.jawOpen] for x in (0.0, 0.1, 0.2, 0.3)]
    assert gaps[0] == 0
    assert np.all(np.diff(gaps) > 0.15)


def blink(lids, score, **more):
    return face(lids=lids, scores={"eyeBlinkLeft": score, "eyeBlinkRight": score}, **more)


def test_closed_means_closed_and_opens_with_hysteresis():
    solver = Solver()
    assert solver.solve(blink(0.31, 0.05)).weight[F.eyeBlinkLeft] == 0
    assert solver.solve(blink(0.06, 0.7)).weight[F.eyeBlinkLeft] == 1
    half = solver.solve(blink(0.16, 0.45)).weight[F.eyeBlinkLeft]
    assert half == 1
    assert solver.solve(blink(0.3, 0.05)).weight[F.eyeBlinkLeft] < 0.1
    assert solver.solve(blink(0.16, 0.45)).weight[F.eyeBlinkLeft] < 1


def test_a_wink_is_kept_and_a_difference_is_not():
    seen = face(scores={"eyeBlinkLeft": 0.9, "eyeBlinkRight": 0.05})
    seen.points[386] = seen.points[374]
    wink = Solver().solve(seen).weight
    assert wink[F.eyeBlinkLeft] > 0.9
    assert wink[F.eyeBlinkRight] < 0.2
    slight = Solver().solve(face(lids=0.15, scores={"eyeBlinkLeft": 0.5, "eyeBlinkRight": 0.3}))
    assert slight.weight[F.eyeBlinkLeft] == pytest.approx(slight.weight[F.eyeBlinkRight])


def test_the_gaze_follows_the_iris_and_waits_behind_closed_lids():
    solver = Solver()
    seen = face()
    seen.points[[468, 473], 0] += 0.008
    yaw, pitch = solver.solve(seen).gaze
    assert yaw > 0.1
    assert pitch == pytest.approx(0)
    assert solver.solve(blink(0.05, 0.8)).gaze == pytest.approx((yaw, pitch))


def test_a_smile_keeps_its_asymmetry():
    seen = face(scores={"mouthSmileLeft": 0.8, "mouthSmileRight": 0.3})
    weight = Solver().solve(seen).weight
    assert weight[F.mouthSmileLeft] > 1.8 * weight[F.mouthSmileRight] > 0


def test_two_seconds_of_neutral_face_become_zero():
    solver = Solver()
    calibrator = solver.calibrate()
    odd = {"browDownLeft": 0.35, "mouthPucker": 0.4}
    for i in range(80):
        solver.solve(face(i / 30, yaw=6, pitch=-9, scores=odd))
    assert calibrator.done
    pose = solver.solve(face(3.0, yaw=6, pitch=-9, scores=odd))
    assert pose.weight[[F.browDownLeft, F.mouthPucker]].max() < 0.02
    assert angle(chain(pose, *TRUNK, B.neck, B.head), [0, 0, 0, 1]) < 0.5


def test_a_moving_head_starts_the_calibration_anew():
    calibrator = Calibrator()
    for i in range(30):
        calibrator.feed(measure(face(i / 30)))
    before = calibrator.progress
    assert not calibrator.feed(measure(face(1.0, yaw=20)))
    assert calibrator.progress < before


def test_a_calibration_is_kept_in_a_file(tmp_path):
    calibrator = Calibrator()
    for i in range(70):
        calibrator.feed(measure(face(i / 30, lids=0.4)))
    known = calibrator.result()
    path = tmp_path / "me.json"
    known.save(path)
    again = Calibration.load(path)
    assert np.allclose(again.rest, known.rest, atol=1e-3)
    assert np.allclose(again.open_eye, 0.4, atol=0.01)
    path.write_text("{}")
    with pytest.raises(AssetError, match="not a calibration"):
        Calibration.load(path)


def test_what_is_seen_widens_the_range_but_a_steady_smile_stays_one():
    learner = Learner()
    for i in range(600):
        learner.feed(measure(face(i / 30, scores={"mouthSmileLeft": 0.8, "eyeSquintLeft": 0.5})))
    known = learner.calibration
    assert known.rest[F.mouthSmileLeft] <= 0.15
    assert known.rest[F.eyeSquintLeft] > 0.3


def test_a_mirror_image_is_its_own_inverse():
    seen = face(yaw=20, roll=5, scores={"mouthSmileLeft": 0.8})
    plain = Solver().solve(seen)
    other = Solver(mirror=True).solve(seen)
    assert other.weight[F.mouthSmileRight] == plain.weight[F.mouthSmileLeft]
    assert angle(mirrored(other).rotation[B.head], plain.rotation[B.head]) < 1e-3
    turned = quat_log(other.rotation[B.head])
    assert turned[1] == pytest.approx(-quat_log(plain.rotation[B.head])[1], abs=1e-5)


def test_leaning_aside_carries_the_head_along():
    solver = Solver()
    solver.solve(face())
    pose = solver.solve(face(0.03, place=(0.1, 0, -0.4)))
    assert quat_log(chain(pose, *TRUNK))[2] < -0.05  # the top goes to +x
    assert angle(chain(pose, *TRUNK, B.neck, B.head), [0, 0, 0, 1]) < 0.1


@pytest.mark.parametrize("side", ["left", "right"])
def test_arms_point_where_they_are_seen(side):
    sign = 1 if side == "left" else -1
    numbers = (13, 15) if side == "left" else (14, 16)
    elbow, wrist = (sign * 0.35, 0.35, 0.1), (sign * 0.3, 0.6, 0.25)
    seen = Landmarks(0.0, np.zeros((0, 3), np.float32), 0.0, size=(640, 480),
                     body=body(**{f"p{numbers[0]}": elbow, f"p{numbers[1]}": wrist}))  # fmt: skip
    pose = Solver().solve(seen)
    shoulder = np.array([sign * 0.18, 0.5, 0])
    upper, lower = np.subtract(elbow, shoulder), np.subtract(wrist, elbow)
    out = [sign, 0.0, 0.0]
    q = chain(pose, *TRUNK, B[f"{side}UpperArm"])
    assert np.allclose(quat_rotate(q, out), upper / np.linalg.norm(upper), atol=0.02)
    q = chain(pose, *TRUNK, B[f"{side}UpperArm"], B[f"{side}LowerArm"])
    assert np.allclose(quat_rotate(q, out), lower / np.linalg.norm(lower), atol=0.02)


def test_points_beyond_the_edge_of_the_picture_are_not_believed():
    figure = body()
    figure.points[[15, 16], 1] = 1.3
    seen = Landmarks(0.0, np.zeros((0, 3), np.float32), 0.0, size=(640, 480), body=figure)
    pose = Solver().solve(seen)
    assert pose.rotation_w[B.leftUpperArm] == 0
    assert pose.rotation_w[B.spine] == 1


def fingers(side, curl, pictures=4):
    solver = Solver()
    for i in range(pictures):
        seen = Landmarks(i / 30, np.zeros((0, 3), np.float32), 0.0, size=(640, 480),
                         hands=(hand(side, curl),))  # fmt: skip
        pose = solver.solve(seen)
    return pose


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("curl", [0.0, 0.5, 1.0])
def test_fingers_curl_towards_the_palm(side, curl):
    pose = fingers(side, curl)
    sign = 1 if side == "left" else -1
    for finger in ("Index", "Middle", "Ring", "Little"):
        bend = quat_log(pose.rotation[B[f"{side}{finger}Intermediate"]])
        assert -sign * bend[2] == pytest.approx(max(curl - 0.14, 0), abs=0.02)


def test_finger_joints_never_leave_what_anatomy_allows():
    pose = fingers("left", 2.6)
    for bone in B:
        if bone.name.startswith("left") and "Intermediate" in bone.name:
            assert np.linalg.norm(quat_log(pose.rotation[bone])) <= np.radians(105) + 1e-5


def test_a_hand_seen_once_or_outside_is_not_believed():
    assert fingers("left", 0.5, pictures=1).rotation_w[B.leftIndexProximal] == 0
    solver = Solver()
    for i in range(5):
        away = hand("left", 0.5, at=(1.2, 0.5))
        seen = Landmarks(i / 30, np.zeros((0, 3), np.float32), 0.0, size=(640, 480), hands=(away,))
        pose = solver.solve(seen)
    assert pose.rotation_w[B.leftIndexProximal] == 0


def test_a_hand_over_the_mouth_is_noticed():
    seen = face()
    over = hand("right", 0.3, at=(0.5, 0.5))
    beside = hand("right", 0.3, at=(0.05, 0.05))
    assert covered(seen, [over]) > 0.5
    assert covered(seen, [beside]) == 0


def shown(driver, poses, times):
    found = []
    for t in times:
        for pose in [p for p in poses if abs(p.t - t) < 1e-6]:
            driver.push(pose)
        found.append(driver.sample(t))
    return found


def test_a_lost_face_is_held_then_glides_away_and_comes_back_without_a_jump():
    times = np.round(np.arange(0, 4, 1 / 60), 6)
    early = [Solver().solve(face(t, yaw=20)) for t in times if t < 1]
    late = [Solver().solve(face(t, yaw=-25)) for t in times if t > 2]
    gone = [Solver().solve(nobody(t)) for t in times if 1 <= t <= 2]
    found = shown(CaptureDriver(ahead=0), [*early, *gone, *late], times)
    weight = np.array([0 if p is None else p.rotation_w[B.head] for p in found])
    at = dict(zip(times, weight, strict=True))
    assert at[times[round(1.25 * 60)]] == 1
    assert at[times[round(1.95 * 60)]] == 0
    assert np.abs(np.diff(weight)).max() < 0.08
    back = [p for p, t in zip(found, times, strict=True) if t > 2 and p is not None]
    steps = [
        angle(chain(a, B.neck, B.head), chain(b, B.neck, B.head))
        for a, b in itertools.pairwise(back)
    ]
    assert max(steps) < 15
    assert back[-1].rotation_w[B.head] == 1


def test_a_leap_of_the_tracker_melts():
    driver = CaptureDriver(ahead=0)
    times = np.round(np.arange(0, 1, 1 / 30), 6)
    poses = [Solver().solve(face(t, yaw=30 if t > 0.5 else -30)) for t in times]
    found = shown(driver, poses, times)
    steps = [angle(a.rotation[B.head], b.rotation[B.head]) for a, b in itertools.pairwise(found)]
    assert max(steps) < 15
    assert angle(found[-1].rotation[B.head], poses[-1].rotation[B.head]) < 2


def test_a_broken_pose_is_not_shown():
    driver = CaptureDriver(ahead=0)
    good = Solver().solve(face())
    driver.push(good)
    assert driver.sample(0.0) is not None
    bad = Pose(0.1, np.full((55, 4), np.nan, np.float32), good.rotation_w)
    driver.push(bad)
    assert np.isfinite(driver.sample(0.1).rotation).all()


def test_a_degenerate_face_is_no_face():
    seen = face()
    seen.points[:] = np.nan
    assert measure(seen) is None
    assert Solver().solve(seen).rotation_w.sum() == 0


def test_the_lids_remember_nothing_of_another_performer():
    one, other = FaceSolver(), FaceSolver()
    sample = measure(blink(0.06, 0.7))
    one.weights(sample, Calibration())
    ajar = measure(blink(0.16, 0.45))
    shut = one.weights(ajar, Calibration())[0][F.eyeBlinkLeft]
    assert shut == 1 > other.weights(ajar, Calibration())[0][F.eyeBlinkLeft]


@pytest.mark.parametrize(("step", "lid"), [(1 / 24, 1.0), (0.5, None)])
def test_lids_that_snap_down_blink_though_no_picture_shows_them_closed(step, lid):
    solver = FaceSolver()
    solver.weights(replace(measure(blink(0.31, 0.05)), t=0.0), Calibration())
    low = replace(measure(blink(0.15, 0.45)), t=step)
    shown = solver.weights(low, Calibration())[0][F.eyeBlinkLeft]
    assert shown == lid if lid else 0.4 < shown < 0.7


def test_a_broad_smile_over_teeth_draws_dimples():
    wide = dict.fromkeys(("mouthSmileLeft", "mouthSmileRight"), 0.9)
    sample = replace(
        measure(face(lips=0.12, scores=wide)), marks=np.array([0.2, 0.26, 0.3, 0.76, 0.11])
    )
    shown = FaceSolver().weights(sample, Calibration())[0]
    assert shown[F.mouthDimpleLeft] > 0.3
    assert opening(shown) == pytest.approx(sample.lips, abs=0.06)


def test_a_dim_picture_is_lifted_and_a_bright_one_left_alone():
    dim = VideoFrame(0.0, np.full((64, 64, 4), 12, np.uint8))
    bright = VideoFrame(0.0, np.full((64, 64, 4), 120, np.uint8))
    assert lifted(dim).pixels[0, 0, 0] > 60
    assert lifted(dim).pixels[0, 0, 3] == 12
    assert lifted(bright) is bright


def frowning(seen):
    """The same face with its brows a third lower and closer; they are points of their own."""
    points = seen.points.copy()
    eyes = points[[33, 133, 263, 362], :2].mean(0)
    brows = [285, 336, 55, 107, 282, 334, 52, 105]
    points[brows, 1] += 0.03
    points[[55, 285], 0] += (eyes[0] - points[[55, 285], 0]) * 0.1
    return replace(seen, points=points)


class FakeTracker:
    def __init__(self, shown):
        self.shown, self.looked, self.closed = {seen.t: seen for seen in shown}, 0, False

    def track(self, frame):
        self.looked += 1
        return self.shown[frame.t]

    def close(self):
        self.closed = True


class FakeCamera:
    def __init__(self, times):
        self.times, self.ended = list(times), False

    def read(self):
        return VideoFrame(self.times.pop(0), None) if self.times else None

    def close(self):
        self.ended = True


def test_a_frown_is_seen_in_the_points_though_the_scores_know_nothing_of_it():
    solver = Solver()
    calibrator = solver.calibrate()
    k = 0
    while not calibrator.done:
        solver.solve(face(k / 30))
        k += 1
    weight = solver.solve(frowning(face(k / 30))).weight
    assert weight[F.browDownLeft] > 0.3
    assert weight[F.browDownLeft] == weight[F.browDownRight]
    assert solver.solve(face((k + 1) / 30)).weight[F.browDownLeft] == 0


def test_what_the_points_say_counts_for_nothing_while_the_face_is_not_known():
    assert Solver().solve(frowning(face())).weight[F.browDownLeft] == 0


def test_a_recording_is_looked_through_for_who_it_shows():
    shown = [face(k / 30, lids=0.4, scores={"browInnerUp": 0.2}) for k in range(300)]
    tracker, camera = FakeTracker(shown), FakeCamera([seen.t for seen in shown])
    known = studied(camera, tracker)
    assert known.open_eye[0] > Calibration().open_eye[0]
    assert known.sure > 0.5
    assert not known.asked
    assert tracker.looked < 70
    assert camera.ended and tracker.closed
