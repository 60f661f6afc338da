"""Checks a folder that `fpt export` wrote: loads it with `transformers` as it is and compares hidden states with those
that fpt computed (reference.safetensors). Exit code 0 when they agree within 1e-4 of the reference's root mean square.

    pip install torch transformers safetensors
    python scripts/check_export.py DIR

The other way round: `python scripts/reference.py DIR`, then `fpt verify DIR`.
"""

import pathlib
import sys

import torch
from reference import hidden_states, load
from safetensors.torch import load_file


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    pair = load_file(folder / "reference.safetensors")
    with torch.no_grad():
        found = hidden_states(load(folder), pair["inputs_embeds"])
    expected = pair["last_hidden_state"]
    error = ((found - expected).abs().max() / expected.square().mean().sqrt()).item()
    nets = {name: tuple(tensor.shape) for name, tensor in load_file(folder / "nets.safetensors").items()}
    print(f"{folder}: relative error {error:.2e}; nets {nets}")
    sys.exit(0 if error < 1e-4 else 1)


if __name__ == "__main__":
    main()
