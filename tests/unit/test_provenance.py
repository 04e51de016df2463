"""The AI label: what the metadata says and how large the mark is."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

from avatar.output.provenance import OPENING_SECONDS, Provenance


def test_metadata_carries_the_standard_field_and_readable_ones():
    made = Provenance("小美工作室", details={"voice": "espeak/zh"})
    fields = made.metadata()
    aigc = json.loads(fields["AIGC"])
    assert aigc["Label"] == "1"
    assert aigc["ContentProducer"] == fields["provider"] == "小美工作室"
    assert aigc["ProduceID"] == fields["content_id"] == made.content_id
    assert {"ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2"} <= aigc.keys()
    assert "AI" in fields["comment"] and "生成" in fields["comment"]
    assert "espeak/zh" in fields["comment"]


def test_each_content_has_its_own_id_and_a_utc_time():
    one, two = Provenance(), Provenance()
    assert uuid.UUID(one.content_id) != uuid.UUID(two.content_id)
    assert one.created.tzinfo is UTC
    stamp = Provenance(created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)).metadata()
    assert stamp["creation_time"] == "2026-01-02T03:04:05Z"


def test_mark_is_large_for_the_opening_then_smaller_but_there():
    label = Provenance()
    assert OPENING_SECONDS >= 2
    assert all(label.mark(t / 10).height >= 0.05 for t in range(int(OPENING_SECONDS * 10)))
    heights = [label.mark(OPENING_SECONDS + t / 30).height for t in range(60)]
    assert heights == sorted(heights, reverse=True)
    assert 0.02 <= heights[-1] < 0.05
    assert "AI" in label.mark(0).text and "生成" in label.mark(0).text
