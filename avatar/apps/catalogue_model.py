"""What ``avatar model`` says: key -> (English, Chinese)."""

from __future__ import annotations

from typing import Final

MODEL: Final[dict[str, tuple[str, str]]] = {
    "help_model": (
        "Make people: from a recipe (TOML) to a VRM file.",
        "建模：从配方（TOML）生成 VRM 人物。",
    ),
    "help_model_new": (
        "Write the recipe of a random person, NAME.toml.",
        "写出一个随机人物的配方 NAME.toml。",
    ),
    "help_model_edit": (
        "Change a recipe with sliders and see the person; changes go to the file.",
        "用滑条修改配方并实时预览；修改写回文件。",
    ),
    "help_model_bake": (
        "Bake a recipe (a file, or a shipped one's name) into a VRM file.",
        "把配方（文件或自带名称）生成 VRM 文件。",
    ),
    "help_model_gallery": (
        "One picture of many random people, or of the recipes given.",
        "一张图展示许多随机人物，或给定的配方。",
    ),
    "help_model_terms": (
        "List every key of a recipe with its range.",
        "列出配方的所有键与取值范围。",
    ),
    "opt_model_seed": ("The same number makes the same person.", "相同的数字得到相同的人物。"),
    "opt_model_sex": ("female or male; by chance if absent.", "female 或 male；不给则随机。"),
    "opt_model_style": ("realistic or idol.", "realistic（写实）或 idol（偶像）。"),
    "opt_model_file": ("File to write.", "输出文件。"),
    "opt_model_force": ("Replace a file that is there.", "覆盖已有文件。"),
    "opt_model_count": ("How many people.", "人数。"),
    "opt_model_columns": ("People in a row.", "每行人数。"),
    "opt_model_preview": (
        "Quick: small pictures, no ambient occlusion.",
        "快速：小贴图，无环境光遮蔽。",
    ),
    "opt_model_set": ("Set a key: --set face.eye_size=0.3.", "设置键：--set face.eye_size=0.3。"),
    "model_colour": ("a colour, '#rrggbb' or", "颜色，'#rrggbb' 或"),
    "model_baking": ("baking ...", "生成中……"),
    "model_keys": (
        "up/down choose, left/right change, drag a bar · Z undo  1-4 view  F12 picture",
        "上下选择，左右调节，或拖动滑条 · Z 撤销  1-4 视角  F12 截图",
    ),
}
