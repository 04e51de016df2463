"""Checking a knowledge folder, and adding what could not be answered."""

from __future__ import annotations

import re

import openpyxl
import pytest

from avatar.apps import knowledge as app
from avatar.apps.catalogue_knowledge import PROBLEMS
from avatar.errors import ConfigError, OutputError
from avatar.voice import knowledge
from avatar.voice.knowledge import problem, unanswered
from avatar.voice.knowledge.check import check
from avatar.voice.knowledge.unanswered import Log, Unanswered, groups
from avatar.voice.knowledge.write import Addition, add

NEW = Addition(
    ("能带狗进来吗？", "May I bring my dog?"), ("不能，导盲犬除外。", "No, but guide dogs may.")
)


@pytest.mark.parametrize("kind", problem.SENTENCES)
def test_every_problem_is_said_in_both_languages(kind):
    english, chinese = PROBLEMS[kind]
    assert english.strip() and chinese.strip()
    names = re.compile(r"{(\w+)")
    wanted = set(names.findall(problem.SENTENCES[kind]))
    assert set(names.findall(english)) == set(names.findall(chinese)) == wanted


def test_conflicts_doubles_and_losers_are_named(tmp_path):
    text = (
        "## When do you open?\nAt nine.\n\n## Where is the desk?\nOn the left.\n\n"
        "## When do you open\nAt ten.\n\n## Where is the desk?\nOn the left.\n"
    )
    (tmp_path / "hall.md").write_text(text, "utf-8")
    found = check(tmp_path, meaning=False)[1]
    kinds = {(p.kind, p.place) for p in found}
    assert ("same_question", "hall.md:7") in kinds
    assert ("same_entry", "hall.md:10") in kinds
    assert ("loses", "hall.md:7") in kinds
    assert all("hall.md:5" not in place for _, place in kinds)


def test_a_clean_folder_has_nothing_to_say(tmp_path):
    text = "## When do you open?\nAt nine.\n\n## Where is the desk?\nOn the left.\n"
    (tmp_path / "hall.md").write_text(text, "utf-8")
    assert check(tmp_path)[1] == []


@pytest.mark.parametrize("name", ["a.md", "a.csv", "a.yaml", "a.xlsx"])
def test_an_answer_is_added_to_every_kind_of_file(tmp_path, name):
    for _ in range(2):
        add(tmp_path, NEW, name)
    for entry in (found := knowledge.load(tmp_path)).entries:
        assert entry.questions == NEW.questions
        assert entry.answers == {"zh": NEW.answers[:1], "en": NEW.answers[1:]}
    assert (len(found.entries), found.problems) == (2, ())


def test_what_a_file_holds_is_kept(tmp_path):
    (tmp_path / "a.yaml").write_text("topic: x\nentries:\n  - question: Hi\n    en: Ho\n", "utf-8")
    (tmp_path / "b.csv").write_bytes("问题;回答\n几点？;九点。".encode("gb18030"))
    add(tmp_path, NEW, "a.yaml")
    add(tmp_path, Addition(("能停车吗？",), ("能。",)), "b.csv")
    questions = [entry.questions[0] for entry in knowledge.load(tmp_path).entries]
    assert questions == ["Hi", NEW.questions[0], "几点？", "能停车吗？"]


def test_a_workbook_keeps_its_other_sheets(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["question", "en"])
    book.active.append(["Hi?", "Ho."])
    book.create_sheet("more").append(["question", "answer"])
    book.save(tmp_path / "a.xlsx")
    add(tmp_path, Addition(("Where?",), ("Here.",)), "a.xlsx")
    assert [e.source for e in knowledge.load(tmp_path).entries] == [
        "a.xlsx#Sheet!2",
        "a.xlsx#more!2",
    ]


def test_a_file_that_cannot_take_it_is_left_as_it_was(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("question,en\nHi?,Ho.\n", "utf-8")
    before = path.read_bytes()
    with pytest.raises(OutputError, match="no column for an answer in zh"):
        add(tmp_path, NEW, "a.csv")
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("name", ["../a.md", "a.txt", "sub/a.md"])
def test_only_files_of_the_folder_are_written(tmp_path, name):
    with pytest.raises(ConfigError):
        add(tmp_path, NEW, name)


def test_an_entry_that_would_not_load_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="do_evil"):
        add(tmp_path, Addition(("Hm?",), ("Yes [do_evil].",)))
    assert list(tmp_path.iterdir()) == []


def test_questions_that_are_alike_count_together(tmp_path):
    log = Log(tmp_path / "log.jsonl")
    for text in ("能带狗吗", "火星签证怎么办", "可以带狗吗", "能带狗吗"):
        log.add(Unanswered(text, "zh"))
    first, second = groups(log.read())
    assert (first.count, [q.text for q in first.questions]) == (3, ["能带狗吗", "可以带狗吗"])
    assert second.count == 1
    log.drop(["能带狗吗"])
    assert [q.text for q in log.read()] == ["火星签证怎么办", "可以带狗吗"]


def test_review_lists_adds_and_forgets(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(unanswered, "user_data_path", lambda *_, **__: tmp_path / "data")
    folder = tmp_path / "folder"
    folder.mkdir()
    log = Log(unanswered.log_path(folder))
    for text in ("能带狗吗", "可以带狗吗", "有游泳池吗"):
        log.add(Unanswered(text, "zh"))
    app.review(str(folder), (), (), None)
    assert "2x  能带狗吗 / 可以带狗吗" in capsys.readouterr().out
    app.review(str(folder), ("能带狗吗",), ("不能。",), None)
    assert [q.text for q in log.read()] == ["有游泳池吗"]
    assert knowledge.load(folder).entries[0].answers == {"zh": ("不能。",)}
    with pytest.raises(ConfigError):
        app.review(str(folder), ("只有问题",), (), None)


def test_hot_words_are_names_and_terms():
    words = knowledge.hot_words("museum")
    assert {"铜鼎", "恐龙"} <= set(words)
    assert len(words) == len(set(words)) <= 80
