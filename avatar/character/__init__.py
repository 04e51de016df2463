"""A figure as read from its file: immutable, model-specific, knowing nothing of OpenGL."""
