"""Every bench of this folder, one after another: ``python tests/bench [NAME ...]``.

Prints one JSON object, bench by bench; a bench that fails says so and the rest go on. Each can
also be run by itself (``python tests/bench/voices.py --help``).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def benches() -> list[Path]:
    """The scripts here that print figures: those whose docstring promises JSON."""
    scripts = [path for path in sorted(HERE.glob("*.py")) if path != Path(__file__)]
    return [path for path in scripts if "JSON" in path.read_text("utf-8").split('"""')[1]]


def measure(script: Path) -> Any:
    done = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else {"failed": done.returncode}


def main() -> None:
    wanted = sys.argv[1:]
    figures: dict[str, Any] = {}
    for script in benches():
        if not wanted or script.stem in wanted:
            print(f"bench {script.stem}", file=sys.stderr, flush=True)
            figures[script.stem] = measure(script)
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    sys.exit(any("failed" in found for found in figures.values() if isinstance(found, dict)))


if __name__ == "__main__":
    main()
