//! Every parameter has its group, and a random body has the paper's statistics.
#![allow(clippy::unwrap_used)]

use backbone::{
    BertConfig, Body, BodyConfig, FeedForwardProj, Gpt2Config, Init, T5Config, VitConfig,
};
use burn::tensor::Device;
use freezing_policy::{Group, Ledger, Policy, PolicyError};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

fn gpt2(n_layer: usize, n_embd: usize, n_head: usize) -> BodyConfig {
    BodyConfig::Gpt2(Gpt2Config {
        vocab_size: 50_257,
        n_positions: 1024,
        n_embd,
        n_layer,
        n_head,
        n_inner: None,
        layer_norm_epsilon: 1e-5,
        initializer_range: 0.02,
    })
}

fn vit() -> BodyConfig {
    BodyConfig::Vit(VitConfig {
        hidden_size: 32,
        num_hidden_layers: 3,
        num_attention_heads: 4,
        intermediate_size: 64,
        max_position_embeddings: 16,
        layer_norm_eps: 1e-6,
        initializer_range: 0.02,
    })
}

fn bert(layers: usize, width: usize, heads: usize) -> BodyConfig {
    BodyConfig::Bert(BertConfig {
        vocab_size: 30_522,
        hidden_size: width,
        num_hidden_layers: layers,
        num_attention_heads: heads,
        intermediate_size: 4 * width,
        max_position_embeddings: 512,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
        initializer_range: 0.02,
    })
}

fn t5(feed_forward_proj: FeedForwardProj) -> BodyConfig {
    BodyConfig::T5(T5Config {
        vocab_size: 11,
        d_model: 16,
        d_kv: 3,
        d_ff: 24,
        num_layers: 2,
        num_heads: 4,
        relative_attention_num_buckets: 32,
        relative_attention_max_distance: 128,
        layer_norm_epsilon: 1e-6,
        feed_forward_proj,
        initializer_factor: 1.0,
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
    let t5s = [FeedForwardProj::Relu, FeedForwardProj::GatedGelu].map(t5);
    for config in [bert(2, 16, 2), gpt2(2, 16, 2), vit()]
        .into_iter()
        .chain(t5s)
    {
        let (body, ledger) = body(&config);
        ledger.covers(&body).unwrap();
        assert_eq!(ledger.layers(), config.layers());
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
    let (vit, ledger) = body(&vit());
    let policy: Policy = "layer-norm+embedding".parse().unwrap();
    let error = policy.apply(vit, &ledger).unwrap_err();
    assert!(matches!(error, PolicyError::MatchesNothing { term, .. } if term == "embedding"));
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

#[test]
fn statistics_keep_each_tensors_mean_and_deviation_and_nothing_else() {
    let config = gpt2(1, 64, 2);
    let device = Device::flex();
    let mut rng = ChaCha8Rng::from_seed([3; 32]);
    let body = Body::random(&config, &mut Init::new(&mut rng, &device)).unwrap();
    let again = body.clone().statistics(&mut rng);
    let (Body::Gpt2(body), Body::Gpt2(again)) = (body, again) else {
        panic!("a GPT-2")
    };
    let (before, after) = (
        body.h[0].mlp.c_fc.weight.val(),
        again.h[0].mlp.c_fc.weight.val(),
    );
    assert_ne!(before.to_data(), after.to_data());
    let deviation = |t: burn::tensor::Tensor<2>| (t.clone() * t).mean().sqrt().into_scalar::<f32>();
    assert!((deviation(before) / deviation(after) - 1.0).abs() < 0.02);
    // Norms of a random body are constant, so their redraw is the same.
    assert_eq!(
        body.ln_f.weight.val().to_data(),
        again.ln_f.weight.val().to_data()
    );
}
