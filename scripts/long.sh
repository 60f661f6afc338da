#!/usr/bin/env bash
# Time and memory of a step where they grow: a Longformer-base layer stack at 1,024, 2,048 and 4,096 tokens beside full
# attention, and GPT-2 large. Each line is a process of its own. Writes to stdout; docs/performance.md holds a run.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release -q -p backbone --example step
step="${CARGO_TARGET_DIR:-target}/release/examples/step"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

body() { mkdir -p "$folder/$1"; printf '%s\n' "$2" > "$folder/$1/config.json"; }
base='"vocab_size": 50265, "hidden_size": 768, "num_hidden_layers": 2, "num_attention_heads": 12,
      "intermediate_size": 3072, "max_position_embeddings": 4098, "type_vocab_size": 1, "layer_norm_eps": 1e-5'
body window "{\"model_type\": \"longformer\", \"attention_window\": 512, $base}"
body full "{\"model_type\": \"roberta\", $base}"
body large '{"model_type": "gpt2", "n_embd": 1280, "n_layer": 36, "n_head": 20}'

for tokens in 1024 2048 4096; do
    for kind in window full; do
        printf '%s attention: ' "$kind"
        "$step" "$folder/$kind" 1 "$tokens"
    done
done
printf 'GPT-2 large: '
"$step" "$folder/large" 1 64
