"""One cell of `modality` or `learning-rate` in PyTorch: MNIST on a frozen GPT-2 body at the profile `tiny`.

Written apart from the Rust code, on `transformers`' own GPT-2, so that the two can be held against
each other: same sizes, same rule of freezing, same optimiser; other random numbers.

    pip install torch transformers numpy
    python scripts/mnist_random.py DATA/mnist --seeds 1 2 3                 # random bodies
    python scripts/mnist_random.py DATA/mnist --seeds 1 2 --bodies A B      # of a pretraining: folders of `fpt export`
    python scripts/mnist_random.py DATA/mnist --seeds 1 2 --bodies A B --like layer --learning-rate 1e-2    # with their statistics alone
    python scripts/mnist_random.py DATA/mnist --learning-rate 1e-2 --full   # all of it trains, as policy `full`

DATA/mnist holds the four IDX files that `fpt fetch mnist` leaves. Prints one line a seed and the mean.
"""

import argparse
import pathlib
import statistics

import numpy as np
import torch
from torch import nn
from transformers import GPT2Config, GPT2Model

HELD_OUT = 5_000  # the last of the training images are the validation split of the form `fair`


def idx(path: pathlib.Path) -> np.ndarray:
    raw = path.read_bytes()
    dimensions = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(dimensions)]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def patches(images: np.ndarray, patch: int) -> torch.Tensor:
    """[n, 28, 28] bytes -> [n, tokens, patch * patch] floats, patches and their pixels row by row."""
    n, side, _ = images.shape
    grid = side // patch
    cut = images.reshape(n, grid, patch, grid, patch).transpose(0, 1, 3, 2, 4)
    return torch.from_numpy(cut.reshape(n, grid * grid, patch * patch).astype(np.float32) / 255.0)


def redraw(body: GPT2Model, like: str) -> None:
    """Draws every tensor anew, with its own mean and deviation, or those of all matrices of its layer."""
    groups: dict[str, list[nn.Parameter]] = {}
    for name, parameter in body.named_parameters():
        of_layer = like == "layer" and name.startswith("h.") and parameter.dim() > 1
        groups.setdefault(name.split(".")[1] if of_layer else name, []).append(parameter)
    with torch.no_grad():
        for parameters in groups.values():
            numbers = torch.cat([parameter.flatten() for parameter in parameters])
            mean, deviation = numbers.mean().item(), numbers.std(unbiased=False).item()
            for parameter in parameters:
                parameter.normal_(mean, deviation)


class FrozenTransformer(nn.Module):
    def __init__(
        self, features: int, width: int, layers: int, heads: int, positions: int,
        body: str | None = None, like: str | None = None,
    ):
        super().__init__()
        config = GPT2Config(
            vocab_size=256, n_positions=positions, n_embd=width, n_layer=layers, n_head=heads
        )
        self.body = GPT2Model(config)
        self.input = nn.Linear(features, width)
        self.output = nn.Linear(width, 10)
        self.dropout = nn.Dropout(0.1)
        # The paper's random body: N(0, 0.02) everywhere, no scaling with depth.
        for name, parameter in self.body.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif "ln_" not in name:
                nn.init.normal_(parameter, std=0.02)
        if body is not None:
            self.body = GPT2Model.from_pretrained(body)
            assert self.body.config.n_embd == width and self.body.config.n_layer == layers
            if like is not None:
                redraw(self.body, like)
        nn.init.orthogonal_(self.input.weight, gain=1.41)
        nn.init.zeros_(self.input.bias)
        for name, parameter in self.body.named_parameters():
            parameter.requires_grad = "ln_" in name or "wpe" in name

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        hidden = self.dropout(self.input(tokens))
        hidden = self.body(inputs_embeds=hidden, use_cache=False).last_hidden_state
        return self.output(hidden[:, -1])


def train(model: nn.Module, inputs: torch.Tensor, labels: torch.Tensor, steps: int, learning_rate: float) -> None:
    """Adam on what is to be trained, 16 examples a step; the model is left ready for a test."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=learning_rate)
    order = torch.randperm(len(inputs))
    model.train()
    for step in range(steps):
        chosen = order[torch.arange(step * 16, step * 16 + 16) % len(order)]
        loss = nn.functional.cross_entropy(model(inputs[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
    model.eval()


def run(seed: int, body: str | None, arguments: argparse.Namespace) -> float:
    torch.manual_seed(seed)
    images = idx(arguments.folder / "train-images-idx3-ubyte")[:-HELD_OUT]
    labels = torch.from_numpy(idx(arguments.folder / "train-labels-idx1-ubyte")[:-HELD_OUT].astype(np.int64))
    inputs = patches(images, arguments.patch)
    model = FrozenTransformer(arguments.patch**2, 128, 4, 4, 128, body, arguments.like)
    if arguments.full:
        model.requires_grad_(True)
    train(model, inputs, labels, arguments.steps, arguments.learning_rate)
    tests = patches(idx(arguments.folder / "t10k-images-idx3-ubyte"), arguments.patch)
    answers = torch.from_numpy(idx(arguments.folder / "t10k-labels-idx1-ubyte").astype(np.int64))
    with torch.no_grad():
        right = sum(
            (model(tests[i : i + 500]).argmax(1) == answers[i : i + 500]).sum().item()
            for i in range(0, len(tests), 500)
        )
    return right / len(tests)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--patch", type=int, default=7)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--bodies", nargs="+", help="a checkpoint for each seed")
    parser.add_argument("--like", choices=["tensor", "layer"], help="keep only the statistics of --bodies, by this unit")
    parser.add_argument("--full", action="store_true", help="train everything")
    arguments = parser.parse_args()
    if arguments.like and not arguments.bodies:
        parser.error("--like is of --bodies")
    bodies = arguments.bodies or [None] * len(arguments.seeds)
    if len(bodies) != len(arguments.seeds):
        parser.error("--bodies names a checkpoint for each seed")
    torch.set_num_threads(1)
    scores = []
    for seed, body in zip(arguments.seeds, bodies):
        scores.append(100 * run(seed, body, arguments))
        print(f"seed {seed}: {scores[-1]:.2f} % of the test set", flush=True)
    if len(scores) > 1:
        print(f"mean {statistics.mean(scores):.2f} %, deviation {statistics.stdev(scores):.2f}")


if __name__ == "__main__":
    main()
