"""The log of turns, its table and its picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest

from avatar.apps.trace import table, waterfall
from avatar.errors import AssetError, MissingAsset, OutputError
from avatar.media import Reply, Transcript
from avatar.runtime.conversation import Turn
from avatar.runtime.trace import MARKS, Trace, TraceLog, percentiles, read_log, traced


def turn(text="几点关门？", end=10.0):
    made = Turn(Transcript(text, True, 8.0, end), "zh", end, end + 0.5, end + 0.6, end + 0.7)
    made.replies.append(Reply("五点。", source="faq:museum.md#3"))
    made.said.append(SimpleNamespace(made=end + 0.8, started=end + 0.85, shown=end + 0.9))
    made.heard = "五点。"
    return made


def test_a_turn_comes_back_as_it_was_kept(tmp_path):
    log = TraceLog(tmp_path / "talk.jsonl")
    log(turn())
    log(turn("Hello <&>"))
    first, second = read_log(tmp_path / "talk.jsonl")
    assert first == traced(turn())
    assert second.question == "Hello <&>"
    assert list(first.marks) == list(MARKS)
    assert first.since_voice_end()["started"] == pytest.approx(0.85)
    assert first.source == "faq:museum.md#3"


def test_a_typed_question_counts_from_when_it_was_put():
    typed = Turn(Transcript("Hello", True, 3.0, 3.0), final=3.0, thought=3.2)
    assert traced(typed).since_voice_end() == {"final": 0.0, "thought": pytest.approx(0.2)}
    assert Trace("nothing known").since_voice_end() == {}


def test_a_log_that_was_cut_off_reads_up_to_there(tmp_path):
    path = tmp_path / "talk.jsonl"
    log = TraceLog(path)
    log(turn())
    log(turn())
    path.write_text(path.read_text("utf-8")[:-20], "utf-8")
    assert len(read_log(path)) == 1


def test_a_line_that_is_none_of_ours_is_named(tmp_path):
    path = tmp_path / "talk.jsonl"
    path.write_text('{"question": "a", "marks": {}}\n[1]\n{"question": "b", "marks": {}}\n')
    with pytest.raises(AssetError, match="line 2"):
        read_log(path)
    with pytest.raises(MissingAsset):
        read_log(tmp_path / "no.jsonl")
    with pytest.raises(OutputError, match="log cannot be written"):
        TraceLog(tmp_path / "no" / "folder.jsonl")


def test_percentiles_are_of_the_turns_that_got_there():
    traces = [Trace("q", marks={"voice_end": 1.0, "started": 1.0 + s}) for s in (0.2, 0.4, 0.6)]
    traces.append(Trace("q", marks={"voice_end": 1.0}))
    found = percentiles([trace.since_voice_end() for trace in traces])
    assert found["started"] == (pytest.approx(0.4), pytest.approx(0.58), 3)
    assert found["voice_end"][2] == 4
    assert "made" not in found


def test_the_table_has_a_row_for_every_mark_and_the_picture_one_for_every_turn():
    traces = [traced(turn()), traced(turn("Where is <it> & why, " * 4))]
    assert len(table(traces)) == len(MARKS) + 2
    picture = ET.fromstring(waterfall(traces))
    bars = [e for e in picture.iter() if e.tag.endswith("rect") and len(e)]
    assert len(bars) == 2 * (len(MARKS) - 1)
    ends = [float(b.get("x")) + float(b.get("width")) for b in bars]
    assert max(ends) < float(picture.get("width"))


def test_turns_without_any_marks_can_be_drawn():
    ET.fromstring(waterfall([Trace("", marks={}), Trace("x", marks={"final": 2.0})]))
