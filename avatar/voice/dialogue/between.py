"""Parts of a stream between two marks, such as ``<think>`` and ``</think>``, taken out of it."""

from __future__ import annotations


class Between:
    """Splits a stream that comes in pieces of any size."""

    def __init__(self, start: str, end: str) -> None:
        self._marks = (start, end)
        self._held, self._within = "", False
        self._part = ""
        self.inside: list[str] = []
        """What stood between the marks, each part once it has ended."""

    def outside(self, piece: str) -> str:
        """Add a piece; what is now known to stand outside the marks."""
        self._held += piece
        out = ""
        while True:
            mark = self._marks[self._within]
            before, found, after = self._held.partition(mark)
            if not found:
                break
            out += self._sort(before)
            if self._within:
                self.inside.append(self._part)
                self._part = ""
            self._held, self._within = after, not self._within
        # The end of the piece may be the beginning of a mark.
        keep = next((n for n in range(len(mark) - 1, 0, -1) if self._held.endswith(mark[:n])), 0)
        whole, self._held = _cut(self._held, len(self._held) - keep)
        return out + self._sort(whole)

    def rest(self) -> str:
        """The stream is over: what was held back and stands outside."""
        held, self._held = self._held, ""
        return self._sort(held)

    def _sort(self, text: str) -> str:
        if not self._within:
            return text
        self._part += text
        return ""


def _cut(text: str, at: int) -> tuple[str, str]:
    return text[:at], text[at:]
