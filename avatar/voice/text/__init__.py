"""Text as written -> clauses of tokens that a voice can read."""

from avatar.voice.text.hanzi import warm
from avatar.voice.text.model import Clause, Lang, Token
from avatar.voice.text.read import clauses

__all__ = ["Clause", "Lang", "Token", "clauses", "warm"]
