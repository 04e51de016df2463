"""What the talking commands say: key -> (English, Chinese)."""

from __future__ import annotations

from typing import Final

TALK: Final[dict[str, tuple[str, str]]] = {
    "help_ask": (
        "Answer QUESTIONS, recordings or texts, one turn each; -o makes a clip of it.",
        "回答问题：录音文件或文字，每个一轮；用 -o 生成视频。",
    ),
    "opt_recognizer": (
        "auto, whisper (Chinese, English), vosk, pocketsphinx (English), text.",
        "auto、whisper（中英文）、vosk、pocketsphinx（英文）、text。",
    ),
    "opt_dialogue": (
        "Who answers, in order: auto, or names like faq,onnx.",
        "由谁回答，按顺序：auto，或 faq,onnx 这样的名称。",
    ),
    "opt_knowledge": (
        "A knowledge folder, or service_hall, museum; may be given more than once.",
        "知识库文件夹，或 service_hall、museum；可多次给出。",
    ),
    "opt_persona": (
        "Who the figure is: mei, hall, or a file.",
        "角色设定：mei、hall，或一个文件。",
    ),
    "ask_no_file": (
        "{path} is not there: give a recording, or a question as text",
        "{path} 不存在：请给出录音文件，或用文字提问",
    ),
    "ask_fetching": (
        "fetching the recogniser once (150 MB)",
        "首次使用，正在下载语音识别模型（150 MB）",
    ),
    "ask_heard": ("heard:  {text}", "听到：{text}"),
    "ask_answer": ("answer: {text}", "回答：{text}"),
    "ask_source": ("from:   {source}", "来源：{source}"),
    "ask_nothing": ("{item}: no question heard ({reason})", "{item}：没有听到问题（{reason}）"),
    "opt_talk": (
        "Listen and answer: speak to it, or type questions.",
        "边听边答：对它说话，或输入问题。",
    ),
    "opt_mic": (
        "The microphone: number, part of its name, or a recording; list shows them.",
        "麦克风：编号、名称的一部分，或录音文件；list 列出全部。",
    ),
    "opt_speaker": (
        "The sound output: number or part of its name; list shows them.",
        "声音输出：编号或名称的一部分；list 列出全部。",
    ),
    "talk_no_devices": ("none found: plug one in", "没有找到：请接上设备"),
    "talk_preparing": ("getting ready to listen …", "正在准备聆听……"),
    "talk_ready": ("listening with {name}", "正在用 {name} 聆听"),
    "talk_deaf": (
        "not listening: {reason}; typed questions are answered",
        "无法聆听：{reason}；仍可输入问题",
    ),
    "talk_idle": (
        "● microphone on: speak, or type a question",
        "● 麦克风已开启：请说话，或输入问题",
    ),
    "talk_listening": ("● listening …", "● 正在听……"),
    "talk_hearing": ("● {text}", "● {text}"),
    "talk_thinking": ("● thinking …", "● 正在想……"),
    "talk_speaking": (
        "● speaking; speak to interrupt, Esc stops",
        "● 正在说话；开口即可打断，Esc 停止",
    ),
    "talk_trouble": ("● not understood ({reason})", "● 没有听懂（{reason}）"),
    "help_trace": (
        "Where the time of every turn in LOG went: a table, and with -o a picture.",
        "LOG 中每轮对话的时间花在哪里：打印表格，用 -o 画成图。",
    ),
    "opt_log": (
        "Keep every turn and its times in this file (JSON lines); avatar trace reads it.",
        "把每轮对话及各阶段时间记入此文件（JSON 行）；用 avatar trace 查看。",
    ),
    "opt_trace_output": ("The picture, an SVG file.", "图片，SVG 文件。"),
    "trace_empty": (
        "holds no turns yet: talk with avatar host --talk --log FILE",
        "还没有对话：请用 avatar host --talk --log 文件",
    ),
    "trace_title": (
        "From the end of the visitor's voice to the figure's answer",
        "从访客说完到数字人作答",
    ),
    "trace_head": (
        "ms after the voice's end      p50     p95  turns",
        "说完之后的毫秒数              p50     p95   轮数",
    ),
    "trace_interrupted": ("{count} of {all} turns interrupted", "{all} 轮中有 {count} 轮被打断"),
    "mark_voice_end": ("end of the voice", "说完"),
    "mark_decided": ("end of turn", "判定说完"),
    "mark_final": ("final text", "最终文本"),
    "mark_thought": ("first sentence", "首句回答"),
    "mark_made": ("first clause as sound", "首个分句成音"),
    "mark_started": ("first sample heard", "首个声音"),
    "mark_shown": ("first mouth frame", "首帧口型"),
    "help_bench": ("Measure on this machine; prints JSON.", "在本机上测量；打印 JSON。"),
    "help_bench_conversation": (
        "Recordings of FOLDER ask, the figure answers: how soon, and how soon it falls silent.",
        "用 FOLDER 里的录音提问：多快作答，被打断时多快停下。",
    ),
    "opt_bench_count": ("Questions at most, taken evenly.", "最多提问数，均匀选取。"),
    "opt_interrupts": ("How often it is cut off.", "打断次数。"),
    "opt_rehearsed": (
        "The answers are made into sound beforehand.",
        "先把答案合成好再测。",
    ),
    "opt_minutes": (
        "Minutes of its own speech that it hears back.",
        "回听自己声音的分钟数。",
    ),
    "opt_patience": (
        "Seconds of silence that end an ordinary turn.",
        "普通一句话之后，静默多少秒算说完。",
    ),
    "opt_bench_output": ("File for the figures.", "结果文件。"),
    "opt_memory": (
        "File in which a visitor is remembered who says “remember me”, until “forget me”.",
        "访客说“记住我”后才记入此文件，说“忘记我”即删除。",
    ),
    "opt_wake": (
        "Answer only who says this word first; may be given more than once.",
        "先说出此词才回答；可多次给出。",
    ),
    "opt_push": (
        "Hear only between two presses of F8.",
        "只在两次按 F8 之间聆听。",
    ),
    "talk_push": (
        "○ press F8 and speak; F8 again when done",
        "○ 按 F8 说话，说完再按 F8",
    ),
    "talk_wake": (
        "● say “{word}” first, or type a question",
        "● 先说“{word}”，或输入问题",
    ),
    "talk_needed": (
        "--knowledge, --log and --memory are for talking: add --talk, which turns the "
        "microphone on",
        "--knowledge、--log、--memory 用于对话：请加上 --talk（会打开麦克风）",
    ),
}
