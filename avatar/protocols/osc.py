"""Open Sound Control 1.0 messages whose numbers stand at the end, fast.

python-osc lays out a message once; after that only the floats behind its head (address, type
tags, strings) are packed or unpacked. A receiver remembers whole packets in the same way, so that
of many that are laid out alike only the newest need be unpacked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from avatar.plugins import require
from avatar.protocols.receiver import Malformed

BUNDLE: Final = b"#bundle\0"
_NOW: Final = b"\0\0\0\0\0\0\0\1"
_ROOM: Final = 1408
"""Bytes of one packet, so that networks need not cut it."""
_NESTED: Final = 4
"""Bundles within bundles at most."""


class OscWriter:
    """Makes messages ``address, name, ints, floats``."""

    def __init__(self, for_what: str) -> None:
        """Raises MissingExtra without python-osc."""
        self._library: Any = require(
            "pythonosc.osc_message_builder", extra="capture", for_what=for_what
        )
        self._heads: dict[tuple[str, str], bytes] = {}

    def message(
        self, address: str, name: str = "", floats: Iterable[float] = (), ints: tuple[int, ...] = ()
    ) -> bytes:
        """One message; ``ints`` and the number of floats are always the same for an address."""
        values = tuple(floats)
        head = self._heads.get((address, name))
        if head is None:
            builder = self._library.OscMessageBuilder(address=address)
            for value in (*([name] if name else []), *ints, *(0.0 for _ in values)):
                builder.add_arg(value)
            data: bytes = builder.build().dgram
            head = self._heads[address, name] = data[: len(data) - 4 * len(values)]
        return head + struct.pack(f">{len(values)}f", *values)


def bundles(messages: Iterable[bytes]) -> Iterator[bytes]:
    """Bundles small enough for a network's packet."""
    packet = bytearray(BUNDLE + _NOW)
    for message in messages:
        if len(packet) + 4 + len(message) > _ROOM and len(packet) > 16:
            yield bytes(packet)
            packet = bytearray(BUNDLE + _NOW)
        packet += struct.pack(">i", len(message)) + message
    yield bytes(packet)


def messages(packet: bytes, depth: int = _NESTED, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """The messages of a packet, in order, each with its place in it; raises Malformed."""
    if not packet.startswith(BUNDLE):
        yield start, packet
        return
    if depth == 0:
        raise Malformed(f"bundles nested deeper than {_NESTED}")
    at = 16
    if len(packet) < at:
        raise Malformed("a bundle is cut off")
    while at < len(packet):
        if at + 4 > len(packet):
            raise Malformed("a bundle is cut off")
        (size,) = struct.unpack_from(">i", packet, at)
        at += 4
        if size < 0 or at + size > len(packet):
            raise Malformed("a bundle's element is longer than the bundle")
        yield from messages(packet[at : at + size], depth - 1, start + at)
        at += size


class Layout:
    """A packet seen before: only its floats (and its time tag) are new when it comes again."""

    def __init__(self, packet: bytes, floats: Sequence[tuple[int, int]]) -> None:
        """``floats`` are the places (byte, count) of the floats in it."""
        data = np.frombuffer(packet, np.uint8)
        changing = np.zeros(len(data), bool)
        for at, count in floats:
            changing[at : at + 4 * count] = True
        self._floats = np.flatnonzero(changing)
        if packet.startswith(BUNDLE):
            changing[8:16] = True
        self._fixed = np.flatnonzero(~changing)
        self._seen = data[self._fixed]

    def fits(self, packet: bytes) -> bool:
        """Whether a packet of the same length is laid out alike."""
        return bool((np.frombuffer(packet, np.uint8)[self._fixed] == self._seen).all())

    def values(self, packet: bytes) -> list[float]:
        """All floats of a packet that fits, in order; raises Malformed if one is not finite."""
        found = np.frombuffer(packet, np.uint8)[self._floats].view(">f4")
        if not np.isfinite(found).all():
            raise Malformed("finite numbers expected")
        return found.tolist()


def split(message: bytes) -> tuple[bytes, int]:
    """All of a message but the floats at its end, and how many those are; raises Malformed."""
    tags_at = (message.find(b"\0") + 4) & ~3
    tags = message[tags_at : message.find(b"\0", tags_at)]
    if len(message) % 4 or message[:1] != b"/" or tags[:1] != b",":
        raise Malformed("no OSC message")
    count = len(tags) - len(tags.rstrip(b"f"))
    if len(message) < tags_at + len(tags) + 4 * count:
        raise Malformed("a message is cut off")
    return message[: len(message) - 4 * count], count


def decoded(message: bytes, library: Any) -> tuple[str, list[Any]]:
    """Address and parameters by python-osc's ``osc_message``; raises Malformed."""
    try:
        found = library.OscMessage(message)
        return str(found.address), list(found.params)
    except Exception as error:  # the library lets several kinds of error through
        raise Malformed(f"no OSC message: {error}") from error
