"""Writes reference.safetensors into a checkpoint folder: random `inputs_embeds`, the `last_hidden_state`
that `transformers` computes with them in 64 bits, and `rounding`, the largest difference that 32 bits make
to `transformers` itself. `fpt verify DIR` reads it. NAME is one of the hub that is in the cache
(`fpt verify NAME` puts it there).

    pip install torch transformers safetensors
    python scripts/reference.py DIR|NAME [--tokens 33] [--batch 2] [--seed 0]
"""

import argparse
import pathlib
import sys

import torch
from huggingface_hub import snapshot_download
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel, T5EncoderModel, ViTModel


def hidden_states(model, inputs: torch.Tensor) -> torch.Tensor:
    """Blocks and final norm; a ViT's without its patches, class token and positions.

    A Longformer's first `global_tokens` (a field of ours in its config) are global.
    """
    front = getattr(model.config, "global_tokens", 0)
    if front:
        mask = torch.zeros(inputs.shape[:2], dtype=torch.long)
        mask[:, :front] = 1
        return model(inputs_embeds=inputs, global_attention_mask=mask).last_hidden_state
    if not isinstance(model, ViTModel):
        return model(inputs_embeds=inputs).last_hidden_state
    for layer in model.layers if hasattr(model, "layers") else model.encoder.layer:
        inputs = layer(inputs)
        inputs = inputs[0] if isinstance(inputs, tuple) else inputs
    return model.layernorm(inputs)


def load(folder: pathlib.Path):
    """The model in a checkpoint folder, in 32 bits, for evaluation."""
    encoder = AutoConfig.from_pretrained(folder).model_type == "t5"
    model, info = (T5EncoderModel if encoder else AutoModel).from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True
    )
    # Weights under names that `transformers` does not know are random ones to it, and it goes on with them.
    unread = ("pooler.", "embeddings.") if isinstance(model, ViTModel) else ("pooler.",)
    lacking = sorted(name for name in info["missing_keys"] if not name.startswith(unread))
    if lacking:
        sys.exit(f"`transformers` finds no weights for {len(lacking)} tensors, {lacking[0]} among them: save the model "
                 "under the names it has there, without `module.` and the like")
    return model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tokens", type=int, default=33)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        # A name on the hub: the snapshot that is in the cache.
        name, _, revision = str(arguments.folder).partition("@")
        patterns = ["config.json", "*.safetensors", "*.bin", "*.index.json"]
        folder = snapshot_download(name, revision=revision or None, allow_patterns=patterns, local_files_only=True)
        arguments.folder = pathlib.Path(folder)

    torch.manual_seed(arguments.seed)
    model = load(arguments.folder)
    inputs = torch.randn(arguments.batch, arguments.tokens, model.config.hidden_size)
    with torch.no_grad():
        single = hidden_states(model, inputs)
        output = hidden_states(model.double(), inputs.double())
    rounding = (single - output).abs().max().float().reshape(1)
    tensors = {"inputs_embeds": inputs, "last_hidden_state": output.float().contiguous(), "rounding": rounding}
    path = arguments.folder / "reference.safetensors"
    save_file(tensors, path)
    print(path)


if __name__ == "__main__":
    main()
