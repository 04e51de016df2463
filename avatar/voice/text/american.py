"""Numbers and signs as American English says them, in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_ONES: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS: Final = [
    "zero",
    "ten",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
]
_GROUPS: Final = ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion")
_ORDINALS: Final = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONEY: Final = {
    "$": ("dollar", "cent"), "us$": ("dollar", "cent"), "usd": ("dollar", "cent"),
    "€": ("euro", "cent"), "eur": ("euro", "cent"), "£": ("pound", "pence"),
    "gbp": ("pound", "pence"), "￥": ("yuan", ""), "¥": ("yuan", ""), "rmb": ("yuan", ""),
    "cny": ("yuan", ""), "hkd": ("Hong Kong dollar", "cent"), "hk$": ("Hong Kong dollar", "cent"),
    "jpy": ("yen", ""), "₩": ("won", ""), "₹": ("rupee", ""),
}  # fmt: skip
_SCALES: Final = {
    "k": "thousand", "thousand": "thousand", "m": "million", "million": "million", "b": "billion",
    "bn": "billion", "billion": "billion", "trillion": "trillion",
}  # fmt: skip
UNITS: Final = {
    "km/h": "kilometers per hour", "kmh": "kilometers per hour", "m/s": "meters per second",
    "mph": "miles per hour", "kg": "kilograms", "g": "grams", "mg": "milligrams", "t": "tons",
    "km": "kilometers", "m": "meters", "cm": "centimeters", "mm": "millimeters",
    "μm": "micrometers", "nm": "nanometers", "l": "liters", "ml": "milliliters",
    "tb": "terabytes", "gb": "gigabytes", "mb": "megabytes", "kb": "kilobytes", "hz": "hertz",
    "khz": "kilohertz", "mhz": "megahertz", "ghz": "gigahertz", "kw": "kilowatts",
    "kwh": "kilowatt hours", "w": "watts", "v": "volts", "mah": "milliamp hours",
    "fps": "frames per second", "ms": "milliseconds", "s": "seconds", "min": "minutes",
    "h": "hours", "px": "pixels", "㎡": "square meters", "m²": "square meters",
    "m2": "square meters", "m³": "cubic meters", "m3": "cubic meters",
    "km²": "square kilometers", "℃": "degrees Celsius", "°c": "degrees Celsius",
    "℉": "degrees Fahrenheit", "°f": "degrees Fahrenheit", "°": "degrees", "%": "percent",
    "％": "percent", "‰": "per mille", "lb": "pounds", "oz": "ounces", "ft": "feet",
    "in": "inches", "db": "decibels", "cal": "calories", "kcal": "kilocalories", "pa": "pascals",
    "kpa": "kilopascals",
}  # fmt: skip
_SINGULAR: Final = {"feet": "foot", "inches": "inch", "hertz": "hertz", "percent": "percent"}
_YEAR_BEFORE: Final = frozenset(
    [
        "in",
        "since",
        "of",
        "by",
        "from",
        "until",
        "till",
        "year",
        "before",
        "after",
        "during",
        "circa",
        "late",
        "early",
        "mid",
        "summer",
        "winter",
        "spring",
        "fall",
        "autumn",
        "around",
    ]
) | {month.lower() for month in MONTHS}


def cardinal(number: int) -> str:
    """0 -> zero, 121 -> one hundred twenty one, below 10**21."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")
    if number < 1000:
        rest = number % 100
        return f"{_ONES[number // 100]} hundred" + (f" {cardinal(rest)}" if rest else "")
    words, power = list[str](), 0
    while number:
        number, group = divmod(number, 1000)
        if group:
            words.insert(0, f"{cardinal(group)} {_GROUPS[power]}".strip())
        power += 1
    return " ".join(words)


def ordinal(number: int) -> str:
    """1 -> first, 22 -> twenty second."""
    head, _, last = cardinal(number).rpartition(" ")
    if last in _ORDINALS:
        last = _ORDINALS[last]
    else:
        last = (last[:-1] + "ie" if last.endswith("y") else last.removesuffix("e")) + "th"
        last = last.replace("eightth", "eighth")
    return f"{head} {last}".strip()


def digits(text: str) -> str:
    """Each digit by name."""
    return " ".join(_ONES[int(c)] for c in text if c.isdigit())


def year(number: int) -> str:
    """1999 -> nineteen ninety nine, 2005 -> two thousand five, 1905 -> nineteen oh five."""
    century, rest = divmod(number, 100)
    if 2000 <= number < 2010 or number % 1000 == 0:
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def number(text: str) -> str:
    """An integer or decimal as written: sign, commas, leading zeros."""
    sign = "minus " if text[0] in "-−" else ""
    body = text.lstrip("+-−").replace(",", "")
    whole, dot, part = body.partition(".")
    if len(whole) > 20 or (len(whole) > 1 and whole[0] == "0" and not dot):
        return sign + digits(whole)
    return sign + cardinal(int(whole or "0")) + (f" point {digits(part)}" if part else "")


def _counted(value: str, plural: str) -> str:
    if value.lstrip("+-−") != "1" or plural in _SINGULAR.values():
        return f"{number(value)} {plural}"
    first, _, rest = plural.partition(" ")
    if first in ("square", "cubic", "kilowatt", "milliamp"):
        rest, first = rest.removesuffix("s"), first
    else:
        first = _SINGULAR.get(first, first.removesuffix("s"))
    return f"{number(value)} {first} {rest}".strip()


def _integer(m: re.Match[str], before: str, after: str) -> str:
    text = m["n"]
    if not text.isdigit():
        return number(text)
    words = re.findall(r"[\w']+", before)
    last = words[-1].lower() if words else ""
    value = int(text)
    if len(text) == 4 and 1100 <= value < 2100 and _is_year(last, words, before):
        return year(value)
    if last.capitalize() in MONTHS and 1 <= value <= 31 and before[-1:] == " ":
        return ordinal(value)
    if len(text) == 3 and text in ("911", "411", "311"):
        return digits(text)
    if len(text) >= 9 and not text.endswith("000"):
        return digits(text)
    if last in ("code", "pin", "room", "flight", "extension", "zip") and len(text) >= 3:
        return digits(text)
    return number(text)


def _is_year(last: str, words: list[str], before: str) -> bool:
    after_day = last.rstrip("stndrh").isdigit() and len(words) > 1
    month = words[-2].lower().capitalize() if len(words) > 1 else ""
    return last in _YEAR_BEFORE or (after_day and month in MONTHS) or before.endswith("(")


def _date(m: re.Match[str], before: str, after: str) -> str:
    return f"{MONTHS[int(m['m']) - 1]} {ordinal(int(m['d']))} {year(int(m['y']))}"


def _time(m: re.Match[str], before: str, after: str) -> str:
    hour, minute = int(m["h"]), int(m["min"])
    half = {"a": " A M", "p": " P M"}.get((m["half"] or "")[:1].lower(), "")
    said = cardinal(hour)
    if minute:
        said += " " + ("oh " if minute < 10 else "") + cardinal(minute)
    elif not half:
        said += " o'clock" if 1 <= hour <= 12 else " hundred hours" if hour else " hours"
    seconds = int(m["s"]) if m["s"] else 0
    return said + (f" and {_counted(str(seconds), 'seconds')}" if seconds else "") + half


def _money(m: re.Match[str], before: str, after: str) -> str:
    unit, part = _MONEY[m["sign"].strip().lower()]
    scale = (m["scale"] or "").strip().lower()
    plural = unit if unit in ("yuan", "yen", "won") else f"{unit}s"
    if scale:
        return f"{number(m['n'])} {_SCALES.get(scale, scale)} {plural}"
    whole, _, cents = m["n"].replace(",", "").partition(".")
    if len(cents) != 2 or not part:
        return f"{number(m['n'])} {unit if m['n'] == '1' else plural}"
    said = f"{number(whole)} {unit if whole == '1' else plural}"
    if not int(cents):
        return said
    name = part if part == "pence" or int(cents) == 1 else f"{part}s"
    small = f"{cardinal(int(cents))} {name}"
    return small if not int(whole) else f"{said} and {small}"


def _measured(m: re.Match[str], before: str, after: str) -> str:
    return _counted(m["n"], UNITS.get(m["unit"].strip().lower(), m["unit"]))


def _range(m: re.Match[str], before: str, after: str) -> str:
    unit = (m["unit"] or "").strip().lower()
    low, high = m["a"], m["b"]
    if len(low) == len(high) == 4 and not unit and all(1100 <= int(y) < 2100 for y in (low, high)):
        return f"{year(int(low))} to {year(int(high))}"
    return f"{number(low)} to {number(high)} {UNITS.get(unit, unit)}".strip()


def _ratio(m: re.Match[str], before: str, after: str) -> str:
    return f"{number(m['a'])} to {number(m['b'])}"


def _fraction(m: re.Match[str], before: str, after: str) -> str:
    top, bottom = int(m["a"]), int(m["b"])
    if (top, bottom) == (24, 7):
        return "twenty four seven"
    if bottom > 20 or top >= bottom:
        return f"{cardinal(top)} over {cardinal(bottom)}"
    name = {2: "half", 4: "quarter"}.get(bottom) or ordinal(bottom)
    plural = "halves" if name == "half" else f"{name}s"
    return f"{cardinal(top)} {name if top == 1 else plural}"


def _ordinal(m: re.Match[str], before: str, after: str) -> str:
    return ordinal(int(m["n"].replace(",", "")))


def _decade(m: re.Match[str], before: str, after: str) -> str:
    value = int(m["n"])
    said = year(value) if value >= 1000 else cardinal(value)
    return said[:-1] + "ies" if said.endswith("y") else said + "s"


def _telephone(m: re.Match[str], before: str, after: str) -> str:
    groups = re.findall(r"\d+", m.group())
    return ("plus " if m.group().startswith("+") else "") + ", ".join(map(digits, groups))


def _version(m: re.Match[str], before: str, after: str) -> str:
    return " point ".join(number(part) for part in m["n"].split("."))


def _sign(m: re.Match[str], before: str, after: str) -> str:
    if m.group() in "-−–~～":
        return "to"
    return {
        "&": "and", "+": "plus", "=": "equals", "×": "times", "÷": "divided by", "%": "percent",
        "±": "plus or minus", "≈": "is about", "≥": "is at least", "≤": "is at most",
        "½": "a half", "¼": "a quarter", "¾": "three quarters", "⅓": "a third",
        "⅔": "two thirds", "@": "at", "℃": "degrees Celsius", "℉": "degrees Fahrenheit",
        "√": "the square root of",
    }.get(m.group(), "")  # fmt: skip


READERS: Final[dict[str, Callable[[re.Match[str], str, str], str]]] = {
    "integer": _integer, "date": _date, "time": _time, "money": _money, "measured": _measured,
    "range": _range, "ratio": _ratio, "fraction": _fraction, "ordinal": _ordinal,
    "decade": _decade, "telephone": _telephone, "version": _version, "sign": _sign,
}  # fmt: skip
"""How each kind of pattern is read, given its match and the text before and after it."""
