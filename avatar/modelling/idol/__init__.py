"""Stylised idols: a drawn face on a smooth generated head, solid locks, a stage outfit, MToon."""
