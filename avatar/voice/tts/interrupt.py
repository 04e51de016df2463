"""A network's run that another thread can end: nobody waits for a clause that is not wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar.plugins import require


class Abandoned(Exception):
    """A run was ended before it was done."""


class Interruptible:
    """Runs one onnxruntime session at a time."""

    def __init__(self) -> None:
        self._options: Any = None

    def run(self, session: Any, feed: Mapping[str, NDArray[Any]]) -> Sequence[NDArray[np.float32]]:
        """All outputs; raises Abandoned when :meth:`stop` came meanwhile."""
        ort = require("onnxruntime", extra="voice", for_what="this voice")
        options = self._options = ort.RunOptions()
        try:
            return session.run(None, feed, options)
        except Exception as error:
            if options.terminate:
                raise Abandoned("given up: it is no longer needed") from error
            raise
        finally:
            self._options = None

    def stop(self) -> None:
        """End the run under way, if there is one."""
        if (options := self._options) is not None:
            options.terminate = True
