"""Which reading a character has here: phrases first, then the rules of its neighbours.

pypinyin knows 47,000 phrases; what it gets wrong in ordinary speech is listed here, and the
characters that stand alone as words are told apart by the words around them.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from avatar.plugins import require

_PHRASES: Final = """
还款 huan2 kuan3|还钱 huan2 qian2|还书 huan2 shu1|还债 huan2 zhai4|还贷 huan2 dai4|还清 huan2 qing1
还价 huan2 jia4|还给 huan2 gei3|归还 gui1 huan2|退还 tui4 huan2|还本 huan2 ben3|偿还 chang2 huan2
还原 huan2 yuan2|还击 huan2 ji1|大夫 dai4 fu5|薄荷 bo4 he5|曾国藩 zeng1 guo2 fan1|曾先生 zeng1 xian1 sheng5
姓曾 xing4 zeng1|姓单 xing4 shan4|姓任 xing4 ren2|姓仇 xing4 qiu2|姓解 xing4 xie4|姓华 xing4 hua4
姓朴 xing4 piao2|姓查 xing4 zha1|姓盖 xing4 ge3|猪圈 zhu1 juan4|羊圈 yang2 juan4|时间差 shi2 jian1 cha1
时差 shi2 cha1|冲着 chong4 zhe5|试卷 shi4 juan4|卷子 juan4 zi5|考卷 kao3 juan4|答卷 da2 juan4
数一数 shu3 yi5 shu3|数数 shu3 shu4|数不清 shu3 bu4 qing1|数到 shu3 dao4|数得 shu3 de5
量一下 liang2 yi2 xia4|量体温 liang2 ti3 wen1|量血压 liang2 xue4 ya1|量尺寸 liang2 chi3 cun4
量身 liang2 shen1|种树 zhong4 shu4|种花 zhong4 hua1|种菜 zhong4 cai4|种地 zhong4 di4|种田 zhong4 tian2
种植 zhong4 zhi2|种了 zhong4 le5|种下 zhong4 xia4|主持人 zhu3 chi2 ren2|重启 chong2 qi3|重播 chong2 bo1
重来 chong2 lai2|重做 chong2 zuo4|重写 chong2 xie3|重拍 chong2 pai1|重温 chong2 wen1|重载 chong2 zai4
重合 chong2 he2|重绘 chong2 hui4|重置 chong2 zhi4|重试 chong2 shi4|一行代码 yi4 hang2 dai4 ma3
行代码 hang2 dai4 ma3|行业 hang2 ye4|外行 wai4 hang2|内行 nei4 hang2|本行 ben3 hang2|各行各业 ge4 hang2 ge4 ye4
行长 hang2 zhang3|校长 xiao4 zhang3|成长 cheng2 zhang3|生长 sheng1 zhang3|长相 zhang3 xiang4
长高 zhang3 gao1|长出 zhang3 chu1|长得 zhang3 de5|长胖 zhang3 pang4|长满 zhang3 man3|身长 shen1 chang2
时长 shi2 chang2|长时间 chang2 shi2 jian1|擅长 shan4 chang2|特长 te4 chang2|只身 zhi1 shen1
血淋淋 xie3 lin2 lin2|流血 liu2 xie3|一只 yi4 zhi1|两只 liang3 zhi1|几只 ji3 zhi1|每只 mei3 zhi1
这只 zhe4 zhi1|那只 na4 zhi1|直播间 zhi2 bo1 jian1|和面 huo2 mian4|暖和 nuan3 huo5|和了 hu2 le5
附和 fu4 he4|应聘 ying4 pin4|应对 ying4 dui4|应答 ying4 da2|答应 da1 ying5|应届 ying1 jie4
反应 fan3 ying4|适应 shi4 ying4|供应 gong1 ying4|相应 xiang1 ying4|应用 ying4 yong4|转圈 zhuan4 quan1
转动 zhuan4 dong4|旋转 xuan2 zhuan3|打转 da3 zhuan4|空格 kong4 ge2|空白 kong4 bai2|空缺 kong4 que1
空隙 kong4 xi4|填空 tian2 kong4|没空 mei2 kong4|有空 you3 kong4|抽空 chou1 kong4|教我 jiao1 wo3
教你 jiao1 ni3|教他 jiao1 ta1|教她 jiao1 ta1|教大家 jiao1 da4 jia1|教会我 jiao1 hui4 wo3|教书 jiao1 shu1
教学 jiao4 xue2|背着 bei1 zhe5|背包 bei1 bao1|弹琴 tan2 qin2|弹幕 dan4 mu4|弹窗 tan2 chuang1
弹吉他 tan2 ji2 ta1|弹钢琴 tan2 gang1 qin2|干活 gan4 huo2|干什么 gan4 shen2 me5|干嘛 gan4 ma2
能干 neng2 gan4|干货 gan1 huo4|干净 gan1 jing4|少儿 shao4 er2|便宜 pian2 yi5|倒数 dao4 shu3
倒计时 dao4 ji4 shi2|倒水 dao4 shui3|倒车 dao4 che1|倒闭 dao3 bi4|差不多 cha4 bu5 duo1|差点 cha4 dian3
差评 cha4 ping2|差价 cha1 jia4|误差 wu4 cha1|温差 wen1 cha1|偏差 pian1 cha1|曝光 bao4 guang1
下载 xia4 zai4|加载 jia1 zai4|载入 zai4 ru4|载体 zai4 ti3|记载 ji4 zai3|处理 chu3 li3|处于 chu3 yu2
处方 chu3 fang1|好处 hao3 chu4|到处 dao4 chu4|爱好 ai4 hao4|好奇 hao4 qi2|好学 hao4 xue2|好客 hao4 ke4
喜好 xi3 hao4|好吃懒做 hao4 chi1 lan3 zuo4|兴趣 xing4 qu4|兴奋 xing1 fen4|高兴 gao1 xing4
当作 dang4 zuo4|当成 dang4 cheng2|恰当 qia4 dang4|适当 shi4 dang4|上当 shang4 dang4|当真 dang4 zhen1
首都 shou3 du1|都市 du1 shi4|成都 cheng2 du1|乐曲 yue4 qu3|乐队 yue4 dui4|乐器 yue4 qi4|音乐 yin1 yue4
乐高 le4 gao1|角色 jue2 se4|主角 zhu3 jue2|配角 pei4 jue2|角逐 jue2 zhu2|似的 shi4 de5|模样 mu2 yang4
模板 mu2 ban3|模具 mu2 ju4|强迫 qiang3 po4|勉强 mian3 qiang3|倔强 jue2 jiang4|散文 san3 wen2|松散 song1 san3
懒散 lan3 san3|舍得 she3 de5|舍不得 she3 bu5 de5|宿舍 su4 she4|反省 fan3 xing3|省略 sheng3 lve4
要求 yao1 qiu2|会计 kuai4 ji4|率领 shuai4 ling3|率先 shuai4 xian1|率队 shuai4 dui4|坦率 tan3 shuai4
参差 cen1 ci1|人参 ren2 shen1|咖喱 ga1 li2|露面 lou4 mian4|露馅 lou4 xian4|折腾 zhe1 teng5|打折 da3 zhe2
塞车 sai1 che1|提防 di1 fang2|呕吐 ou3 tu4|晕车 yun4 che1|眩晕 xuan4 yun4|悄悄 qiao1 qiao1
湖泊 hu2 po1|仿佛 fang3 fu2|号叫 hao2 jiao4|道观 dao4 guan4|厌恶 yan4 wu4|可恶 ke3 wu4|恶心 e3 xin1
淹没 yan1 mo4|沉没 chen2 mo4|没收 mo4 shou1|埋怨 man2 yuan4|脉脉 mo4 mo4|朝气 zhao1 qi4|朝阳 chao2 yang2
朝阳区 chao2 yang2 qu1|今朝 jin1 zhao1|重庆 chong2 qing4|厦门 xia4 men2|六安 lu4 an1|蚌埠 beng4 bu4
台州 tai1 zhou1|丽水 li2 shui3|乐清 yue4 qing1|洪洞 hong2 tong2|大厦 da4 sha4|东阿 dong1 e1|单于 chan2 yu2
亳州 bo2 zhou1|济南 ji3 nan2|浚县 xun4 xian4|番禺 pan1 yu2|百色 bo2 se4|涪陵 fu2 ling2|铅山 yan2 shan1
可汗 ke4 han2|龟兹 qiu1 ci2|吐蕃 tu3 bo1|尉迟 yu4 chi2|万俟 mo4 qi2|长孙 zhang3 sun1|令狐 ling2 hu2
澹台 tan2 tai2|么么哒 me5 me5 da1|嗯 en5|哦 o4|欸 ei1|唉 ai1|哇 wa1|耶 ye1|嘿 hei1|嗨 hai1|啦 la5|呀 ya5
谁 shei2|这个 zhe4 ge5|那个 na4 ge5|哪个 na3 ge5|一个 yi2 ge5|意思 yi4 si5|东西 dong1 xi5|什么 shen2 me5
怎么 zen3 me5|朋友 peng2 you5|喜欢 xi3 huan5|告诉 gao4 su5|知道 zhi1 dao5|漂亮 piao4 liang5
时候 shi2 hou5|地方 di4 fang5|先生 xian1 sheng5|事情 shi4 qing5|关系 guan1 xi5|认识 ren4 shi5
明白 ming2 bai5|消息 xiao1 xi5|清楚 qing1 chu5|客气 ke4 qi5|客官 ke4 guan1|打扮 da3 ban5|谢谢 xie4 xie5
衣服 yi1 fu5|休息 xiu1 xi5|麻烦 ma2 fan5|舒服 shu1 fu5|热闹 re4 nao5|窗户 chuang1 hu5|得了 de2 le5
了解 liao3 jie3|了不起 liao3 bu5 qi3|受不了 shou4 bu4 liao3|大不了 da4 bu4 liao3|不得了 bu4 de2 liao3
为了 wei4 le5|为什么 wei4 shen2 me5|因为 yin1 wei4|以为 yi3 wei2|认为 ren4 wei2|作为 zuo4 wei2
成为 cheng2 wei2|称为 cheng1 wei2|视为 shi4 wei2|行为 xing2 wei2|变为 bian4 wei2|改为 gai3 wei2
分为 fen1 wei2|定为 ding4 wei2|设为 she4 wei2|化为 hua4 wei2|为止 wei2 zhi3|为主 wei2 zhu3|为难 wei2 nan2
为期 wei2 qi1|为您 wei4 nin2|为你 wei4 ni3|为我 wei4 wo3|为他 wei4 ta1|为大家 wei4 da4 jia1|为此 wei4 ci3
为何 wei4 he2|着火 zhao2 huo3|着急 zhao2 ji2|着凉 zhao2 liang2|着迷 zhao2 mi2|着装 zhuo2 zhuang1
着重 zhuo2 zhong4|着手 zhuo2 shou3|着陆 zhuo2 lu4|睡着 shui4 zhao2|睡着了 shui4 zhao2 le5|不着 bu4 zhao2
降落 jiang4 luo4|投降 tou2 xiang2|系鞋带 ji4 xie2 dai4|系好 ji4 hao3|系安全带 ji4 an1 quan2 dai4
调皮 tiao2 pi2|调度 diao4 du4|音调 yin1 diao4|调用 diao4 yong4|语调 yu3 diao4|声调 sheng1 diao4
单调 dan1 diao4|传记 zhuan4 ji4|扫帚 sao4 zhou5|几乎 ji1 hu1|给予 ji3 yu3|供给 gong1 ji3|占卜 zhan1 bu3
切菜 qie1 cai4|切换 qie1 huan4|一切 yi2 qie4|密切 mi4 qie4|亲切 qin1 qie4|间隔 jian4 ge2|间接 jian4 jie1
间谍 jian4 die2|与会 yu4 hui4|参与 can1 yu4|藏品 cang2 pin3|宝藏 bao3 zang4|称职 chen4 zhi2|对称 dui4 chen4
匀称 yun2 chen4|更改 geng1 gai3|更新 geng1 xin1|更换 geng1 huan4|更衣 geng1 yi1|更正 geng1 zheng4
看守 kan1 shou3|看护 kan1 hu4|累计 lei3 ji4|积累 ji1 lei3|累积 lei3 ji1|结实 jie1 shi5|尽快 jin3 kuai4
尽量 jin3 liang4|尽管 jin3 guan3|尽早 jin3 zao3|禁不住 jin1 bu5 zhu4|不禁 bu4 jin1|答案 da2 an4|发型 fa4 xing2
头发 tou2 fa5|理发 li3 fa4|洗发水 xi3 fa4 shui3|护发 hu4 fa4|秀发 xiu4 fa4|染发 ran3 fa4
"""


def _table(lines: str) -> dict[str, tuple[str, ...]]:
    entries = (entry.split() for entry in lines.replace("\n", "|").split("|") if entry.strip())
    return {hanzi: tuple(syllables) for hanzi, *syllables in entries}


PHRASES: Final = _table(_PHRASES)
"""Hanzi -> syllables, beyond or against pypinyin's dictionary."""
LONGEST: Final = max(map(len, PHRASES))


@dataclass(frozen=True, slots=True)
class WordReading:
    """One word and how its characters are read."""

    hanzi: str
    syllables: tuple[str, ...]
    """Pinyin with tone number 1..5, one a character."""
    fixed: bool = False
    """Set by the user's lexicon: no sandhi inside."""


def read(words: Sequence[str], fixed: Mapping[str, tuple[str, ...]]) -> list[WordReading]:
    """The reading of each word among its neighbours."""
    out = list[WordReading]()
    for i, word in enumerate(words):
        if word in fixed:
            out.append(WordReading(word, fixed[word], True))
            continue
        syllables = PHRASES.get(word) or _dictionary(word)
        if len(word) == 1 and word in _RULES:
            before = words[i - 1] if i else ""
            after = "".join(words[i + 1 : i + 3])
            syllables = (_RULES[word](before, after) or syllables[0],)
        out.append(WordReading(word, syllables))
    return out


def _dictionary(word: str) -> tuple[str, ...]:
    pypinyin = _pypinyin()
    found = pypinyin.lazy_pinyin(
        word,
        style=pypinyin.Style.TONE3,
        neutral_tone_with_five=True,
        errors=lambda text: ["" for _ in text],
    )
    syllables = [s if not s or s[-1].isdigit() else s + "5" for s in found]
    if len(word) > 2 and word not in _known_phrases():
        _correct(word, syllables)
    return tuple(syllables)


def _correct(word: str, syllables: list[str]) -> None:
    """Put listed phrases into a word that the dictionary read character by character."""
    for start in range(len(word) - 1):
        for end in range(min(len(word), start + LONGEST), start + 1, -1):
            if word[start:end] in PHRASES:
                syllables[start:end] = PHRASES[word[start:end]]
                break


@cache
def _known_phrases() -> Any:
    return importlib.import_module("pypinyin.constants").PHRASES_DICT


@cache
def _pypinyin() -> Any:
    return require("pypinyin", extra="voice", for_what="Chinese speech")


# --- characters that stand alone -----------------------------------------------------------------

_NUMBER: Final = re.compile(r"[零一二三四五六七八九十百千万亿两几每这那哪数多半第某各]$")
_PERSON: Final = re.compile(r"(?:[我你您他她它咱谁]们?|大家|人|自己|必须|可|就|都|也|总|只|还|非|又|不)$")


def _at(pattern: str, yes: str, no: str = "") -> Callable[[str, str], str]:
    """A rule: ``yes`` when what follows matches, else ``no`` ("" leaves it to the dictionary)."""
    following = re.compile(pattern)
    return lambda before, after: yes if following.match(after) else no


def _after(pattern: str, yes: str, no: str = "") -> Callable[[str, str], str]:
    preceding = re.compile(f"(?:{pattern})$")
    return lambda before, after: yes if preceding.search(before) else no


def _de_obligation(before: str, after: str) -> str:
    return "dei3" if after and (not before or _PERSON.search(before)) else "de5"


def _di(before: str, after: str) -> str:
    adverb = len(before) >= 2 and not _NUMBER.search(before[0]) and not before.endswith(("块", "片"))
    return "de5" if adverb and after else "di4"


def _huan(before: str, after: str) -> str:
    repay = re.match(r"[款钱书债贷账给清]|(?:了|完|上|掉)?$|了(?:吗|吧|呢|没)", after)
    taken = re.search(r"[没已要该得能借]经?$", before) and re.match(r"了?$|[款钱书债]", after)
    return "huan2" if (repay and before) or taken else "hai2"


def _liao(before: str, after: str) -> str:
    return "liao3" if re.search(r"[不得]$", before) and len(before) < 3 else "le5"


def _hang(before: str, after: str) -> str:
    return "hang2" if _NUMBER.search(before) or re.match(r"代码|文字|字|诗|列", after) else "xing2"


def _zhi(before: str, after: str) -> str:
    return "zhi1" if _NUMBER.search(before) else "zhi3"


def _chang(before: str, after: str) -> str:
    return "zhang3" if re.match(r"[得出满了着高胖大成]", after) and not re.search(
        r"[很太更多最不好这那么]$", before
    ) else "chang2"


def _chong(before: str, after: str) -> str:
    return "chong2" if re.match(r"[新做说来启写拍装选读看试走画建]", after) else "zhong4"


def _wei(before: str, after: str) -> str:
    figure = re.match(r"[零一二三四五六七八九十百千万两百分负约]", after)
    return "wei2" if figure or re.search(r"[作成视称认变设分化定选改命名列译评誉]$", before) else "wei4"


_RULES: Final[dict[str, Callable[[str, str], str]]] = {
    "得": _de_obligation,
    "地": _di,
    "还": _huan,
    "了": _liao,
    "行": _hang,
    "只": _zhi,
    "长": _chang,
    "重": _chong,
    "为": _wei,
    "着": lambda before, after: "zhe5",
    "的": lambda before, after: "de5",
    "种": _at(r"[树花菜地田草过]", "zhong4", "zhong3"),
    "数": _at(r"[一到了数着]", "shu3", "shu4"),
    "量": _at(r"[一体血了身]", "liang2", "liang4"),
    "教": _at(r"[我你他她它大孩学人]", "jiao1", "jiao1"),
    "切": _at(r"", "qie1"),
    "背": _at(r"[着起了上包]", "bei1", "bei4"),
    "弹": _at(r"[琴钢吉了着奏起]", "tan2"),
    "转": _at(r"[圈动一了起个]", "zhuan4", "zhuan3"),
    "卷": _after(_NUMBER.pattern[:-1], "juan4", "juan3"),
    "圈": _at(r"", "quan1"),
    "冲": _at(r"[着我你他]", "chong4", "chong1"),
    "干": _at(r"[什嘛活吗了得好完掉起]", "gan4", "gan4"),
    "倒": _at(r"[水车茶酒过着出立数计]", "dao4", "dao3"),
    "系": _at(r"[鞋好上安着领]", "ji4", "xi4"),
    "假": _at(r"", "jia3"),
    "好": lambda before, after: "hao3",
    "都": lambda before, after: "dou1",
    "会": lambda before, after: "hui4",
    "没": lambda before, after: "mei2",
    "少": lambda before, after: "shao3",
    "那": lambda before, after: "na4",
    "给": lambda before, after: "gei3",
    "几": lambda before, after: "ji3",
    "应": _at(r"", "ying1"),
    "当": lambda before, after: "dang1",
    "占": lambda before, after: "zhan4",
    "空": lambda before, after: "kong1",
    "吧": lambda before, after: "ba5",
    "啊": lambda before, after: "a5",
    "呢": lambda before, after: "ne5",
    "吗": lambda before, after: "ma5",
    "们": lambda before, after: "men5",
    "个": lambda before, after: "ge4",
    "过": lambda before, after: "guo4",
    "和": lambda before, after: "he2",
    "与": lambda before, after: "yu3",
    "更": lambda before, after: "geng4",
    "相": lambda before, after: "xiang1",
    "乐": lambda before, after: "le4",
    "曲": lambda before, after: "qu3",
    "喝": lambda before, after: "he1",
    "担": lambda before, after: "dan1",
    "涨": lambda before, after: "zhang3",
    "曾": lambda before, after: "ceng2",
    "率": lambda before, after: "lv4" if _NUMBER.search(before) else "shuai4",
    "差": _at(r"[三五十一两]", "cha4", "cha4"),
    "降": lambda before, after: "jiang4",
    "单": lambda before, after: "dan1",
    "任": lambda before, after: "ren4",
    "处": lambda before, after: "chu4",
    "幺": lambda before, after: "yao1",
}
"""Character alone as a word -> its reading from the word before and the words after."""
