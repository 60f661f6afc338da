//! What a body can be made into.
#![allow(clippy::unwrap_used)]

mod common;

use backbone::{Body, BodyConfig, Remake, Unit, Windows, load, with_fresh_positions};
use burn::tensor::{Device, Distribution, Tensor};
use common::{fixture, forward, relative};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

fn remade(name: &str, how: Remake, target: Option<&BodyConfig>) -> (BodyConfig, Body) {
    let device = Device::flex();
    let (config, body) = load(&fixture(name), &device).unwrap();
    let target = target.cloned().unwrap_or_else(|| config.clone());
    let mut rng = ChaCha8Rng::from_seed([3; 32]);
    how.apply((config, body), &target, &mut rng, &device)
        .unwrap()
}

fn random(tokens: usize) -> Tensor<3> {
    Tensor::random([2, tokens, 16], Distribution::Default, &Device::flex())
}

fn deviation(values: Tensor<2>) -> f32 {
    let centred = values.clone() - values.mean().unsqueeze();
    (centred.clone() * centred)
        .mean()
        .sqrt()
        .into_scalar::<f32>()
}

fn mean(values: Tensor<2>) -> f32 {
    values.mean().into_scalar::<f32>()
}

#[test]
fn statistics_keep_each_units_mean_and_deviation_and_nothing_else() {
    let (_, Body::Gpt2(before)) = load(&fixture("gpt2"), &Device::flex()).unwrap() else {
        panic!("a GPT-2")
    };
    for of in [Unit::Tensor, Unit::Layer] {
        let (_, Body::Gpt2(after)) = remade("gpt2", Remake::Statistics { of }, None) else {
            panic!("a GPT-2")
        };
        let (old, new) = (&before.h[0].mlp.c_fc.weight, &after.h[0].mlp.c_fc.weight);
        assert_ne!(old.val().to_data(), new.val().to_data());
        // 1,024 draws: a deviation is off by 2 % and a mean by 0.01 at one standard error.
        let (old, new) = (old.val(), new.val());
        assert!((deviation(old.clone()) / deviation(new.clone()) - 1.0).abs() < 0.1);
        assert!((mean(old) - mean(new)).abs() < 0.05);
    }
}

#[test]
fn the_first_layers_of_a_deeper_body_are_its_first_layers() {
    let (config, _) = load(&fixture("gpt2"), &Device::flex()).unwrap();
    let target = config.with_layers(1);
    let (found, body) = remade("gpt2", Remake::FirstLayers {}, Some(&target));
    assert_eq!(found, target);
    let (_, Body::Gpt2(whole)) = load(&fixture("gpt2"), &Device::flex()).unwrap() else {
        panic!("a GPT-2")
    };
    let Body::Gpt2(body) = body else {
        panic!("a GPT-2")
    };
    assert_eq!(body.h.len(), 1);
    let weight = |block: &backbone::Gpt2| block.h[0].mlp.c_fc.weight.val().into_data();
    assert_eq!(weight(&body), weight(&whole));
    assert_eq!(
        body.ln_f.weight.val().into_data(),
        whole.ln_f.weight.val().into_data()
    );
}

#[test]
fn a_longformer_made_from_a_roberta_computes_the_same_within_its_window() {
    let (config, roberta) = load(&fixture("roberta"), &Device::flex()).unwrap();
    let (BodyConfig::Longformer(mut target), _) =
        load(&fixture("longformer"), &Device::flex()).unwrap()
    else {
        panic!("a Longformer")
    };
    // A window that reaches from end to end is full attention.
    target.attention_window = Windows::Same(24);
    let target = BodyConfig::Longformer(target);
    let (found, longformer) = remade("roberta", Remake::Longformer {}, Some(&target));
    assert_eq!(found, target);
    assert!(found.positions() > config.positions());
    let input = random(12);
    let error = relative(
        forward(&longformer, input.clone()),
        forward(&roberta, input),
    );
    assert!(error < 1e-5, "{error}");
    // Positions repeat, so a longer sequence has some, too.
    forward(&longformer, random(23));
}

#[test]
fn scaled_residuals_shrink_both_branches_of_every_layer() {
    let (_, Body::Gpt2(before)) = load(&fixture("gpt2"), &Device::flex()).unwrap() else {
        panic!("a GPT-2")
    };
    let (_, Body::Gpt2(after)) = remade("gpt2", Remake::ScaledResiduals {}, None) else {
        panic!("a GPT-2")
    };
    for (old, new) in before.h.iter().zip(&after.h) {
        for (old, new) in [
            (&old.attn.c_proj, &new.attn.c_proj),
            (&old.mlp.c_proj, &new.mlp.c_proj),
        ] {
            let ratio = deviation(new.weight.val()) / deviation(old.weight.val());
            assert!((ratio - 0.5).abs() < 1e-4, "2 layers: 1/√4, found {ratio}");
        }
    }
}

#[test]
fn positions_that_are_always_fresh_are_as_many_as_the_target_has() {
    let device = Device::flex();
    let made = load(&fixture("vit"), &device).unwrap();
    let BodyConfig::Vit(mut target) = made.0.clone() else {
        panic!("a ViT")
    };
    target.max_position_embeddings = 23;
    let target = BodyConfig::Vit(target);
    let (found, body) = with_fresh_positions(made, &target, &device);
    assert_eq!(found, target);
    forward(&body, random(23));
    // Those of a GPT-2 are its own.
    let made = load(&fixture("gpt2"), &device).unwrap();
    let before = made.0.clone();
    let BodyConfig::Gpt2(mut longer) = before.clone() else {
        panic!("a GPT-2")
    };
    longer.n_positions = 99;
    let longer = BodyConfig::Gpt2(longer);
    assert_eq!(with_fresh_positions(made, &longer, &device).0, before);
}

#[test]
fn what_does_not_make_sense_is_an_error_in_words() {
    let device = Device::flex();
    let (config, body) = load(&fixture("lstm"), &device).unwrap();
    let mut rng = ChaCha8Rng::from_seed([3; 32]);
    for (how, says) in [
        (Remake::Longformer {}, "lstm"),
        (Remake::ScaledResiduals {}, "residual"),
        (Remake::Layers { from: 9 }, "layers up to"),
        (
            Remake::Parts {
                parts: "position".to_owned(),
            },
            "parts of a lstm",
        ),
        (
            Remake::Parts {
                parts: "attentoin".to_owned(),
            },
            "attentoin",
        ),
    ] {
        let result = how.apply((config.clone(), body.clone()), &config, &mut rng, &device);
        let message = result.unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
    let deeper = config.clone().with_layers(9);
    let result = Remake::FirstLayers {}.apply((config, body), &deeper, &mut rng, &device);
    assert!(result.unwrap_err().to_string().contains('9'));
}

#[test]
fn a_slice_of_layers_is_those_layers_in_order() {
    let (config, Body::Gpt2(whole)) = load(&fixture("gpt2"), &Device::flex()).unwrap() else {
        panic!("a GPT-2")
    };
    let target = config.clone().with_layers(1);
    let weight =
        |block: &backbone::Gpt2, layer: usize| block.h[layer].mlp.c_fc.weight.val().into_data();
    for (how, layer) in [
        (Remake::Layers { from: 0 }, 0),
        (Remake::Layers { from: 1 }, 1),
        (Remake::LastLayers {}, 1),
    ] {
        let (found, Body::Gpt2(body)) = remade("gpt2", how.clone(), Some(&target)) else {
            panic!("a GPT-2")
        };
        assert_eq!(found, target);
        assert_eq!(body.h.len(), 1);
        assert_eq!(weight(&body, 0), weight(&whole, layer), "{how:?}");
    }
}

#[test]
fn parts_of_a_body_stay_and_the_rest_is_that_of_a_random_one() {
    let device = Device::flex();
    let (config, Body::Gpt2(whole)) = load(&fixture("gpt2"), &device).unwrap() else {
        panic!("a GPT-2")
    };
    let mut rng = ChaCha8Rng::from_seed([3; 32]);
    let Body::Gpt2(drawn) =
        Body::random(&config, &mut backbone::Init::new(&mut rng, &device)).unwrap()
    else {
        panic!("a GPT-2")
    };
    let parts = "attention@1+layer-norm".to_owned();
    let (found, Body::Gpt2(body)) = remade("gpt2", Remake::Parts { parts }, None) else {
        panic!("a GPT-2")
    };
    assert_eq!(found, config);
    let attention =
        |body: &backbone::Gpt2, layer: usize| body.h[layer].attn.c_attn.weight.val().into_data();
    let dense = |body: &backbone::Gpt2| body.h[1].mlp.c_fc.weight.val().into_data();
    let norm = |body: &backbone::Gpt2| body.h[0].ln_1.weight.val().into_data();
    let table = |body: &backbone::Gpt2| body.wte.weight.val().into_data();
    assert_eq!(attention(&body, 1), attention(&whole, 1));
    assert_eq!(norm(&body), norm(&whole));
    assert_eq!(attention(&body, 0), attention(&drawn, 0));
    assert_eq!(dense(&body), dense(&drawn));
    assert_eq!(table(&body), table(&drawn));
}
