"""One cell of `modality`, `language-models` or `formal` in PyTorch: ListOps on a frozen body at the profile `tiny`.

Written apart from the Rust code, on `transformers`' own GPT-2 (the model of mnist_random.py) or BERT and the sampler of lstm_full.py: same
sizes, same rule of freezing, same optimiser, weights of the best step on validation; other expressions and random numbers.

    pip install torch transformers numpy
    python scripts/listops_frozen.py --seeds 1 2                 # random bodies, of GPT-2's shape
    python scripts/listops_frozen.py --seeds 1 2 --bodies A B    # of a pretraining: folders of `fpt export`, GPT-2's or BERT's

Prints validation every 500 steps, then one line a seed and the mean.
"""

import argparse
import copy
import random
import statistics

import torch
from lstm_full import LENGTH, listops
from mnist_random import FrozenTransformer
from torch import nn
from transformers import AutoModel

# Parts of the names of what trains in a body: layer norms and positions.
TRAINED = ("ln_", "wpe", "LayerNorm", "position_embeddings")
WORDS, POSITIONS, TESTED = 16, 128, 2_000


def accuracy(model: nn.Module, words: torch.Tensor, answers: torch.Tensor) -> float:
    model.eval()
    with torch.no_grad():
        said = torch.cat([model(chunk).argmax(1) for chunk in words.split(200)])
    model.train()
    return 100 * (said == answers).float().mean().item()


def run(seed: int, body: str | None, arguments: argparse.Namespace) -> float:
    torch.manual_seed(seed)
    drawn, apart = random.Random(seed), random.Random(10**6 + seed)
    validation, test = listops(TESTED, apart), listops(TESTED, apart)
    model = FrozenTransformer(1, 128, 4, 4, POSITIONS)
    if body is not None:
        model.body = AutoModel.from_pretrained(body)
        for name, parameter in model.body.named_parameters():
            parameter.requires_grad = any(part in name for part in TRAINED)
    model.input = nn.Embedding(WORDS, 128)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=arguments.learning_rate)
    best, kept = -1.0, None
    for step in range(1, arguments.steps + 1):
        words, answers = listops(32, drawn)
        loss = nn.functional.cross_entropy(model(words), answers)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        if step % 250 == 0:
            right = accuracy(model, *validation)
            if step % 500 == 0:
                print(f"  step {step}: {right:.2f} %", flush=True)
            if right > best:
                best, kept = right, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    return accuracy(model, *test)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--learning-rate", type=float, default=1e-2)
    parser.add_argument("--bodies", nargs="+", help="a checkpoint for each seed")
    arguments = parser.parse_args()
    bodies = arguments.bodies or [None] * len(arguments.seeds)
    if len(bodies) != len(arguments.seeds):
        parser.error("--bodies names a checkpoint for each seed")
    torch.set_num_threads(1)
    print(f"expressions of at most {LENGTH} words", flush=True)
    scores = []
    for seed, body in zip(arguments.seeds, bodies):
        scores.append(run(seed, body, arguments))
        print(f"seed {seed}: {scores[-1]:.2f} % of {TESTED:,} new expressions", flush=True)
    if len(scores) > 1:
        print(f"mean {statistics.mean(scores):.2f} %, deviation {statistics.stdev(scores):.2f}")


if __name__ == "__main__":
    main()
