"""Writes the golden fixtures of crates/backbone/tests: tiny bodies with random weights, the hidden
states that `transformers` computes with them at several lengths, and gradients at one.

    pip install torch transformers safetensors
    python scripts/golden_bodies.py crates/backbone/tests/fixtures

`lstm`, `vanilla` and `linformer` are in no package: they are written out below in PyTorch.
"""

import copy
import json
import math
import pathlib
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import (
    BertConfig, BertModel, GPT2Config, GPT2Model, LongformerConfig, LongformerModel, RobertaConfig, RobertaModel,
    T5Config, T5EncoderModel, ViTConfig, ViTModel,
)

WIDTH, LAYERS, HEADS, INNER = 16, 2, 4, 24
GRADIENT_LENGTH = 7
SIZES = dict(hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS, intermediate_size=INNER)


def shake(model: nn.Module) -> None:
    """Weights large enough that a wrong formula shows: biases and norms included."""
    for name, parameter in model.named_parameters():
        norm = "ln_" in name or "layer_norm" in name or "layernorm" in name.lower()
        centre = 1.0 if norm and name.endswith(("weight", "alpha")) else 0.0
        nn.init.normal_(parameter, mean=centre, std=0.3)


def write(folder: pathlib.Path, model: nn.Module, hidden_states, lengths=(1, GRADIENT_LENGTH, 12)) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    reference = {}
    for length in lengths:
        inputs = torch.randn(2, length, WIDTH)
        reference[f"inputs_embeds.{length}"] = inputs
        with torch.no_grad():
            reference[f"last_hidden_state.{length}"] = hidden_states(inputs).contiguous()
    # Gradients of a weighted sum of the hidden states, under the names of the weights.
    inputs = reference[f"inputs_embeds.{GRADIENT_LENGTH}"].clone().requires_grad_()
    probe = torch.randn(2, GRADIENT_LENGTH, WIDTH)
    (hidden_states(inputs) * probe).sum().backward()
    reference["probe"] = probe
    reference["gradient.inputs_embeds"] = inputs.grad
    for name, gradient in gradients(model).items():
        reference[f"gradient.{name}"] = gradient.contiguous()
    save_file(reference, folder / "reference.safetensors")


def gradients(model: nn.Module) -> dict[str, torch.Tensor]:
    """Gradients under the names that a checkpoint has: saved in the place of the weights."""
    found = [parameter.grad for parameter in model.parameters()]
    model = copy.deepcopy(model)
    for parameter, gradient in zip(model.parameters(), found):
        parameter.data = torch.zeros_like(parameter) if gradient is None else gradient
    if not hasattr(model, "save_pretrained"):
        return model.state_dict()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return load_file(pathlib.Path(folder) / "model.safetensors")


def transformers_bodies(root: pathlib.Path) -> None:
    gpt2 = GPT2Model(GPT2Config(vocab_size=11, n_positions=12, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS))
    bert = BertModel(BertConfig(vocab_size=11, max_position_embeddings=12, **SIZES), add_pooling_layer=False)
    roberta = RobertaModel(
        RobertaConfig(vocab_size=11, max_position_embeddings=14, type_vocab_size=1, pad_token_id=1, **SIZES),
        add_pooling_layer=False,
    )
    for name, model in (("gpt2", gpt2), ("bert", bert), ("roberta", roberta)):
        shake(model.eval())
        model.save_pretrained(root / name)
        write(root / name, model, lambda x, model=model: model(inputs_embeds=x).last_hidden_state)

    vit = ViTModel(ViTConfig(image_size=4, patch_size=2, **SIZES), add_pooling_layer=False).eval()
    shake(vit)

    def blocks_and_norm(x: torch.Tensor) -> torch.Tensor:
        for layer in vit.layers if hasattr(vit, "layers") else vit.encoder.layer:
            x = layer(x)
            x = x[0] if isinstance(x, tuple) else x
        return vit.layernorm(x)

    vit.save_pretrained(root / "vit")
    write(root / "vit", vit, blocks_and_norm)

    for name, projection in (("t5", "relu"), ("t5-gated", "gated-gelu")):
        # Buckets and distances so small that twelve tokens reach all of them; heads that do not fill the width.
        config = T5Config(
            vocab_size=11, d_model=WIDTH, d_kv=3, d_ff=INNER, num_layers=LAYERS, num_heads=HEADS,
            feed_forward_proj=projection, relative_attention_num_buckets=8, relative_attention_max_distance=9,
        )
        t5 = T5EncoderModel(config).eval()
        shake(t5)
        t5.save_pretrained(root / name)
        write(root / name, t5, lambda x, t5=t5: t5(inputs_embeds=x).last_hidden_state)

    for name, front in (("longformer", 0), ("longformer-global", 2)):
        # A window per layer; lengths shorter and longer than it, and no multiple of it.
        config = LongformerConfig(
            vocab_size=11, max_position_embeddings=30, type_vocab_size=1, pad_token_id=1, attention_window=[4, 8],
            **SIZES,
        )
        model = LongformerModel(config, add_pooling_layer=False).eval()
        shake(model)

        def windowed(x: torch.Tensor, model=model, front=front) -> torch.Tensor:
            mask = torch.zeros(x.shape[:2], dtype=torch.long)
            mask[:, :front] = 1
            return model(inputs_embeds=x, global_attention_mask=mask if front else None).last_hidden_state

        model.save_pretrained(root / name)
        if front:
            path = root / name / "config.json"
            path.write_text(json.dumps({**json.loads(path.read_text()), "global_tokens": front}, indent=2) + "\n")
        write(root / name, model, windowed, lengths=(1, 3, GRADIENT_LENGTH, 12, 23))


class CellNorm(nn.Module):
    """Layer norm with the variance of a sample, or of the population."""

    def __init__(self, width: int, unbiased: bool):
        super().__init__()
        self.alpha, self.beta = nn.Parameter(torch.zeros(width)), nn.Parameter(torch.zeros(width))
        self.unbiased = unbiased

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        variance = x.var(-1, keepdim=True, unbiased=self.unbiased)
        return self.alpha * (x - x.mean(-1, keepdim=True)) / torch.sqrt(variance + 1e-6) + self.beta


class Cell(nn.Module):
    def __init__(self, unbiased: bool):
        super().__init__()
        self.i2h, self.h2h = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(WIDTH, 4 * WIDTH)
        self.ln_i2h, self.ln_h2h = CellNorm(4 * WIDTH, unbiased), CellNorm(4 * WIDTH, unbiased)
        self.ln_cell = CellNorm(WIDTH, unbiased)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = c = torch.zeros(x.shape[0], WIDTH)
        states = []
        for step in x.unbind(1):
            i, f, o, g = (self.ln_i2h(self.i2h(step)) + self.ln_h2h(self.h2h(h))).chunk(4, -1)
            c = self.ln_cell(torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g))
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states, 1)


class Table(nn.Module):
    def __init__(self, rows: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(rows, WIDTH))


class Lstm(nn.Module):
    """The official code's LSTM (star: the paper's LSTM*, with residual connections and positions)."""

    def __init__(self, star: bool):
        super().__init__()
        self.params = nn.ModuleList(Cell(unbiased=not star) for _ in range(LAYERS))
        if star:
            self.position_embeddings = Table(12)
        self.star = star

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.star:
            x = x + self.position_embeddings.weight[: x.shape[1]]
        for cell in self.params:
            x = x + cell(x) if self.star else cell(x)
        return x


class Dense(nn.Module):
    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.dense = nn.Linear(inputs, outputs)


class Projections(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))


class LowRank(nn.Module):
    def __init__(self, rows: int):
        super().__init__()
        self.key, self.value = nn.Parameter(torch.zeros(rows, 12)), nn.Parameter(torch.zeros(rows, 12))


class Attention(nn.Module):
    def __init__(self, rows: int):
        super().__init__()
        self.attention, self.output = Projections(), Dense(WIDTH, WIDTH)
        if rows:
            self.low_rank = LowRank(rows)
        self.rows = rows

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = (net(x) for net in (self.attention.query, self.attention.key, self.attention.value))
        if self.rows:
            k, v = (net[:, : x.shape[1]] @ y for net, y in ((self.low_rank.key, k), (self.low_rank.value, v)))
        q, k, v = (y.unflatten(-1, (HEADS, -1)).transpose(1, 2) for y in (q, k, v))
        weights = (q @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS)).softmax(-1)
        return self.output.dense((weights @ v).transpose(1, 2).flatten(2))


class Layer(nn.Module):
    def __init__(self, rows: int):
        super().__init__()
        self.layernorm_before, self.layernorm_after = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention, self.intermediate, self.output = Attention(rows), Dense(WIDTH, INNER), Dense(INNER, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.layernorm_before(x))
        inner = nn.functional.gelu(self.intermediate.dense(self.layernorm_after(x)))
        return x + self.output.dense(inner)


class Vanilla(nn.Module):
    """A pre-norm encoder with learned positions (rows: Linformer's projected keys and values)."""

    def __init__(self, rows: int):
        super().__init__()
        self.position_embeddings = Table(12)
        self.layer = nn.ModuleList(Layer(rows) for _ in range(LAYERS))
        self.layernorm = nn.LayerNorm(WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.position_embeddings.weight[: x.shape[1]]
        for layer in self.layer:
            x = layer(x)
        return self.layernorm(x)


def own_bodies(root: pathlib.Path) -> None:
    lstm = dict(model_type="lstm", hidden_size=WIDTH, num_hidden_layers=LAYERS, initial_state="zeros",
                norm_init="uniform", layer_norm_eps=1e-6)
    vanilla = dict(model_type="vanilla", max_position_embeddings=12, layer_norm_eps=1e-5, initializer_range=0.02,
                   **SIZES)
    for name, model, config in (
        ("lstm", Lstm(False), dict(lstm, max_position_embeddings=0, residual=False, unbiased_variance=True)),
        ("lstm-star", Lstm(True), dict(lstm, max_position_embeddings=12, residual=True, unbiased_variance=False)),
        ("vanilla", Vanilla(0), vanilla),
        ("linformer", Vanilla(3), dict(vanilla, low_rank_features=3)),
    ):
        shake(model.eval())
        write(root / name, model, model)
        save_file({key: value.contiguous() for key, value in model.state_dict().items()},
                  root / name / "model.safetensors")
        (root / name / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    root = pathlib.Path(sys.argv[1])
    torch.manual_seed(0)
    transformers_bodies(root)
    own_bodies(root)


if __name__ == "__main__":
    main()
