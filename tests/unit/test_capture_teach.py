"""The calibration tells what is wrong, waits for a good face, and keeps what it learnt."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.apps.capture_teach import LEAD, Teacher, trouble
from avatar.apps.messages import tr
from avatar.capture.calibrate import Calibration
from avatar.capture.solve import Solver
from avatar.media import VideoFrame
from tests.unit.capture_samples import face


def tall(seen):
    """Brow and chin where a face near the camera has them."""
    seen.points[10, 1], seen.points[152, 1] = 0.25, 0.75
    return seen


class Studio:
    """As much of a Capture as the teacher asks."""

    def __init__(self) -> None:
        self.solver, self.seen, self.now = Solver(), None, 0.0
        self.frame = VideoFrame(0.0, np.full((48, 64, 4), 128, np.uint8))
        self.said: list[str] = []
        self.tell = self.said.append

    def shows(self, seen) -> None:
        self.seen = seen
        if seen is not None:
            self.solver.solve(seen)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (None, "capture_no_face"),
        (face(), "capture_come_closer"),
        (tall(face(yaw=25)), "capture_face_camera"),
        (tall(face(lids=0.05)), "capture_open_eyes"),
        (tall(face(lips=0.2)), "capture_relax"),
        (tall(face(scores={"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9})), "capture_relax"),
        (tall(face()), ""),
    ],
)
def test_what_is_wrong_with_a_face_is_told(seen, said):
    assert trouble(seen) == said
    assert not said or tr(said) != said


def test_it_waits_for_a_good_face_and_keeps_it(tmp_path):
    studio, path = Studio(), tmp_path / "me.json"
    teacher = Teacher(studio, lambda: studio.now, path)
    assert not teacher.busy
    teacher.begin()
    assert teacher.busy
    told = []
    while teacher.busy and studio.now < 20:
        studio.now += 1 / 25
        early = studio.now < LEAD + 1.0
        studio.shows(tall(face(studio.now, lids=0.4, lips=0.2 if early else 0.0)))
        teacher.step()
        told.append(teacher.line)
        layers = teacher.layer((320, 240))
        assert [layer.key for layer in layers] == ["teacher", "told"]
    order = list(dict.fromkeys(line.split(":")[0] for line in told))
    assert order[:2] == [tr("capture_get_ready").split(":")[0], tr("capture_relax")]
    assert order[-1] == tr("capture_taught").split(":")[0]
    assert studio.solver.calibration.asked
    assert str(path) in studio.said[0]
    assert Calibration.load(path).open_eye[0] == pytest.approx(0.4, abs=0.05)


def test_a_face_that_never_looks_relaxed_is_taken_as_it_is():
    studio = Studio()
    teacher = Teacher(studio, lambda: studio.now, None)
    teacher.begin()
    while teacher.busy and studio.now < 20:
        studio.now += 1 / 25
        studio.shows(tall(face(studio.now, lips=0.2)))
        teacher.step()
    assert studio.solver.calibration.asked


def test_nobody_is_waited_for_without_end_and_never_learnt():
    studio = Studio()
    teacher = Teacher(studio, lambda: studio.now, None)
    teacher.begin()
    for _ in range(500):
        studio.now += 1 / 25
        studio.shows(None)
        teacher.step()
    assert teacher.line == tr("capture_no_face")
    assert not studio.solver.calibration.asked
