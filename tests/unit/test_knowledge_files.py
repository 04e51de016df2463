"""Knowledge files: what is read, and how what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from avatar.errors import MissingAsset
from avatar.voice import knowledge
from avatar.voice.knowledge import folder

HALL_MD = """# Times
## 你们几点开门？
- When do you open?

我们九点开门。

We open at nine.

> gesture: explain
> next: 周末开门吗？

## Is there parking?
Yes, in front.
"""


def written(tmp_path: Path, name: str, text: str, encoding: str = "utf-8") -> knowledge.Knowledge:
    (tmp_path / name).write_bytes(text.encode(encoding))
    return knowledge.load(tmp_path)


def said(found: knowledge.Knowledge) -> list[str]:
    return [str(problem) for problem in found.problems]


def workbook(path: Path, rows: list[list[object]], sheet: str = "Sheet1") -> None:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_markdown(tmp_path):
    found = written(tmp_path, "hall.md", HALL_MD)
    first, second = found.entries
    assert first.questions == ("你们几点开门？", "When do you open?")
    assert first.answers == {"zh": ("我们九点开门。",), "en": ("We open at nine.",)}
    assert (first.topic, first.gesture, first.next) == ("Times", "explain", ("周末开门吗？",))
    assert (first.source, first.place) == ("hall.md#1", "hall.md:2")
    assert second.answers == {"en": ("Yes, in front.",)}
    assert said(found) == []


def test_a_broken_markdown_entry_is_named_by_its_line_and_the_others_load(tmp_path):
    text = "## A question without an answer?\n\n" + HALL_MD + "> geste: nod\n"
    found = written(tmp_path, "hall.md", text)
    assert len(found.entries) == 2
    lines = said(found)
    assert "hall.md:1: has a question but no answer" in lines
    assert any(line.startswith("hall.md:16: no field 'geste'") for line in lines)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_as_programs_write_it(tmp_path, encoding):
    text = "问题,中文回答,英文回答\n几点开门？|什么时候开门？,九点。,At nine.\n"
    (entry,) = written(tmp_path, "hall.csv", text, encoding).entries
    assert entry.questions == ("几点开门？", "什么时候开门？")
    assert entry.answers == {"zh": ("九点。",), "en": ("At nine.",)}


def test_a_broken_csv_row_is_named_by_the_line_it_begins_on(tmp_path):
    text = 'question;en;gesture\n"One?\nOne again?";Yes.;nod\n;Nobody asks this.;\nTwo?;Two.;jump\n'
    found = written(tmp_path, "hall.csv", text)
    assert [entry.questions[0] for entry in found.entries] == ["One?", "Two?"]
    lines = said(found)
    assert "hall.csv:4: has an answer but no question" in lines
    assert any(line.startswith("hall.csv:5: no gesture 'jump'") for line in lines)


def test_a_workbook_names_the_cell(tmp_path):
    rows = [
        ["topic", "question", "zh", "emotion"],
        ["时间", "几点开门？", "九点。", "happy"],
        ["时间", "", "没人问这个。", ""],
        ["时间", "几点关门？", "五点。", "hungry"],
        ["时间", "周末呢？", "", ""],
    ]
    workbook(tmp_path / "hall.xlsx", rows, "问答")
    found = knowledge.load(tmp_path)
    assert [entry.source for entry in found.entries] == ["hall.xlsx#问答!2", "hall.xlsx#问答!4"]
    lines = said(found)
    assert "hall.xlsx 问答!B3: has an answer but no question" in lines
    assert "hall.xlsx 问答!B5: has a question but no answer" in lines
    assert any(line.startswith("hall.xlsx 问答!D4: no emotion 'hungry'") for line in lines)


def test_yaml_with_lines(tmp_path):
    text = (
        "topic: 时间\nentries:\n- question: [几点开门, 'When do you open?']\n"
        "  zh: [九点。, 早上九点。]\n"
        "- question: {deep: er}\n  zh: 不对。\n- just text\n- question: 能停车吗\n  en: Yes.\n"
    )
    found = written(tmp_path, "hall.yaml", text)
    first, second = found.entries
    assert first.answers == {"zh": ("九点。", "早上九点。")}
    assert (second.source, second.place) == ("hall.yaml#4", "hall.yaml:8")
    assert said(found) == [
        "hall.yaml:5: question must be text, not mapping",
        "hall.yaml:7: an entry must be text, not scalar",
    ]


def test_yaml_makes_no_objects(tmp_path):
    text = "- question: hm\n  en: !!python/object/apply:os.system ['touch pwned']\n"
    found = written(tmp_path, "hall.yaml", text)
    assert all("pwned" not in path.name for path in tmp_path.iterdir())
    assert [entry.answers for entry in found.entries] == [{"en": ("touch pwned",)}]


@pytest.mark.parametrize("name", ["a.yaml", "a.xlsx", "a.csv", "a.md"])
def test_rubbish_is_named_and_the_rest_loads(tmp_path, name):
    (tmp_path / "good.md").write_text(HALL_MD, "utf-8")
    (tmp_path / name).write_bytes(b"\xff\xfe\x00: [\x81\x00" * 40)
    found = knowledge.load(tmp_path)
    assert len(found.entries) == 2
    if name != "a.md":
        assert any(problem.place.startswith(name) and problem.severe for problem in found.problems)


def test_what_an_answer_may_ask_for(tmp_path):
    text = (
        "## Hello?\n[bow] Hello. [run rm -rf] {tool} 【鞠躬】 Bye.\n"
        "> picture: ../../etc/secret.png\n> emotion: HAPPY\n"
    )
    found = written(tmp_path, "hall.md", text)
    (entry,) = found.entries
    assert entry.answers == {"en": ("[bow] Hello. {tool} 【鞠躬】 Bye.",)}
    assert (entry.picture, entry.emotion) == ("", "happy")
    kinds = {problem.kind for problem in found.problems}
    assert kinds == {"unknown_cue", "no_picture"}


def test_pictures_lie_in_the_folder(tmp_path):
    (tmp_path / "map.png").write_bytes(b"png")
    (entry,) = written(tmp_path, "hall.md", "## Where?\nHere.\n![map](map.png)\n").entries
    assert Path(entry.picture) == (tmp_path / "map.png").resolve()


def test_too_long_a_text_is_left_out(tmp_path):
    found = written(tmp_path, "hall.csv", f"question,en\nHow long?,{'x' * 3000}\nShort?,Yes.\n")
    assert [entry.questions[0] for entry in found.entries] == ["Short?"]
    assert said(found)[0].startswith("hall.csv:2: en has 3000 characters")


def test_a_table_without_a_header(tmp_path):
    found = written(tmp_path, "hall.csv", "When do you open?,At nine.\n")
    assert not found.entries
    assert found.problems[0].kind == "no_header"


def test_a_broken_edit_keeps_what_the_file_said(tmp_path):
    before = written(tmp_path, "hall.yaml", "- question: 几点开门\n  zh: 九点。\n")
    (tmp_path / "hall.yaml").write_text("- question: [几点\n", "utf-8")
    assert folder.changed(before)
    after = knowledge.load(tmp_path, before)
    assert after.entries == before.entries
    assert "what it said before is kept" in said(after)[0]


def test_locks_and_readmes_are_no_knowledge(tmp_path):
    for name in ("~$hall.csv", ".hall.md", "README.md", "notes.txt"):
        (tmp_path / name).write_text("## A?\nB.\n", "utf-8")
    assert knowledge.load(tmp_path).files == {}


def test_a_folder_that_is_not_there_lists_the_shipped(tmp_path):
    with pytest.raises(MissingAsset, match="smalltalk"):
        knowledge.load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", sorted(knowledge.shipped()))
def test_what_ships_has_nothing_wrong(name):
    found = knowledge.load(name)
    assert said(found) == []
    for entry in found.entries:
        assert set(entry.answers) == {"zh", "en"}, entry.place
        assert {knowledge.language(q) for q in entry.questions} == {"zh", "en"}, entry.place
