from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from avatar.animation.emotion import EMOTION_SHAPES
from avatar.animation.presets import EMOTION_PRESETS, emotions, vowels
from avatar.animation.rig import Rig
from avatar.character.character import (
    ColorBind,
    Expression,
    Material,
    MToon,
    TextureRef,
    TextureTransformBind,
)
from avatar.pose import FACE_SHAPES, PRESETS, FaceShape, Pose
from tests.unit.figures import figure, perfect_sync, shapes

few = settings(max_examples=25, deadline=None)


def face(**weights: float) -> Pose:
    weight = Pose().weight.copy()
    for name, value in weights.items():
        weight[FaceShape[name]] = value
    return Pose(weight=weight, weight_w=np.ones(52, np.float32))


def morph(character, pose: Pose) -> dict[str, float]:
    state = Rig(character).advance(pose, 0)
    return {e.name: float(state.morph[i]) for i, e in enumerate(character.expressions)}


def test_perfect_sync_figures_get_the_shapes_by_name():
    got = morph(perfect_sync(), face(jawOpen=0.5, browInnerUp=0.25))
    assert got["jawOpen"] == 0.5
    assert got["browInnerUp"] == 0.25
    assert sum(got.values()) == pytest.approx(0.75)


@pytest.mark.parametrize(
    "spell",
    [
        lambda n: n[0].upper() + n[1:],
        str.lower,
        lambda n: n.replace("Left", "_L").replace("Right", "_R"),
    ],
    ids=["PascalCase", "lower", "_L"],
)
def test_other_spellings_of_the_shapes_are_understood(spell):
    names = [spell(n) for n in FACE_SHAPES]
    got = morph(figure(shapes(names)), face(eyeBlinkLeft=0.75, mouthSmileRight=0.5))
    assert got[spell("eyeBlinkLeft")] == 0.75
    assert got[spell("mouthSmileRight")] == 0.5


@few
@given(arrays(np.float32, 52, elements=st.floats(0, 1, width=32)))
def test_nothing_is_driven_twice(weight):
    """Shapes by name and presets never move together, whatever the face."""
    both = (*shapes(FACE_SHAPES), *(Expression(n, True) for n in PRESETS))
    character = figure([*both[:52], *shapes_at(PRESETS, 52)])
    got = morph(character, Pose(weight=weight, weight_w=np.ones(52, np.float32)))
    assert not any(got[name] for name in PRESETS)


def shapes_at(names, first: int):
    from avatar.character.character import MorphBind

    return [Expression(n, True, (MorphBind(0, first + i, 1.0),)) for i, n in enumerate(names)]


def test_a_figure_with_presets_only_speaks_in_vowels():
    character = figure(shapes(PRESETS))
    assert morph(character, face(jawOpen=0.6))["aa"] > 0.8
    assert morph(character, face(mouthPucker=0.9, jawOpen=0.05))["ou"] > 0.6
    assert morph(character, face(mouthFunnel=0.8, jawOpen=0.5))["oh"] > 0.4
    assert morph(character, face(mouthStretchLeft=0.7, mouthStretchRight=0.7))["ih"] > 0.6
    wide = morph(character, face(jawOpen=0.35, mouthStretchLeft=0.7, mouthStretchRight=0.7))
    assert wide["ee"] > 0.4
    shut = morph(character, face(jawOpen=0.3, mouthClose=0.3))
    assert max(shut[v] for v in ("aa", "ih", "ou", "ee", "oh")) < 0.01


@few
@given(arrays(np.float32, 52, elements=st.floats(0, 1, width=32)))
def test_vowels_share_one_mouth(weight):
    got = vowels(weight)
    assert min(got.values()) >= 0
    assert sum(got.values()) <= 1 + 1e-6


@pytest.mark.parametrize("name", EMOTION_PRESETS)
def test_each_emotion_is_recognised_as_its_preset(name):
    got = dict(zip(EMOTION_PRESETS, emotions(EMOTION_SHAPES[name]), strict=True))
    assert got[name] > 0.9
    assert sum(got.values()) - got[name] < 0.2
    half = dict(zip(EMOTION_PRESETS, emotions(0.6 * EMOTION_SHAPES[name]), strict=True))
    assert 0.3 < half[name] < 0.8


def test_speaking_is_not_taken_for_an_emotion():
    for weights in (
        {"jawOpen": 0.7, "mouthLowerDownLeft": 0.4, "mouthLowerDownRight": 0.4},
        {"mouthSmileLeft": 0.35, "mouthSmileRight": 0.35, "mouthStretchLeft": 0.3},
        {"mouthPucker": 0.8, "mouthFunnel": 0.5},
        {"browInnerUp": 0.2, "browOuterUpLeft": 0.15, "browOuterUpRight": 0.15},
    ):
        assert emotions(face(**weights).weight).max() < 0.1


def test_blinks_use_one_preset_or_two():
    pose = face(eyeBlinkLeft=1.0, eyeBlinkRight=0.5)
    both = morph(figure(shapes(["blink", "blinkLeft", "blinkRight"])), pose)
    assert both == {"blink": 0, "blinkLeft": 1, "blinkRight": 0.5}
    assert morph(figure(shapes(["blink"])), pose) == {"blink": 0.75}


def test_a_blink_closes_whatever_else_moves_the_lid():
    wide = {"eyeWideLeft": 0.8, "eyeLookDownLeft": 0.5, "eyeSquintLeft": 0.4}
    got = morph(perfect_sync(), face(**wide, eyeBlinkLeft=1.0))
    assert got["eyeBlinkLeft"] == 1
    assert got["eyeWideLeft"] == got["eyeLookDownLeft"] == got["eyeSquintLeft"] == 0
    assert morph(perfect_sync(), face(**wide))["eyeWideLeft"] == pytest.approx(0.8)


def test_extra_drives_any_expression_by_name():
    character = figure(shapes(["happy", "hat", "aa"]))
    got = morph(character, Pose(extra={"hat": 0.5, "Happy": 1.5, "unknown": 1.0}))
    assert got == {"happy": 1, "hat": 0.5, "aa": 0}


def test_binary_expressions_are_all_or_nothing():
    character = figure(shapes(["wink"], wink={"is_binary": True}))
    assert [morph(character, Pose(extra={"wink": x}))["wink"] for x in (0.4, 0.5, 0.51)] == [
        0,
        0,
        1,
    ]


@pytest.mark.parametrize(("kind", "left"), [("none", 0.8), ("blend", 0.6), ("block", 0.0)])
@pytest.mark.parametrize(
    ("field", "target"),
    [("override_mouth", "aa"), ("override_blink", "blink"), ("override_look_at", "lookUp")],
)
def test_overrides(kind, left, field, target):
    character = figure(shapes(["happy", target], happy={field: kind}))
    got = morph(character, Pose(extra={"happy": 0.25, target: 0.8}))
    assert got == {"happy": 0.25, target: pytest.approx(left)}


def test_overrides_reach_the_shapes_of_perfect_sync():
    names = [*FACE_SHAPES, "happy"]
    character = figure(shapes(names, happy={"override_blink": "block", "override_mouth": "blend"}))
    pose = face(eyeBlinkLeft=1.0, jawOpen=0.5, browInnerUp=0.5)
    got = morph(character, Pose(weight=pose.weight, weight_w=pose.weight_w, extra={"happy": 0.5}))
    assert got["eyeBlinkLeft"] == 0
    assert got["jawOpen"] == pytest.approx(0.25)
    assert got["browInnerUp"] == 0.5


def test_overrides_of_several_add_up_and_stop_at_nothing():
    blend = {"override_mouth": "blend"}
    character = figure(shapes(["happy", "hat", "aa"], happy=blend, hat=blend))
    assert morph(character, Pose(extra={"happy": 0.5, "hat": 0.3, "aa": 1.0}))["aa"] == (
        pytest.approx(0.2)
    )
    assert morph(character, Pose(extra={"happy": 0.8, "hat": 0.8, "aa": 1.0}))["aa"] == 0


def test_an_expression_does_not_override_its_own_kind():
    character = figure(shapes(["aa", "oh"], aa={"override_mouth": "block"}))
    assert morph(character, Pose(extra={"aa": 1.0, "oh": 0.5}))["oh"] == 0.5


def test_binary_and_overrides_together():
    """The binary value overrides; an overridden binary expression goes out altogether."""
    happy = {"is_binary": True, "override_mouth": "blend"}
    character = figure(shapes(["happy", "aa"], happy=happy))
    assert morph(character, Pose(extra={"happy": 0.4, "aa": 0.5}))["aa"] == 0.5
    assert morph(character, Pose(extra={"happy": 0.6, "aa": 0.5}))["aa"] == 0
    happy, aa = {"override_mouth": "blend"}, {"is_binary": True}
    character = figure(shapes(["happy", "aa"], happy=happy, aa=aa))
    assert morph(character, Pose(extra={"happy": 0.1, "aa": 1.0}))["aa"] == 0


def test_binds_scale_and_share_targets():
    from avatar.character.character import MorphBind

    parts = (
        Expression("a", False, (MorphBind(0, 0, 0.5), MorphBind(0, 1, 1.0))),
        Expression("b", False, (MorphBind(0, 0, 1.0),)),
    )
    state = Rig(figure(parts)).advance(Pose(extra={"a": 1.0, "b": 0.25}), 0)
    assert np.allclose(state.morph, [0.75, 1.0])


def test_default_weights_stay_where_no_expression_reaches():
    from dataclasses import replace

    character = figure(shapes(["a", "b"]))
    mesh = replace(
        character.meshes[0], target_names=("a", "b", "c"), target_weights=(0.3, 0.0, 0.7)
    )
    state = Rig(replace(character, meshes=(mesh,))).advance(Pose(), 0)
    assert np.allclose(state.morph, [0, 0, 0.7])


def test_colours_move_from_the_materials_own():
    toon = MToon(shade_color_factor=(0.2, 0.4, 0.6))
    material = Material(base_color_factor=(1.0, 0.5, 0.0, 1.0), mtoon=toon)
    blush = Expression(
        "blush",
        False,
        (),
        (
            ColorBind(0, "color", (0.0, 0.5, 1.0, 0.5)),
            ColorBind(0, "shadeColor", (1.0, 0.4, 0.6, 1.0)),
        ),
    )
    rig = Rig(figure((blush,), materials=(material,)))
    state = rig.advance(Pose(extra={"blush": 0.5}), 0)
    assert np.allclose(state.material_color[0, "color"], [0.5, 0.5, 0.5, 0.75])
    assert np.allclose(state.material_color[0, "shadeColor"][:3], [0.6, 0.4, 0.6])
    assert not rig.advance(Pose(), 0).material_color


def test_textures_slide_and_scale():
    texture = TextureRef(image=0, offset=(0.1, 0.0), scale=(2.0, 1.0))
    slide = Expression("lookDown", True, (), (), (TextureTransformBind(0, (2.0, 1.0), (0.5, 0.2)),))
    rig = Rig(figure((slide,), materials=(Material(base_color_texture=texture),)))
    state = rig.advance(Pose(extra={"lookDown": 0.5}), 0)
    offset, scale = state.material_uv[0][:2], state.material_uv[0][2:]
    assert np.allclose([0.1, 0.0] + [2.0, 1.0] * offset, [0.3, 0.1])  # over the texture's own
    assert np.allclose([2.0, 1.0] * scale, [2.0, 1.0])
    assert not rig.advance(Pose(), 0).material_uv
