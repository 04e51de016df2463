"""Load time and peak memory of figures, as JSON.

Each file is read in a process of its own: the first load and the best of six, s, the work of
one load on all cores together, CPU s, the first load's peak resident size beyond that of the
imports, and what of it is pictures, MB. A made-up figure of 27 MB (60,000 vertices, 52 face
shapes, four pictures of 2048 px) is always among them.

    python tests/bench/load.py [FILE ...]
    python tests/bench/load.py --soak 1000 FILE

``--soak`` loads, draws and frees one file again and again and tells the resident size, MB, after
a tenth and at each further tenth.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from avatar.character.gltf_write import GlbWriter
from avatar.resources import figures

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "vrm"


def large_figure(path: Path, rows: int = 245, shapes: int = 52) -> None:
    """A bumpy sheet with everything a heavy VRM has."""
    rng = np.random.default_rng(0)
    v, u = np.mgrid[0 : 1 : rows * 1j, 0 : 1 : rows * 1j].astype(np.float32)
    position = np.stack([u - 0.5, v, np.sin(9 * u) * np.cos(7 * v) / 20], -1).reshape(-1, 3)
    normal = np.tile(np.float32([0, 0, 1]), (len(position), 1))
    corner = np.arange(rows * rows).reshape(rows, rows)
    a, b, c, d = (
        corner[i : rows - 1 + i, j : rows - 1 + j].ravel() for i in (0, 1) for j in (0, 1)
    )
    triangles = np.concatenate([np.stack([a, b, c], -1), np.stack([c, b, d], -1)])
    writer = GlbWriter("bench")
    targets = []
    for i in range(shapes):
        centre = rng.random(2).astype(np.float32)
        near = np.flatnonzero(np.hypot(u.ravel() - centre[0], v.ravel() - centre[1]) < 0.25)
        deltas = rng.normal(0, 0.01, (len(near), 3)).astype(np.float32)
        targets.append({"POSITION": writer.sparse(len(position), near, deltas)})
        targets[-1]["NORMAL"] = writer.sparse(len(position), near[: 1 + i], deltas[: 1 + i])
    attributes = {
        "POSITION": writer.accessor(position, bounds=True),
        "NORMAL": writer.accessor(normal),
        "TEXCOORD_0": writer.accessor(np.stack([u, v], -1).reshape(-1, 2)),
        "JOINTS_0": writer.accessor(np.zeros((len(position), 4), np.uint8)),
        "WEIGHTS_0": writer.accessor(np.tile(np.float32([1, 0, 0, 0]), (len(position), 1))),
    }
    pictures = [writer.texture(f"picture {i}", noisy_png(rng)) for i in range(4)]
    pbr = {"baseColorTexture": {"index": pictures[0]}}
    pbr["metallicRoughnessTexture"] = {"index": pictures[2]}
    material = {
        "pbrMetallicRoughness": pbr,
        "normalTexture": {"index": pictures[1]},
        "emissiveTexture": {"index": pictures[3]},
    }
    primitive = {
        "attributes": attributes,
        "indices": writer.indices(rng.permutation(triangles)),
        "material": writer.add("materials", material),
        "targets": targets,
    }
    writer.add("meshes", {"primitives": [primitive]})
    writer.add("skins", {"joints": [1]})
    writer.doc["nodes"] = [{"mesh": 0, "skin": 0}, {}]
    writer.doc["scenes"][0]["nodes"] = [0, 1]
    writer.write(path)


def noisy_png(rng: np.random.Generator, side: int = 2048) -> bytes:
    """A picture that compresses about as far as a painted texture does."""
    coarse = rng.integers(0, 256, (side // 2, side // 2, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(coarse).resize((side, side), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()


def peak_mb() -> float:
    """Peak resident size of this process, MB."""
    status = Path("/proc/self/status")
    if status.is_file():  # getrusage would count the process that started this one
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def measure(path: str) -> dict[str, object]:
    """Figures of one file, in this process."""
    from avatar.character import load

    importlib.import_module("avatar.character.reader")
    before = peak_mb()
    start = time.perf_counter()
    character = load(path)
    times, peak = [time.perf_counter() - start], peak_mb()
    worked = []
    for _ in range(5):
        start, start_cpu = time.perf_counter(), time.process_time()
        load(path)
        times.append(time.perf_counter() - start)
        worked.append(time.process_time() - start_cpu)
    return {
        "file": Path(path).name,
        "size_mb": round(Path(path).stat().st_size / 1e6, 2),
        "first_s": round(times[0], 3),
        "best_s": round(min(times), 3),
        "cpu_s": round(min(worked), 3),
        "peak_mb": round(peak - before, 1),
        "vertices": sum(len(p.position) for m in character.meshes for p in m.primitives),
        "morph_targets": character.morph_size,
        "pictures_mb": round(sum(i.pixels.nbytes for i in character.images) / 1e6, 1),
        "warnings": len(character.warnings),
    }


def soak(count: int, path: str) -> dict[str, object]:
    """Load, upload, draw and free a figure ``count`` times."""
    from avatar.animation.rig import Rig
    from avatar.character import load
    from avatar.pose import Pose
    from avatar.render import Renderer, Staged, frame_camera, offscreen
    from avatar.render.trim import trim

    surface = offscreen()
    renderer, here, sizes = Renderer(surface.ctx, (64, 64), "draft"), np.eye(4, dtype="f4"), []
    for number in range(1, count + 1):
        character = load(path)
        figure = renderer.upload(character)
        state = Rig(character).advance(Pose(), 1 / 30)
        renderer.draw([Staged(figure, state, here)], frame_camera(character), 0.0)
        renderer.wait()
        figure.release()
        if number % max(count // 10, 1) == 0:
            gc.collect()
            trim()
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            sizes.append(round(pages * resource.getpagesize() / (1 << 20), 1))
    return {"file": Path(path).name, "loads": count, "resident_mb": sizes}


def main(paths: list[str]) -> None:
    """Measure each file in a fresh process; print one JSON array."""
    with tempfile.TemporaryDirectory() as folder:
        heavy = Path(folder) / "made-up.glb"
        large_figure(heavy)
        shared = sorted(SHARED.glob("*.vrm")) if SHARED.is_dir() else []
        chosen = paths or [str(p) for p in [*figures().values(), *shared]]
        found = []
        for path in [*chosen, str(heavy)]:
            command = [sys.executable, __file__, "--one", path]
            done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
            found.append(json.loads(done.stdout))
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(sys.argv[2])))
    elif sys.argv[1:2] == ["--soak"]:
        print(json.dumps(soak(int(sys.argv[2]), sys.argv[3])))
    else:
        main(sys.argv[1:])
