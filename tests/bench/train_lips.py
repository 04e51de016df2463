"""Train the network that hears visemes: ``python tests/bench/train_lips.py DATA OUT.npz``.

DATA holds shards of ``lips_data.py``. Needs torch and scipy (CPU is enough: about 10 minutes).
Every clip is heard several times through other rooms, microphones, noises and vocal tracts.
Shards whose number ends in 4 are held out to choose the epoch and the decision offsets.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import lips_data
import numpy as np
import torch
from scipy.signal import butter, fftconvolve, sosfilt
from torch import nn

from avatar.voice.audio_lips import BANDS, FPS, RATE, leveled, log_mel
from avatar.voice.visemes import GROUPS, PHONES, VISEMES, group_of

CLASSES = len(VISEMES)
WIDTH = 128
BLOCKS = ((1, 1), (2, 2), (4, 4), (8, 3), (16, 0))
"""(dilation, frames looked ahead) of each residual block; the first layer looks 2 ahead."""
CROP = 320


def group_index() -> np.ndarray:
    """Lip group of each viseme, as an index into GROUPS."""
    by_viseme = {viseme: group_of(phone) for phone, viseme in PHONES.items()}
    by_viseme |= {"rest": "rest", "neutral": "mid"}
    return np.array([GROUPS.index(by_viseme[name]) for name in VISEMES])


class Net(nn.Module):
    """Convolutions over time; each block sees ``dilation`` apart, a stated way ahead."""

    def __init__(self, *, folded: bool = False) -> None:
        super().__init__()
        norm = nn.Identity if folded else nn.BatchNorm1d
        self.first = nn.Conv1d(BANDS, WIDTH, 5, padding=2)
        self.norm = norm(WIDTH)
        self.convs = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 3, dilation=d) for d, _ in BLOCKS)
        self.norms = nn.ModuleList(norm(WIDTH) for _ in BLOCKS)
        self.last = nn.Conv1d(WIDTH, CLASSES, 1)
        self.drop = nn.Dropout(0.15)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """float[batch, BANDS, n] to logits float[batch, CLASSES, n]."""
        x = torch.relu(self.norm(self.first(x)))
        for conv, norm, (dilation, ahead) in zip(self.convs, self.norms, BLOCKS, strict=True):
            padded = nn.functional.pad(x, (2 * dilation - ahead, ahead))
            x = x + self.drop(torch.relu(norm(conv(padded))))
        return self.last(x)


def resume(path: Path) -> Net:
    """An exported network, its normalisation folded in, to train on."""
    net = Net(folded=True)
    with np.load(path) as file, torch.no_grad():
        for i, conv in enumerate([net.first, *net.convs]):
            conv.weight.copy_(torch.from_numpy(file[f"w{i}"].astype(np.float32)).permute(2, 1, 0))
            conv.bias.copy_(torch.from_numpy(file[f"b{i}"].astype(np.float32)))
        net.last.weight[:, :, 0] = torch.from_numpy(file["w_last"].astype(np.float32)).T
        net.last.bias.copy_(torch.from_numpy(file["b_last"].astype(np.float32)))
    return net


def heard(samples: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple:
    """One clip through a random vocal tract, room, noise and microphone: features, labels."""
    x = samples.astype(np.float32) / 32768
    if rng.random() < 0.8:
        x, labels = _stretched(x, labels, rng.uniform(0.84, 1.2))
    speech = np.sqrt(np.mean(x**2)) + 1e-5
    if rng.random() < 0.5:
        x, labels = _in_silence(x, labels, rng)
    if rng.random() < 0.6:
        x = _in_room(x, rng)
    if rng.random() < 0.7:
        noise = _noise(len(x), rng)
        x = x + noise * speech * 10 ** (-rng.uniform(8, 38) / 20) / (noise.std() + 1e-9)
    x = _microphone(x, rng) * 10 ** (rng.uniform(-26, 6) / 20)
    features, _ = leveled(log_mel(np.clip(x, -1, 1)))
    n = min(len(features), len(labels))
    return features[:n].astype(np.float16), labels[:n]


def _stretched(x: np.ndarray, labels: np.ndarray, by: float) -> tuple[np.ndarray, np.ndarray]:
    """Played faster or slower: pitch, formants and tempo together, as for another speaker."""
    n = int(len(x) / by)
    at = np.arange(int(len(labels) / by)) * by
    x = np.interp(np.arange(n) * by, np.arange(len(x)), x).astype(np.float32)
    return x, labels[np.minimum(at.astype(int), len(labels) - 1)]


def _in_silence(x: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple:
    """With up to a second of nothing before and after."""
    before, after = rng.integers(0, FPS, 2)
    hop = RATE // FPS
    return np.pad(x, (before * hop, after * hop)), np.pad(labels, (before, after))


def _in_room(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    length = int(RATE * rng.uniform(0.05, 0.5))
    tail = rng.normal(size=length) * np.exp(-6.9 * np.arange(length) / length)
    tail *= rng.uniform(0.02, 0.35) / np.sqrt(np.sum(tail**2))
    tail[0] += 1
    return fftconvolve(x, tail)[: len(x)].astype(np.float32)


def _noise(n: int, rng: np.random.Generator) -> np.ndarray:
    spectrum = np.fft.rfft(rng.normal(size=n))
    slope = rng.uniform(0, 1.2)
    spectrum /= np.maximum(np.arange(len(spectrum)), 20) ** slope
    noise = np.fft.irfft(spectrum, n)
    swell = 1 + 0.5 * np.sin(2 * np.pi * rng.uniform(0.2, 3) * np.arange(n) / RATE)
    return (noise * swell).astype(np.float32)


def _microphone(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A band limit sometimes, and a smooth random frequency response."""
    if rng.random() < 0.35:
        low, high = rng.uniform(50, 300), rng.uniform(3300, 7500)
        x = sosfilt(butter(3, [low, high], "band", fs=RATE, output="sos"), x)
    spectrum = np.fft.rfft(x)
    knots = np.cumsum(rng.normal(0, 2.5, 8)) if rng.random() < 0.8 else np.zeros(8)
    curve = np.interp(np.linspace(0, 7, len(spectrum)), np.arange(8), knots - knots.mean())
    return np.fft.irfft(spectrum * 10 ** (curve / 20), len(x)).astype(np.float32)


def gather(shards: Sequence[Path], copies: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """All clips of all shards, ``copies`` times over, end to end: features, labels."""
    rng = np.random.default_rng(seed)
    parts = [heard(*clip, rng) for s in shards for clip in lips_data.load(s) for _ in range(copies)]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def crops(features: np.ndarray, labels: np.ndarray, rng: np.random.Generator, batch: int):
    """Random stretches of CROP frames, with bands masked now and then (SpecAugment)."""
    starts = rng.integers(0, len(labels) - CROP, (len(labels) // CROP // batch, batch))
    for row in starts:
        x = np.stack([features[s : s + CROP] for s in row]).astype(np.float32)
        for clip in x:
            if rng.random() < 0.5:
                low = rng.integers(0, BANDS - 6)
                clip[:, low : low + rng.integers(1, 7)] = clip.min()
        y = np.stack([labels[s : s + CROP] for s in row]).astype(np.int64)
        yield torch.from_numpy(x).transpose(1, 2), torch.from_numpy(y)


def macro_f1(truth: np.ndarray, guess: np.ndarray) -> float:
    """Mean F1 over the lip groups that occur."""
    scores = []
    for k in range(len(GROUPS)):
        hit = np.sum((truth == k) & (guess == k))
        total = np.sum(truth == k) + np.sum(guess == k)
        if np.any(truth == k):
            scores.append(2 * hit / max(total, 1))
    return float(np.mean(scores))


def logits_of(net: Net, features: np.ndarray) -> np.ndarray:
    net.eval()
    with torch.no_grad():
        parts = [
            net(torch.from_numpy(features[a : a + 20000].astype(np.float32)).T[None])[0].T
            for a in range(0, len(features), 20000)
        ]
    return torch.cat(parts).numpy()


def train(data: Path, out: Path, start: Path | None, epochs: int, copies: int, seed: int) -> None:
    """Train, telling the score on the held-out shards and writing the network every epoch."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    shards = sorted(data.glob("*.npz"))
    held = [s for s in shards if s.stem.endswith("4")]
    x, y = gather([s for s in shards if s not in held], copies, seed)
    held_x, held_y = gather(held, 1, seed + 1)
    hours, minutes = len(y) / FPS / 3600, len(held_y) / FPS / 60
    print(f"{hours:.2f} h to train on, {minutes:.1f} min held out", flush=True)
    groups = group_index()
    share = np.bincount(y, minlength=CLASSES) / len(y)
    weight = torch.tensor(1 / np.maximum(share, 0.004) ** 0.35, dtype=torch.float32)
    loss_of = nn.CrossEntropyLoss(weight / weight.mean(), label_smoothing=0.05)
    net, batch = (resume(start) if start else Net()), 48
    steps = epochs * (len(y) // CROP // batch)
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=1e-2)
    fastest = 1.5e-3 if start else 4e-3
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, fastest, steps)
    for epoch in range(epochs):
        net.train()
        began, losses = time.monotonic(), []
        for features, labels in crops(x, y, rng, batch):
            loss = loss_of(net(features), labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        f1 = macro_f1(groups[held_y], groups[logits_of(net, held_x).argmax(1)])
        took = time.monotonic() - began
        print(
            f"epoch {epoch}: loss {np.mean(losses):.3f}, held-out macro-F1 {f1:.3f}, {took:.0f} s",
            flush=True,
        )
        export(net, out)


def export(net: Net, out: Path) -> None:
    """Weights in half precision with the normalisation folded in: w0 b0 w1 ...."""
    arrays: dict[str, np.ndarray] = {}
    layers = [(net.first, net.norm), *zip(net.convs, net.norms, strict=True)]
    for i, (conv, norm) in enumerate(layers):
        scale, bias = torch.ones(WIDTH), conv.bias
        if isinstance(norm, nn.BatchNorm1d):
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            bias = (conv.bias - norm.running_mean) * scale + norm.bias
        kernel = (conv.weight * scale[:, None, None]).permute(2, 1, 0)
        arrays[f"w{i}"] = kernel.detach().numpy().astype(np.float16)
        arrays[f"b{i}"] = bias.detach().numpy().astype(np.float16)
    arrays["w_last"] = net.last.weight.detach()[:, :, 0].T.numpy().astype(np.float16)
    arrays["b_last"] = net.last.bias.detach().numpy().astype(np.float16)
    arrays["blocks"] = np.array(BLOCKS, np.int64)
    arrays["visemes"] = np.array(list(VISEMES))
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, **arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--start", type=Path, help="an exported network to go on from")
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--copies", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    train(given.data, given.out, given.start, given.epochs, given.copies, given.seed)
    print(f"{given.out}: {given.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
