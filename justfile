# What a person types twice. Everything here is a plain cargo command underneath.

# The paper's questions in its order, its critics' two, and those that go beyond.
PAPER := "transfer modality modality-more architecture efficiency attention overfitting model-size initialisation output-only depth more-parameters parameters layer-norm language-models learning-rate protocol formal components recall budget"

# The list of recipes.
default:
    @just --list

# Run a study and write its table and figures: just study modality --profile smoke
study NAME *OPTIONS:
    cargo run --release -- study {{NAME}} {{OPTIONS}}

# Every job of a study with its parameters and a forecast; starts nothing.
plan NAME *OPTIONS:
    cargo run --release -- plan {{NAME}} {{OPTIONS}}

# How long `just paper` takes to the first look of each study: just forecast --results elsewhere
forecast *OPTIONS:
    cargo run --release -- plan {{PAPER}} {{OPTIONS}}

# What is done, running and missing.
status *OPTIONS:
    cargo run --release -- status {{OPTIONS}}

# The table of what is finished.
table NAME *OPTIONS:
    cargo run --release -- table {{NAME}} {{OPTIONS}}

# The figures of what is finished.
plot NAME *OPTIONS:
    cargo run --release -- plot {{NAME}} {{OPTIONS}}

# The curves of what is finished, for TensorBoard (pip install tensorboard): just curves modality --filter task=mnist
curves NAME *OPTIONS:
    cargo run --release -- export-curves {{NAME}} --tensorboard target/curves/{{NAME}} {{OPTIONS}}
    tensorboard --logdir target/curves/{{NAME}}

# All that is known as one page: just report, just report modality, just report --all --out studies.html
report *OPTIONS:
    cargo run --release -- report {{OPTIONS}}

# Pages as readers have them: accessibility, widths, keyboard (its head says what it needs).
check-report *FILES:
    node scripts/check_report.mjs {{FILES}}

# What is found of each claim: just claims, just claims --all, just claims modality --format markdown
claims *OPTIONS:
    cargo run --release -- claims {{OPTIONS}}

# What was found of every claim, into README.md and docs/reproduction.md.
claims-page *OPTIONS:
    cargo build --release
    python3 scripts/claims_page.py {{OPTIONS}}

# Every question of the paper, study by study, from look to look until its claims are decided. The same command goes on.
paper *OPTIONS:
    cargo build --release
    failed=0; for study in {{PAPER}}; do \
        cargo run --release --quiet -- study $study --until-decided {{OPTIONS}} || failed=1; \
    done; cargo run --release --quiet -- claims; exit $failed

# False verdicts over all looks, a recipe of minutes (the tests take seconds).
error-rates STUDIES="20000":
    cargo run --release -p evidence --example error_rates -- {{STUDIES}}

# Format and lints, as CI sees them.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# All tests.
test:
    cargo test --workspace

# A training step on this machine: median, rate, memory, allocations.
bench *OPTIONS:
    cargo run --release -- bench {{OPTIONS}}

# The same step in PyTorch, in turn with ours (pip install torch).
bench-peer *OPTIONS:
    cargo build --release
    python3 scripts/bench_peer.py --out results/bench/peer.json {{OPTIONS}}

# Everything an hour on a GPU should tell, here (docs/gpu-day.md): FEATURES=wgpu,cuda just gpu-day
gpu-day *OPTIONS:
    scripts/gpu_pack.sh gpu-pack
    python3 gpu-pack/gpu_day.py {{OPTIONS}}

# What that needs on a machine without Rust, as gpu-pack.tar.xz: FEATURES=wgpu,cuda just gpu-pack
gpu-pack *OPTIONS:
    scripts/gpu_pack.sh {{OPTIONS}}

# Bytes and waits of a step, counted on a software Vulkan (a build with wgpu).
count-transfers SHAPE="tiny" *OPTIONS:
    scripts/count_transfers.sh {{SHAPE}} {{OPTIONS}}

# How a step grows with depth, width, tokens, batch and workers (pip install matplotlib).
bench-scale *OPTIONS:
    cargo build --release
    python3 scripts/bench_scale.py --out results/bench {{OPTIONS}}

# docs/performance.md from the files of the two above.
performance:
    python3 scripts/performance_page.py

# Sheets of examples for docs/sheets, as bodies of profile tiny see them.
sheets *OPTIONS:
    mkdir -p docs/sheets
    for sheet in bit-memory/fair bit-xor/fair listops/fair listops/paper mnist/fair cifar10/fair cifar10-lra/fair protein-family/fair recall/fair rule-90/fair addition/fair text/fair dyck/fair k-shuffle/fair rule-110/fair nca/fair noise-lstm/fair; do \
        task=${sheet%/*}; form=${sheet#*/}; \
        cargo run --release --quiet -- data $task --form $form --sheet docs/sheets/$task-$form.png {{OPTIONS}} || exit 1; \
    done

# Whether TensorBoard's reader finds every number of a study's curves (pip install tensorboard).
check-tensorboard NAME="modality":
    folder=$(mktemp -d) && trap 'rm -r "$folder"' EXIT && \
        cargo run --release -- export-curves {{NAME}} --tensorboard "$folder/runs" --csv "$folder/curves.csv" && \
        python3 scripts/check_tensorboard.py "$folder/runs" "$folder/curves.csv"

# Whether others read the parquet of results: each of these pyarrows, DuckDB and polars, in environments of their own.
check-parquet FOLDER="results/tiny" VERSIONS="13,16,26":
    python3 scripts/check_parquet.py --versions {{VERSIONS}} {{FOLDER}}
