"""One cell of `modality` in PyTorch: Bit Memory on a random frozen GPT-2 body at the profile `tiny`.

Written apart from the Rust code, on `transformers`' own GPT-2 (the model of mnist_random.py): five strings of 100
bits, then one of them with each bit masked with probability a half, in tokens of ten bits; the last ten tokens say the
whole string.

    pip install torch transformers numpy
    python scripts/bit_memory_random.py --learning-rate 3e-2 --seeds 1 2

Prints the accuracy over all bits of 1,000 new examples every 500 steps, then one line a seed and the mean.
"""

import argparse
import statistics

import torch
from mnist_random import FrozenTransformer
from torch import nn

PATTERNS, BITS, PATCH = 5, 100, 10
TOKENS = BITS // PATCH


def examples(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """[n, tokens, patch] of -1, 0 and 1, and the [n, 10, patch] bits that are asked for."""
    bits = torch.randint(0, 2, (count, PATTERNS, BITS), generator=generator)
    which = torch.randint(0, PATTERNS, (count,), generator=generator)
    asked = bits[torch.arange(count), which]
    masked = torch.rand(count, BITS, generator=generator) < 0.5
    question = torch.where(masked, 0, 2 * asked - 1)
    shown = torch.cat([(2 * bits - 1).flatten(1), question], dim=1)
    return shown.view(count, -1, PATCH).float(), asked.view(count, TOKENS, PATCH)


class Recalling(FrozenTransformer):
    def __init__(self):
        super().__init__(PATCH, 128, 4, 4, 128)
        self.output = nn.Linear(128, 2 * PATCH)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        hidden = self.dropout(self.input(tokens))
        hidden = self.body(inputs_embeds=hidden, use_cache=False).last_hidden_state
        return self.output(hidden[:, -TOKENS:]).unflatten(-1, (PATCH, 2))


def run(seed: int, arguments: argparse.Namespace) -> float:
    torch.manual_seed(seed)
    drawn = torch.Generator().manual_seed(seed)
    tests, answers = examples(1_000, torch.Generator().manual_seed(1_000_000 + seed))
    model = Recalling()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=arguments.learning_rate)
    for step in range(1, arguments.steps + 1):
        model.train()
        shown, asked = examples(16, drawn)
        loss = nn.functional.cross_entropy(model(shown).flatten(0, 2), asked.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        if step % 500 == 0:
            model.eval()
            with torch.no_grad():
                right = (model(tests).argmax(-1) == answers).float().mean().item()
            print(f"  step {step}: {100 * right:.2f} %", flush=True)
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--steps", type=int, default=4_000)
    parser.add_argument("--learning-rate", type=float, default=3e-2)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    scores = []
    for seed in arguments.seeds:
        scores.append(100 * run(seed, arguments))
        print(f"seed {seed}: {scores[-1]:.2f} %", flush=True)
    if len(scores) > 1:
        print(f"mean {statistics.mean(scores):.2f} %, deviation {statistics.stdev(scores):.2f}")


if __name__ == "__main__":
    main()
