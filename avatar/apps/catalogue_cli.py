"""The command line's help: key -> (English, Chinese)."""

from __future__ import annotations

from typing import Final

CLI: Final[dict[str, tuple[str, str]]] = {
    "help_avatar": (
        "A virtual digital human on your machine: it looks, moves and talks.",
        "本机上的虚拟数字人：有形象，会动作，会说话。",
    ),
    "help_demo": (
        "Show what it can do: a window if there is a display, else an MP4 and a contact sheet.",
        "演示：有显示器则打开窗口，否则写出 MP4 和缩略图。",
    ),
    "help_say": (
        "Speak TEXT ('-' reads standard input): in a window, or into a file with -o. "
        "[bow], [point-left] or [happy] in the text is done at the word after it, not spoken.",
        "说出 TEXT（“-”表示读标准输入）：在窗口里说，或用 -o 写入文件。"
        "文本中的 [bow]、[鞠躬]、[happy] 不念出来，而在其后的词上做出手势或表情。",
    ),
    "help_host": (
        "A virtual host on the desktop: type a line and it is spoken, /wave or [bow] and it is "
        "done; drop a VRM file in.",
        "桌面虚拟主持人：输入一行就说出来，输入 /wave 或 [鞠躬] 就做动作；可拖入 VRM 文件换人。",
    ),
    "help_view": (
        "Look at a figure: orbit, try its expressions; --shot writes a still.",
        "查看人物：旋转、试表情；--shot 保存一张图片。",
    ),
    "help_fetch": (
        "Download models: a name, or 'all'; without a name lists them.",
        "下载模型：给出名称或 all；不给名称则列出。",
    ),
    "help_doctor": (
        "What this machine has, what is missing, and the command that fixes it.",
        "检查本机：有什么、缺什么、用什么命令修复。",
    ),
    "help_plugins": ("List the plug-ins by kind.", "按种类列出插件。"),
    "opt_output": (
        "File to write: .mp4, .webm (with alpha), or a folder for PNGs.",
        "输出文件：.mp4、.webm（可透明），或一个文件夹（PNG 序列）。",
    ),
    "opt_figure": (
        "A shipped figure (mei, ming, anna, leo, luna) or a .vrm/.glb file.",
        "自带形象（mei、ming、anna、leo、luna）或 .vrm/.glb 文件。",
    ),
    "opt_voice": (
        "auto, kokoro, espeak, pyttsx3, piper, openai, or with a voice: kokoro/zf_xiaoxiao.",
        "auto、kokoro、espeak、pyttsx3、piper、openai，或指定音色：kokoro/zf_xiaoxiao。",
    ),
    "opt_lang": ("Language of digits: auto, zh, en.", "数字按哪种语言读：auto、zh、en。"),
    "opt_size": ("Width x height of the picture.", "画面宽 x 高。"),
    "opt_fps": ("Frames per second.", "每秒帧数。"),
    "opt_background": (
        "studio, transparent, #rrggbb, an image, or a video that loops.",
        "studio、transparent、#rrggbb、图片，或循环播放的视频。",
    ),
    "opt_captions": ("Draw captions into the picture.", "在画面里显示字幕。"),
    "opt_webvtt": ("Write the captions to a .vtt file too.", "另存字幕为 .vtt 文件。"),
    "opt_quality": (
        "draft, standard, high, film, or auto.",
        "draft、standard、high、film 或 auto。",
    ),
    "opt_light": (
        "portrait, news, stage, daylight, beauty or plain.",
        "灯光：portrait、news、stage、daylight、beauty 或 plain。",
    ),
    "opt_view": ("close, bust, half or full.", "close、bust、half 或 full。"),
    "opt_emotion": ("The mood: happy, sad, relaxed ...", "情绪：happy、sad、relaxed 等。"),
    "opt_lexicon": (
        "TOML file with your own pronunciations.",
        "自定义读音的 TOML 文件。",
    ),
    "opt_label": ("The visible AI mark and the AI metadata.", "可见的 AI 标识与元数据标识。"),
    "opt_seed": ("Seed of blinks and sway.", "眨眼与晃动的随机种子。"),
    "opt_set": ("Set any option: --set key=value.", "设置任意选项：--set 键=值。"),
    "opt_pet": (
        "Frameless, transparent, on top; drag it about.",
        "无边框、透明、置顶，可拖动。",
    ),
    "opt_shot": ("Write one picture instead of opening a window.", "不开窗口，写出一张图片。"),
    "opt_expression": (
        "NAME=WEIGHT, may be given several times.",
        "名称=权重，可多次给出。",
    ),
    "opt_gesture": (
        "Show a gesture: greet, bow, nod, point-left, thumbs-up, heart ...",
        "做一个手势：greet、bow、nod、point-left、thumbs-up、heart 等。",
    ),
    "opt_motion": (
        "Play a recorded motion: .bvh of any skeleton, .vrma, .csv (ARKit curves), .avt (a take).",
        "播放动作文件：任意骨架的 .bvh、.vrma、.csv（ARKit 曲线）、.avt（动作记录）。",
    ),
    "opt_motion_output": (
        "Write the motion as a clip (.mp4 .mov .webm or a folder) instead of opening a window.",
        "不开窗口，把动作写成视频（.mp4 .mov .webm 或文件夹）。",
    ),
    "opt_trim": (
        "Only this part of the motion, START:END in seconds.",
        "只用动作的这一段，开始:结束（秒）。",
    ),
    "opt_rounds": (
        "How often the motion is played into the clip; a window plays it on and on.",
        "动作在视频里播放几遍；窗口里会一直循环。",
    ),
    "motion_missing": (
        "-o and --trim go with --motion FILE; for a picture use --shot OUT.png",
        "-o 和 --trim 需与 --motion 文件 一起使用；要图片请用 --shot OUT.png",
    ),
    "motion_shot": (
        "--motion makes a clip: give -o FILE.mp4 instead of --shot",
        "--motion 生成视频：请用 -o FILE.mp4 代替 --shot",
    ),
    "host_keys": (
        "type and press Enter · F1 keys  F2 view  F3 mood  F4 background  F5 figure  "
        "F6 captions  F7 gesture  F12 picture  Esc quiet · /bow, /happy · drop a VRM file in",
        "输入文字按回车 · F1 按键  F2 视角  F3 情绪  F4 背景  F5 换人  F6 字幕  "
        "F7 手势  F12 截图  Esc 停止 · /鞠躬 /happy · 可拖入 VRM 文件",
    ),
    "view_keys": (
        "drag to orbit, wheel to zoom · up/down choose, left/right change, drag a bar · "
        "1-4 view  R reset  F12 picture",
        "拖动旋转，滚轮缩放 · 上下选择，左右调节，或拖动滑条 · 1-4 视角  R 复位  F12 截图",
    ),
    "busy_making": ("saying", "生成中"),
    "missing_text": (
        "no text: give some, or '-' to read standard input",
        "没有文字：请给出文字，或用“-”读标准输入",
    ),
    "not_a_bug_of_yours": (
        "this is a fault of ours: {error}; run again with AVATAR_DEBUG=1 for the details",
        "这是我们的错误：{error}；用 AVATAR_DEBUG=1 再运行可看到详情",
    ),
    "interrupted_nothing": ("stopped", "已停止"),
    "contact_sheet": ("contact sheet {path}", "缩略图 {path}"),
    "alpha_needs_webm": (
        "{path}: a transparent background needs .webm or a folder of PNGs",
        "{path}：透明背景需要 .webm 或 PNG 文件夹",
    ),
}
