"""One cell of `more-parameters` in PyTorch: CIFAR-10 on a text body at the profile `tiny`, as policy `fpt`, or with its attention trained, too.

Written apart from the Rust code, on `transformers`' own GPT-2 (the model of mnist_random.py): patches of 4 x 4 pixels in colour, same rule of
freezing, same optimiser, the last weights; other random numbers.

    pip install torch transformers numpy
    python scripts/cifar10_attention.py DATA/cifar10 --bodies A B --learning-rate 3e-3                # folders of `fpt export`
    python scripts/cifar10_attention.py DATA/cifar10 --bodies A B --learning-rate 1e-3 --attention

DATA/cifar10 holds the binary files that `fpt fetch cifar10` leaves. Prints one line a body and the mean.
"""

import argparse
import pathlib
import statistics

import numpy as np
import torch
from mnist_random import HELD_OUT, FrozenTransformer, train

PATCH, SIDE, COLOURS = 4, 32, 3


def read(files: list[pathlib.Path]) -> tuple[torch.Tensor, torch.Tensor]:
    """[n, 64, 48] of patches and [n] labels."""
    records = np.concatenate([np.fromfile(file, np.uint8).reshape(-1, 1 + COLOURS * SIDE * SIDE) for file in files])
    grid = SIDE // PATCH
    pixels = records[:, 1:].reshape(-1, COLOURS, grid, PATCH, grid, PATCH).transpose(0, 2, 4, 3, 5, 1)
    patches = pixels.reshape(len(records), grid * grid, PATCH * PATCH * COLOURS).astype(np.float32) / 255.0
    return torch.from_numpy(patches), torch.from_numpy(records[:, 0].astype(np.int64))


def run(seed: int, body: str, arguments: argparse.Namespace) -> float:
    torch.manual_seed(seed)
    inputs, labels = read([arguments.folder / f"data_batch_{number}.bin" for number in range(1, 6)])
    inputs, labels = inputs[:-HELD_OUT], labels[:-HELD_OUT]
    model = FrozenTransformer(inputs.shape[-1], 128, 4, 4, 128, body)
    if arguments.attention:
        for name, parameter in model.body.named_parameters():
            if ".attn." in name:
                parameter.requires_grad = True
    train(model, inputs, labels, arguments.steps, arguments.learning_rate)
    tests, answers = read([arguments.folder / "test_batch.bin"])
    with torch.no_grad():
        said = torch.cat([model(chunk).argmax(1) for chunk in tests.split(500)])
    return 100 * (said == answers).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--bodies", nargs="+", required=True, help="a checkpoint for each seed")
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--learning-rate", type=float, required=True)
    parser.add_argument("--attention", action="store_true", help="train it, too")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    scores = []
    for seed, body in enumerate(arguments.bodies, 1):
        scores.append(run(seed, body, arguments))
        print(f"seed {seed}: {scores[-1]:.2f} % of the test set", flush=True)
    if len(scores) > 1:
        print(f"mean {statistics.mean(scores):.2f} %, deviation {statistics.stdev(scores):.2f}")


if __name__ == "__main__":
    main()
