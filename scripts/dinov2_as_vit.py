"""Writes DINOv2 as a plain ViT, its LayerScale folded into the weights before it: what study real-bodies starts from.

    pip install safetensors numpy huggingface_hub
    python scripts/dinov2_as_vit.py facebook/dinov2-small checkpoints/dinov2-small-as-vit
    python scripts/dinov2_as_vit.py --check      # a small random one in `transformers`: the same hidden states, to 1e-5

A block of DINOv2 adds scale * (W x + b); a ViT that has scale * W and scale * b adds the same. Read is a folder in the hub's layout,
or owner/name on the hub.
"""

import argparse
import json
import pathlib
import sys
import tempfile

from safetensors.numpy import load_file, save_file

LAYER = {
    "norm1": "layernorm_before",
    "norm2": "layernorm_after",
    "mlp.fc1": "intermediate.dense",
    "mlp.fc2": "output.dense",
}
SAME = [
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "hidden_act",
    "layer_norm_eps",
    "image_size",
    "patch_size",
    "num_channels",
    "qkv_bias",
]


def fold(source: pathlib.Path, folder: pathlib.Path) -> None:
    config = json.loads((source / "config.json").read_text())
    if config.get("use_swiglu_ffn"):
        sys.exit("its feed-forward layers are SwiGLUs, which no ViT has")
    before = load_file(source / "model.safetensors")
    after = {}
    for name, tensor in before.items():
        if "layer_scale" in name or name.endswith("mask_token"):
            continue
        for scaled, scale in [("attention.output.dense", "layer_scale1"), ("mlp.fc2", "layer_scale2")]:
            if f".{scaled}." in name:
                by = before[f"{name.split(f'.{scaled}.')[0]}.{scale}.lambda1"]
                tensor = tensor * (by[:, None] if tensor.ndim == 2 else by)
        for theirs, ours in LAYER.items():
            name = name.replace(f".{theirs}.", f".{ours}.")
        after[name] = tensor
    folder.mkdir(parents=True, exist_ok=True)
    save_file(after, folder / "model.safetensors", metadata={"format": "pt"})
    vit = {
        "architectures": ["ViTModel"],
        "model_type": "vit",
        **{key: config[key] for key in SAME},
        "intermediate_size": int(config["hidden_size"] * config["mlp_ratio"]),
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }
    (folder / "config.json").write_text(json.dumps(vit, indent=2) + "\n")


def check() -> None:
    import torch
    from transformers import Dinov2Config, Dinov2Model, ViTModel

    torch.manual_seed(1)
    sizes = dict(hidden_size=32, num_hidden_layers=3, num_attention_heads=4, mlp_ratio=4, image_size=28, patch_size=14)
    dino = Dinov2Model(Dinov2Config(layerscale_value=0.3, **sizes)).eval()
    for name, parameter in dino.named_parameters():
        if "lambda1" in name or "bias" in name:
            torch.nn.init.normal_(parameter, 0.3, 0.2)
    pixels = torch.randn(2, 3, 28, 28)
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        before, after = pathlib.Path(folder, "before"), pathlib.Path(folder, "after")
        dino.save_pretrained(before)
        fold(before, after)
        vit = ViTModel.from_pretrained(after, add_pooling_layer=False).eval()
        expected, found = dino(pixels).last_hidden_state, vit(pixels).last_hidden_state
    error = ((found - expected).norm() / expected.norm()).item()
    print(f"relative error {error:.1e}")
    assert error < 1e-5, error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", help="owner/name on the hub, or a folder")
    parser.add_argument("folder", nargs="?", type=pathlib.Path, help="where the ViT is written")
    parser.add_argument("--check", action="store_true", help="fold a small random one and compare")
    arguments = parser.parse_args()
    if arguments.check:
        check()
    elif arguments.source and arguments.folder:
        source = pathlib.Path(arguments.source)
        if not source.is_dir():
            from huggingface_hub import snapshot_download

            source = pathlib.Path(snapshot_download(arguments.source, allow_patterns=["config.json", "model.safetensors"]))
        fold(source, arguments.folder)
    else:
        parser.error("SOURCE and FOLDER, or --check")


if __name__ == "__main__":
    main()
