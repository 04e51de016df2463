"""What ``avatar capture`` says: key -> (English, Chinese)."""

from __future__ import annotations

from typing import Final

CAPTURE: Final[dict[str, tuple[str, str]]] = {
    "help_capture": (
        "Move the figure yourself: a camera, a video or a picture drives face, gaze, head, arms "
        "and hands. Without -o in a window; the camera starts only with this command, and a "
        "light in the picture says it is on.",
        "真人驱动：用摄像头、视频或图片驱动人物的面部、视线、头、手臂和手。"
        "不带 -o 则在窗口里进行；只有运行本命令才会打开摄像头，画面上有指示灯。",
    ),
    "opt_camera": (
        "A camera's number, 'list', a video or a picture; 'none' with --receive.",
        "摄像头编号、list、视频或图片；配合 --receive 可用 none。",
    ),
    "opt_fast": ("Take a video as fast as it can be tracked.", "尽快处理视频，不按实际时间。"),
    "opt_capture_output": (
        "File to write: .mp4 .webm (picture), .avt (a take), .vrma, .bvh, .csv (ARKit curves).",
        "输出文件：.mp4 .webm（画面）、.avt（动作记录）、.vrma、.bvh、.csv（ARKit 曲线）。",
    ),
    "opt_body": ("Track shoulders and arms.", "跟踪肩膀和手臂。"),
    "opt_hands": ("Track hands and fingers.", "跟踪手和手指。"),
    "opt_mirror": (
        "Move as a mirror image does (default: for a camera, not for a file).",
        "镜像动作（默认：摄像头镜像，文件不镜像）。",
    ),
    "opt_composure": (
        "How lively the figure is: lively, natural or calm.",
        "人物的活泼程度：lively、natural 或 calm。",
    ),
    "opt_calibration": (
        "File that keeps what is known of your face; it is made if there is none.",
        "保存你的面部校准数据的文件；没有则新建。",
    ),
    "opt_landmarks": ("Draw the tracked points into the picture.", "在画面上画出跟踪点。"),
    "opt_side_by_side": ("Show the camera's picture too.", "在人物旁边显示摄像头画面。"),
    "opt_send": ("Send the motion on: vmc://host:port.", "把动作发给其他程序：vmc://host:port。"),
    "opt_receive": (
        "Another tracker too: vmc://:port, ifacialmocap://phone, openseeface://.",
        "同时接收其他跟踪器：vmc://:port、ifacialmocap://手机、openseeface://。",
    ),
    "opt_mic": (
        "Your voice with the picture: a microphone (default, number or name), 'list', a sound "
        "file, or 'none'; of a video its own sound.",
        "随画面收录声音：麦克风（default、编号或名称）、list、声音文件或 none；"
        "视频默认用它自己的声音。",
    ),
    "opt_lips": (
        "Lips from the picture (tracking), from the sound (voice, the picture waits 0.2 s for it), "
        "or from the sound where the mouth is not seen (both).",
        "口型来源：画面（tracking）、声音（voice，画面为此延后 0.2 秒），"
        "或看不到嘴时用声音（both）。",
    ),
    "opt_analyse": (
        "Print figures of a video: faces found, blinks, jitter, speed; JSON.",
        "打印视频的跟踪数据（JSON）：人脸、眨眼、抖动、速度。",
    ),
    "capture_fetching": (
        "fetching the face model (4 MB, Apache-2.0) ...",
        "正在下载人脸模型（4 MB，Apache-2.0）……",
    ),
    "capture_no_cameras": (
        "no camera found: plug one in, or --camera FILE",
        "没有找到摄像头：请接上一个，或用 --camera 文件",
    ),
    "capture_no_microphones": (
        "no microphone found: plug one in, or --mic FILE",
        "没有找到麦克风：请接上一个，或用 --mic 文件",
    ),
    "capture_mic_needs_camera": (
        "--mic with a device goes with a live picture: leave out -o and --fast, or give --mic FILE",
        "--mic 设备需要实时画面：请去掉 -o 和 --fast，或给出 --mic 文件",
    ),
    "capture_busy": ("busy, or not yours to use", "被占用或无权限"),
    "capture_no_display": (
        "no display for a window: give -o FILE (.mp4, .avt ...) or --send vmc://host:port",
        "没有显示器，无法打开窗口：请给 -o 文件（.mp4、.avt 等）或 --send vmc://host:port",
    ),
    "capture_nobody": (
        "--camera none, and nothing else to follow: give --receive vmc://:39539, or a camera",
        "--camera none 且没有其他来源：请给 --receive vmc://:39539，或一个摄像头",
    ),
    "capture_without": (
        "{why}; going on with --receive alone",
        "{why}；仅用 --receive 继续",
    ),
    "capture_unseen": (
        "no display: recording without a window until Ctrl-C",
        "没有显示器：不开窗口录制，按 Ctrl-C 结束",
    ),
    "capture_on": ("the camera is on until Ctrl-C", "摄像头已打开，按 Ctrl-C 结束"),
    "capture_recording": ("recording {path}: {seconds} s", "正在录制 {path}：{seconds} 秒"),
    "capture_get_ready": (
        "Calibration: face in the oval, look into the camera, relaxed, mouth closed",
        "校准：脸放进椭圆，看摄像头，表情放松，嘴闭上",
    ),
    "capture_hold_still": ("Hold still: {seconds} s", "请保持不动：{seconds} 秒"),
    "capture_taught": (
        "Done: the figure knows your face now. C does it again.",
        "完成：人物已记住你的脸。按 C 可重做。",
    ),
    "capture_come_closer": ("Come closer to the camera", "请靠近摄像头"),
    "capture_face_camera": ("Turn your head straight to the camera", "请把头正对摄像头"),
    "capture_open_eyes": ("Open your eyes", "请睁开眼睛"),
    "capture_relax": ("Relax your face and close your mouth", "请放松表情，闭上嘴"),
    "capture_no_face": (
        "no face in the picture: come closer, more light from the front",
        "画面中没有人脸：请靠近一些，正面多一点光",
    ),
    "capture_keys": (
        "C calibrate  M mirror  L points  0-5 mood  F12 picture  F1 hide",
        "C 校准  M 镜像  L 跟踪点  0-5 情绪  F12 截图  F1 隐藏",
    ),
}  # fmt: skip
