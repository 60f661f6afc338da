"""A pretraining of `language-models` in PyTorch: masked bytes of English, by a BERT or T5's encoder of 4 layers x 128.

Written apart from the Rust code, on `transformers`' own bodies: 15 % of the bytes of each window are predicted, of which eight in ten
are hidden, one is another byte and one stays; Adam with decoupled decay, a cosine after 100 steps of warm-up; other random numbers.

    pip install torch transformers
    python scripts/masked_text.py DATA/english bert                                # windows of 32 bytes, as at `tiny`
    python scripts/masked_text.py DATA/english bert --context 128 --batch 32       # of 128: it stays where frequent bytes are

DATA/english holds what `fpt fetch english` leaves. Prints the training loss in nats every 100 steps.
"""

import argparse
import math
import pathlib

import torch
from torch import nn
from transformers import BertConfig, BertModel, T5Config, T5EncoderModel

WIDTH, LAYERS, HEADS, POSITIONS, BYTES = 128, 4, 4, 128, 256
SHARE, WARMUP, FLOOR = 0.15, 100, 0.1


def body_of(kind: str) -> tuple[nn.Module, nn.Embedding, float]:
    """The body, its token table, and what its logits are multiplied with."""
    if kind == "t5":
        config = T5Config(vocab_size=BYTES, d_model=WIDTH, d_kv=WIDTH // HEADS, d_ff=4 * WIDTH, num_layers=LAYERS, num_heads=HEADS, dropout_rate=0)
        body = T5EncoderModel(config)
        return body, body.shared, WIDTH**-0.5
    config = BertConfig(
        vocab_size=BYTES, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS, intermediate_size=4 * WIDTH,
        max_position_embeddings=POSITIONS, hidden_dropout_prob=0, attention_probs_dropout_prob=0,
    )
    body = BertModel(config, add_pooling_layer=False)
    return body, body.embeddings.word_embeddings, 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("body", choices=["bert", "t5"])
    parser.add_argument("--context", type=int, default=32)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=3_000, help="of the schedule")
    parser.add_argument("--stop", type=int, help="after so many")
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    documents = sorted(arguments.folder.rglob("*.txt"))
    text = torch.frombuffer(bytearray(b"".join(document.read_bytes() for document in documents)), dtype=torch.uint8).long()
    body, table, scale = body_of(arguments.body)
    optimizer = torch.optim.AdamW(body.parameters(), weight_decay=0.01)
    count = round(SHARE * arguments.context)
    losses = []
    for step in range(arguments.stop or arguments.steps):
        part = (step - WARMUP) / max(arguments.steps - WARMUP, 1)
        share = (step + 1) / WARMUP if step < WARMUP else FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * part))
        for group in optimizer.param_groups:
            group["lr"] = share * arguments.learning_rate
        starts = torch.randint(0, len(text) - arguments.context, (arguments.batch, 1))
        windows = text[starts + torch.arange(arguments.context)]
        where = torch.rand(arguments.batch, arguments.context).argsort(1)[:, :count]
        hidden = windows.gather(1, where)
        another = text[torch.randint(0, len(text), hidden.shape)]
        die = torch.rand(hidden.shape)
        shown = torch.where(die < 0.8, 0, torch.where(die < 0.9, another, hidden))
        states = body(input_ids=windows.scatter(1, where, shown)).last_hidden_state
        read = states.gather(1, where[..., None].expand(-1, -1, WIDTH))
        loss = nn.functional.cross_entropy((scale * read @ table.weight.T).flatten(0, 1), hidden.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(body.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if len(losses) == 100:
            print(f"step {step + 1}: {sum(losses) / 100:.3f} nats", flush=True)
            losses = []


if __name__ == "__main__":
    main()
