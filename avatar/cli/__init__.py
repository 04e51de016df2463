"""The ``avatar`` command: thin; each verb hands over to ``avatar.apps``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from avatar import __version__
from avatar.apps.examples import epilog
from avatar.apps.messages import tr, use_utf8
from avatar.cli.options import configured, stage_options, talk_options, weights
from avatar.config import LIGHTS, QUALITIES, VIEWS
from avatar.errors import AvatarError, ConfigError


@click.group(help=tr("help_avatar"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="avatar")
def app() -> None:
    pass


@app.command(help=tr("help_demo"))
@click.option("-o", "--output", type=click.Path(path_type=Path), help=tr("opt_output"))
@stage_options
def demo(output: Path | None, **settings: Any) -> None:
    from avatar.apps.demo import run

    run(configured(settings), output)


@app.command(help=tr("help_say"), epilog=epilog("say"))
@click.argument("text")
@click.option("-o", "--output", type=click.Path(path_type=Path), help=tr("opt_output"))
@click.option("--webvtt", type=click.Path(path_type=Path), help=tr("opt_webvtt"))
@stage_options
def say(text: str, output: Path | None, webvtt: Path | None, **settings: Any) -> None:
    from avatar.apps.say import run

    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    if not text.strip():
        raise ConfigError(tr("missing_text"))
    run(configured(settings), text, output, webvtt)


@app.command(help=tr("help_host"), epilog=epilog("host"))
@click.option("--pet", is_flag=True, help=tr("opt_pet"))
@click.option("--talk", is_flag=True, help=tr("opt_talk"))
@click.option("--mic", default="default", metavar="N|NAME|FILE|list", help=tr("opt_mic"))
@click.option("--speaker", default="default", metavar="N|NAME|list", help=tr("opt_speaker"))
@click.option("--wake", multiple=True, metavar="WORD", help=tr("opt_wake"))
@click.option("--push", is_flag=True, help=tr("opt_push"))
@click.option("--memory", type=click.Path(path_type=Path), metavar="FILE", help=tr("opt_memory"))
@talk_options
@stage_options
def host(
    pet: bool, talk: bool, mic: str, speaker: str, wake: tuple[str, ...], push: bool,
    memory: Path | None, recognizer: str, dialogue: str, knowledge: tuple[str, ...],
    persona: str, log: Path | None, **settings: Any,
) -> None:  # fmt: skip
    from avatar.apps import talk as talking
    from avatar.apps.host import run

    if "list" in (mic, speaker):
        talking.show_devices("mic" if mic == "list" else "speaker")
        return
    talk = talk or mic != "default" or bool(wake) or push
    if not talk and (knowledge or log or memory):
        raise ConfigError(tr("talk_needed"))
    options = (
        talking.TalkOptions(mic, recognizer, dialogue, knowledge, persona, log, wake, push, memory)
        if talk
        else None
    )
    given = {key: value for key, value in settings.items() if value}
    run(given, pet=pet, speaker=speaker, talk=options)


@app.command(help=tr("help_ask"), epilog=epilog("ask"))
@click.argument("questions", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help=tr("opt_output"))
@talk_options
@stage_options
def ask(
    questions: tuple[str, ...], output: Path | None, recognizer: str, dialogue: str,
    knowledge: tuple[str, ...], persona: str, log: Path | None, **settings: Any,
) -> None:  # fmt: skip
    from avatar.apps.ask import Options, run

    options = Options(questions, output, recognizer, dialogue, knowledge, persona, log)
    run(configured(settings), options)


@app.command(help=tr("help_trace"), epilog=epilog("trace"))
@click.argument("log", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help=tr("opt_trace_output"))
def trace(log: Path, output: Path | None) -> None:
    from avatar.apps.trace import run

    run(log, output)


@app.group(help=tr("help_bench"), epilog=epilog("bench"))
def bench() -> None:
    pass


@bench.command("conversation", help=tr("help_bench_conversation"))
@click.argument("questions", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option("--count", type=click.IntRange(min=0), default=0, help=tr("opt_bench_count"))
@click.option("--interrupts", type=click.IntRange(min=0), default=10, help=tr("opt_interrupts"))
@click.option("--minutes", type=click.FloatRange(0, 600), default=0.0, help=tr("opt_minutes"))
@click.option("--patience", type=click.FloatRange(0.1, 5), help=tr("opt_patience"))
@click.option("--rehearsed", is_flag=True, help=tr("opt_rehearsed"))
@click.option("-o", "--output", type=click.Path(path_type=Path), help=tr("opt_bench_output"))
@talk_options
@stage_options
def bench_conversation(
    questions: Path, count: int, interrupts: int, minutes: float, patience: float | None,
    rehearsed: bool, output: Path | None, recognizer: str, dialogue: str,
    knowledge: tuple[str, ...], persona: str, log: Path | None, **settings: Any,
) -> None:  # fmt: skip
    from avatar.apps.bench import BenchOptions, run

    options = BenchOptions(
        questions, count, recognizer, "faq" if dialogue == "auto" else dialogue,
        knowledge or ("museum", "service_hall"), persona, log, patience, rehearsed, interrupts,
        minutes,
    )  # fmt: skip
    settings = {"quality": "draft", "size": "640x360"} | {k: v for k, v in settings.items() if v}
    run(configured(settings), options, output)


@app.command(help=tr("help_view"), epilog=epilog("view"))
@click.argument("figure")
@click.option("--shot", type=click.Path(path_type=Path), metavar="OUT.png", help=tr("opt_shot"))
@click.option("--expression", "expressions", multiple=True, help=tr("opt_expression"))
@click.option("--gesture", metavar="NAME", help=tr("opt_gesture"))
@click.option("--motion", type=click.Path(path_type=Path), metavar="FILE", help=tr("opt_motion"))
@click.option("-o", "--output", type=click.Path(path_type=Path), help=tr("opt_motion_output"))
@click.option("--trim", default="", metavar="START:END", help=tr("opt_trim"))
@click.option("--rounds", type=click.IntRange(1, 1000), default=1, help=tr("opt_rounds"))
@click.option("--view", type=click.Choice(VIEWS), help=tr("opt_view"))
@click.option("--size", metavar="WxH", help=tr("opt_size"))
@click.option("--fps", type=float, help=tr("opt_fps"))
@click.option("--background", metavar="WHAT", help=tr("opt_background"))
@click.option("--quality", type=click.Choice(QUALITIES), default="high", help=tr("opt_quality"))
@click.option("--light", type=click.Choice(LIGHTS), help=tr("opt_light"))
@click.option("--label/--no-label", default=None, help=tr("opt_label"))
def view(
    shot: Path | None, expressions: tuple[str, ...], gesture: str | None, motion: Path | None,
    output: Path | None, trim: str, rounds: int, **settings: Any,
) -> None:  # fmt: skip
    if motion is None and (output is not None or trim):
        raise ConfigError(tr("motion_missing"))
    if motion is not None:
        if shot is not None:
            raise ConfigError(tr("motion_shot"))
        from avatar.apps.motion import play, playing

        what = playing(motion, trim, rounds)
        settings["view"] = settings["view"] or what.view
        play(configured(settings), what, output, weights(expressions))
        return
    from avatar.apps.view import run

    settings["view"] = settings["view"] or "bust"
    run(configured(settings), shot, weights(expressions), gesture)


@app.command(help=tr("help_capture"), epilog=epilog("capture"))
@click.option("--camera", default="0", metavar="N|list|none|FILE", help=tr("opt_camera"))
@click.option("--fast", is_flag=True, help=tr("opt_fast"))
@click.option("-o", "--output", type=click.Path(path_type=Path), help=tr("opt_capture_output"))
@click.option("--side-by-side", is_flag=True, help=tr("opt_side_by_side"))
@click.option("--show-landmarks", is_flag=True, help=tr("opt_landmarks"))
@click.option("--body/--no-body", default=True, help=tr("opt_body"))
@click.option("--hands/--no-hands", default=True, help=tr("opt_hands"))
@click.option("--mirror/--no-mirror", default=None, help=tr("opt_mirror"))
@click.option("--composure", type=click.Choice(["lively", "natural", "calm"]), default="natural",
              help=tr("opt_composure"))  # fmt: skip
@click.option("--calibration", type=click.Path(path_type=Path), help=tr("opt_calibration"))
@click.option("--mic", metavar="DEVICE|list|FILE|none", help=tr("opt_mic"))
@click.option("--lips", type=click.Choice(["tracking", "voice", "both"]), help=tr("opt_lips"))
@click.option("--send", multiple=True, metavar="vmc://HOST:PORT", help=tr("opt_send"))
@click.option("--receive", multiple=True, metavar="vmc://:PORT", help=tr("opt_receive"))
@click.option("--analyse", type=click.Path(path_type=Path), metavar="FILE", help=tr("opt_analyse"))
@stage_options
def capture(
    camera: str, fast: bool, output: Path | None, side_by_side: bool, show_landmarks: bool,
    body: bool, hands: bool, mirror: bool | None, composure: str, calibration: Path | None,
    send: tuple[str, ...], receive: tuple[str, ...], analyse: Path | None, mic: str | None,
    lips: Any, **settings: Any,
) -> None:  # fmt: skip
    from avatar.apps.capture import Options, run

    if analyse is not None:
        from avatar.apps.capture_analyse import analyse as look

        look(analyse)
        return
    options = Options(
        camera, output, fast, body, hands, mirror, composure, calibration, show_landmarks,
        side_by_side, send, receive, mic, lips,
        frozenset(name for name, value in settings.items() if value is not None),
    )  # fmt: skip
    run(configured(settings), options)


@app.group(help=tr("help_model"), epilog=epilog("model"))
def model() -> None:
    pass


@model.command("new", help=tr("help_model_new"))
@click.argument("name")
@click.option("--seed", type=click.IntRange(min=0), help=tr("opt_model_seed"))
@click.option("--sex", type=click.Choice(["female", "male"]), help=tr("opt_model_sex"))
@click.option("--style", type=click.Choice(["realistic", "idol"]), help=tr("opt_model_style"))
@click.option("-o", "--output", type=click.Path(path_type=Path), help=tr("opt_model_file"))
@click.option("--force", is_flag=True, help=tr("opt_model_force"))
def model_new(**settings: Any) -> None:
    from avatar.apps.model import new

    click.echo(tr("saved", path=new(**settings)))


@model.command("edit", help=tr("help_model_edit"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--set", "assigned", multiple=True, metavar="K=V", help=tr("opt_model_set"))
@click.option("--shot", type=click.Path(path_type=Path), metavar="OUT.png", help=tr("opt_shot"))
@click.option("--view", type=click.Choice(VIEWS), default="close", help=tr("opt_view"))
@click.option("--size", metavar="WxH", help=tr("opt_size"))
@click.option("--quality", type=click.Choice(QUALITIES), default="standard", help=tr("opt_quality"))
def model_edit(file: Path, assigned: tuple[str, ...], shot: Path | None, **settings: Any) -> None:
    from avatar.apps.model_edit import assignments, edit

    edit(file, assignments(assigned), shot, configured(settings))
    if shot is not None:
        click.echo(tr("saved", path=shot))


@model.command("bake", help=tr("help_model_bake"))
@click.argument("name", metavar="FILE|NAME")
@click.option("-o", "--output", type=click.Path(path_type=Path), help=tr("opt_model_file"))
@click.option("--preview", is_flag=True, help=tr("opt_model_preview"))
def model_bake(name: str, output: Path | None, preview: bool) -> None:
    from avatar.apps.model import bake

    click.echo(tr("saved", path=bake(name, output, preview=preview)))


@model.command("gallery", help=tr("help_model_gallery"))
@click.argument("names", nargs=-1, metavar="[FILE|NAME]...")
@click.option("--count", type=click.IntRange(1, 200), default=12, help=tr("opt_model_count"))
@click.option("--seed", type=click.IntRange(min=0), default=0, help=tr("opt_model_seed"))
@click.option("--sex", type=click.Choice(["female", "male"]), help=tr("opt_model_sex"))
@click.option("-o", "--output", type=click.Path(path_type=Path), default="people.png",
              help=tr("opt_model_file"))  # fmt: skip
@click.option("--columns", type=click.IntRange(1, 20), default=4, help=tr("opt_model_columns"))
@click.option("--preview", is_flag=True, help=tr("opt_model_preview"))
@click.option("--view", type=click.Choice(VIEWS), default="bust", help=tr("opt_view"))
@click.option("--size", metavar="WxH", default="360x400", help=tr("opt_size"))
@click.option("--quality", type=click.Choice(QUALITIES), default="standard", help=tr("opt_quality"))
def model_gallery(
    names: tuple[str, ...], count: int, seed: int, sex: str | None, output: Path, columns: int,
    preview: bool, **settings: Any,
) -> None:  # fmt: skip
    from avatar.apps.model import chosen, gallery

    people = chosen(names, range(seed, seed + count), sex)
    gallery(people, output, configured(settings), columns, preview=preview)
    click.echo(tr("saved", path=output))


@model.command("terms", help=tr("help_model_terms"))
def model_terms() -> None:
    from avatar.apps.model import terms

    click.echo(terms())


@app.group(help=tr("help_knowledge"), epilog=epilog("knowledge"))
def knowledge() -> None:
    pass


@knowledge.command("check", help=tr("help_knowledge_check"))
@click.argument("folder")
def knowledge_check(folder: str) -> None:
    from avatar.apps.knowledge import check

    raise SystemExit(check(folder))


@knowledge.command("ask", help=tr("help_knowledge_ask"))
@click.argument("folder")
@click.argument("text")
def knowledge_ask(folder: str, text: str) -> None:
    from avatar.apps.knowledge import ask

    ask(folder, text)


@knowledge.command("review", help=tr("help_knowledge_review"))
@click.argument("folder")
@click.option("--question", "questions", multiple=True, help=tr("opt_knowledge_question"))
@click.option("--answer", "answers", multiple=True, help=tr("opt_knowledge_answer"))
@click.option("--file", metavar="NAME", help=tr("opt_knowledge_file"))
def knowledge_review(
    folder: str, questions: tuple[str, ...], answers: tuple[str, ...], file: str | None
) -> None:
    from avatar.apps.knowledge import review

    review(folder, questions, answers, file)


@knowledge.command("rehearse", help=tr("help_knowledge_rehearse"))
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER…")
@click.option("--figure", metavar="NAME|FILE", help=tr("opt_figure"))
@click.option("--voice", metavar="NAME", help=tr("opt_voice"))
@click.option("--lang", type=click.Choice(["auto", "zh", "en"]), help=tr("opt_lang"))
@click.option("--lexicon", metavar="FILE", help=tr("opt_lexicon"))
@click.option("--persona", default="mei", metavar="NAME|FILE", help=tr("opt_persona"))
def knowledge_rehearse(folders: tuple[str, ...], persona: str, **settings: Any) -> None:
    from avatar.apps.rehearse import run

    run(folders, configured(settings), persona)


@app.command(help=tr("help_fetch"), epilog=epilog("fetch"))
@click.argument("names", nargs=-1)
def fetch(names: tuple[str, ...]) -> None:
    from avatar.apps.models import run

    run(names)


@app.command(help=tr("help_doctor"))
def doctor() -> None:
    from avatar.apps.doctor import run

    raise SystemExit(run())


@app.command(help=tr("help_plugins"))
def plugins() -> None:
    from avatar.plugins import GROUPS, found

    for group in GROUPS:
        for name, entry in sorted(found(group).items()):
            click.echo(f"{group.removesuffix('s'):12} {name:12} {entry.value}")


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"avatar: {message}", err=True)
    raise SystemExit(code)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line; ends the process with the exit codes of ``errors``."""
    use_utf8()
    try:
        app.main(args=arguments, prog_name="avatar", standalone_mode=False)
    except click.exceptions.Abort:
        _fail(tr("interrupted_nothing"), 130)
    except click.ClickException as error:
        error.show()
        raise SystemExit(2) from None
    except AvatarError as error:
        _fail(str(error), error.exit_code)
    except BrokenPipeError:
        raise SystemExit(0) from None
    except Exception as error:
        if os.environ.get("AVATAR_DEBUG"):
            raise
        _fail(tr("not_a_bug_of_yours", error=f"{type(error).__name__}: {error}"), 1)
    sys.exit(0)
