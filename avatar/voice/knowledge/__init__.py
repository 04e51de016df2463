"""What the figure knows: a folder of Markdown, CSV, YAML and ``.xlsx`` files.

Each file holds entries: ways to ask, answers in Chinese and English, and what goes with them
(gesture, emotion, picture, questions to suggest). ``models/knowledge/README.md`` shows how each
kind of file is written; the modules ``markdown``, ``table`` and ``yamlfile`` say it exactly.
"""

from avatar.voice.knowledge.entry import Entry, Lang, language
from avatar.voice.knowledge.folder import Knowledge, folder_path, load, shipped
from avatar.voice.knowledge.hotwords import hot_words
from avatar.voice.knowledge.live import LiveKnowledge
from avatar.voice.knowledge.match import Index, Match
from avatar.voice.knowledge.problem import Problem

__all__ = [
    "Entry", "Index", "Knowledge", "Lang", "LiveKnowledge", "Match", "Problem", "folder_path",
    "hot_words", "language", "load", "shipped",
]  # fmt: skip
