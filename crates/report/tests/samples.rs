//! Sheets of examples, drawn from batches that no task made.
#![allow(clippy::unwrap_used)]

use report::{Figure, Samples, samples};
use tasks::{Batch, Inputs, Readout, Shape, View};

fn shape(
    tokens: usize,
    inputs: Inputs,
    positions: usize,
    predictions: usize,
    classes: usize,
) -> Shape {
    let readout = Readout {
        positions,
        predictions,
        classes,
    };
    Shape {
        tokens,
        inputs,
        readout,
    }
}

/// A sheet of copies of one example.
fn draw(shape: Shape, view: View, features: &[f32], ids: &[u32], targets: &[u32]) -> Figure {
    let batch = |size| Batch {
        size,
        features: features.repeat(size),
        ids: ids.repeat(size),
        read: Vec::new(),
        targets: targets.repeat(size),
    };
    let figure = samples(&Samples {
        title: "a <task>",
        about: "of a test",
        shape,
        view,
        batch: &batch,
    });
    figure.unwrap()
}

#[test]
fn patches_are_put_back_where_they_were_cut() {
    let shape = shape(4, Inputs::Features { width: 4 }, 1, 1, 10);
    let view = View::Patches {
        side: 4,
        patch: 2,
        channels: vec![(0.5, 0.5)],
    };
    // The second patch is white, the others are black.
    let mut features = [-1.0; 16];
    features[4..8].fill(1.0);
    let svg = draw(shape, view, &features, &[], &[7]).svg;
    for part in [
        "1 →",
        "→ 4",
        "label 7",
        "a &lt;task&gt;",
        "4 tokens of 4 numbers",
    ] {
        assert!(svg.contains(part), "{part}");
    }
    // Scale 49 and a gap of 3: the second patch begins at 101, a row of it is one rectangle.
    let white = r##"<rect x="101" y="16" width="98" height="49" fill="#ffffff""##;
    assert!(svg.contains(white));
}

#[test]
fn the_string_that_is_asked_for_is_marked() {
    let shape = shape(3, Inputs::Features { width: 2 }, 1, 2, 2);
    let features = [1.0, 1.0, -1.0, 1.0, 0.0, 1.0];
    let view = View::Strings { bits: 2 };
    let svg = draw(shape, view.clone(), &features, &[], &[0, 1]).svg;
    assert!(
        svg.contains("question") && svg.contains("string 2"),
        "{svg}"
    );
    let examples = svg.matches("answer</text>").count();
    let mark = "l8 -5v10z";
    assert_eq!(svg.matches(mark).count(), examples);
    // Without masked bits there is no question, and nothing to mark.
    let svg = draw(shape, view, &[1.0; 6], &[], &[0, 1]).svg;
    assert!(svg.contains("string 3") && !svg.contains(mark));
}

#[test]
fn blanks_are_where_the_answer_is_read_and_no_question() {
    let shape = shape(6, Inputs::Features { width: 1 }, 3, 1, 2);
    let features = [1.0, -1.0, 1.0, 0.0, 0.0, 0.0];
    let view = View::Strings { bits: 3 };
    let svg = draw(shape, view, &features, &[], &[1, 0, 1]).svg;
    assert!(svg.contains("blank</text>") && svg.contains("at the blanks"));
    // The answer is the first string here, which is no reason to mark it.
    assert!(!svg.contains("question") && !svg.contains("l8 -5v10z"));
}

#[test]
fn long_strings_and_sequences_are_cut_and_say_so() {
    let strings = shape(40, Inputs::Features { width: 50 }, 20, 50, 2);
    let view = View::Strings { bits: 1000 };
    let svg = draw(strings, view, &[1.0; 2000], &[], &[1; 1000]).svg;
    assert!(svg.contains("of each string are left out."));

    let words = shape(900, Inputs::Tokens { vocabulary: 4 }, 1, 1, 10);
    let names = ["", "7", "[MAX", "]"].map(ToOwned::to_owned).to_vec();
    let mut ids = vec![1; 900];
    (ids[0], ids[899]) = (2, 3);
    let svg = draw(words, View::Symbols(names), &[], &ids, &[7]).svg;
    assert!(svg.contains(" more</text>"));
    assert!(svg.contains("too wide"));
}

#[test]
fn brackets_are_drawn_as_a_tree_and_control_characters_do_no_harm() {
    let words = shape(8, Inputs::Tokens { vocabulary: 4 }, 1, 1, 10);
    let names = ["", "7", "[MAX", "]"].map(ToOwned::to_owned).to_vec();
    let svg = draw(
        words,
        View::Symbols(names),
        &[],
        &[0, 2, 1, 2, 1, 1, 3, 3],
        &[7],
    )
    .svg;
    let examples = svg.matches("label 7").count();
    // Three digits and a list hang on the two lists.
    assert_eq!(svg.matches("<path").count(), 4 * examples);

    let bytes = shape(4, Inputs::Tokens { vocabulary: 3 }, 4, 1, 3);
    let names = ["\u{0}", " ", "a"].map(ToOwned::to_owned).to_vec();
    let figure = draw(
        bytes,
        View::Symbols(names),
        &[],
        &[0, 1, 2, 2],
        &[1, 2, 2, 0],
    );
    assert!(figure.png.starts_with(b"\x89PNG"));
}

#[test]
fn hidden_symbols_stand_on_a_ground_with_the_answers_below() {
    let shape = shape(4, Inputs::Masked { vocabulary: 3 }, 2, 1, 3);
    let batch = |size: usize| Batch {
        size,
        features: Vec::new(),
        ids: [1, 0, 1, 2].repeat(size),
        read: [1, 3].repeat(size),
        targets: [2, 1].repeat(size),
    };
    let figure = samples(&Samples {
        title: "masked",
        about: "of a test",
        shape,
        view: View::Symbols(["■", "a", "b"].map(ToOwned::to_owned).to_vec()),
        batch: &batch,
    });
    let svg = figure.unwrap().svg;
    assert!(
        svg.contains("read at 2 hidden tokens: one of 3 classes"),
        "{svg}"
    );
    assert!(!svg.contains("label"), "{svg}");
    let count = |part: &str| svg.matches(part).count();
    let examples = count(">■</text>");
    assert!(examples > 1);
    // Two hidden ones and two answers an example; three letters are seen, two are answered.
    assert_eq!(count(r##"fill="#faeac8""##), 2 * examples);
    assert_eq!(count(r##"fill="#cfe5f3""##), 2 * examples);
    assert_eq!(count(">a</text>") + count(">b</text>"), 5 * examples);
}

#[test]
fn views_that_do_not_fit_their_batch_draw_what_there_is() {
    let odd = shape(3, Inputs::Features { width: 5 }, 2, 1, 2);
    let patches = View::Patches {
        side: 4,
        patch: 0,
        channels: Vec::new(),
    };
    for view in [
        patches,
        View::Strings { bits: 0 },
        View::Symbols(Vec::new()),
    ] {
        draw(odd, view, &[0.5; 15], &[], &[1, 0]);
    }
}
