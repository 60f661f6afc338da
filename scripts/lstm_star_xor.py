"""A cell of `architecture` in PyTorch: a random frozen LSTM* on Bit XOR, at several learning rates.

Written apart from the Rust code and simpler: torch's LSTM layers, 4 x 128, residual, with positions, and a layer norm behind each where
the official code has norms inside. Their weights are frozen; input net, output net, positions and norms train, for 3,000 steps of 32. The
paper has 50 % of an LSTM; the question is whether that is the body's or the learning rate's.

    pip install torch
    python scripts/lstm_star_xor.py --learning-rate 3e-4 3e-3 1e-2

Prints the accuracy on 2,000 new examples every 500 steps.
"""

import argparse

import torch
from torch import nn

BITS, WIDTH, LAYERS = 5, 128, 4


def examples(count: int, drawn: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """[n, 10, 1] bits of two strings, one behind the other, and the [n, 5] bits of their exclusive or."""
    bits = torch.randint(2, (count, 2, BITS), generator=drawn)
    return bits.flatten(1).float().unsqueeze(-1), bits[:, 0] ^ bits[:, 1]


class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.input = nn.Linear(1, WIDTH)
        self.positions = nn.Parameter(torch.zeros(2 * BITS, WIDTH))
        self.body = nn.ModuleList(nn.LSTM(WIDTH, WIDTH, batch_first=True) for _ in range(LAYERS))
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(LAYERS))
        self.output = nn.Linear(WIDTH, 2)
        self.body.requires_grad_(False)

    def forward(self, bits: torch.Tensor) -> torch.Tensor:
        hidden = self.input(bits) + self.positions
        for layer, norm in zip(self.body, self.norms):
            hidden = hidden + norm(layer(hidden)[0])
        # The second string's tokens have seen both bits.
        return self.output(hidden[:, -BITS:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, nargs="+", default=[3e-4, 3e-3, 1e-2])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for rate in arguments.learning_rate:
        torch.manual_seed(arguments.seed)
        drawn = torch.Generator().manual_seed(arguments.seed)
        shown, asked = examples(2_000, torch.Generator().manual_seed(10**6))
        model = Frozen()
        optimizer = torch.optim.Adam([weight for weight in model.parameters() if weight.requires_grad], lr=rate)
        for step in range(1, 3_001):
            bits, answers = examples(32, drawn)
            loss = nn.functional.cross_entropy(model(bits).flatten(0, 1), answers.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if step % 500 == 0:
                with torch.no_grad():
                    right = (model(shown).argmax(-1) == asked).float().mean().item()
                print(f"  {rate:g}, step {step}: {100 * right:.2f} %", flush=True)


if __name__ == "__main__":
    main()
