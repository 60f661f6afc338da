//! Maps of attention: drawn where a study asks about attention, one figure a column, and of what has a map alone.

// Helpers of tests are tests, which clippy cannot see.
#![allow(clippy::unwrap_used)]

mod common;

use common::{keep, question, study};
use evidence::{ATTENTION_SHARE, Question, TEST_ACCURACY};
use report::{Figure, Report, Summary, Value, figures};
use training::AttentionMap;

/// Ten tokens, of which five positions look at two each; a layer looks at them alone, the other at all alike.
fn map() -> AttentionMap {
    let sources: Vec<Vec<usize>> = (0..5).map(|bit| vec![bit, 5 + bit]).collect();
    let sharp = sources
        .iter()
        .flat_map(|sources| (0..10).map(|token| if sources.contains(&token) { 0.5 } else { 0.0 }));
    AttentionMap {
        tokens: 10,
        layers: vec![sharp.collect(), vec![0.1; 50]],
        sources,
    }
}

/// Bit XOR has maps of two rows.
fn drawn(question: &Question) -> (Vec<Figure>, Report) {
    let (mut runs, curves, cells) = study(3, 1, |_| true);
    for run in &mut runs {
        let row = run.cell.axes[0].1.as_str();
        run.attention = Some(0.25);
        let has_map =
            run.task == "bit-xor" && run.cell.seed == 1 && ["text", "random"].contains(&row);
        run.attention_map = has_map.then(map);
    }
    let summary = Summary::new(question, &runs, &curves, &cells).unwrap();
    (
        figures(&summary, report::Width::default()).unwrap(),
        Report::of(&summary),
    )
}

fn asking() -> Question {
    let mut question = question();
    question.claims.clear();
    question.table.measure = &ATTENTION_SHARE;
    question
}

#[test]
fn a_column_with_maps_has_a_figure_of_the_rows_that_have_one() {
    let (figures, _) = drawn(&asking());
    let maps: Vec<&Figure> = figures
        .iter()
        .filter(|figure| figure.name.starts_with("attention"))
        .collect();
    assert_eq!(maps.len(), 1);
    let figure = maps[0];
    keep(figure, &figure.name);
    assert_eq!(figure.name, "attention-bit-xor");
    for word in ["text", "random", "layer 0", "layer 1", "0.50 (full)"] {
        assert!(figure.svg.contains(word), "{word}");
    }
    assert!(!figure.svg.contains("\nbit\n"));
    // Two rows of panels' two layers: ten answers framed in each, and one in the legend.
    assert_eq!(
        figure.svg.matches("stroke=\"#D55E00\"").count(),
        2 * 2 * 10 + 1
    );
    // The dark cells of the sharp layer, ten a panel; of the even one each line is a single shade.
    assert_eq!(
        figure
            .svg
            .matches("opacity=\"1\" fill=\"#0072B2\" stroke=\"none\"")
            .count(),
        2 * 10
    );
}

#[test]
fn a_study_that_asks_for_something_else_has_none() {
    let (figures, _) = drawn(&question());
    assert!(
        figures
            .iter()
            .all(|figure| !figure.name.starts_with("attention"))
    );
}

#[test]
fn a_table_of_another_measure_has_neither_floors_nor_values_of_the_paper() {
    let of = |question: &Question| {
        let (_, report) = drawn(question);
        let tables = report.tables();
        let cited = tables.iter().flat_map(|table| table.rows.iter().flatten());
        let cited = cited
            .filter(|value| matches!(value, Value::Cited(..)))
            .count();
        (
            tables[0].foot.is_some(),
            cited > 0,
            tables[0].caption.clone(),
        )
    };
    let (floors, paper, caption) = of(&asking());
    assert!(!floors && !paper);
    assert!(
        caption.starts_with("Share of attention in percent"),
        "{caption}"
    );
    let mut usual = asking();
    usual.table.measure = &TEST_ACCURACY;
    let (floors, paper, _) = of(&usual);
    assert!(floors && paper);
}
