//! A model that reads where its batch says.

use super::*;
use backbone::Size;
use tasks::Readout;

const TOKENS: usize = 6;
const SIZE: Size = Size {
    layers: 2,
    width: 8,
    heads: 2,
    positions: TOKENS,
    vocabulary: 5,
};

fn shape(inputs: Inputs, positions: usize) -> Shape {
    Shape {
        tokens: TOKENS,
        inputs,
        readout: Readout {
            positions,
            predictions: 1,
            classes: 5,
        },
    }
}

fn model(body: &str, shape: Shape) -> Model {
    let config = BodyConfig::of_size(body, &SIZE).unwrap();
    let device = Device::flex();
    let mut rng = stream(1, "init.body");
    let made = Body::random(&config, &mut Init::new(&mut rng, &device)).unwrap();
    Model::new(made, &config, shape, 1.41, 1, &device)
}

/// Two examples that are read at two tokens each.
fn batch() -> Batch {
    Batch {
        size: 2,
        features: Vec::new(),
        ids: vec![1, 0, 3, 4, 0, 2, 0, 2, 2, 3, 1, 0],
        read: vec![1, 4, 0, 5],
        targets: vec![2, 1, 4, 3],
    }
}

const MASKED: Inputs = Inputs::Masked { vocabulary: 5 };

fn floats(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

#[test]
fn logits_are_those_of_the_tokens_that_the_batch_names() {
    let shape_of = |positions| shape(MASKED, positions);
    for body in ["bert", "roberta", "t5", "longformer", "gpt2"] {
        let (model, device) = (model(body, shape_of(2)), Device::flex());
        let logits = |batch: &Batch, positions| {
            let pass = &mut Pass::evaluation();
            floats(model.forward(batch, shape_of(positions), pass, &device))
        };
        let found = logits(&batch(), 2);
        let mut every = batch();
        every.read = (0..12).map(|index| index % 6).collect();
        let all = logits(&every, 6);
        let rows = [1, 4, 6, 11].map(|row| &all[row * 5..row * 5 + 5]);
        assert_eq!(found, rows.concat(), "{body}");
        // To name the last ones is to name none.
        let (mut last, mut none) = (batch(), batch());
        last.read = vec![4, 5, 4, 5];
        none.read = Vec::new();
        assert_eq!(logits(&last, 2), logits(&none, 2), "{body}");
    }
}

#[test]
fn what_stands_elsewhere_has_no_say() {
    let (shape, device) = (shape(MASKED, 2), Device::flex());
    let model = model("bert", shape);
    let depth = Depth::Layer(SIZE.layers);
    let logits = |changed: usize| {
        let mut states: Vec<f32> = (0..96_u8).map(|index| f32::from(index).sin()).collect();
        states[changed * 8] += 1.0;
        let states = Tensor::from_data(TensorData::new(states, [2, TOKENS, 8]), &device);
        floats(model.logits(&batch(), states, shape, depth, &mut Pass::evaluation()))
    };
    let elsewhere = [0, 2, 3, 5, 7, 8, 9, 10].map(logits);
    assert!(elsewhere.iter().all(|logits| *logits == elsewhere[0]));
    assert!(
        [1, 4, 6, 11]
            .map(logits)
            .iter()
            .all(|logits| *logits != elsewhere[0])
    );
}

#[test]
fn the_loss_is_the_mean_surprise_at_the_named_tokens() {
    let device = Device::flex();
    for (body, scale) in [("bert", 1.0), ("t5", 8.0_f64.powf(-0.5))] {
        let (two, all) = (shape(MASKED, 2), shape(MASKED, TOKENS));
        let model = model(body, two);
        let mut every = batch();
        every.read = Vec::new();
        let mut pass = Pass::evaluation();
        let hidden = model.states(&every, all, Depth::Readout, &mut pass, &device);
        let hidden: Vec<f32> = hidden.into_data().iter::<f32>().collect();
        let weights = match &model.body {
            Body::Bert(bert) => bert.embeddings.word_embeddings.weight.val(),
            Body::T5(t5) => t5.shared.weight.val(),
            _ => panic!("{body}"),
        };
        let rows = floats(weights);
        // Example, token and target, by hand.
        let asked = [(0, 1, 2), (0, 4, 1), (1, 0, 4), (1, 5, 3)];
        let surprise = asked.map(|(example, token, target): (usize, usize, usize)| {
            let state = &hidden[(example * TOKENS + token) * 8..][..8];
            let logit = |id: usize| {
                let products = state.iter().zip(&rows[id * 8..][..8]);
                scale * products.map(|(a, b)| f64::from(a * b)).sum::<f64>()
            };
            (0..5).map(|id| logit(id).exp()).sum::<f64>().ln() - logit(target)
        });
        let by_hand = surprise.iter().sum::<f64>() / 4.0;
        let logits = model.forward(&batch(), two, &mut Pass::evaluation(), &device);
        let loss = kernels::cross_entropy(logits, targets(&batch(), &device)).mean();
        let loss: f32 = loss.into_scalar();
        assert!(
            (f64::from(loss) - by_hand).abs() < 1e-6,
            "{body}: {loss} {by_hand}"
        );
    }
}

#[test]
fn a_body_uses_its_own_tokens_where_it_can_and_has_the_vocabulary() {
    let next = Inputs::Language { vocabulary: 5 };
    let other = Inputs::Masked { vocabulary: 4 };
    for (body, inputs, own) in [
        ("gpt2", next, true),
        // What it is to predict it sees.
        ("bert", next, false),
        ("gpt2", MASKED, true),
        ("bert", MASKED, true),
        ("roberta", MASKED, true),
        ("t5", MASKED, true),
        ("longformer", MASKED, true),
        ("bert", other, false),
        ("vanilla", MASKED, false),
        ("lstm", MASKED, false),
    ] {
        let model = model(body, shape(inputs, 2));
        assert_eq!(model.input.is_none(), own, "{body} {inputs:?}");
        assert_eq!(model.output.is_none(), own, "{body} {inputs:?}");
    }
}
