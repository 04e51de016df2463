"""What thinks of an answer: the dialogues, and how they work together."""
