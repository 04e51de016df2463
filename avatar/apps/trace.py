"""``avatar trace``: the waterfall of every turn in a log, as a picture and a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

import click

from avatar.apps.messages import tr
from avatar.errors import AssetError, OutputError
from avatar.runtime.trace import MARKS, Trace, percentiles, read_log

COLOURS: Final = ("#4c78a8", "#72b7b2", "#eeca3b", "#f58518", "#54a24b", "#b279a2")
"""Of the stretches between two marks, in their order."""
_LEFT, _RIGHT, _ROW, _TOP, _WIDTH = 330, 60, 26, 92, 1080
LABELS: Final = {
    "voice_end": "mark_voice_end",
    "decided": "mark_decided",
    "final": "mark_final",
    "thought": "mark_thought",
    "made": "mark_made",
    "started": "mark_started",
    "shown": "mark_shown",
}
_LATEST: Final = 40
"""Turns that a picture shows; of more the latest."""


def run(path: Path, output: Path | None) -> None:
    """Print the table; draw the waterfall into ``output``, an SVG file."""
    traces = read_log(path)
    if not traces:
        raise AssetError(tr("trace_empty"), path=path)
    for line in table(traces):
        click.echo(line)
    if output is None:
        return
    try:
        output.write_text(waterfall(traces[-_LATEST:]), "utf-8")
    except OSError as error:
        raise OutputError(f"{output}: {error.strerror or error}") from error
    click.echo(tr("saved", path=output))


def table(traces: Sequence[Trace]) -> list[str]:
    """Lines of p50, p95 (ms after the voice's end) and number of turns for every mark."""
    rows = [tr("trace_head")]
    for name, (p50, p95, count) in percentiles([t.since_voice_end() for t in traces]).items():
        label = tr(LABELS[name])
        pad = " " * max(1, 26 - sum(2 if ord(c) > 0x2E80 else 1 for c in label))
        rows.append(f"{label}{pad}{p50 * 1000:7.0f}{p95 * 1000:8.0f}{count:7d}")
    cut = sum(trace.interrupted for trace in traces)
    return [*rows, tr("trace_interrupted", count=cut, all=len(traces))]


def waterfall(traces: Sequence[Trace]) -> str:
    """An SVG picture: one row a turn, time from the end of the visitor's voice to the right."""
    spans = [trace.since_voice_end() for trace in traces]
    longest = max((max(span.values(), default=0.0) for span in spans), default=0.0)
    scale = (_WIDTH - _LEFT - _RIGHT) / max(longest, 0.1)
    height = _TOP + _ROW * len(traces) + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        *_legend(),
        *_axis(longest, scale, height),
    ]
    for i, (trace, span) in enumerate(zip(traces, spans, strict=True)):
        parts += _row(trace, span, _TOP + i * _ROW, scale)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend() -> list[str]:
    title = escape(tr("trace_title"))
    parts = [f'<text x="16" y="26" font-size="16" fill="#222">{title}</text>']
    x = 16
    for colour, name in zip(COLOURS, MARKS[1:], strict=True):
        label = escape(tr(LABELS[name]))
        parts.append(f'<rect x="{x}" y="42" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 17}" y="52" fill="#444">{label}</text>')
        x += 176
    return parts


def _axis(longest: float, scale: float, height: int) -> list[str]:
    step = next(s for s in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 1e9) if longest / s <= 10)
    parts = list[str]()
    for i in range(int(longest / step) + 1):
        x = _LEFT + i * step * scale
        parts.append(f'<path d="M{x:.1f} {_TOP - 14}V{height - 16}" stroke="#e3e3e3"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{_TOP - 18}" fill="#777" text-anchor="middle">'
            f"{i * step:.1f} s</text>"
        )
    return parts


def _row(trace: Trace, span: dict[str, float], y: int, scale: float) -> list[str]:
    asked = trace.question if len(trace.question) <= 26 else trace.question[:25] + "…"
    if not trace.question.isascii():
        asked = trace.question if len(trace.question) <= 22 else trace.question[:21] + "…"
    parts = [
        f'<text x="{_LEFT - 12}" y="{y + 14}" fill="#222" text-anchor="end">{escape(asked)}</text>'
    ]
    before = min(span.values(), default=0.0)
    for colour, name in zip(COLOURS, MARKS[1:], strict=True):
        if name not in span:
            continue
        at = max(span[name], before)
        x, width = _LEFT + before * scale, max((at - before) * scale, 0.6)
        told = f"{tr(LABELS[name])}: {at:.3f} s"
        parts.append(
            f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="18" fill="{colour}">'
            f"<title>{escape(told)}</title></rect>"
        )
        before = at
    end = _LEFT + before * scale + 6
    mark = " ✕" if trace.interrupted else ""
    parts.append(f'<text x="{end:.1f}" y="{y + 14}" fill="#555">{before:.2f}{mark}</text>')
    return parts
