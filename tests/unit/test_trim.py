"""Giving memory back is tried where it can work and harmless everywhere else."""

from __future__ import annotations

import sys

import pytest

from avatar.render.trim import lean, trim


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_nothing_is_tried_on_other_systems(platform: str):
    assert trim(platform) is False
    assert lean(platform) is False


def test_it_can_be_called_at_any_time():
    assert lean(sys.platform) == sys.platform.startswith("linux")
    assert trim(sys.platform) in (True, False)
