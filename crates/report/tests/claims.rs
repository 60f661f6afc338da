//! The page of claims, for every reader.

// Helpers of tests are tests, which clippy cannot see.
#![allow(clippy::unwrap_used)]

mod common;

use common::{half_way, question, study};
use evidence::{Place, Question};
use report::claims::{ClaimRow, claim_rows, csv, json, markdown, terminal};

/// Of studies at their second look, and begun, with replicates by number around one body.
fn rows() -> Vec<ClaimRow> {
    let rows = |question: &Question, replicates, finished: fn(&evidence::Cell) -> bool| {
        let (runs, curves, cells) = study(replicates, 1, finished);
        let summary = report::Summary::new(question, &runs, &curves, &cells).unwrap();
        claim_rows("tiny", question, &summary.findings)
    };
    let mut all = rows(&question(), 5, |_| true);
    let mut other = question();
    other.name = "protocol".to_owned();
    other.claims.truncate(3);
    other.claims[1].compared += ", protocol fair";
    other.claims[0].terms[0].place = Place::of(&common::axes("text", "listops"));
    other.chosen_seeds = true;
    other.one_body = vec![(Place::of(&common::axes("text", "mnist")), "gpt2".to_owned())];
    all.extend(rows(&other, 3, half_way));
    // All tags at once.
    all.push(ClaimRow {
        study: "remake".to_owned(),
        verdict: "refuted".to_owned(),
        small: true,
        effect: Some(-1.2),
        low: Some(-1.6),
        high: Some(-0.8),
        replicates: 8,
        looks: 3,
        p_holm: Some(1e-5),
        also_without_normality: true,
        for_body: Some("gpt2, vit".to_owned()),
        bounds: 2,
        collapsed: 1,
        runs: 16,
        ..all[0].clone()
    });
    all
}

#[test]
fn at_80_columns() {
    let page = terminal(&rows(), 80);
    assert!(page.lines().all(|line| line.chars().count() <= 80));
    insta::assert_snapshot!(page);
}

#[test]
fn at_140_columns() {
    let page = terminal(&rows(), 140);
    assert!(page.lines().all(|line| line.chars().count() <= 140));
    insta::assert_snapshot!(page);
}

#[test]
fn no_line_is_longer_than_the_terminal_and_no_word_is_lost() {
    let rows = rows();
    let letters = |page: &str| page.chars().filter(|c| !c.is_whitespace()).count();
    let narrow = letters(&terminal(&rows, 40));
    for width in 40..120 {
        let page = terminal(&rows, width);
        assert!(
            page.lines().all(|line| line.chars().count() <= width),
            "{page}"
        );
        assert_eq!(letters(&page), narrow);
    }
    assert_eq!(terminal(&rows, 0), terminal(&rows, 40));
}

#[test]
fn as_markdown() {
    insta::assert_snapshot!(markdown(&rows()));
}

#[test]
fn as_csv_and_json() {
    let rows = rows();
    let csv = csv(&rows);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names = reader.headers().unwrap().clone();
    let values: serde_json::Value = serde_json::from_str(&json(&rows)).unwrap();
    let values = values.as_array().unwrap();
    assert_eq!(values.len(), rows.len());
    for (record, value) in reader.records().zip(values) {
        let record = record.unwrap();
        for (name, text) in names.iter().zip(&record) {
            match &value[name] {
                serde_json::Value::Null => assert_eq!(text, ""),
                serde_json::Value::String(value) => assert_eq!(text, value),
                value => assert_eq!(text.parse::<f64>().ok(), value.as_f64(), "{name}"),
            }
        }
        assert_eq!(value.as_object().unwrap().len(), names.len());
    }
    insta::assert_snapshot!(json(&rows[..1]));
}

#[test]
fn a_page_without_claims_says_so() {
    assert_eq!(terminal(&[], 80), "no claims\n");
    assert_eq!(markdown(&[]), "no claims\n");
    assert_eq!(json(&[]), "[]\n");
    assert_eq!(csv(&[]), "");
}
