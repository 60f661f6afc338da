#!/usr/bin/env bash
# How long each task takes from the start of a process to its first gradient step, and for which share of the time training
# waits for batches: a short job a task, twice, so that the second finds everything decoded and kept.
# Usage: scripts/first_steps.sh PROFILE [OPTION…], e.g. scripts/first_steps.sh tiny --data DIR. Needs a release build.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-tiny}; shift || true
fpt=${FPT:-target/release/fpt}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/first-steps.toml" <<'TOML'
question = "How soon does each task train?"
job = { steps = 300, evaluate-every = 300, curve-examples = 100, frozen-precision = "f32" }
[axes]
task = ["bit-memory", "bit-xor", "listops", "mnist", "cifar10", "cifar10-lra", "protein-family", "text"]
policy = ["fpt"]
[table]
rows = "policy"
columns = "task"
TOML
for round in cold warm; do
  "$fpt" study "$work/first-steps.toml" --profile "$profile" --seeds 1 --workers 1 --threads 1 --results "$work/$round" "$@" \
    > "$work/$round.log" 2>&1 || { cat "$work/$round.log"; exit 1; }
done
printf '%-16s %14s %18s\n' task 'first step, s' 'waits for batches'
for job in "$work"/warm/"$profile"/jobs/*/; do
  task=$(sed -n 's/^name = "\(.*\)"/\1/p' "$job/job.toml")
  log="$job/log"
  # Each job has a process of its own here: start-up is counted from the job's command.
  first=$(sed -n 's/^took its first step after \(.*\) s$/\1/p' "$log" | head -1)
  wait=$(sed -n 's/.*waited for batches \(.*\) of the time/\1/p' "$log" | tail -1)
  printf '%-16s %14s %18s\n' "$task" "$first" "$wait"
done | sort
