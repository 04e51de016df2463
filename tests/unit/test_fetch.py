"""Fetching models: sources in order, checked, resumed, never half there."""

from __future__ import annotations

import hashlib
import http.server
import threading
import zipfile
from pathlib import Path
from typing import ClassVar

import pytest

from avatar import fetch
from avatar.errors import ConfigError, MissingAsset, ServiceError

DATA = bytes(range(256)) * 4096


class Server(http.server.BaseHTTPRequestHandler):
    """Serves DATA with ranges at /model, wrong bytes at /wrong, a cut at /cut."""

    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self):
        wanted = self.headers["Range"]
        self.asked.append((self.path, wanted))
        if self.path == "/none":
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").split("-")[0])
        body = (b"x" * len(DATA) if self.path == "/wrong" else DATA)[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.path == "/cut" else body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def model(monkeypatch, tmp_path):
    """``model(source, …)`` puts a model ``toy`` of one file into the manifest."""
    monkeypatch.setattr(fetch, "store", lambda: tmp_path / "store")
    monkeypatch.delenv("AVATAR_MODELS", raising=False)
    Server.asked.clear()

    def make(*sources):
        file = fetch.ModelFile("toy.bin", len(DATA), hashlib.sha256(DATA).hexdigest(), sources)
        toy = fetch.Model("toy", "a toy", "CC0", ("zh",), (file,))
        monkeypatch.setattr(fetch, "manifest", lambda: {"toy": toy})
        return tmp_path / "store" / "toy"

    return make


def wheel(folder: Path, name: str, data: bytes) -> None:
    """Leave a package where an earlier try would have left it."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/part.bin", data)


def test_it_comes_from_the_first_source_with_progress(model, address):
    place = model({"url": f"{address}/model"})
    seen = []
    paths = fetch.fetch("toy", lambda what, done, size: seen.append((what, done, size)))
    assert paths == [place / "toy.bin"]
    assert paths[0].read_bytes() == DATA
    assert seen[-1] == ("toy/toy.bin", len(DATA), len(DATA))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert fetch.is_fetched("toy")
    assert fetch.path("toy") == paths[0]
    assert [p.name for p in place.iterdir()] == ["toy.bin"]


def test_a_second_fetch_asks_nobody(model, address):
    model({"url": f"{address}/model"})
    fetch.fetch("toy")
    fetch.fetch("toy")
    assert len(Server.asked) == 1


@pytest.mark.parametrize("bad", ["/none", "/wrong"])
def test_a_bad_source_is_passed_over(model, address, bad):
    model({"url": f"{address}{bad}"}, {"url": f"{address}/model"})
    assert fetch.fetch("toy")[0].read_bytes() == DATA
    assert [path for path, _ in Server.asked] == [bad, "/model"]


def test_an_unreachable_address_is_passed_over(model, address):
    model({"url": "http://127.0.0.1:9/model"}, {"url": f"{address}/model"})
    assert fetch.fetch("toy")[0].read_bytes() == DATA


def test_a_cut_download_is_never_used_and_resumes(model, address):
    place = model({"url": f"{address}/cut"})
    with pytest.raises(ServiceError):
        fetch.fetch("toy")
    assert not fetch.is_fetched("toy")
    with pytest.raises(MissingAsset, match="avatar fetch toy"):
        fetch.path("toy")
    had = (place / "toy.bin.part").stat().st_size
    assert 0 < had < len(DATA)
    model({"url": f"{address}/model"})
    assert fetch.fetch("toy")[0].read_bytes() == DATA
    assert Server.asked[-1] == ("/model", f"bytes={had}-")


def test_members_of_packages_are_joined(model):
    half = len(DATA) // 2
    place = model(
        {"pypi": ["toy-1==1.0", "toy-2==1.0"], "member": ["toy_1/part.bin", "toy_2/part.bin"]}
    )
    wheel(place / ".packages", "toy_1", DATA[:half])
    wheel(place / ".packages", "toy_2", DATA[half:])
    assert fetch.fetch("toy")[0].read_bytes() == DATA
    assert [p.name for p in place.iterdir()] == ["toy.bin"]


def test_every_failure_is_named_in_one_line(model, address):
    place = model({"url": f"{address}/none"}, {"url": f"{address}/wrong"})
    with pytest.raises(ServiceError, match=r"/none: HTTP 404; .*/wrong: .*sha256") as caught:
        fetch.fetch("toy")
    assert "\n" not in str(caught.value)
    assert list(place.iterdir()) == []


def test_a_folder_of_ones_own_comes_first(model, monkeypatch, tmp_path):
    model({"url": "http://127.0.0.1:9/model"})
    (tmp_path / "toy.bin").write_bytes(DATA)
    monkeypatch.setenv("AVATAR_MODELS", str(tmp_path))
    assert fetch.fetch("toy") == [tmp_path / "toy.bin"]


def test_a_file_of_the_wrong_size_is_not_taken(model, monkeypatch, tmp_path):
    model({"url": "http://127.0.0.1:9/model"})
    (tmp_path / "toy.bin").write_bytes(DATA[:-1])
    monkeypatch.setenv("AVATAR_MODELS", str(tmp_path))
    assert not fetch.is_fetched("toy")


def test_the_manifest_is_whole():
    models = fetch.manifest()
    assert {"kokoro", "face", "whisper-base"} <= set(models)
    for model in models.values():
        assert model.licence
        for file in model.files:
            assert len(file.sha256) == 64
            assert file.size > 0
            for source in file.sources:
                packages = source.get("pypi") or source.get("npm")
                assert "url" in source or len(packages) == len(source["member"])


def test_models_are_chosen_by_name_or_group():
    assert [m.name for m in fetch.select(["zh"])] == ["kokoro"]
    assert [m.name for m in fetch.select(["all"])] == list(fetch.manifest())
    with pytest.raises(ConfigError, match="kokoro"):
        fetch.select(["nonsense"])
