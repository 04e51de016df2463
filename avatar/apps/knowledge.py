"""``avatar knowledge``: a folder checked, asked, and taught what it could not answer."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from avatar.apps.catalogue_knowledge import PROBLEMS
from avatar.apps.messages import language, tr
from avatar.errors import ConfigError
from avatar.media import Question
from avatar.voice.knowledge.check import check as look
from avatar.voice.knowledge.folder import folder_path
from avatar.voice.knowledge.problem import Problem
from avatar.voice.knowledge.unanswered import Group, Log, groups, log_path
from avatar.voice.knowledge.write import DEFAULT, Addition, add

_SHOWN = 5
"""Wordings of a group that are listed."""


def told(problem: Problem) -> str:
    """A problem in the user's language."""
    english, chinese = PROBLEMS[problem.kind]
    sentence = chinese if language() == "zh" else english
    return f"{problem.place}: {sentence.format(**problem.fields)}"


def check(folder: str) -> int:
    """Print what a folder holds and all that is wrong; 2 where an entry was left out, else 0."""
    knowledge, problems = look(folder)
    for name, file in knowledge.files.items():
        click.echo(tr("knowledge_file", file=name, entries=len(file.entries)))
    for problem in problems:
        click.echo(told(problem))
    entries = knowledge.entries
    click.echo(
        tr(
            "knowledge_counts",
            entries=len(entries),
            questions=sum(len(entry.questions) for entry in entries),
            zh=sum("zh" in entry.answers for entry in entries),
            en=sum("en" in entry.answers for entry in entries),
            problems=len(problems),
        )
    )
    return 2 if any(problem.severe for problem in problems) else 0


def ask(folder: str, text: str) -> None:
    """Print the answer to a question, its source and what else came near."""
    from avatar.voice.dialogue.faq import FaqDialogue

    dialogue = FaqDialogue(folder, keep_log=False, watch=False)
    dialogue.ready()
    question = Question(text)
    replies = list(dialogue.answer(question))
    for reply in replies:
        click.echo(reply.text)
    if not replies:
        click.echo(tr("knowledge_silent"))
    for match in dialogue.matches(question)[:3]:
        title = match.entry.title(language())
        click.echo(f"  {match.probability:4.0%}  {match.entry.source}  {title}")
    dialogue.close()


def review(
    folder: str, questions: tuple[str, ...], answers: tuple[str, ...], file: str | None
) -> None:
    """List what could not be answered and add answers: those given, else as the user types."""
    path = folder_path(folder)
    log = Log(log_path(path))
    if questions or answers:
        if not (questions and answers):
            raise ConfigError(tr("knowledge_both"))
        _learn(path, log, questions, answers, file or DEFAULT)
        return
    found = groups(log.read())
    if not found:
        click.echo(tr("knowledge_nothing"))
        return
    for number, group in enumerate(found, 1):
        click.echo(f"{number:3}. {_line(group)}")
    if sys.stdin.isatty():
        _teach(path, log, found, file or DEFAULT)
    else:
        click.echo(tr("knowledge_how"))


def _line(group: Group) -> str:
    wordings = " / ".join(question.text for question in group.questions[:_SHOWN])
    near = group.questions[0].near
    hint = tr("knowledge_near", source=near) if near else ""
    return f"{group.count}x  {wordings}{hint}"


def _teach(path: Path, log: Log, found: list[Group], file: str) -> None:
    """Ask for an answer group by group; an empty one goes on to the next."""
    for group in found:
        click.echo(_line(group))
        typed = click.prompt(tr("knowledge_type"), default="", show_default=False)
        if typed.strip():
            texts = tuple(question.text for question in group.questions)
            _learn(path, log, texts, (typed,), file)


def _learn(
    path: Path, log: Log, questions: tuple[str, ...], answers: tuple[str, ...], file: str
) -> None:
    written = add(path, Addition(questions, answers), file)
    wanted = set(questions)
    alike = [g for g in groups(log.read()) if wanted & {q.text for q in g.questions}]
    log.drop({q.text for group in alike for q in group.questions} | wanted)
    click.echo(tr("knowledge_added", path=written))
