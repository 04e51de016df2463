"""The sentences of the command line: key -> (English, Chinese)."""

from __future__ import annotations

from typing import Final

CATALOGUE: Final[dict[str, tuple[str, str]]] = {
    # files and progress
    "saved": ("saved {path}", "已保存 {path}"),
    "interrupted": (
        "stopped; {path} is complete up to here and plays",
        "已停止；{path} 到此为止完整可播放",
    ),
    "figure_takes_stage": ("{name} takes the stage", "{name} 登场"),
    "no_display": (
        "no display here: writing {path} instead of opening a window",
        "此处没有显示器：改为写入 {path}",
    ),
    # models
    "model_present": ("{name} is already here ({path})", "{name} 已就绪（{path}）"),
    "model_fetching": (
        "fetching {name}, {size:.0f} MB, licence {licence}",
        "正在下载 {name}，{size:.0f} MB，许可证 {licence}",
    ),
    "model_fetched": ("{name} is ready ({path})", "{name} 已下载（{path}）"),
    "demo_text": (
        "Hello, I am Xiaomei, your virtual host. 大家好，很高兴见到你们！",
        "大家好，我是虚拟主持人小美。Welcome to our live show!",
    ),
    # doctor
    "doctor_all_well": ("everything needed is here", "所需的都已就绪"),
    "doctor_missing": ("{count} missing; to fix:", "缺少 {count} 项，修复方法："),
    "doctor_ok": ("ok", "正常"),
    "doctor_absent": ("missing", "缺少"),
    "doctor_optional": ("optional", "可选"),
    "check_python": ("Python", "Python"),
    "check_platform": ("platform", "平台"),
    "check_gl": ("OpenGL 3.3", "OpenGL 3.3"),
    "check_display": ("display", "显示器"),
    "check_speaker": ("speakers", "扬声器"),
    "check_microphone": ("microphone", "麦克风"),
    "check_camera": ("camera", "摄像头"),
    "check_espeak": ("espeak-ng library", "espeak-ng 语音库"),
    "check_kokoro": ("kokoro voice model", "kokoro 语音模型"),
    "check_figures": ("figures", "数字人形象"),
    "check_video": ("video encoders", "视频编码器"),
    "check_disk": ("free disk space", "磁盘剩余空间"),
    "check_extra": ("extra [{extra}]", "扩展包 [{extra}]"),
}
