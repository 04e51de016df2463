"""What ``avatar knowledge`` says."""

from __future__ import annotations

from typing import Final

KNOWLEDGE: Final[dict[str, tuple[str, str]]] = {
    "help_knowledge": (
        "Folders of questions and answers: check, ask, review.",
        "问答知识文件夹：检查、提问、补充。",
    ),
    "help_knowledge_check": (
        "Count what a folder holds; name every problem with its line or cell.",
        "统计文件夹内容，逐行逐格指出问题。",
    ),
    "help_knowledge_ask": ("Ask a folder one question.", "向文件夹提一个问题。"),
    "help_knowledge_review": (
        "List what could not be answered, and add answers.",
        "列出没能回答的问题，并补充答案。",
    ),
    "help_knowledge_rehearse": (
        "Make the answers into sound beforehand, for a voice that takes its time.",
        "提前把答案合成语音，适合合成较慢的声音。",
    ),
    "rehearse_done": (
        "{count} sentences are ready, {minutes:.1f} minutes in the voice {name}.",
        "已备好 {count} 句，共 {minutes:.1f} 分钟，声音：{name}。",
    ),
    "rehearse_stopped": (
        "stopped; the same command goes on from here",
        "已停止；再次运行同一命令即可继续",
    ),
    "rehearse_needless": (
        "{name} speaks at once; nothing has to be made beforehand.",
        "{name} 即时发声，无需提前合成。",
    ),
    "opt_knowledge_question": ("A question to add (again for more).", "要添加的问法（可多次）。"),
    "opt_knowledge_answer": (
        "Its answer (again for the other language).",
        "它的答案（另一种语言可再写一次）。",
    ),
    "opt_knowledge_file": ("File of the folder to write to.", "写入文件夹中的哪个文件。"),
    "knowledge_file": ("{file}: {entries} entries", "{file}：{entries} 条"),
    "knowledge_counts": (
        "{entries} entries, {questions} ways to ask, answers zh {zh} en {en}, {problems} problems",
        "共 {entries} 条，{questions} 种问法，中文答案 {zh}、英文答案 {en}，问题 {problems} 处",
    ),
    "knowledge_silent": ("(no answer)", "（没有答案）"),
    "knowledge_both": (
        "give --question and --answer together",
        "请同时给出 --question 和 --answer",
    ),
    "knowledge_nothing": ("Nothing was left unanswered.", "没有未回答的问题。"),
    "knowledge_how": (
        "Add an answer: avatar knowledge review FOLDER --question … --answer …",
        "补充答案：avatar knowledge review 文件夹 --question … --answer …",
    ),
    "knowledge_near": ("  (near {source})", "  （接近 {source}）"),
    "knowledge_type": ("Answer, or Enter for the next", "答案（回车跳过）"),
    "knowledge_added": ("added to {path}", "已写入 {path}"),
}

PROBLEMS: Final[dict[str, tuple[str, str]]] = {
    "unreadable": (
        "cannot be read ({why}); what it said before is kept",
        "无法读取（{why}）；保留之前的内容",
    ),
    "too_big": ("is larger than {limit} MB, left out", "超过 {limit} MB，未读取"),
    "no_header": (
        "the first row must name its columns, one of them 'question'",
        "第一行必须是列名，其中一列为“问题”",
    ),
    "unknown_field": ("no field {name!r}: give {known}", "没有字段 {name!r}，可用：{known}"),
    "not_text": ("{name} must be text, not {kind}", "{name} 应为文字，而不是 {kind}"),
    "no_question": ("has an answer but no question", "有答案但没有问题"),
    "no_answer": ("has a question but no answer", "有问题但没有答案"),
    "too_long": (
        "{name} has {count} characters, {limit} at most",
        "{name} 有 {count} 个字符，最多 {limit} 个",
    ),
    "unknown_gesture": (
        "no gesture {name!r}: known: {known}",
        "没有动作 {name!r}，可用：{known}",
    ),
    "unknown_emotion": (
        "no emotion {name!r}: known: {known}",
        "没有表情 {name!r}，可用：{known}",
    ),
    "no_picture": ("no picture {name!r} in the folder", "文件夹里没有图片 {name!r}"),
    "unknown_cue": (
        "[{name}] is no gesture or emotion and will not be done or said",
        "[{name}] 不是动作或表情，不会执行，也不会念出",
    ),
    "same_question": (
        "asks {text!r} as {other} does, with another answer",
        "{text!r} 与 {other} 问法相同，答案不同",
    ),
    "same_entry": ("is {other} over again", "与 {other} 重复"),
    "alike": ("{text!r} is nearly {near!r} of {other}", "{text!r} 与 {other} 的 {near!r} 太像"),
    "loses": ("{text!r} is answered by {other}", "{text!r} 会被 {other} 抢答"),
}  # fmt: skip
"""Kind of ``voice.knowledge.problem`` -> what follows its place."""
