"""Recognisers: speech to text, as plug-ins of the group ``avatar.recognizers``."""
