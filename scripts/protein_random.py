"""One cell of `modality-more` in PyTorch: families of proteins on a frozen GPT-2 body at the profile `tiny`.

Written apart from the Rust code, on `transformers`' own GPT-2 (the model of mnist_random.py): same sequences in the
same three parts, same rule of freezing, same optimiser, weights of the best step on validation; other random numbers.

    pip install torch transformers numpy blake3
    python scripts/protein_random.py DATA/protein-family --seeds 1 2                 # random bodies
    python scripts/protein_random.py DATA/protein-family --seeds 1 2 --bodies A B    # of a pretraining: folders of `fpt export`

DATA/protein-family holds what `fpt fetch protein-family` leaves. Prints validation every 500 steps, then one line a
seed and the mean.
"""

import argparse
import collections
import copy
import gzip
import pathlib
import statistics

import torch
from blake3 import blake3
from mnist_random import FrozenTransformer
from torch import nn

TOKENS, LONGEST, FEWEST, SHARE = 128, 510, 10, 8
PAD, CLS, SEP, FIRST_LETTER = 0, 2, 3, 5
LETTERS = "ABCDEFGHIKLMNOPQRSTUVWXYZ"
VAGUE = ("ncharacterized", "utative", "redicted", "ragment", "omain")


def records(path: pathlib.Path):
    """Name and residues of each protein of a FASTA file."""
    with gzip.open(path, "rt") as lines:
        for record in lines.read().split(">")[1:]:
            header, _, residues = record.partition("\n")
            yield header.partition(" ")[2].partition(" OS=")[0].strip(), residues.replace("\n", "")


def families(path: pathlib.Path) -> list[list[str]]:
    """The sequences of each family, in the order of their checksums."""
    members = collections.defaultdict(list)
    for name, residues in records(path):
        if len(residues) <= LONGEST and not any(vague in name for vague in VAGUE):
            members[name].append(residues)
    large = [set(members[name]) for name in sorted(members) if len(members[name]) >= FEWEST]
    families_of = collections.Counter(sequence for family in large for sequence in family)
    large = [[sequence for sequence in family if families_of[sequence] == 1] for family in large]
    return [sorted(family, key=lambda s: blake3(s.encode()).digest()) for family in large if len(family) >= 3]


def ids(residues: str) -> list[int]:
    """The first residues between two marks, padded on the left."""
    marked = [CLS, *(FIRST_LETTER + LETTERS.index(letter) for letter in residues[: TOKENS - 2]), SEP]
    return [PAD] * (TOKENS - len(marked)) + marked


def parts(path: pathlib.Path) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """[n, tokens] ids and [n] classes of each part: of a family an eighth is tested on, and as many validated."""
    drawn = collections.defaultdict(lambda: ([], []))
    for label, family in enumerate(families(path)):
        share = max(len(family) // SHARE, 1)
        for rank, sequence in enumerate(family):
            inputs, labels = drawn[("test", "validation", "train")[min(rank // share, 2)]]
            inputs.append(ids(sequence))
            labels.append(label)
    return {part: (torch.tensor(inputs), torch.tensor(labels)) for part, (inputs, labels) in drawn.items()}


def accuracy(model: nn.Module, inputs: torch.Tensor, labels: torch.Tensor) -> float:
    model.eval()
    with torch.no_grad():
        answers = torch.cat([model(chunk).argmax(1) for chunk in inputs.split(100)])
    model.train()
    return 100 * (answers == labels).float().mean().item()


def run(seed: int, body: str | None, data: dict, arguments: argparse.Namespace) -> float:
    torch.manual_seed(seed)
    inputs, labels = data["train"]
    model = FrozenTransformer(1, 128, 4, 4, TOKENS, body)
    model.input = nn.Embedding(FIRST_LETTER + len(LETTERS), 128)
    model.output = nn.Linear(128, int(labels.max()) + 1)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=arguments.learning_rate)
    order = torch.empty(0, dtype=torch.long)
    best, kept = -1.0, None
    for step in range(1, arguments.steps + 1):
        if len(order) < 16:
            order = torch.cat([order, torch.randperm(len(inputs))])
        chosen, order = order[:16], order[16:]
        loss = nn.functional.cross_entropy(model(inputs[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        if step % 250 == 0:
            right = accuracy(model, *data["validation"])
            if step % 500 == 0:
                print(f"  step {step}: {right:.2f} %", flush=True)
            if right > best:
                best, kept = right, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    return accuracy(model, *data["test"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--learning-rate", type=float, default=1e-2)
    parser.add_argument("--bodies", nargs="+", help="a checkpoint for each seed")
    arguments = parser.parse_args()
    bodies = arguments.bodies or [None] * len(arguments.seeds)
    if len(bodies) != len(arguments.seeds):
        parser.error("--bodies names a checkpoint for each seed")
    torch.set_num_threads(1)
    data = parts(arguments.folder / "DB.fasta.gz")
    print(", ".join(f"{len(labels)} {part}" for part, (_, labels) in data.items()), flush=True)
    scores = []
    for seed, body in zip(arguments.seeds, bodies):
        scores.append(run(seed, body, data, arguments))
        print(f"seed {seed}: {scores[-1]:.2f} % of the test set", flush=True)
    if len(scores) > 1:
        print(f"mean {statistics.mean(scores):.2f} %, deviation {statistics.stdev(scores):.2f}")


if __name__ == "__main__":
    main()
