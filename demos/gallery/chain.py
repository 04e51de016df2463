"""Draw the industry chain and where this package stands in it: ``chain.svg``, in two languages.

Run as ``python demos/gallery/chain.py``; a filled chip works today, an outlined one is planned.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import NamedTuple

WIDTH, MARGIN, FLOOR_HEIGHT, GAP, TOP = 1200, 32, 148, 22, 96
FONT = "'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', 'Segoe UI', Helvetica, Arial, sans-serif"
INK, QUIET, PAPER = "#1d2433", "#5d6880", "#fbfaf7"


class Chip(NamedTuple):
    title: tuple[str, str]
    """English, Chinese."""
    module: str
    done: bool = True


class Floor(NamedTuple):
    title: tuple[str, str]
    colour: str
    tint: str
    chips: tuple[Chip, ...]


TITLE = ("The industry chain of virtual digital humans", "虚拟数字人产业链")
LEGEND = (("works today", "已可用"), ("planned", "计划中"))
DRIVES = (("driven by AI today", "智能驱动（已可用）"), ("by a person next", "真人驱动（计划中）"))
FLOORS = (
    Floor(
        ("application", "应用层"),
        "#b4532a",
        "#f6e7dc",
        (
            Chip(("virtual host", "虚拟主持人"), "apps/host"),
            Chip(("spoken video", "播报视频"), "apps/say"),
            Chip(("live broadcast", "直播带货"), "apps/broadcast", False),
            Chip(("customer service", "虚拟客服"), "apps/kiosk", False),
        ),
    ),
    Floor(
        ("platform", "平台层"),
        "#2f6b5e",
        "#e0eeea",
        (
            Chip(("modelling", "建模"), "modelling/"),
            Chip(("voice and lips", "语音与口型"), "voice/"),
            Chip(("motion capture", "动作捕捉"), "capture/", False),
            Chip(("dialogue", "对话"), "voice/dialogue", False),
            Chip(("files, captions, label", "文件、字幕、标识"), "output/"),
            Chip(("sessions", "会话"), "runtime/"),
        ),
    ),
    Floor(
        ("basic", "基础层"),
        "#34508c",
        "#e2e8f4",
        (
            Chip(("VRM and glTF figures", "VRM、glTF 形象"), "character/"),
            Chip(("animation", "动画"), "animation/"),
            Chip(("render engine", "渲染引擎"), "render/"),
            Chip(("speaker", "扬声器"), "devices/audio"),
            Chip(("camera, microphone", "摄像头、麦克风"), "devices/", False),
        ),
    ),
)


def text(x: float, y: float, size: int, words: str, fill: str, extra: str = "") -> str:
    place = f'x="{x:g}" y="{y:g}" font-size="{size}" fill="{fill}"'
    return f"<text {place} {extra}>{escape(words)}</text>"


def box(x: float, y: float, w: float, h: float, r: int, style: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="{r}" {style}/>'


def chip(item: Chip, floor: Floor, place: tuple[float, float, float], lang: int) -> list[str]:
    x, y, width = place
    style = f'fill="#ffffff" stroke="{floor.colour}" stroke-width="1.5"'
    ink, quiet = INK, QUIET
    if item.done:
        style, ink, quiet = f'fill="{floor.colour}"', "#ffffff", "#ffffffcc"
    else:
        style += ' stroke-dasharray="5 4"'
    middle, anchor = x + width / 2, 'text-anchor="middle"'
    return [
        box(x, y, width, 68, 10, style),
        text(middle, y + 30, 15 if lang == 0 else 17, item.title[lang], ink, anchor),
        text(middle, y + 52, 13, item.module, quiet, f'{anchor} font-family="monospace"'),
    ]


def floor(item: Floor, y: float, lang: int) -> list[str]:
    inner, gap = WIDTH - 2 * MARGIN - 40, 12
    width = (inner - gap * (len(item.chips) - 1)) / len(item.chips)
    parts = [
        box(MARGIN, y, WIDTH - 2 * MARGIN, FLOOR_HEIGHT, 16, f'fill="{item.tint}"'),
        text(MARGIN + 20, y + 38, 22, item.title[lang], item.colour, 'font-weight="700"'),
    ]
    for index, one in enumerate(item.chips):
        place = (MARGIN + 20 + index * (width + gap), y + 58, width)
        parts += chip(one, item, place, lang)
    return parts


def legend(lang: int) -> list[str]:
    parts, right = [], WIDTH - MARGIN
    for (words, style), offset in zip(
        (
            (LEGEND[0][lang], f'fill="{INK}"'),
            (LEGEND[1][lang], f'fill="none" stroke="{INK}" stroke-dasharray="4 3"'),
        ),
        (226, 90),
        strict=True,
    ):
        parts += [box(right - offset, 44, 22, 14, 4, style)]
        parts += [text(right - offset + 30, 57, 15, words, QUIET)]
    return parts


def picture(lang: int) -> str:
    """The SVG in English (0) or Chinese (1)."""
    height = TOP + len(FLOORS) * (FLOOR_HEIGHT + GAP) + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="{FONT}" role="img" aria-label="{escape(TITLE[lang])}">',
        box(0, 0, WIDTH, height, 20, f'fill="{PAPER}"'),
        text(MARGIN, 60, 28, TITLE[lang], INK, 'font-weight="700"'),
        *legend(lang),
    ]
    for index, item in enumerate(FLOORS):
        parts += floor(item, TOP + index * (FLOOR_HEIGHT + GAP), lang)
    ways = "   ·   ".join(way[lang] for way in DRIVES)
    clock = ("everything makes a Pose · one clock", "一切驱动都产生 Pose · 一个时钟")[lang]
    parts += [text(MARGIN + 4, height - 26, 16, ways, QUIET)]
    parts += [text(WIDTH - MARGIN - 4, height - 26, 16, clock, QUIET, 'text-anchor="end"')]
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    here = Path(__file__).parent
    for lang, name in enumerate(("chain.svg", "chain.zh-CN.svg")):
        (here / name).write_text(picture(lang), encoding="utf-8", newline="\n")
