"""Writes what torchvision makes of images under given crops, flips and turns, in colour and in grey, for
crates/tasks/src/images/tests: the transforms of the official code with their chances taken out.

    pip install torch torchvision
    python scripts/golden_augment.py crates/tasks/tests/fixtures/augment
"""

import gzip
import json
import pathlib
import random
import sys

import torch
import torchvision.transforms.functional as F
from torchvision.transforms import InterpolationMode

CASES = [
    {"top": 4, "left": 4, "flip": False, "degrees": 0.0},
    {"top": 0, "left": 8, "flip": False, "degrees": 0.0},
    {"top": 8, "left": 0, "flip": True, "degrees": 0.0},
    {"top": 4, "left": 4, "flip": False, "degrees": 20.0},
    {"top": 4, "left": 4, "flip": True, "degrees": -20.0},
    {"top": 3, "left": 6, "flip": False, "degrees": 5.0},
]


def image(index: int) -> torch.Tensor:
    """Image `index` [channels, rows, columns] as ToTensor gives it; the tests know the same formula."""
    channel, row, column = torch.meshgrid(torch.arange(3), torch.arange(32), torch.arange(32), indexing="ij")
    pixels = (37 * index + 3 * row + 7 * column + 50 * channel + row * column // 4) % 256
    return pixels.to(torch.uint8).to(torch.float32).div(255)


def changed(pixels: torch.Tensor, case: dict) -> torch.Tensor:
    pixels = F.crop(F.pad(pixels, 4), case["top"], case["left"], 32, 32)
    if case["flip"]:
        pixels = F.hflip(pixels)
    return F.rotate(pixels, case["degrees"], InterpolationMode.NEAREST, fill=[0.0] * pixels.shape[0])


def patches(pixels: torch.Tensor, patch: int) -> torch.Tensor:
    """b c (h p1) (w p2) -> b (h w) (p1 p2 c)"""
    channels, side, _ = pixels.shape
    grid = side // patch
    return pixels.view(channels, grid, patch, grid, patch).permute(1, 3, 2, 4, 0).reshape(grid * grid, -1)


def main() -> None:
    root = pathlib.Path(sys.argv[1])
    root.mkdir(parents=True, exist_ok=True)
    chance = random.Random(1)
    for _ in range(6):
        degrees = torch.tensor(chance.uniform(-20, 20), dtype=torch.float32).item()
        CASES.append(
            {"top": chance.randint(0, 8), "left": chance.randint(0, 8), "flip": chance.random() < 0.5, "degrees": degrees}
        )
    numbers = []
    for index, case in enumerate(CASES):
        colour = image(index)
        grey = F.rgb_to_grayscale(colour)
        mean, deviation = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
        numbers.append(patches(F.normalize(changed(colour, case), mean, deviation), 4))
        numbers.append(patches(F.normalize(changed(grey, case), (0.5,), (0.5,)), 1))
    flat = torch.cat([part.flatten() for part in numbers])
    (root / "expected.f32.gz").write_bytes(gzip.compress(flat.numpy().astype("<f4").tobytes(), mtime=0))
    (root / "cases.json").write_text(json.dumps(CASES, indent=1) + "\n")


if __name__ == "__main__":
    main()
