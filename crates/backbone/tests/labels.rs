//! Every parameter has its group.
#![allow(clippy::unwrap_used)]

mod common;

use backbone::{Body, BodyConfig, Gpt2Config, Init, read_config};
use burn::tensor::Device;
use common::{bodies, fixture};
use freezing_policy::{Group, Ledger, Policy, PolicyError};

fn gpt2(n_layer: usize, n_embd: usize, n_head: usize) -> BodyConfig {
    BodyConfig::Gpt2(Gpt2Config {
        vocab_size: 50_257,
        n_positions: 1024,
        n_embd,
        n_layer,
        n_head,
        n_inner: None,
        activation_function: backbone::Activation::GeluNew,
        layer_norm_epsilon: 1e-5,
        initializer_range: 0.02,
    })
}

fn body(config: &BodyConfig) -> (Body, Ledger) {
    let body = Body::random(config, &mut Init::shapes(&Device::flex())).unwrap();
    let mut ledger = Ledger::new();
    body.label(&mut ledger);
    (body, ledger)
}

#[test]
fn every_parameter_of_every_body_is_labelled_once() {
    for model in &bodies() {
        let config = read_config(&fixture(model)).unwrap();
        let (body, ledger) = body(&config);
        ledger.covers(&body).unwrap();
        assert_eq!(ledger.layers(), config.layers(), "{model}");
    }
}

#[test]
fn counts_are_those_of_the_official_checkpoints() {
    for (layers, width, heads, total) in [
        (12, 768, 12, 124_439_808),
        (24, 1024, 16, 354_823_168),
        (36, 1280, 20, 774_030_080),
        (48, 1600, 25, 1_557_611_200),
    ] {
        let (_, ledger) = body(&gpt2(layers, width, heads));
        let counts = ledger.count(|_| true);
        assert_eq!(
            counts.values().map(|count| count.total).sum::<usize>(),
            total
        );
        assert_eq!(
            counts[&Group::LayerNorm].total,
            4 * width * layers + 2 * width
        );
        assert_eq!(counts[&Group::Position].total, 1024 * width);
    }
}

#[test]
fn a_policy_that_matches_nothing_is_an_error() {
    let (vit, ledger) = body(&read_config(&fixture("vit")).unwrap());
    let policy: Policy = "layer-norm+embedding".parse().unwrap();
    let error = policy.apply(vit, &ledger).unwrap_err();
    assert!(matches!(error, PolicyError::MatchesNothing { term, .. } if term == "embedding"));
}

/// Also where some of the layers that are named are there: who wrote `@0-9` means ten.
#[test]
fn layers_beyond_the_body_are_an_error() {
    for term in ["attention@2", "attention@0-2", "feed-forward@1-9"] {
        let (body, ledger) = body(&gpt2(2, 8, 2));
        let policy: Policy = format!("layer-norm+{term}").parse().unwrap();
        let error = policy.apply(body, &ledger).unwrap_err();
        let expected = PolicyError::BeyondLayers {
            policy: policy.to_string(),
            term: term.to_owned(),
            layers: 2,
        };
        assert_eq!(error, expected);
    }
    let (body, ledger) = body(&gpt2(2, 8, 2));
    let policy: Policy = "attention@0-1+feed-forward@1".parse().unwrap();
    policy.check(&body, &ledger).unwrap();
}

#[test]
fn a_ledger_that_misses_a_parameter_is_an_error() {
    let (body, _) = body(&gpt2(1, 8, 2));
    let mut ledger = Ledger::new();
    if let Body::Gpt2(gpt2) = &body {
        ledger.add(Group::Position, None, &gpt2.wpe);
    }
    let policy: Policy = "position".parse().unwrap();
    assert!(matches!(
        policy.apply(body, &ledger),
        Err(PolicyError::Unlabelled(_))
    ));
}
