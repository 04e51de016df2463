"""The bench that compares us with three-vrm, on the real files: at least .95 alike each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parent.parent / "bench" / "peers" / "conformance.py"

pytestmark = [pytest.mark.gl, pytest.mark.slow]


def test_every_file_is_drawn_as_three_vrm_draws_it(need, shared_data, tmp_path):
    need("chromium", "apt-get install chromium")
    need("npm", "apt-get install npm")
    files = sorted((shared_data / "vrm").glob("*.vrm"))
    done = subprocess.run(
        [sys.executable, BENCH, *files, "--out", tmp_path],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = {row["file"]: row["ssim"] for row in json.loads(done.stdout)["files"]}
    assert len(found) == len(files) >= 5
    low = {f"{f} {shot}": s for f, row in found.items() for shot, s in row.items() if s < 0.95}
    assert not low
    assert len(list(tmp_path.glob("*.png"))) == sum(map(len, found.values()))
