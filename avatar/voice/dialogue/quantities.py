"""The numbers, dates and prices a text states, however they are written, so that what a model says
can be held against what is known.

``9:30``, ``九点半`` and ``half past nine`` all state 9 and 30; ``Tuesday`` and ``周二`` the second
weekday. Small numbers in idioms (``one of them``, ``一个``, ``十分``) state nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_NAMED: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_ONES: Final = {word: n for n, word in enumerate(_NAMED.split())}
_NAMED_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS: Final = {word: 10 * n for n, word in enumerate(_NAMED_TENS.split(), start=2)}
_SCALES: Final = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 10**9}
_NAMED_PLACES: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
)
_ORDINALS: Final = {word: n for n, word in enumerate(_NAMED_PLACES.split(), start=1)}
_DIGITS: Final = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}

_FIGURE: Final = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_NUMBER_WORD: Final = "|".join([*_ONES, *_TENS, *_SCALES])
_ENGLISH: Final = re.compile(
    rf"\b(?:a\s+)?(?:{_NUMBER_WORD})(?:(?:[\s-]+(?:and\s+)?)(?:{_NUMBER_WORD}))*\b"
)
_MEASURED: Final = re.compile(
    r"[\s-]*(?:dollars?|euros?|pounds?|yuan|rmb|cents?|percent|per cent|o['’]?clock|[ap]\.?m\b|"
    r"(?:full |whole |business |working )?(?:hours?|minutes?|days?|weeks?|months?|years?)|floors?|"
    r"people|persons?|visitors?|meters?|metres?|km|kilomet\w+|miles?|feet|tickets?|rooms?|halls?|"
    r"copies|photos?|documents?|counters?|windows?|stops?|stations?|thirty|fifteen|in the)"
)
_ORDINAL: Final = re.compile(
    rf"\b({'|'.join(_ORDINALS)})\s+(?:floor|of|century)\b|"
    rf"\b(?:{'|'.join(_MONTHS)})\s+(?:the\s+)?({'|'.join(_ORDINALS)})\b"
)
_CHINESE: Final = re.compile(
    "[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]++(?![分钟刻十百]))?"
)
_CHINESE_UNIT: Final = re.compile(
    "[元块角毛点号楼层月日年岁折度倍级期届%％℃]|分钟|分之|小时|钟头|个?(?:半?小时|工作日|星期|月)|周|天|"
    "公里|公斤|米|吨|克|斤|里|人|位|名|张|间|站|路|号|件|份|次|百|千|万|亿|美元|欧元|人民币"
)
_STRICT: Final = re.compile("元|块(?!儿)|号|楼|层|月|折|岁|点(?:[钟整半零〇一二三四五])|分之|小时")
"""What must follow 一 or 两 for them to state a number."""
_IDIOMS: Final = re.compile(
    "(?<![一二三四五六七八九])十分(?!钟|之)|万一|千万(?=[别不要记])|一一|三三两两|十全十美|四面八方|五颜六色|七上八下|千千万万|"
    "[一二两三四]五一十|百分之百|一心一意|三心二意|一五一十|成千上万|(?<=[星期周拜])[一二三四五六]|乱七八糟"
)
_DAY: Final = re.compile(
    r"\b(mon|tues?|wed|wednes|thu|thurs?|fri|sat|satur|sun)(?:day)?s?\b|(?:周|星期|礼拜)([一二三四五六日天])"
)
_DAY_SPAN: Final = re.compile(r"\s*(?:-|–|—|~|to|through|thru|till|until|至|到)\s*$")
_ADDRESS: Final = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.]+|\b[\w-]+\.(?:com|cn|org|net|gov|edu)\b\S*"
)


def stated(text: str, *, known: bool = False) -> frozenset[str]:
    """What a text states, as comparable atoms: ``9``, ``3.5``, ``day2``, an address.

    ``known`` widens it to what may be said on its strength: a span of weekdays holds those
    between, 17:00 may be said as 5 pm.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    found = set(_addresses(plain)) | set(_days(plain, known))
    plain = _ADDRESS.sub(" ", plain)
    numbers = {*_figures(plain), *_english(plain), *_chinese(plain), *_months(text)}
    if known:
        numbers |= _clock(plain, numbers)
    return frozenset(found | {f"{n:.12g}" for n in numbers if n})


def _figures(text: str) -> Iterator[float]:
    for match in _FIGURE.finditer(text):
        yield float(match.group().replace(",", ""))


def _addresses(text: str) -> Iterator[str]:
    for match in _ADDRESS.finditer(text):
        yield match.group().rstrip(".,;:!?)。，").removeprefix("https://").removeprefix("http://")


def _english(text: str) -> Iterator[float]:
    for match in _ENGLISH.finditer(text):
        value = _english_value(match.group())
        before, after = text[: match.start()], text[match.end() :]
        timed = re.search(r"(?:half|quarter) (?:past|to) $", before)
        if timed:
            yield 30 if "half" in timed.group() else 15
        clock = timed or (value <= 12 and re.search(r"\b(?:until|till|from|at) $", before))
        if value >= 13 or clock or (value >= 2 and _MEASURED.match(after)):
            yield value
    for match in _ORDINAL.finditer(text):
        yield _ORDINALS[match[1] or match[2]]


def _english_value(words: str) -> float:
    total = part = 0
    for word in re.findall("[a-z]+", words):
        if word in _SCALES:
            scale = _SCALES[word]
            part = max(part, 1) * scale
            if scale > 100:
                total, part = total + part, 0
        else:
            part += _ONES.get(word, 0) + _TENS.get(word, 0)
    return total + part


def _chinese(text: str) -> Iterator[float]:
    plain = _IDIOMS.sub("，", text)
    for match in _CHINESE.finditer(plain):
        run, after = match.group(), plain[match.end() :]
        if run in "一两" and not _STRICT.match(after):
            continue
        if len(run) == 1 and not _CHINESE_UNIT.match(after) and run not in "百千万亿":
            continue
        if run in "百千万亿":
            continue
        if not (run == "百" or after.startswith("分之")):
            yield _chinese_value(run)
        if re.match("点(?:钟)?半", after):
            yield 30
        if re.match("点(?:钟)?[一三]刻", after):
            yield 15 if "一刻" in after[:4] else 45


def _chinese_value(run: str) -> float:
    whole, _, decimals = run.partition("点")
    if len(whole) > 1 and not set(whole) & set("十百千万亿"):
        value = float("".join(str(_DIGITS[c]) for c in whole))
    else:
        value = float(_grouped(whole))
    return value + (float("0." + "".join(str(_DIGITS[c]) for c in decimals)) if decimals else 0.0)


def _grouped(run: str) -> int:
    """Value of numerals with 十 百 千 万 亿."""
    total = section = digit = 0
    for c in run:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _UNITS:
            section, digit = section + (digit or 1) * _UNITS[c], 0
        else:
            total = (total + section + digit or 1) * (10**4 if c == "万" else 10**8)
            section = digit = 0
    return total + section + digit


def _months(text: str) -> Iterator[float]:
    for n, month in enumerate(_MONTHS, start=1):
        name = month.capitalize()
        before = r"\b(?:in|of|on|since|until|till|by|to|from)\s+"
        beside = rf"{before}{name}\b|\b{name}\s+\d|\d\s+{name}\b"
        if re.search(beside if month in ("may", "march") else rf"\b{name}\b", text):
            yield n


def _days(text: str, known: bool) -> Iterator[str]:
    last, end = 0, 0
    for match in _DAY.finditer(text):
        day = _day_number(match)
        if day is None:
            continue
        if known and last and _DAY_SPAN.match(text[end : match.start()]):
            yield from (f"day{n % 7 + 1}" for n in range(last - 1, day - 1 + 7 * (day < last)))
        yield f"day{day}"
        last, end = day, match.end()
    if known and re.search(r"every ?day|daily|每天|每日|天天|全年", text):
        yield from (f"day{n}" for n in range(1, 8))
    if known and re.search(r"weekday|工作日", text):
        yield from (f"day{n}" for n in range(1, 6))
    if known and re.search(r"weekend|周末", text):
        yield from ("day6", "day7")


def _day_number(match: re.Match[str]) -> int | None:
    if match[2]:
        return "一二三四五六日".find(match[2].replace("天", "日")) + 1
    if match[1] in ("sun", "sat", "wed") and "day" not in match.group() and len(match.group()) == 3:
        return None
    return next(n for n, day in enumerate(_WEEK, start=1) if day.startswith(match[1][:3]))


def _clock(text: str, numbers: set[float]) -> set[float]:
    """The other way of saying each hour: 17 as 5, 5 in the afternoon as 17."""
    out = {float(h) - 12 for h in re.findall(r"\b(1[3-9]|2[0-3])[:点]", text)}
    if re.search(r"\d\s*p\.?m|下午|晚上|傍晚", text):
        out |= {n + 12 for n in numbers if 1 <= n <= 11}
    return out
