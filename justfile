# What a person types twice. Everything here is a plain cargo command underneath.

# The list of recipes.
default:
    @just --list

# Run a study and write its table and figures: just study modality --profile smoke
study NAME *OPTIONS:
    cargo run --release -- study {{NAME}} {{OPTIONS}}

# Every job of a study with its parameters and a forecast; starts nothing.
plan NAME *OPTIONS:
    cargo run --release -- plan {{NAME}} {{OPTIONS}}

# What is done, running and missing.
status *OPTIONS:
    cargo run --release -- status {{OPTIONS}}

# The table of what is finished.
table NAME *OPTIONS:
    cargo run --release -- table {{NAME}} {{OPTIONS}}

# The figures of what is finished.
plot NAME *OPTIONS:
    cargo run --release -- plot {{NAME}} {{OPTIONS}}

# Format and lints, as CI sees them.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# All tests.
test:
    cargo test --workspace
