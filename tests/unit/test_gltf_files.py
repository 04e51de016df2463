"""The file around the document: GLB, .gltf, URIs, pictures, and hostile ones of each."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from avatar.character import load
from avatar.errors import AssetError, MissingAsset, MissingExtra, UnsupportedFormat
from tests.unit.gltf_samples import add_texture, join, png, primitive, quad, save, split, use


def textured(**texture):
    writer = quad()
    index = add_texture(writer, **texture)
    pbr = {"baseColorTexture": {"index": index}}
    primitive(writer)["material"] = writer.add("materials", {"pbrMetallicRoughness": pbr})
    return writer


def spread(folder, writer, *, embed=False):
    """The figure as .gltf with its buffer in a file beside it or in a data URI."""
    document, blob = split(writer.tobytes())
    uri = "data:application/octet-stream;base64," + base64.b64encode(blob).decode()
    document["buffers"][0]["uri"] = uri if embed else "my%20buffer.bin"
    (folder / "my buffer.bin").write_bytes(blob)
    path = folder / "figure.gltf"
    path.write_text(json.dumps(document))
    return path, document


def test_gltf_with_files_and_data_uris(tmp_path):
    writer = textured()
    glb = load(save(tmp_path, writer))
    for embed in (False, True):
        character = load(spread(tmp_path, writer, embed=embed)[0])
        one, other = (c.meshes[0].primitives[0] for c in (glb, character))
        np.testing.assert_array_equal(one.position, other.position)
        np.testing.assert_array_equal(glb.images[0].pixels, character.images[0].pixels)
        assert character.name == "figure" and character.vrm_version == ""


def test_byte_order_mark(tmp_path):
    path, _ = spread(tmp_path, quad())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load(path).meshes


@pytest.mark.parametrize(
    "uri",
    [
        "../secret.bin", "a/../../secret.bin", "%2e%2e/secret.bin", "..\\secret.bin",
        "/etc/passwd", "//host/share", "\\\\host\\share", "C:\\secret.bin", "c:secret.bin",
        "http://example.org/a.bin", "https://example.org/a.bin", "file:///etc/passwd",
        "ftp://example.org/a", "javascript:1", "a\0b", "", "link.bin",
    ],
)  # fmt: skip
def test_nothing_outside_the_folder_is_read(tmp_path, uri):
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(4096))
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    path, document = spread(folder, quad())
    document["buffers"][0]["uri"] = uri
    path.write_text(json.dumps(document))
    with pytest.raises(AssetError) as error:
        load(path)
    assert error.value.pointer == "/buffers/0/uri" and "beside" in str(error.value)


def test_buffer_file_missing_or_short(tmp_path):
    path, _ = spread(tmp_path, quad())
    (tmp_path / "my buffer.bin").write_bytes(b"short")
    with pytest.raises(AssetError, match="bytes expected, 5 found"):
        load(path)
    (tmp_path / "my buffer.bin").unlink()
    with pytest.raises(MissingAsset, match=r"my buffer\.bin does not exist"):
        load(path)


@pytest.mark.parametrize("uri", ["data:;base64,@@", "data:;base64", "data:,ab"])
def test_damaged_data_uris(tmp_path, uri):
    path, document = spread(tmp_path, quad())
    document["buffers"][0]["uri"] = uri
    path.write_text(json.dumps(document))
    with pytest.raises(AssetError):
        load(path)


def test_not_a_file(tmp_path):
    with pytest.raises(MissingAsset, match="does not exist"):
        load(tmp_path / "nothing.vrm")
    with pytest.raises(MissingAsset, match="is not a file"):
        load(tmp_path)
    with pytest.raises(MissingAsset):
        load("a\0b")


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n", b"PK\3\4", b"glT"])
def test_other_kinds_of_file(tmp_path, data):
    path = tmp_path / "figure.vrm"
    path.write_bytes(data)
    with pytest.raises(UnsupportedFormat, match="not a glTF"):
        load(path)


def test_every_truncation_is_one_line(tmp_path):
    data = textured().tobytes()
    path = tmp_path / "figure.glb"
    for length in range(0, len(data) - 1, 7):
        path.write_bytes(data[:length])
        with pytest.raises(AssetError) as error:
            load(path)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("offset", [4, 8, 12, 16])
@pytest.mark.parametrize("value", [0, 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_wrong_lengths_in_the_header(tmp_path, offset, value):
    data = bytearray(quad().tobytes())
    struct.pack_into("<I", data, offset, value)
    path = tmp_path / "figure.glb"
    path.write_bytes(data)
    with pytest.raises(AssetError):
        load(path)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"null", b"{", b'{"a":NaN}', b'{"a":Infinity}', b"\xff\xfe{}",
        b"[" * 200_000, b'{"a":' * 100_000, b'{"asset":1' + b"0" * 5000 + b"}", b'{"asset":"2.0"}',
    ],
)  # fmt: skip
def test_damaged_json(tmp_path, text):
    path = tmp_path / "figure.glb"
    path.write_bytes(join(text, b""))
    with pytest.raises(AssetError) as error:
        load(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "asset", [{"version": "1.0"}, {"version": "2.0", "minVersion": "2.1"}, {}, {"version": "3"}]
)
def test_other_versions(tmp_path, asset):
    writer = quad()
    writer.doc["asset"] = asset
    with pytest.raises(UnsupportedFormat, match=r"glTF 2\.0"):
        load(save(tmp_path, writer))


def test_required_extension_we_do_not_read(tmp_path):
    writer = quad()
    writer.doc["extensionsRequired"] = ["KHR_texture_transform", "KHR_draco_mesh_compression"]
    with pytest.raises(UnsupportedFormat, match="KHR_draco_mesh_compression") as error:
        load(save(tmp_path, writer))
    assert error.value.pointer == "/extensionsRequired/1"


def test_optional_extensions_are_named_where_they_are_used(tmp_path):
    writer = quad()
    for _ in range(2):
        writer.add("materials", {"extensions": {"KHR_materials_clearcoat": {}}})
    use(writer, "KHR_materials_clearcoat")
    use(writer, "ACME_unused")
    found = load(save(tmp_path, writer)).warnings
    assert any(
        w.startswith("/materials/0/extensions/KHR_materials_clearcoat: ") and "1 more" in w
        for w in found
    )
    assert any(w.startswith("/extensionsUsed: ") and "ACME_unused" in w for w in found)


def encoded(mode="RGBA", kind="PNG", size=(4, 2), color=None, **options):
    file = io.BytesIO()
    Image.new(mode, size, color).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (png((4, 2), (10, 20, 30, 40)), (10, 20, 30, 40)),
        (encoded("RGB", "PNG", color=(1, 2, 3)), (1, 2, 3, 255)),
        (encoded("L", "PNG", color=7), (7, 7, 7, 255)),
        (encoded("LA", "PNG", color=(7, 9)), (7, 7, 7, 9)),
        (encoded("I;16", "PNG", color=0x8123), (0x81, 0x81, 0x81, 255)),
        (encoded("1", "PNG", color=1), (255, 255, 255, 255)),
        (encoded("P", "PNG", color=0), (0, 0, 0, 255)),
        (encoded("RGB", "JPEG", color=(255, 255, 255)), (255, 255, 255, 255)),
        (encoded("CMYK", "JPEG", color=(0, 0, 0, 0)), (255, 255, 255, 255)),
        (encoded("RGBA", "WEBP", color=(10, 20, 30, 40), lossless=True), (10, 20, 30, 40)),
    ],
)
def test_pictures(tmp_path, data, expected):
    character = load(save(tmp_path, textured(data=data)))
    pixels = character.images[0].pixels
    assert pixels.shape == (2, 4, 4) and pixels.dtype == np.uint8
    assert tuple(pixels[0, 0]) == expected
    assert not character.warnings


def test_released_pixels_come_back(tmp_path):
    file = save(tmp_path, textured(data=encoded("RGBA", "PNG", color=(10, 20, 30, 40))))
    image = load(file).images[0]
    file.unlink()
    before = image.pixels.copy()
    image.release()
    image.release()
    assert image.size == (4, 2)
    np.testing.assert_array_equal(image.pixels, before)
    assert not image.pixels.flags.writeable


def test_webp_by_extension_and_its_fallback(tmp_path):
    writer = textured()
    webp = writer.image("webp", encoded("RGBA", "WEBP", color=(0, 9, 0, 255), lossless=True))
    writer.doc["images"][webp]["mimeType"] = "image/webp"
    writer.doc["textures"][0]["extensions"] = {"EXT_texture_webp": {"source": webp}}
    use(writer, "EXT_texture_webp")
    character = load(save(tmp_path, writer))
    assert [tuple(image.pixels[0, 0]) for image in character.images] == [(0, 9, 0, 255)]


def test_top_row_first(tmp_path):
    file = io.BytesIO()
    picture = Image.new("RGBA", (1, 2), (0, 0, 0, 255))
    picture.putpixel((0, 0), (255, 0, 0, 255))
    picture.save(file, "PNG")
    pixels = load(save(tmp_path, textured(data=file.getvalue()))).images[0].pixels
    assert pixels[0, 0, 0] == 255 and pixels[1, 0, 0] == 0


def cut_off():
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 4), np.uint8)
    Image.fromarray(noise).save(file, "PNG")
    return file.getvalue()[:8000]


@pytest.mark.parametrize("data", [b"not a picture....", cut_off(), b"GIF89a" + bytes(40)])
def test_damaged_pictures_are_drawn_white(tmp_path, data):
    character = load(save(tmp_path, textured(data=data)))
    ref = character.materials[0].base_color_texture
    assert ref is None or character.images[ref.image].pixels.min() == 255
    assert any(w.startswith("/images/0: ") and "white" in w for w in character.warnings)


def test_missing_picture_file_is_drawn_white(tmp_path):
    writer = textured()
    writer.doc["images"][0] = {"uri": "nowhere.png"}
    character = load(save(tmp_path, writer))
    assert character.materials[0].base_color_texture is None
    assert any("nowhere.png" in w and w.startswith("/images/0: ") for w in character.warnings)


def test_remote_picture_is_refused(tmp_path):
    writer = textured()
    writer.doc["images"][0] = {"uri": "https://example.org/a.png"}
    with pytest.raises(AssetError, match="beside") as error:
        load(save(tmp_path, writer))
    assert error.value.pointer == "/images/0/uri"


def bomb(width, height):
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    idat = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + idat + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8193, 1), (9000, 9000), (12000, 12000), (65535, 65535)])
def test_decompression_bombs(tmp_path, size):
    with pytest.raises(AssetError, match="larger than 8192") as error:
        load(save(tmp_path, textured(data=bomb(*size))))
    assert error.value.pointer == "/images/0"


def test_too_many_pixels_in_all(tmp_path):
    writer = quad()
    for _ in range(7):
        pbr = {"baseColorTexture": {"index": add_texture(writer, bomb(8000, 8000))}}
        writer.add("materials", {"pbrMetallicRoughness": pbr})
    with pytest.raises(AssetError, match="too many pixels"):
        load(save(tmp_path, writer))


def test_large_pictures_are_reduced(tmp_path):
    data = encoded("RGB", "JPEG", size=(5000, 50), color=(40, 80, 120))
    character = load(save(tmp_path, textured(data=data)))
    assert character.images[0].pixels.shape == (25, 2500, 4)
    assert any("reduced to 4096" in w for w in character.warnings)


def compressed(writer, monkeypatch, *, fallback):
    """The POSITION view of the file, compressed."""
    meshopt = pytest.importorskip("meshopt")
    document, blob = split(writer.tobytes())
    accessor = document["accessors"][
        document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
    ]
    view = document["bufferViews"][accessor["bufferView"]]
    rows = np.frombuffer(blob, np.uint8, view["byteLength"], view["byteOffset"]).reshape(-1, 12)
    data = meshopt.encode_gltf_buffer(rows, "ATTRIBUTES")
    view["extensions"] = {
        "EXT_meshopt_compression": {
            "buffer": 0, "byteOffset": len(blob), "byteLength": len(data),
            "byteStride": 12, "count": len(rows), "mode": "ATTRIBUTES",
        }
    }  # fmt: skip
    blob += data + bytes(-len(data) % 4)
    document["buffers"][0]["byteLength"] = len(blob)
    document["extensionsUsed"] = ["EXT_meshopt_compression"]
    if not fallback:
        document["extensionsRequired"] = ["EXT_meshopt_compression"]
    return document, blob


def test_meshopt(tmp_path, monkeypatch):
    expected = load(save(tmp_path, quad())).meshes[0].primitives[0].position
    document, blob = compressed(quad(), monkeypatch, fallback=False)
    path = tmp_path / "small.glb"
    path.write_bytes(join(document, blob))
    np.testing.assert_array_equal(load(path).meshes[0].primitives[0].position, expected)


def test_meshopt_damaged(tmp_path, monkeypatch):
    document, blob = compressed(quad(), monkeypatch, fallback=False)
    extension = document["bufferViews"][0]["extensions"]["EXT_meshopt_compression"]
    for change in ({"byteLength": 3}, {"count": 10**9}, {"byteStride": 16}, {"mode": "TRIANGLES"}):
        saved = dict(extension)
        extension.update(change)
        path = tmp_path / "small.glb"
        path.write_bytes(join(document, blob))
        with pytest.raises(AssetError) as error:
            load(path)
        assert (
            error.value.pointer.startswith("/bufferViews/0") or "accessors" in error.value.pointer
        )
        extension.update(saved)


def test_meshopt_package_missing(tmp_path, monkeypatch):
    document, blob = compressed(quad(), monkeypatch, fallback=False)
    optional, _ = compressed(quad(), monkeypatch, fallback=True)

    def missing(module, **_):
        raise MissingExtra(f"{module} is missing")

    monkeypatch.setattr("avatar.character.container.require", missing)
    path = tmp_path / "small.glb"
    path.write_bytes(join(document, blob))
    with pytest.raises(MissingExtra):
        load(path)
    path.write_bytes(join(optional, blob))
    assert len(load(path).meshes[0].primitives[0].position) == 4


def test_shared_accessors_do_not_multiply_the_work(tmp_path, monkeypatch):
    """Thousands of primitives over one large accessor must be refused, not computed."""
    monkeypatch.setattr("avatar.character.container.MAX_WORK", 64 << 20)
    writer = quad()
    size = 20_000
    large = writer.accessor(np.zeros((size, 3), np.float32))
    indices = writer.indices(np.tile(np.array([0, 1, 2]), size))
    one = {"attributes": {"POSITION": large}, "indices": indices}
    writer.doc["meshes"][0]["primitives"] = [one] * 4000
    with pytest.raises(AssetError, match="too large"):
        load(save(tmp_path, writer))


def test_many_dense_targets_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("avatar.character.container.MAX_KEPT", 1 << 20)
    writer = quad()
    count = 1000
    rows = np.ones((count, 3), np.float32)
    target = {"POSITION": writer.accessor(rows)}
    primitive(writer).update(
        attributes={"POSITION": writer.accessor(rows)},
        indices=writer.indices(np.arange(999)),
        targets=[target] * 100,
    )
    with pytest.raises(AssetError, match="too large") as error:
        load(save(tmp_path, writer))
    assert error.value.pointer.startswith("/meshes/0/primitives/0/targets/")


def test_pictures_beyond_the_memory_limit_are_halved(tmp_path, monkeypatch):
    monkeypatch.setattr("avatar.character.images.MAX_KEPT", 3 * 1024 * 1024)
    monkeypatch.setattr("avatar.character.images.MAX_KEPT_SIDE", 1024)
    monkeypatch.setattr("avatar.character.images._LARGE", 1)
    writer = quad()
    for size in ((1024, 512), (512, 512), (1500, 3)):
        texture = add_texture(writer, png(size, (9, 8, 7, 200)))
        pbr = {"baseColorTexture": {"index": texture}}
        writer.add("materials", {"pbrMetallicRoughness": pbr})
    character = load(save(tmp_path, writer))
    shapes = [image.pixels.shape[:2] for image in character.images]
    assert shapes == [(256, 512), (512, 512), (1, 500)]
    for image in character.images:
        np.testing.assert_allclose(image.pixels.astype(int) - (9, 8, 7, 200), 0, atol=1)
    assert [w.partition(":")[0] for w in character.warnings] == ["/images/0", "/images/2"]
