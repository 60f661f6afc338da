#!/usr/bin/env bash
# How long each task takes from the start of its job to the first gradient step, and for which share of the time training
# waits for batches: a short job a task. Run it twice: the second time everything is decoded and kept.
# Usage: scripts/first_steps.sh PROFILE [OPTION…], e.g. scripts/first_steps.sh tiny --data DIR. Needs a release build.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-tiny}
shift || true
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/first-steps.toml" <<'TOML'
question = "How soon does each task train?"
job = { steps = 200, evaluate-every = 200, curve-examples = 100 }
[axes]
task = ["bit-memory", "bit-xor", "listops", "mnist", "cifar10", "cifar10-lra", "protein-family", "text"]
policy = ["fpt"]
[table]
rows = "policy"
columns = "task"
TOML
"${FPT:-target/release/fpt}" study "$work/first-steps.toml" --profile "$profile" --seeds 1 --workers 1 --threads 1 \
    --results "$work" "$@" > "$work/out" 2>&1 || { cat "$work/out"; exit 1; }
printf '%-16s %14s %18s\n' task 'first step' 'waits for batches'
for job in "$work/$profile"/jobs/*/; do
    task=$(sed -n 's/^name = "\(.*\)"/\1/p' "$job/job.toml")
    first=$(sed -n 's/^took its first step after //p' "$job/log")
    wait=$(sed -n 's/.*waited for batches \(.*\) of the time/\1/p' "$job/log")
    printf '%-16s %14s %18s\n' "$task" "$first" "$wait"
done | sort
