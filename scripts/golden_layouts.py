"""Writes the layouts that checkpoints come in, for crates/backbone/tests/layouts.rs: the tiny bodies of
golden_bodies.py as pickles, in shards, in half precision, with the prefixes, heads and old names that files on the
hub have; and a pickle that would run a command.

    pip install torch transformers safetensors
    python scripts/golden_layouts.py crates/backbone/tests/fixtures crates/backbone/tests/layouts
"""

import json
import os
import pathlib
import pickle
import shutil
import sys
import zipfile

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, T5EncoderModel

LENGTH = 5


def reference(folder: pathlib.Path, model) -> None:
    inputs = torch.randn(1, LENGTH, model.config.hidden_size)
    with torch.no_grad():
        output = model.eval()(inputs_embeds=inputs).last_hidden_state
    save_file({"inputs_embeds": inputs, "last_hidden_state": output.contiguous()}, folder / "reference.safetensors")


def shards(tensors: dict[str, torch.Tensor], stem: str, kind: str) -> tuple[dict, dict]:
    """Two files, every other tensor in each, and their index."""
    parts = [dict(list(tensors.items())[first::2]) for first in range(2)]
    names = [f"{stem}-{index + 1:05}-of-00002.{kind}" for index in range(2)]
    files = dict(zip(names, parts))
    return files, {"metadata": {}, "weight_map": {key: name for name, part in files.items() for key in part}}


class Command:
    """What a hostile pickle holds."""

    def __reduce__(self):
        return os.system, ("touch executed",)


def main() -> None:
    fixtures, root = map(pathlib.Path, sys.argv[1:3])
    torch.manual_seed(1)

    def start(name: str, body: str):
        folder = root / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(fixtures / body / "config.json", folder)
        encoder = body.startswith("t5")
        model = (T5EncoderModel if encoder else AutoModel).from_pretrained(fixtures / body, dtype=torch.float32)
        return folder, load_file(fixtures / body / "model.safetensors"), model

    folder, tensors, model = start("sharded", "gpt2")
    files, index = shards(tensors, "model", "safetensors")
    for name, part in files.items():
        save_file(part, folder / name)
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")
    reference(folder, model)

    for name, zipped in (("pickle", True), ("pickle-old", False)):
        folder, tensors, model = start(name, "gpt2")
        torch.save(tensors, folder / "pytorch_model.bin", _use_new_zipfile_serialization=zipped)
        reference(folder, model)

    # What training loops leave: the weights among other things, wrapped twice; and two models in one file.
    folder, tensors, model = start("pickle-training", "bert")
    wrapped = {f"module.bert.{key}": value.half() for key, value in tensors.items()}
    moments = {0: {"exp_avg": torch.zeros(2, 2), "step": 3}}
    saved = {"epoch": 3, "model_state_dict": wrapped, "optimizer": {"state": moments, "param_groups": [{"lr": 0.1}]}}
    torch.save(saved, folder / "pytorch_model.bin")
    reference(folder, model.half().float())

    folder, tensors, _ = start("pickle-two", "gpt2")
    half = {key: value.half() for key, value in tensors.items()}
    torch.save({"model": half, "state_dict": dict(half)}, folder / "pytorch_model.bin")

    folder, tensors, model = start("pickle-sharded", "bert")
    files, index = shards(tensors, "pytorch_model", "bin")
    for name, part in files.items():
        torch.save(part, folder / name)
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=1) + "\n")
    reference(folder, model)

    for name, kind in (("half", torch.float16), ("bfloat", torch.bfloat16)):
        folder, tensors, model = start(name, "gpt2")
        save_file({key: value.to(kind) for key, value in tensors.items()}, folder / "model.safetensors")
        reference(folder, model.to(kind).float())

    # As GPT2LMHeadModel used to be saved: prefix, causal masks kept as buffers, the head.
    folder, tensors, model = start("gpt2-lm", "gpt2")
    old = {f"transformer.{key}": value for key, value in tensors.items()}
    for layer in range(2):
        old[f"transformer.h.{layer}.attn.bias"] = torch.ones(1, 1, 12, 12).tril()
        old[f"transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    old["lm_head.weight"] = tensors["wte.weight"].clone()
    save_file(old, folder / "model.safetensors")
    reference(folder, model)

    # As BertForPreTraining was: prefix, gamma and beta, position numbers, pooler and heads.
    folder, tensors, model = start("bert-lm", "bert")
    old = {
        "bert." + key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
        for key, value in tensors.items()
    }
    old["bert.embeddings.position_ids"] = torch.arange(12)[None]
    old["bert.pooler.dense.weight"], old["cls.predictions.bias"] = torch.zeros(16, 16), torch.zeros(11)
    save_file(old, folder / "model.safetensors")
    reference(folder, model)

    # A whole T5: the decoder and both names of the tokens.
    folder, tensors, model = start("t5-whole", "t5")
    old = dict(tensors)
    old["encoder.embed_tokens.weight"] = old["decoder.embed_tokens.weight"] = old["shared.weight"]
    old["decoder.final_layer_norm.weight"] = torch.zeros(16)
    torch.save(old, folder / "pytorch_model.bin")
    reference(folder, model)

    folder, _, _ = start("hostile", "gpt2")
    with zipfile.ZipFile(folder / "pytorch_model.bin", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"wte.weight": Command()}, protocol=2))
        archive.writestr("archive/version", "3\n")


if __name__ == "__main__":
    main()
