"""Plug-ins by name, and optional packages that explain themselves."""

from __future__ import annotations

import json

import pytest

from avatar import plugins
from avatar.errors import MissingExtra, UnknownPlugin


def test_our_own_are_registered_like_anybodys():
    assert {"espeak", "kokoro", "pyttsx3"} <= set(plugins.found("synthesizers"))


def test_a_package_that_is_there_is_imported():
    assert plugins.require("json", extra="voice", for_what="a test") is json


def test_a_missing_package_says_how_to_get_it():
    with pytest.raises(MissingExtra, match=r'pip install "avatar-engine\[voice\]"') as caught:
        plugins.require("no_such_package", extra="voice", for_what="the kokoro voice")
    assert isinstance(caught.value, ImportError)
    assert "the kokoro voice needs no_such_package" in str(caught.value)


def test_an_unknown_name_lists_the_known_and_the_nearest():
    with pytest.raises(UnknownPlugin, match=r"did you mean kokoro.*espeak"):
        plugins.load("synthesizers", "kokro")
