#!/usr/bin/env bash
# All that a machine with a GPU needs for gpu_day.py, in one folder and one archive of it (under 50 MB).
#
#   pip install pyarrow                              # committed curves become JSON here, so that nobody needs it there
#   FEATURES=wgpu,cuda scripts/gpu_pack.sh [OUT]     # OUT: gpu-pack
#
# FPT=PATH and TESTS="PATH ..." take programs that were built already. English text and MNIST go along where they
# lie in the cache of `fpt fetch english mnist`; without them the cells that need them are left out.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(realpath -m "${1:-gpu-pack}")
python=${PYTHON:-python3}
cd "$root"

if [ -z "${FPT:-}" ]; then
    features=${FEATURES:?FEATURES=wgpu, cuda or both says what to build; FPT=PATH what was built}
    cargo build --release --features "$features"
    FPT=${CARGO_TARGET_DIR:-target}/release/fpt
    if [ -f crates/kernels/tests/on_device.rs ]; then
        built=$(cargo test --release --no-run -p kernels --features "$features" --test on_device --message-format=json)
        TESTS=$(sed -n 's/.*"name":"on_device".*"executable":"\([^"]*\)".*/\1/p' <<< "$built")
    fi
fi

rm -rf "$out"
mkdir -p "$out/tests"
install -s "$FPT" "$out/fpt"
for test in ${TESTS:-}; do
    name=$(basename "$test")
    install -s "$test" "$out/tests/${name%-????????????????}"
done
cp -r experiments "$out/experiments"
cp -r scripts/gpu scripts/gpu_day.py scripts/peer_model.py "$out"
rm -rf "$out/gpu/__pycache__"
cp results/bench/peer.json "$out/"
"$python" - results/tiny/modality/curves.parquet "$out/curves.json" <<'PYTHON'
import json, pathlib, sys
import pyarrow.parquet as pq
pathlib.Path(sys.argv[2]).write_text(json.dumps(pq.read_table(sys.argv[1]).to_pylist()))
PYTHON

cache=${FPT_DATA:-${XDG_CACHE_HOME:-$HOME/.cache}/fpt}
for item in english mnist; do
    if [ -d "$cache/$item" ]; then
        mkdir -p "$out/data"
        cp -r "$cache/$item" "$out/data/$item"
    else
        echo "without $item: it is not in $cache"
    fi
done

# Compiled code shrinks to a fifth under xz.
tar -C "$(dirname "$out")" -cJf "$out.tar.xz" "$(basename "$out")"
size=$(($(stat -c %s "$out.tar.xz") / 1000000))
echo "$out.tar.xz: $size MB"
[ "$size" -lt 50 ] || { echo "that is 50 MB or more"; exit 1; }
