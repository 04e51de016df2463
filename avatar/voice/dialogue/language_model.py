"""A causal language model in the usual ONNX export layout, run token by token.

What has been read once is kept (the KV cache), also from one question to the next: only what
follows the common beginning of two prompts is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar.errors import AssetError, MissingAsset
from avatar.plugins import require

_CHUNK: Final = 64
"""Tokens read at once, between two looks at whether anybody still waits."""
_TYPES: Final = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
_FED: Final = ("input_ids", "attention_mask", "position_ids", "use_cache_branch")


class LanguageModel:
    """Gives scores for the next token; all calls from one thread at a time.

    ``threads`` is the number of CPU threads it uses. Raises MissingExtra, MissingAsset, and
    AssetError for a graph that is not a causal language model with a cache.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        ort: Any = require("onnxruntime", extra="talk", for_what="the onnx dialogue")
        if not path.is_file():
            raise MissingAsset("the network is missing: fetch or copy it there", path=path)
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        try:
            self._session: Any = ort.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises its own kinds for a damaged file
            reason = str(error).splitlines()[0][:160]
            raise AssetError(f"onnxruntime cannot load it: {reason}", path=path) from error
        self._path = path
        self._inputs = {given.name: given for given in self._session.get_inputs()}
        self._outputs = [out.name for out in self._session.get_outputs()]
        self._cache = [name for name in self._inputs if name.startswith("past_key_values.")]
        self._check()
        self.forget()

    @property
    def read(self) -> tuple[int, ...]:
        """The tokens in the cache."""
        return tuple(self._ids)

    def forget(self) -> None:
        """Empty the cache."""
        self._ids: list[int] = []
        self._past = {name: self._empty(name) for name in self._cache}

    def scores(
        self, ids: Sequence[int], *, cancelled: Callable[[], bool] = lambda: False
    ) -> NDArray[np.float32] | None:
        """float32[vocabulary]: scores of the token after ``ids``; None when cancelled.

        Only what is not in the cache is read. ``ids`` must not be empty.
        """
        self._keep(min(_common(self._ids, ids), len(ids) - 1))
        logits: Any = None
        while len(self._ids) < len(ids):
            if cancelled():
                return None
            logits = self._run(ids[len(self._ids) : len(self._ids) + _CHUNK])
        return np.asarray(logits[0, -1], np.float32)

    def close(self) -> None:
        """Give the memory back."""
        self._session = None
        self._past = {}

    def _run(self, ids: Sequence[int]) -> Any:
        start, end = len(self._ids), len(self._ids) + len(ids)
        feed: dict[str, Any] = {
            "input_ids": np.array([ids], np.int64),
            "attention_mask": np.ones((1, end), np.int64),
            "position_ids": np.arange(start, end, dtype=np.int64)[None],
            "use_cache_branch": np.array([start > 0]),
        }
        feed = {name: value for name, value in feed.items() if name in self._inputs} | self._past
        found = dict(zip(self._outputs, self._session.run(None, feed), strict=True))
        self._past = {name: found[_present(name)] for name in self._cache}
        self._ids.extend(ids)
        return found["logits"]

    def _keep(self, count: int) -> None:
        """Cut the cache to its first ``count`` tokens."""
        if count < len(self._ids):
            self._ids = self._ids[:count]
            self._past = {name: past[:, :, :count] for name, past in self._past.items()}

    def _empty(self, name: str) -> NDArray[Any]:
        heads, size = (self._inputs[name].shape[i] for i in (1, 3))
        return np.zeros((1, heads, 0, size), _TYPES[self._inputs[name].type])

    def _check(self) -> None:
        """Raise AssetError where the graph's inputs and outputs are not of the layout."""
        wrong = [name for name in self._inputs if name not in (*_FED, *self._cache)]
        lacking = [name for name in ("input_ids", "attention_mask") if name not in self._inputs]
        lacking += [name for name in ("logits",) if name not in self._outputs]
        lacking += [_present(name) for name in self._cache if _present(name) not in self._outputs]
        if not self._cache:
            lacking.append("past_key_values.0.key")
        for name in self._cache:
            given = self._inputs[name]
            sizes = [given.shape[i] for i in (1, 3)] if len(given.shape) == 4 else [None]
            if given.type not in _TYPES or not all(isinstance(size, int) for size in sizes):
                raise AssetError(
                    f"its input {name} is {given.type}{given.shape}: export the model with "
                    "float[batch, heads, past, size] caches",
                    path=self._path,
                )
        if wrong or lacking:
            parts = [f"lacks {', '.join(lacking)}"] if lacking else []
            parts += [f"wants {', '.join(wrong)}"] if wrong else []
            raise AssetError(
                f"not a causal language model with a cache: it {' and '.join(parts)}; "
                "export it for text generation with past",
                path=self._path,
            )


def _present(past: str) -> str:
    return past.replace("past_key_values.", "present.", 1)


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning."""
    return next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
