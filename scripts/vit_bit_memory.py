"""Cells of `real-bodies` and `budget` in PyTorch: Bit Memory on a frozen ViT: DINOv2's ViT-S, one of ours, or a random one of its shape.

Written apart from the Rust code, on `transformers`' own ViT: five strings of 100 bits, then one of them with each bit masked with
probability a half (as in bit_memory_random.py), in tokens of 50 bits, or `--patch`; the last tokens say the whole string.

    pip install torch transformers safetensors numpy
    python scripts/vit_bit_memory.py checkpoints/dinov2-small-as-vit --learning-rate 3e-3
    python scripts/vit_bit_memory.py checkpoints/dinov2-small-as-vit --learning-rate 3e-3 --random
    python scripts/vit_bit_memory.py EXPORTED --patch 10 --learning-rate 1e-2 --steps 4000

The folder is what scripts/dinov2_as_vit.py wrote, or `fpt export` of an image pretraining; with --random it gives the shape alone. Prints
the accuracy over all bits of 1,000 new examples ten times, then one line a seed.
"""

import argparse

import bit_memory_random
import torch
from torch import nn
from transformers import ViTConfig, ViTModel


def examples(count: int, patch: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """[n, tokens, patch] of -1, 0 and 1, and the [n, asked, patch] bits that are asked for."""
    shown, asked = bit_memory_random.examples(count, generator)
    return shown.reshape(count, -1, patch), asked.reshape(count, -1, patch)


class Recalling(nn.Module):
    """Blocks and final norm on given tokens, fresh positions, an input and an output net; norms, positions and nets train."""

    def __init__(self, folder: str, is_random: bool, patch: int):
        super().__init__()
        dropped = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
        if is_random:
            body = ViTModel(ViTConfig.from_pretrained(folder, **dropped), add_pooling_layer=False)
            for name, parameter in body.named_parameters():
                if name.endswith("bias"):
                    nn.init.zeros_(parameter)
                elif "layernorm" not in name:
                    nn.init.normal_(parameter, std=0.02)
        else:
            body = ViTModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32, **dropped)
        for name, parameter in body.named_parameters():
            parameter.requires_grad = "layernorm" in name
        width = body.config.hidden_size
        # Under either of the names that versions of `transformers` have for them.
        self.blocks, self.norm = body.layers if hasattr(body, "layers") else body.encoder.layer, body.layernorm
        self.patch, self.asked = patch, bit_memory_random.BITS // patch
        self.positions = nn.Parameter(torch.zeros((bit_memory_random.PATTERNS + 1) * self.asked, width))
        self.input, self.output = nn.Linear(patch, width), nn.Linear(width, 2 * patch)
        self.dropout = nn.Dropout(0.1)
        nn.init.orthogonal_(self.input.weight, gain=1.41)
        nn.init.zeros_(self.input.bias)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        hidden = self.dropout(self.input(tokens)) + self.positions
        for block in self.blocks:
            hidden = block(hidden)
            hidden = hidden if isinstance(hidden, torch.Tensor) else hidden[0]
        return self.output(self.norm(hidden)[:, -self.asked :]).unflatten(-1, (self.patch, 2))


def run(seed: int, arguments: argparse.Namespace) -> float:
    torch.manual_seed(seed)
    drawn = torch.Generator().manual_seed(seed)
    tests, answers = examples(1_000, arguments.patch, torch.Generator().manual_seed(1_000_000 + seed))
    model = Recalling(arguments.folder, arguments.random, arguments.patch)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=arguments.learning_rate)
    for step in range(1, arguments.steps + 1):
        model.train()
        shown, asked = examples(16, arguments.patch, drawn)
        loss = nn.functional.cross_entropy(model(shown).flatten(0, 2), asked.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        if step % max(arguments.steps // 10, 1) == 0:
            model.eval()
            with torch.no_grad():
                right = (model(tests).argmax(-1) == answers).float().mean().item()
            print(f"  step {step}: {100 * right:.2f} %", flush=True)
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--random", action="store_true")
    parser.add_argument("--patch", type=int, default=50)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--learning-rate", type=float, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for seed in arguments.seeds:
        print(f"seed {seed}: {100 * run(seed, arguments):.2f} %", flush=True)


if __name__ == "__main__":
    main()
