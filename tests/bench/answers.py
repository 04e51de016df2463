"""Right answers and refusals over the sample knowledge folders, as JSON.

``paraphrases.toml`` asks in words that the folders do not use; small talk is loaded along, as it is
in use. ``right`` counts questions whose first reply comes from the entry meant, ``refused`` those
nothing is answered to (``asked back`` is a "did you mean", neither right nor a refusal of the
known; of the unknown it counts as refused, for no answer is given). ``misheard``: the same
questions with homophones, as a recogniser errs. ``--fit`` prints weights fitted to ``tuning.toml``.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from avatar.media import Question
from avatar.voice.dialogue.faq import FaqDialogue
from avatar.voice.knowledge import terms
from avatar.voice.knowledge.match import BIAS, BIAS_WORDS, FEATURES, WITH_VECTORS, WORDS_ALONE

HERE = Path(__file__).parent
FOLDERS = ("service_hall", "museum")
SIGNS = np.array([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, -1, 1, 1, -1])
"""Which way each feature may speak."""
HOMOPHONES = [
    "办半伴", "证正政", "居拒句", "住助柱", "票飘", "馆管", "公工宫", "积机基", "金今", "请情",
    "护户互", "照赵兆", "社设", "保报宝", "丢", "钟中", "点电", "展占", "讲奖", "恐孔", "龙隆",
    "号好", "执直", "驾架", "税睡", "停听庭", "车彻", "鼎顶", "青清", "同铜", "里理", "那哪",
]  # fmt: skip


def asked(file: str, folder: str) -> tuple[list[tuple[str, str]], list[str]]:
    """(question, first question of the entry meant) pairs, and questions without an answer."""
    table = tomllib.loads((HERE / file).read_text("utf-8"))
    known = [(text, title) for title, texts in table[folder].items() for text in texts]
    return known, table["unknown"][folder]


def misheard(text: str, chance: random.Random) -> str:
    """Every fourth character that has a homophone in the list turned into it."""
    for group in HOMOPHONES:
        for character in group:
            if character in text and len(group) > 1 and chance.random() < 0.5:
                other = chance.choice([c for c in group if c != character])
                text = text.replace(character, other, 1)
                break
    return text


def reply(dialogue: FaqDialogue, text: str) -> tuple[str, str]:
    """``answered``, ``asked back`` or ``refused``, and the title of the entry told."""
    first = next(dialogue.answer(Question(text)), None)
    if first is None:
        return "refused", ""
    source = first.source.removeprefix("faq:")
    title = next((e.questions[0] for e in dialogue.entries if e.source == source), "")
    return ("answered", title) if title else ("asked back", "")


def score(dialogue: FaqDialogue, known: Any, unknown: Any, verbose: bool) -> dict[str, Any]:
    outcomes = {"right": 0, "wrong": 0, "asked back": 0, "refused": 0}
    for text, title in known:
        what, told = reply(dialogue, text)
        kind = what if what != "answered" else "right" if told == title else "wrong"
        outcomes[kind] += 1
        if verbose and kind != "right":
            near = [(m.entry.questions[0], round(m.probability, 2))
                    for m in dialogue.matches(Question(text))[:2]]  # fmt: skip
            print(f"{kind:10} {text} -> {near}", file=sys.stderr)
    turned_away = {"answered": 0, "asked back": 0, "refused": 0}
    for text in unknown:
        what, told = reply(dialogue, text)
        turned_away[what] += 1
        if verbose and what != "refused":
            best = dialogue.matches(Question(text))[0]
            print(f"unknown {what} {text} -> {best.entry.questions[0]} {best.probability:.2f}",
                  file=sys.stderr)  # fmt: skip
    return {"known": outcomes, "unknown": turned_away}


def measure(file: str, *, meaning: bool, noise: bool = False, verbose: bool = False) -> Any:
    found: dict[str, Any] = {}
    for folder in FOLDERS:
        dialogue = FaqDialogue(folder, keep_log=False, watch=False, meaning=meaning)
        dialogue.ready()
        known, unknown = asked(file, folder)
        if noise:
            chance = random.Random(7)
            known = [(misheard(text, chance), title) for text, title in known]
        found[folder] = score(dialogue, known, unknown, verbose)
        dialogue.close()
    answered = sum(found[f]["known"]["right"] for f in FOLDERS)
    asked_for = sum(sum(found[f]["known"].values()) for f in FOLDERS)
    wrong = sum(found[f]["unknown"]["answered"] for f in FOLDERS)
    strange = sum(sum(found[f]["unknown"].values()) for f in FOLDERS)
    found["right"] = round(answered / asked_for, 3)
    found["refused"] = round(1 - wrong / strange, 3)
    return found


def timing() -> dict[str, float]:
    """CPU time of a question and of the start, on this machine."""
    start = time.process_time(), time.perf_counter()
    dialogue = FaqDialogue("service_hall", keep_log=False, watch=False)
    loaded = time.perf_counter() - start[1]
    dialogue.ready()
    texts = [text for text, _ in asked("paraphrases.toml", "service_hall")[0]]
    spent = list[float]()
    for text in texts:
        before = time.process_time()
        list(dialogue.answer(Question(text)))
        spent.append((time.process_time() - before) * 1000)
    dialogue.close()
    return {
        "start_s": round(loaded, 2),
        "ready_cpu_s": round(time.process_time() - start[0] - sum(spent) / 1000, 2),
        "question_cpu_ms_median": round(statistics.median(spent), 1),
        "question_cpu_ms_max": round(max(spent), 1),
    }


def fit(meaning: bool) -> tuple[np.ndarray, float]:
    """Logistic regression over (question, entry) pairs: the right one against the next eight.

    Misheard questions count as well.
    """
    weights, bias = (WITH_VECTORS, BIAS) if meaning else (WORDS_ALONE, BIAS_WORDS)
    weights = weights.astype(float)
    tables = list[tuple[np.ndarray, int]]()
    for folder in FOLDERS:
        dialogue = FaqDialogue(folder, keep_log=False, watch=False, meaning=meaning)
        dialogue.ready()
        known, unknown = asked("tuning.toml", folder)
        index = dialogue._knowledge.index
        titles = [entry.questions[0] for entry in index.entries]
        chance = random.Random(3)
        known += [(misheard(text, chance), title) for text, title in known]
        for text, title in [*known, *((text, "") for text in unknown)]:
            plain = terms.plain(text)
            encode = dialogue._knowledge.encode
            pair = (encode(plain), encode(terms.subject(plain))) if encode else (None, None)
            table = index.features(plain, *pair)
            tables.append((table, titles.index(title) if title else -1))
        dialogue.close()
    for _ in range(4):
        rows, labels, shares = list[np.ndarray](), list[float](), list[float]()
        for table, right in tables:
            order = np.argsort(-(table @ weights))
            for entry in {*map(int, order[:8]), right} - {-1}:
                rows.append(table[entry])
                labels.append(float(entry == right))
                shares.append(2.0 if right < 0 and entry == order[0] else 1.0)
        weights, bias = regress(
            np.array(rows, float), np.array(labels), np.array(shares), weights, bias
        )
        if not meaning:
            weights[[0, 1, 2, 3, 4, 5, 11, 12, 13]] = 0
    return weights, bias


def regress(
    x: np.ndarray, y: np.ndarray, share: np.ndarray, w: np.ndarray, b: float
) -> tuple[np.ndarray, float]:
    """A few thousand steps of gradient descent with a small penalty."""
    share = np.where(y > 0, 2.0, share)
    for _ in range(4000):
        error = (1 / (1 + np.exp(-(x @ w + b))) - y) * share
        w = w - 2.0 * (x.T @ error / len(y) + 0.0005 * w)
        w = np.where(SIGNS < 0, np.minimum(w, 0), np.maximum(w, 0) * (SIGNS > 0) + w * (SIGNS == 0))
        b = b - 2.0 * float(error.mean())
    return w, b


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--tuning", action="store_true", help="score tuning.toml instead")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    if args.fit:
        for meaning in (True, False):
            weights, bias = fit(meaning)
            rounded = [round(float(value), 2) for value in weights]
            print(json.dumps({"meaning": meaning, "weights": dict(zip(FEATURES, rounded,
                  strict=True)), "bias": round(bias, 2)}))  # fmt: skip
        return
    file = "tuning.toml" if args.tuning else "paraphrases.toml"
    result = {"text": measure(file, meaning=True, verbose=args.verbose)}
    if not args.tuning:
        result["misheard"] = measure(file, meaning=True, noise=True)
        result["time"] = timing()
    result["words_alone"] = measure(file, meaning=False)
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
