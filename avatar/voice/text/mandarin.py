"""Numbers and signs as Mandarin says them, in hanzi."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

DIGITS: Final = "零一二三四五六七八九"
_UNITS: Final = ("", "十", "百", "千")
_YUAN: Final = {
    "￥": "元", "¥": "元", "$": "美元", "€": "欧元", "£": "英镑", "rmb": "元", "cny": "元",
    "usd": "美元", "us$": "美元", "eur": "欧元", "gbp": "英镑", "hkd": "港元", "hk$": "港元",
    "jpy": "日元", "₩": "韩元", "₹": "卢比",
}  # fmt: skip
_SCALES: Final = {
    "k": "千", "thousand": "千", "m": "百万", "million": "百万", "b": "十亿", "bn": "十亿",
    "billion": "十亿",
}  # fmt: skip
UNITS: Final = {
    "km/h": "公里每小时", "kmh": "公里每小时", "m/s": "米每秒", "mph": "英里每小时", "kg": "公斤",
    "g": "克", "mg": "毫克", "t": "吨", "km": "公里", "m": "米", "cm": "厘米", "mm": "毫米",
    "μm": "微米", "nm": "纳米", "l": "升", "ml": "毫升", "mb": "兆",
    "hz": "赫兹", "khz": "千赫", "mhz": "兆赫", "ghz": "吉赫", "kw": "千瓦",
    "kwh": "千瓦时", "w": "瓦", "v": "伏", "mah": "毫安时", "fps": "帧每秒", "ms": "毫秒",
    "s": "秒", "min": "分钟", "h": "小时", "px": "像素", "㎡": "平方米", "m²": "平方米",
    "m2": "平方米", "m³": "立方米", "m3": "立方米", "km²": "平方公里", "℃": "摄氏度",
    "°c": "摄氏度", "℉": "华氏度", "°f": "华氏度", "°": "度", "%": "%", "‰": "‰", "lb": "磅",
    "oz": "盎司", "db": "分贝", "cal": "卡", "kcal": "千卡", "pa": "帕", "kpa": "千帕",
}  # fmt: skip
_MEASURES: Final = frozenset(
    "个件位只条张本台家次天年种款名间块人岁周斤分秒倍米克升吨公厘毫瓶杯盒袋包双套辆部首场节页份"
    "座棵把支根颗封顿排层组对门点句片段轮遍趟艘架匹头滴米元美欧英港小平平立千百万亿两步下口道项"
    "集季届期颗粒扇盏册幅副群批串盘碗勺桶箱筐行"
)
_DIGIT_CALLS: Final = re.compile(
    r"(?:拨打|拨|致电|电话|热线|号码|手机|编号|房间|门牌|邮编|尾号|工号|车牌|密码|验证码|QQ|微信|代码|航班|打)"
    r"[号：:是为\s]*$"
)

_HOTLINES: Final = frozenset({"10086", "10010", "12306", "12315", "12345", "95588", "96110", "618"})


def digits(text: str, *, one: str = "一") -> str:
    """Each digit by name; ``one`` is 幺 in telephone numbers."""
    return "".join(one if c == "1" else DIGITS[int(c)] for c in text if c.isdigit())


def cardinal(number: int) -> str:
    """0 -> 零, 10 -> 十, 112 -> 一百一十二, 2000 -> 两千, 10**12 -> 一万亿."""
    said = _cardinal(number)
    return said.removeprefix("一") if said.startswith("一十") else said


def _cardinal(number: int) -> str:
    for power, name in ((10**8, "亿"), (10**4, "万")):
        if number >= power:
            high, low = divmod(number, power)
            head = ("两" if high == 2 else _cardinal(high)) + name
            zero = DIGITS[0] if low and low < power // 10 else ""
            return head + zero + (_cardinal(low) if low else "")
    return _group(number) or DIGITS[0]


def _group(value: int) -> str:
    out, gap = "", False
    for power in (3, 2, 1, 0):
        digit = value // 10**power % 10
        if digit == 0:
            gap = bool(out)
            continue
        if gap:
            out += DIGITS[0]
            gap = False
        out += "两" if digit == 2 and power >= 2 else DIGITS[digit]
        out += _UNITS[power]
    return out


def number(text: str) -> str:
    """An integer or decimal as written: sign, commas, leading zeros."""
    sign = "负" if text[0] in "-−" else ""
    body = text.lstrip("+-−").replace(",", "")
    whole, dot, part = body.partition(".")
    if len(whole) > 20 or (len(whole) > 1 and whole[0] == "0" and not dot):
        return sign + digits(whole)
    return sign + cardinal(int(whole or "0")) + ("点" + digits(part) if part else "")


def _counted(text: str, following: str) -> str:
    """A number before what it counts: 2 is 两."""
    many = text == "2" and following[:1] in _MEASURES and following[:1] != "两"
    return "两" if many else number(text)


def _with_unit(value: str, unit: str) -> str:
    key = unit.strip().lower()
    if key in ("%", "％"):
        return "百分之" + number(value)
    if key == "‰":
        return "千分之" + number(value)
    name = UNITS.get(key, unit)
    if key in ("℃", "°c", "℉", "°f") and value[0] in "-−":
        return "零下" + number(value[1:]) + name
    if "每" in name:
        what, _, each = name.partition("每")
        return f"每{each}{_counted(value, what)}{what}"
    return _counted(value, name) + name


def _integer(m: re.Match[str], before: str, after: str) -> str:
    text = m["n"]
    if not text.isdigit():
        return number(text)
    if after.startswith("年") and (len(text) == 4 or (len(text) == 2 and int(text) >= 50)):
        return digits(text)
    if after.startswith("后") and len(text) == 2 and text[1] in "05":
        return digits(text)
    if (len(text) >= 3 and _DIGIT_CALLS.search(before)) or text in _HOTLINES:
        return digits(text, one="幺")
    if len(text) >= 3 and _is_code(before, after):
        return digits(text)
    if len(text) >= 9 and not text.endswith("000"):
        return digits(text, one="幺")
    if before.endswith(("第", "星期", "周", "礼拜", "农历")):
        return number(text)
    if text == "2" and after.startswith("点"):
        return "两"
    if after[:1] in ("月", "日", "号", "楼", "班", "级", "路", "等"):
        return number(text)
    return _counted(text, after)


def _is_code(before: str, after: str) -> bool:
    """Whether a number names a room (302室) or a model (RTX 4090)."""
    model = re.search(r"[A-Za-z][- ]?$", before) and after[:1] not in _MEASURES
    return after.startswith(("室", "房", "号房", "包间")) or bool(model)


def _date(m: re.Match[str], before: str, after: str) -> str:
    return f"{digits(m['y'])}年{cardinal(int(m['m']))}月{cardinal(int(m['d']))}日"


def _time(m: re.Match[str], before: str, after: str) -> str:
    hour, minute = int(m["h"]), int(m["min"])
    half = {"a": "上午", "p": "下午"}.get((m["half"] or "")[:1].lower(), "")
    said = half + ("两" if hour == 2 else cardinal(hour)) + "点"
    if minute == 30 and not m["s"]:
        said += "半"
    elif minute:
        said += (DIGITS[0] if minute < 10 else "") + cardinal(minute) + "分"
    return said + (cardinal(int(m["s"])) + "秒" if m["s"] else "")


def _money(m: re.Match[str], before: str, after: str) -> str:
    scale = (m["scale"] or "").strip().lower()
    unit = _YUAN[m["sign"].strip().lower()]
    if scale:
        return number(m["n"]) + _SCALES.get(scale, scale) + unit
    amount = re.sub(r"(\.\d*?)0+$", r"\1", m["n"]).removesuffix(".")
    if after[:1] in ("万", "亿", "元", "千", "百", "块"):
        return number(amount)
    return _counted(amount, unit) + unit


def _measured(m: re.Match[str], before: str, after: str) -> str:
    return _with_unit(m["n"], m["unit"])


def _range(m: re.Match[str], before: str, after: str) -> str:
    unit = (m["unit"] or "").strip()
    low, high = m["a"], m["b"]
    if after.startswith("年") and len(low) == len(high) == 4:
        return f"{digits(low)}到{digits(high)}"
    if unit in ("%", "％"):
        return f"百分之{number(low)}到百分之{number(high)}"
    name = UNITS.get(unit.lower(), unit)
    return f"{number(low)}到{_counted(high, name or after)}{name}"


def _ratio(m: re.Match[str], before: str, after: str) -> str:
    return f"{number(m['a'])}比{number(m['b'])}"


def _fraction(m: re.Match[str], before: str, after: str) -> str:
    if m["a"] == "24" and m["b"] == "7":
        return "二十四小时"
    return f"{number(m['b'])}分之{number(m['a'])}"


def _ordinal(m: re.Match[str], before: str, after: str) -> str:
    return "第" + number(m["n"])


def _decade(m: re.Match[str], before: str, after: str) -> str:
    return digits(m["n"][-2:]) + "年代"


def _telephone(m: re.Match[str], before: str, after: str) -> str:
    return ("加" if m.group().startswith("+") else "") + digits(m.group(), one="幺")


def _version(m: re.Match[str], before: str, after: str) -> str:
    return "点".join(number(part) for part in m["n"].split("."))


def _sign(m: re.Match[str], before: str, after: str) -> str:
    if m.group() == "+" and before[-1:].isdigit() and not after[:1].isdigit():
        return "多"
    if m.group() in "-−–~～":
        return "到"
    return {
        "&": "和", "+": "加", "=": "等于", "×": "乘", "÷": "除以", "%": "百分号", "℃": "摄氏度",
        "±": "正负", "≈": "约等于", "≥": "大于等于", "≤": "小于等于", "℉": "华氏度", "√": "根号",
        "㎡": "平方米", "½": "二分之一", "¼": "四分之一", "¾": "四分之三", "⅓": "三分之一",
        "⅔": "三分之二",
    }.get(m.group(), "")  # fmt: skip


READERS: Final[dict[str, Callable[[re.Match[str], str, str], str]]] = {
    "integer": _integer, "date": _date, "time": _time, "money": _money, "measured": _measured,
    "range": _range, "ratio": _ratio, "fraction": _fraction, "ordinal": _ordinal,
    "decade": _decade, "telephone": _telephone, "version": _version, "sign": _sign,
}  # fmt: skip
"""How each kind of pattern is read, given its match and the text before and after it."""
