"""Shared fixtures; what a test needs from the machine is asked for with ``need``."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"

# A shell that starts the tests in the background has told them to ignore Ctrl-C, and their
# children would inherit that; some of the tests send it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def missing(what: str, remedy: str) -> None:
    """Skip on a user's machine with the remedy; fail under AVATAR_REQUIRE_ALL."""
    message = f"{what} is missing: {remedy}"
    if os.environ.get("AVATAR_REQUIRE_ALL"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real test data beside the checkout."""
    if not SHARED.is_dir():
        missing("the test data folder", f"put it at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def need():
    """``need("chromium", "apt-get install chromium") -> path`` of a system program."""

    def find(program: str, remedy: str) -> str:
        path = shutil.which(program)
        if path is None:
            missing(program, remedy)
        return str(path)

    return find
