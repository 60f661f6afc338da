"""Two cells of `transfer` in PyTorch: an LSTM trained in full on ListOps or Bit Memory at the profile `tiny`.

Written apart from the Rust code: it asks whether an LSTM of that size learns the task in that many steps, and at which learning rate.
Torch's own has no layer norms; `--official` is the one of the official code, with norms whose gains and biases start uniform in ±1/√n,
variances over n - 1 and a first state drawn anew at every pass. ListOps is sampled as LRA does, at the lengths of the profile.

    pip install torch transformers numpy
    python scripts/lstm_full.py listops --learning-rate 1e-3 3e-3 1e-2
    python scripts/lstm_full.py listops --learning-rate 1e-3 --official
    python scripts/lstm_full.py bit-memory --learning-rate 1e-3

Prints the accuracy on 2,000 new examples every 500 steps.
"""

import argparse
import random

import torch
from bit_memory_random import PATCH, TOKENS, examples
from torch import nn

LENGTH = 32
OPERATIONS = {
    10: min,
    11: max,
    12: lambda values: int(sorted(values)[len(values) // 2] if len(values) % 2 else sum(sorted(values)[len(values) // 2 - 1 : len(values) // 2 + 1]) / 2),
    13: lambda values: sum(values) % 10,
}
CLOSE = 14


def tree(depth: int, drawn: random.Random) -> tuple[list[int], int]:
    """Words of an expression, and what it comes to (LRA's sampler: depth 3, two to four arguments, a digit in three of four)."""
    if depth > 1 and (depth >= 3 or drawn.random() < 0.75):
        digit = drawn.randrange(10)
        return [digit], digit
    parts = [tree(depth + 1, drawn) for _ in range(drawn.randint(2, 4))]
    operation = drawn.choice(list(OPERATIONS))
    words = [word for part, _ in parts for word in part]
    return [operation, *words, CLOSE], OPERATIONS[operation]([value for _, value in parts])


def listops(count: int, drawn: random.Random) -> tuple[torch.Tensor, torch.Tensor]:
    """[n, 32] words, the last one at the end, and the [n] answers."""
    rows, answers = torch.zeros(count, LENGTH, dtype=torch.long), torch.zeros(count, dtype=torch.long)
    for row in range(count):
        words, answer = tree(1, drawn)
        while not 6 < len(words) < 33:
            words, answer = tree(1, drawn)
        rows[row, LENGTH - len(words) :] = torch.tensor(words) + 1
        answers[row] = answer
    return rows, answers


class Norm(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        bound = width**-0.5
        self.gain, self.bias = (nn.Parameter(torch.empty(width).uniform_(-bound, bound)) for _ in range(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        centred = x - x.mean(-1, keepdim=True)
        return self.gain * centred / torch.sqrt(x.var(-1, keepdim=True) + 1e-6) + self.bias


class Official(nn.Module):
    """Layers of the official code's LSTM; their weights start as torch's do, uniform in ±1/√width."""

    def __init__(self, width: int, layers: int):
        super().__init__()
        self.layers = nn.ModuleList()
        for _ in range(layers):
            norms = [Norm(4 * width), Norm(4 * width), Norm(width)]
            self.layers.append(nn.ModuleList([nn.Linear(width, 4 * width), nn.Linear(width, 4 * width), *norms]))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, None]:
        for into, back, of_input, of_state, of_cell in self.layers:
            state, cell = (torch.randn_like(x[:, 0]) * x.shape[-1] ** -0.5 for _ in range(2))
            entering, states = of_input(into(x)), []
            for token in range(x.shape[1]):
                enters, stays, leaves, new = (entering[:, token] + of_state(back(state))).chunk(4, 1)
                cell = of_cell(torch.sigmoid(stays) * cell + torch.sigmoid(enters) * torch.tanh(new))
                state = nn.functional.dropout(torch.sigmoid(leaves) * torch.tanh(cell), 0.1, self.training)
                states.append(state)
            x = torch.stack(states, 1)
        return x, None


class Recurrent(nn.Module):
    def __init__(self, task: str, official: bool):
        super().__init__()
        self.is_listops = task == "listops"
        self.input = nn.Embedding(16, 128) if self.is_listops else nn.Linear(PATCH, 128)
        self.body = Official(128, 3) if official else nn.LSTM(128, 128, num_layers=3, batch_first=True, dropout=0.1)
        self.output = nn.Linear(128, 10 if self.is_listops else 2 * PATCH)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        hidden, _ = self.body(self.input(tokens))
        if self.is_listops:
            return self.output(hidden[:, -1])
        return self.output(hidden[:, -TOKENS:]).unflatten(-1, (PATCH, 2))


def run(rate: float, arguments: argparse.Namespace) -> None:
    torch.manual_seed(arguments.seed)
    is_listops = arguments.task == "listops"
    drawn = random.Random(arguments.seed) if is_listops else torch.Generator().manual_seed(arguments.seed)
    fresh = random.Random(10**6) if is_listops else torch.Generator().manual_seed(10**6)
    make = listops if is_listops else examples
    tests, answers = make(2_000, fresh)
    model = Recurrent(arguments.task, arguments.official)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for step in range(1, (3_000 if is_listops else 4_000) + 1):
        model.train()
        shown, asked = make(32 if is_listops else 16, drawn)
        loss = nn.functional.cross_entropy(model(shown).flatten(0, -2), asked.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 500 == 0:
            model.eval()
            with torch.no_grad():
                right = (model(tests).argmax(-1) == answers).float().mean().item()
            print(f"  {rate:g}, step {step}: {100 * right:.2f} %", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("task", choices=["listops", "bit-memory"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--official", action="store_true", help="the official code's LSTM, with layer norms")
    parser.add_argument("--learning-rate", type=float, nargs="+", default=[1e-3])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for rate in arguments.learning_rate:
        run(rate, arguments)


if __name__ == "__main__":
    main()
