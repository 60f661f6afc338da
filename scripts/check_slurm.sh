#!/usr/bin/env bash
# `fpt submit` on a real Slurm: a study goes through it while tasks fail, are killed, cancelled and put back, its controller is restarted
# and munge is away, until all is done; then its files are those of a run without Slurm, byte for byte.
#
#   scripts/check_slurm.sh FPT [--short]
#
# FPT: the binary. 300 jobs, or 24 with --short. Starts a Slurm of its own (scripts/slurm.sh).
set -euo pipefail
fpt=$(realpath "${1:?the binary}")
short=${2:-}
scripts=$(dirname "$(realpath "$0")")
if ! command -v sbatch slurmctld slurmd munged >/dev/null || [ "$(command -v sbatch slurmctld slurmd munged | wc -l)" -lt 4 ]; then
  echo "skipped: there is no Slurm here (packages slurmctld, slurmd, slurm-client, munge)"
  exit 0
fi
work=$(mktemp -d)
slurm="$work/slurm"
# From here on whatever is cancelled is in there, and not in a cluster that this machine belongs to.
export SLURM_CONF=$slurm/slurm.conf FPT_DATA=${FPT_DATA:-$work/data}
trap 'scancel --me 2>/dev/null; sleep 1; "$scripts/slurm.sh" down "$slurm"; [ -n "${KEEP:-}" ] && echo "kept: $work" || rm -rf "$work"' EXIT
# One of its own, so that what an earlier one has left over does not speak to it.
SLURM_PORT=$((20000 + RANDOM % 10000)) "$scripts/slurm.sh" up "$slurm"
step() { echo "== $1 ($SECONDS s)"; }
fail() { echo "FAILED: $*" >&2; exit 1; }

[ -n "$short" ] && rates=3 seeds=8 || rates=30 seeds=10
mkdir -p "$work/a cluster/experiments" "$work/alone/experiments"
cd "$work/a cluster"
{
  cat <<STUDY
question = "Does a study come out of a queue as it comes out alone?"
[job]
task = "bit-xor"
steps = 60
evaluate-every = 20
[axes]
pretraining = ["text", "random"]
learning-rate = [$(seq -s, -f '%g' 0.001 0.0001 "$(awk -v n="$((rates / 2 + rates % 2))" 'BEGIN { print 0.001 + (n - 1) * 0.0001 }')")]
[table]
rows = "pretraining"
columns = "learning-rate"
STUDY
} >q.toml
cp q.toml ../alone/
run() { "$fpt" "$@" --profile smoke; }
all=(q.toml --seeds "$seeds")
jobs() { find results/smoke/jobs -name outcome.json | wc -l; }
queued() { squeue --me -h -r | wc -l; }
settle() { for _ in $(seq 1200); do [ "$(queued)" = 0 ] && return; sleep 0.5; done; fail "the queue does not empty"; }

step "alone"
(cd ../alone && run study "${all[@]}" >"$work/alone.log" 2>&1) || fail "$(cat "$work/alone.log")"
total=$(find ../alone/results/smoke/jobs -name outcome.json | wc -l)
echo "$total jobs"

step "submitted, with three that cannot write"
mapfile -t broken < <(run plan "${all[@]}" | grep -E '^[0-9a-f]{16}' | grep -v pretraining | awk '{ print $1 }' | sed -n '2p;5p;9p')
[ ${#broken[@]} = 3 ] || fail "three jobs are wanted: ${broken[*]}"
for id in "${broken[@]}"; do mkdir -p "results/smoke/jobs/$id/trained.bpk/in the way"; done
run submit "${all[@]}" --slurm --pack 0 --time 5
second=$(run submit "${all[@]}" --slurm --pack 0)
echo "$second" | grep -q "nothing to submit" || fail "submitted twice: $second"

step "put back, killed, cancelled"
while [ "$(jobs)" -lt 4 ]; do sleep 0.1; done
running() { squeue --me -h -r -t running -o '%F_%K' | tail -1; }
# Until one was hit: a task may end first.
hit() {
  for _ in $(seq 50); do
    task=$(running)
    [ -n "$task" ] && "${@:2}" "$task" 2>/dev/null && echo "$1 $task" && return
    sleep 0.1
  done
  fail "no task was $1"
}
hit "put back" scontrol requeue
hit killed scancel --signal=KILL --full
cancelled=$(squeue --me -h -r -t pending -o '%F_%K' | tail -1)
[ -n "$cancelled" ] || fail "no task waits that could be cancelled"
scancel "$cancelled"
echo "cancelled $cancelled"

step "the controller is restarted"
"$scripts/slurm.sh" stop "$slurm" slurmctld
sleep 2
"$scripts/slurm.sh" start "$slurm" slurmctld

step "munge is away"
"$scripts/slurm.sh" stop "$slurm" munged
run status "${all[@]}" >"$work/status" || fail "status without an answer: exit $?"
grep -q "not known" "$work/status" || fail "status without an answer says: $(head -3 "$work/status")"
grep -q " lost" "$work/status" && fail "lost, without an answer: $(grep lost "$work/status" | head -3)"
code=0
run submit "${all[@]}" --slurm --pack 0 2>"$work/refused" || code=$?
[ $code = 1 ] && grep -q "nothing was submitted" "$work/refused" || fail "submitted without an answer: $code $(cat "$work/refused")"
"$scripts/slurm.sh" start "$slurm" munged
for _ in $(seq 60); do squeue --me -h >/dev/null 2>&1 && break; sleep 0.5; done

settle
run status "${all[@]}" | head -3
failed=$(run status "${all[@]}" | grep -c "^  failed " || true)
[ "$failed" = "${#broken[@]}" ] || fail "$failed failed, not ${#broken[@]}"
run status "${all[@]}" | grep -q "^  lost .*$cancelled" || fail "the cancelled task is not called lost"

step "what is missing again"
for id in "${broken[@]}"; do rm -r "results/smoke/jobs/$id/trained.bpk"; done
run submit "${all[@]}" --slurm --pack 60 --time 5
settle
[ "$(jobs)" = "$total" ] || fail "$(jobs) of $total jobs"
run submit "${all[@]}" --slurm | grep -q "nothing to submit" || fail "something is left"

if [ -z "$short" ]; then
  step "a task whose time ends goes on in the next"
  cat >long.toml <<STUDY
question = "Does a job that is longer than its time come to its end?"
[job]
batch-size = 256
steps = ${LONG_STEPS:-8000}
evaluate-every = ${LONG_STEPS:-8000}
[axes]
pretraining = ["random"]
task = ["bit-memory"]
[table]
rows = "pretraining"
columns = "task"
STUDY
  cp long.toml ../alone/
  (cd ../alone && run study long.toml --seeds 1 >"$work/long" 2>&1) || fail "$(cat "$work/long")"
  run submit long.toml --seeds 1 --slurm --time 1
  settle
  run status long.toml --seeds 1
  log=$(grep -l "goes back" results/.submitted/smoke/long/1/array-1/*.log) || fail "its time never ended: more LONG_STEPS"
  echo "put back $(grep -c "goes back" "$log") times"
  run submit long.toml --seeds 1 --slurm >/dev/null 2>&1
  cmp results/smoke/long/runs.parquet ../alone/results/smoke/long/runs.parquet
  cmp results/smoke/long/curves.parquet ../alone/results/smoke/long/curves.parquet
fi

step "the same files as alone"
run table "${all[@]}" >"$work/table" 2>/dev/null
(cd ../alone && run table "${all[@]}" 2>/dev/null) | cmp - "$work/table"
run table q.toml >/dev/null 2>&1
(cd ../alone && run table q.toml >/dev/null 2>&1)
for file in runs.parquet curves.parquet tests.parquet table.md; do cmp "results/smoke/q/$file" "../alone/results/smoke/q/$file"; done
# The last line of a run. Those that could not write what they had trained were tested before, and again.
twice=$(grep -c "^test, weights of" results/smoke/jobs/*/log | grep -v ":1$" | grep -v -E "$(IFS="|" && echo "${broken[*]}")" || true)
[ -z "$twice" ] || fail "not finished once: $twice"
echo "all $total jobs are there, each was finished once, and the tables are equal"
