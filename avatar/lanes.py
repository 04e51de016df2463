"""The only ways across a thread: the newest value, a ring of sound, a bounded queue, errands."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


class Latest(Generic[T]):
    """One value, the newest wins; reading never blocks."""

    def __init__(self, value: T | None = None) -> None:
        self._value = value

    def put(self, value: T) -> None:
        self._value = value

    def get(self) -> T | None:
        return self._value


class Ring:
    """Sound samples between an audio callback and the rest; first in, first out.

    Unbounded on the writing side (utterances are short); the reader never waits.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks: deque[NDArray[np.float32]] = deque()

    def __len__(self) -> int:
        """Samples waiting."""
        with self._lock:
            return sum(len(block) for block in self._blocks)

    def write(self, samples: NDArray[np.float32]) -> None:
        with self._lock:
            self._blocks.append(samples)

    def read_into(self, out: NDArray[np.float32]) -> int:
        """Fill ``out`` with what is there, zero the rest; returns the samples copied."""
        done = 0
        with self._lock:
            while done < len(out) and self._blocks:
                block = self._blocks.popleft()
                take = min(len(block), len(out) - done)
                out[done : done + take] = block[:take]
                if take < len(block):
                    self._blocks.appendleft(block[take:])
                done += take
        out[done:] = 0
        return done

    def clear(self) -> int:
        """Drop what waits; returns the samples dropped."""
        with self._lock:
            dropped = sum(len(block) for block in self._blocks)
            self._blocks.clear()
        return dropped


class Errands:
    """Small work for one thread, handed in from any: done at once there, else at its next turn."""

    def __init__(self) -> None:
        """The thread that makes it, and later whichever calls :meth:`run`, is the one."""
        self._thread = threading.get_ident()
        self._waiting: deque[Callable[[], object]] = deque()

    def do(self, work: Callable[[], object]) -> None:
        """Have ``work`` done, after what waits already."""
        if threading.get_ident() == self._thread:
            self.run()
            work()
        else:
            self._waiting.append(work)

    def run(self) -> None:
        """Do what waits, in order."""
        self._thread = threading.get_ident()
        while self._waiting:
            self._waiting.popleft()()


class LaneClosed(Exception):
    """The lane is closed and empty."""


class Lane(Generic[T]):
    """A bounded queue with a stated policy: ``drop_oldest`` for live, ``wait`` for files."""

    def __init__(self, size: int, policy: Literal["drop_oldest", "wait"] = "wait") -> None:
        self._items: deque[T] = deque()
        self._size, self._policy = size, policy
        self._changed = threading.Condition()
        self._closed = False
        self.dropped = 0
        """Items lost to the policy so far."""

    def put(self, item: T) -> None:
        """Add an item; raises LaneClosed after :meth:`close`."""
        with self._changed:
            if self._policy == "wait":
                self._changed.wait_for(lambda: len(self._items) < self._size or self._closed)
            if self._closed:
                raise LaneClosed
            if len(self._items) >= self._size:
                self._items.popleft()
                self.dropped += 1
            self._items.append(item)
            self._changed.notify_all()

    def get(self, timeout: float | None = None) -> T:
        """Take the oldest item; raises LaneClosed at the end, TimeoutError after ``timeout`` s."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._items or self._closed, timeout):
                raise TimeoutError
            if not self._items:
                raise LaneClosed
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """No more items; what waits can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
