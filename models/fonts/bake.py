"""Bake the caption font: a subset of Noto Sans SC Medium (OFL 1.1).

    npm pack @expo-google-fonts/noto-sans-sc@0.4.3 && tar xzf expo-google-fonts-*.tgz
    pip install fonttools
    python models/fonts/bake.py package/500Medium/NotoSansSC_500Medium.ttf

It keeps GB 2312, the everyday characters of Big5, Latin with pinyin's tone marks, Greek,
Cyrillic, kana, signs, and some characters that GB 2312 lacks but people's names use.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset

NAMES = (
    "喆堃玥瑄昇镕犇赟燚翀頔珺玘珣玹琤琬瑀璟璐祎祺湉淏滢鑫垚淼焱垲婳媖婧嫄嫣晞暐昉旻旸昕晔晗钰钲铖锴锜鋆祐禛翙翊"
    "睿珏琰琪琮瑭瑗甯奭怡芃芊芮苒茉荞莜菡葳蓁薏昶昇晟暄曈曦朦槿榕歆沄沅沚泠泓洺浠涴渼溦漪潼澍瀚炘烜烨煊熠燊"
    "硗砼嗨哔哩嘚囧槑靓裆撸瞅怼喵咩噗啪咚哐嗖嘭"
)
WIDE = range(0xFF01, 0xFF5F)
LATIN = range(0x20, 0x180)
MORE = [*range(0x1CD, 0x1DD), *range(0x2010, 0x2027), *range(0x2030, 0x203E), *WIDE]
SIGNS = "€₩₽™℃℉№℡→←↑↓⇒★☆♪♫♥♡✓✔✕✖①②③④⑤⑥⑦⑧⑨⑩｢｣￥￡￠〜〇々「」『』"


def double_byte(encoding: str, first: range, second: list[int]) -> set[int]:
    """Characters of a two-byte encoding with these first and second bytes."""
    pairs = (bytes([a, b]).decode(encoding, "ignore") for a in first for b in second)
    return {ord(text) for text in pairs if len(text) == 1}


def main(source: str) -> None:
    """Write NotoSansSC-Medium-subset.ttf beside this script."""
    high = list(range(0xA1, 0xFF))
    wanted = double_byte("gb2312", range(0xA1, 0xF8), high)
    wanted |= double_byte("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *high])
    wanted |= {*LATIN, *MORE, *map(ord, SIGNS + NAMES)}
    options = subset.Options(layout_features=["kern", "pwid"], hinting=False, notdef_outline=True)
    font = subset.load_font(source, options)
    worker = subset.Subsetter(options)
    worker.populate(unicodes=wanted)
    worker.subset(font)
    target = Path(__file__).with_name("NotoSansSC-Medium-subset.ttf")
    subset.save_font(font, str(target), options)
    print(target, target.stat().st_size)


if __name__ == "__main__":
    main(sys.argv[1])
