"""Writes the golden fixtures of crates/backbone/tests: tiny bodies with random weights, and the hidden
states that `transformers` computes with them.

    pip install torch transformers safetensors
    python scripts/golden_bodies.py crates/backbone/tests/fixtures
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model, T5Config, T5EncoderModel, ViTConfig, ViTModel

LENGTHS = (1, 7, 12)


def shake(model: torch.nn.Module) -> None:
    """Weights large enough that a wrong formula shows: biases and norms included."""
    for name, parameter in model.named_parameters():
        norm = "ln_" in name or "layer_norm" in name or "layernorm" in name.lower()
        centre = 1.0 if norm and name.endswith("weight") else 0.0
        torch.nn.init.normal_(parameter, mean=centre, std=0.3)


def write(folder: pathlib.Path, model, hidden_states) -> None:
    model.save_pretrained(folder)
    reference = {}
    for length in LENGTHS:
        inputs = torch.randn(2, length, 16)
        reference[f"inputs_embeds.{length}"] = inputs
        with torch.no_grad():
            reference[f"last_hidden_state.{length}"] = hidden_states(inputs).contiguous()
    save_file(reference, folder / "reference.safetensors")


def main() -> None:
    root = pathlib.Path(sys.argv[1])
    torch.manual_seed(0)
    gpt2 = GPT2Model(GPT2Config(vocab_size=11, n_positions=12, n_embd=16, n_layer=2, n_head=4)).eval()
    shake(gpt2)
    write(root / "gpt2", gpt2, lambda x: gpt2(inputs_embeds=x).last_hidden_state)

    config = ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
        image_size=4, patch_size=2,
    )
    vit = ViTModel(config, add_pooling_layer=False).eval()
    shake(vit)

    def blocks_and_norm(x: torch.Tensor) -> torch.Tensor:
        for layer in vit.layers if hasattr(vit, "layers") else vit.encoder.layer:
            x = layer(x)
            x = x[0] if isinstance(x, tuple) else x
        return vit.layernorm(x)

    write(root / "vit", vit, blocks_and_norm)

    config = BertConfig(
        vocab_size=11, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
        max_position_embeddings=12,
    )
    bert = BertModel(config, add_pooling_layer=False).eval()
    shake(bert)
    write(root / "bert", bert, lambda x: bert(inputs_embeds=x).last_hidden_state)

    for name, projection in (("t5", "relu"), ("t5-gated", "gated-gelu")):
        # Buckets and distances so small that twelve tokens reach all of them; heads that do not fill the width.
        config = T5Config(
            vocab_size=11, d_model=16, d_kv=3, d_ff=24, num_layers=2, num_heads=4, feed_forward_proj=projection,
            relative_attention_num_buckets=8, relative_attention_max_distance=9,
        )
        t5 = T5EncoderModel(config).eval()
        shake(t5)
        write(root / name, t5, lambda x: t5(inputs_embeds=x).last_hidden_state)


if __name__ == "__main__":
    main()
