"""Makes ``means.npy`` and ``vectors.npz`` anew from the folders here: the middle of the sentences
of each language, and the vectors of every sentence, so that the shipped folders are ready at once.

Run it after editing the shipped knowledge: ``python models/knowledge/bake.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avatar.voice.knowledge import language, load, shipped
from avatar.voice.knowledge.match import Index, elsewhere
from avatar.voice.knowledge.vectors import encoder, key, read, write

HERE = Path(__file__).parent


def main() -> None:
    told = [text for name in shipped() for text in Index(load(name).entries).texts]
    texts = list(dict.fromkeys([*told, *elsewhere()]))
    known = read(HERE / "vectors.npz")
    vectors = {key(text): known.get(key(text), None) for text in texts}
    vectors = {
        key(text): encoder()(text) if vectors[key(text)] is None else vectors[key(text)]
        for text in texts
    }
    write(HERE / "vectors.npz", vectors)
    middle = [
        np.mean([vectors[key(text)] for text in texts if language(text) == lang], axis=0)
        for lang in ("zh", "en")
    ]
    np.save(HERE / "means.npy", np.array(middle, np.float16))


if __name__ == "__main__":
    main()
