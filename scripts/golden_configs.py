"""Writes crates/backbone/tests/config_fields.json: for every body that `transformers` has, what it makes of the
tiny checkpoint of golden_bodies.py when one field of config.json is changed, set to null or left out: the same hidden
states, other ones (some of their numbers), or none. And the fields that its config class has, so that none is
forgotten.

    pip install torch transformers safetensors
    python scripts/golden_configs.py crates/backbone/tests/fixtures crates/backbone/tests/config_fields.json

Run again with another version of `transformers`, fields are added, and what differs is printed and stays as it was
unless only the other version computes with the field.
"""

import json
import logging
import math
import pathlib
import shutil
import sys
import tempfile

import torch
import transformers
from transformers import (
    BertModel, GPT2Model, LongformerModel, RobertaModel, T5EncoderModel, ViTModel,
)
from transformers.activations import ACT2FN

WIDTH, TOKENS, EVERY = 16, 12, 17
MODELS = {
    "bert": BertModel, "roberta": RobertaModel, "gpt2": GPT2Model, "t5": T5EncoderModel, "t5-gated": T5EncoderModel,
    "longformer": LongformerModel, "vit": ViTModel,
}
ABSENT = "(absent)"
ACTIVATIONS = [*ACT2FN.keys(), "gelu_none"]
# Fields that no default of a class shows, or that deserve more than one other value.
VALUES = {
    "activation_function": ACTIVATIONS, "hidden_act": ACTIVATIONS, "dense_act_fn": ACTIVATIONS,
    "feed_forward_proj": [*ACTIVATIONS, *(f"gated-{name}" for name in ACTIVATIONS), "gated", "gated-x-relu"],
    "is_gated_act": [True, False],
    "position_embedding_type": ["absolute", "relative_key", "relative_key_query", "none"],
    "attention_window": [8, 16, [8, 8], [4], [4, 5]],
    "pruned_heads": [{}, {"0": [1]}],
    "num_attention_heads": [1, 2, 8, 3], "num_heads": [1, 2, 8], "n_head": [1, 2, 8, 3],
    "num_hidden_layers": [1, 3], "num_layers": [1, 3], "n_layer": [1, 3],
    "hidden_size": [8, 32], "n_embd": [8, 32], "d_model": [8, 32], "head_dim": [1, 6], "d_kv": [1, 6],
    "max_position_embeddings": [11, 40], "n_positions": [11, 40], "n_ctx": [4, 40],
    "n_inner": [24, 64], "intermediate_size": [12, 48], "d_ff": [12, 48], "vocab_size": [7, 20],
    "layer_norm_eps": [0.0, 0.1, 1], "layer_norm_epsilon": [0.0, 0.1, 1],
    "initializer_range": [0.5], "initializer_factor": [0.5],
    "relative_attention_num_buckets": [6, 16], "relative_attention_max_distance": [4, 20],
    "pad_token_id": [0, 1, 2], "type_vocab_size": [1, 2, 3],
    "quantization_config": [{"quant_method": "bitsandbytes", "load_in_8bit": True}],
    "gradient_checkpointing": [False, True], "attn_implementation": ["eager", "sdpa"],
    "chunk_size_feed_forward": [1, 2], "dtype": ["float32"], "torch_dtype": ["float32"],
    "image_size": [8], "patch_size": [1], "num_channels": [1], "pooler_output_size": [8],
    "architectures": [["Other"]], "id2label": [{"0": "a"}], "label2id": [{"a": 0}], "num_labels": [3],
    "problem_type": ["regression"], "task_specific_params": [{"a": {"b": 1}}], "my_note": ["a", 7, {"b": [1]}],
    "model_max_length": [9], "layerdrop": [0.5], "output_past": [True], "directionality": ["bidi"],
    "add_cross_attention": [True], "is_decoder": [True], "cross_attention_hidden_size": [8],
    "tokenizer_class": ["Other"], "return_dict": [False],
}
# What names the class, what versions write of themselves, and rows of a ViT's positions, which are ours.
KEPT = {"model_type", "transformers_version", "(vit) max_position_embeddings"}
# Fields that say nothing beside others.
HIDDEN_BY = {"feed_forward_proj": ["dense_act_fn", "is_gated_act"]}


def inputs() -> torch.Tensor:
    numbers = [1.5 * math.sin(0.7 * index + 0.3) for index in range(TOKENS * WIDTH)]
    return torch.tensor(numbers, dtype=torch.float32).reshape(1, TOKENS, WIDTH)


def hidden_states(model, x: torch.Tensor) -> torch.Tensor:
    if not isinstance(model, ViTModel):
        output = model(inputs_embeds=x)
        return output[0] if isinstance(output, tuple) else output.last_hidden_state
    for layer in model.layers if hasattr(model, "layers") else model.encoder.layer:
        x = layer(x)
        x = x[0] if isinstance(x, tuple) else x
    return model.layernorm(x)


def compute(model_class, folder: pathlib.Path) -> torch.Tensor | None:
    """Hidden states, or none where the model cannot be made or is not all in the file."""
    extra = {} if model_class is T5EncoderModel or model_class is GPT2Model else {"add_pooling_layer": False}
    torch.manual_seed(0)
    try:
        model, info = model_class.from_pretrained(folder, output_loading_info=True, dtype=torch.float32,
                                                  attn_implementation="eager", **extra)
        if info["missing_keys"] or info["mismatched_keys"]:
            return None
        with torch.no_grad():
            return hidden_states(model.eval(), inputs())
    except Exception:  # whatever the reason, there is nothing to compare with
        return None


def values_of(name: str, default) -> list:
    """Values of a field that differ from its default."""
    if name in VALUES:
        return VALUES[name]
    if isinstance(default, bool):
        return [not default]
    if isinstance(default, int):
        return [default + 1]
    if isinstance(default, float):
        return [default + 0.25]
    return ["x"] if isinstance(default, str) else [3]


def changes(body: str, config: dict, known: dict, aliases: dict) -> list[dict]:
    """What is to be set, or left out, in config.json."""
    found = []
    for name, default in known.items():
        if name in KEPT or f"({body}) {name}" in KEPT:
            continue
        absent = [ABSENT] if name in config else []
        options = [{name: value} for value in [*values_of(name, config.get(name, default)), None, *absent]]
        hidden = dict.fromkeys((other for other in HIDDEN_BY.get(name, []) if other in config), ABSENT)
        found += [{**option, **hidden} for option in options]
    for alias, name in aliases.items():
        for value in [config.get(name, known[name]), *values_of(alias, None)]:
            # Beside the field's own name, and in its place.
            found += [{alias: value}, {alias: value, name: ABSENT}]
        found.append({alias: None})
    return found


def read(path: pathlib.Path) -> dict:
    """What an earlier run found, by what was set."""
    golden = json.loads(path.read_text()) if path.exists() else {}
    for entry in golden.values():
        gives = {name: entry.pop(name) for name in ("same", "fails", "other")}
        entry["gives"] = {
            **{json.dumps(change): "same" for change in gives["same"]},
            **{json.dumps(change): "fails" for change in gives["fails"]},
            **{json.dumps(change): numbers for change, numbers in gives["other"]},
        }
    return golden


def write(path: pathlib.Path, golden: dict) -> None:
    def line(name: str, values: list) -> str:
        return f'"{name}": [\n{",".join(chr(10) + json.dumps(value) for value in values).lstrip(chr(10))}\n]'

    bodies = []
    for body, entry in golden.items():
        gives = [(json.loads(change), found) for change, found in entry["gives"].items()]
        parts = [f'"{name}": {json.dumps(entry[name])}' for name in ("versions", "fields", "base")]
        parts += [line(kind, [change for change, found in gives if found == kind]) for kind in ("same", "fails")]
        parts.append(line("other", [[change, found] for change, found in gives if isinstance(found, list)]))
        bodies.append(f'"{body}": {{{(","+chr(10)).join(parts)}}}')
    path.write_text("{" + (","+chr(10)).join(bodies) + "}\n")


def main() -> None:
    logging.disable(logging.CRITICAL)
    fixtures, path = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    golden = read(path)
    for body, model_class in MODELS.items():
        config = json.loads((fixtures / body / "config.json").read_text())
        entry = golden.setdefault(body, {"versions": [], "fields": [], "base": [], "gives": {}})
        own = model_class.config_class().to_dict()
        aliases = model_class.config_class.attribute_map
        known = {**dict.fromkeys(VALUES), **own, **config}
        known = {name: value for name, value in known.items() if name not in aliases}
        entry["fields"] = sorted({*entry["fields"], *own})
        entry["versions"] = sorted({*entry["versions"], transformers.__version__})
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            shutil.copy(fixtures / body / "model.safetensors", folder)

            def run(changed: dict) -> torch.Tensor | None:
                (folder / "config.json").write_text(json.dumps(changed))
                return compute(model_class, folder)

            def numbers(states: torch.Tensor) -> list[float]:
                return [float(f"{number:.6g}") for number in states.flatten()[::EVERY].tolist()]

            base = run(config)
            scale = base.square().mean().sqrt()
            entry["base"] = numbers(base)
            for change in changes(body, config, known, aliases):
                settings = {**config, **change}
                states = run({name: value for name, value in settings.items() if value != ABSENT})
                if states is None or states.shape != base.shape or not states.isfinite().all():
                    gives = "fails"
                elif (states - base).abs().max() < 1e-5 * scale:
                    gives = "same"
                else:
                    gives = numbers(states)
                change = json.dumps(change)
                before = entry["gives"].setdefault(change, gives)
                if type(before) is not type(gives) or isinstance(gives, str) and before != gives:
                    print(f"{body} {change}: {transformers.__version__} {str(gives)[:20]}, before {str(before)[:20]}")
                    entry["gives"][change] = gives if isinstance(gives, list) else before
        found = list(entry["gives"].values())
        print(f"{body}: {len(found)} changes, {found.count('same')} without effect, {found.count('fails')} fail")
    write(path, golden)


if __name__ == "__main__":
    main()
