"""Two cells of `transfer` in PyTorch: an LSTM trained in full on ListOps or Bit Memory at the profile `tiny`.

Written apart from the Rust code, and on torch's own LSTM, which has no layer norms: it asks whether an LSTM of that size learns the
task in that many steps, and at which learning rate. ListOps is sampled as LRA does, at the lengths of the profile.

    pip install torch transformers numpy
    python scripts/lstm_full.py listops --learning-rate 1e-3 3e-3 1e-2
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


class Recurrent(nn.Module):
    def __init__(self, task: str):
        super().__init__()
        self.is_listops = task == "listops"
        self.input = nn.Embedding(16, 128) if self.is_listops else nn.Linear(PATCH, 128)
        self.body = nn.LSTM(128, 128, num_layers=3, batch_first=True, dropout=0.1)
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
    model = Recurrent(arguments.task)
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
    parser.add_argument("--learning-rate", type=float, nargs="+", default=[1e-3])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for rate in arguments.learning_rate:
        run(rate, arguments)


if __name__ == "__main__":
    main()
