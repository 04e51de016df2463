"""Whether a remark asks for a fact, or is small talk that a model may answer by itself."""

from __future__ import annotations

import re
from typing import Final

_TALK: Final = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening|night)|thanks?|bye|goodbye|nice to)\b|"
    r"\bhow (?:are you|do you (?:do|feel)|is it going|old are you)|how['’]s it going|what['’]s up|"
    r"\b(?:who|what) are you\b|\bwhat(?:['’]s| is) your name|\bwhat can you do\b|"
    r"\bare you (?:an? |really |a real )?(?:real|human|robot|ai|person|machine|ok|okay|happy|sad|"
    r"tired|bored|lonely|sure|there|alive|busy|single|listening|serious)\b|"
    r"\bdo you (?:like|love|enjoy|feel|dream|sleep|eat|want|think|remember me|know me|get (?:tired|"
    r"bored|lonely))\b|\bcan you (?:hear|see|sing|dance|speak|smile|wave|help me|tell (?:me )?a)\b|"
    r"\btell (?:me |us )?a (?:joke|story)\b|\bsing\b|\bwhat do you (?:think|like|do for fun)\b|"
    r"^\W*(?:你|您)?(?:好吗|好呀|好啊|好)\W*$|早上好|下午好|晚上好|再见|拜拜|谢谢|"
    r"你(?:是谁|是什么人|叫什么|叫啥|几岁|多大|是真人|是机器|是人吗|是不是|喜欢|爱|觉得|会(?:唱|跳|说|不会)|"
    r"累|开心|高兴|难过|无聊|想|能听|能看|吃|睡|忙|还好|在吗|能做什么|会做什么|怎么样|最近|幸福)|"
    r"(?:讲|说)(?:一)?个(?:笑话|故事)|唱(?:首|个|一)",
    re.IGNORECASE,
)
_ASKS: Final = re.compile(
    r"[?？]\s*$|[吗呢么]\W*$|"
    r"^\W*(?:and |so |but |please |excuse me,? |sorry,? )*(?:what|when|where|which|who|"
    r"whose|why|how|is|are|was|were|do|does|did|can|could|will|would|should|has|have|may)\b|"
    r"\b(?:tell me|explain|describe|i(?:['’]d| would) like to know|i want to know|do you know|"
    r"how (?:much|many|long|far|old|do|to|can)|what (?:is|are|time)|where(?:['’]s| is| are))\b|"
    r"多少|几(?:点|号|楼|层|个|路|元|块|天|岁|年|次|位|人|时)|什么|啥|何时|哪|谁|怎么|怎样|如何|为何|"
    r"为什么|多(?:久|长|远|大|高|重|贵)|介绍|告诉我|讲讲|说说|有没有|能不能|可不可以|是不是|要不要|请问|想知道",
    re.IGNORECASE,
)


def asks_for_a_fact(text: str) -> bool:
    """Whether ``text`` wants to know something about the world, rather than to chat."""
    return bool(_ASKS.search(text.strip())) and not _TALK.search(text.strip())
