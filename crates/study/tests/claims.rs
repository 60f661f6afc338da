//! Every form of a claim, as sums of cells.
#![allow(clippy::unwrap_used)]

use evidence::{Claim, ClaimTest};
use study::{Document, Library, Options, Plan, Standing};

const STUDY: &str = r#"question = "q"
paper = "table-2"
[axes]
pretraining = ["text", "bit", "random"]
task = ["listops", "mnist"]
policy = ["fpt", "output"]
[table]
rows = "pretraining"
columns = "task"
[[claim]]
"#;

fn claims(claim: &str) -> Vec<Claim> {
    let file = Document {
        name: "q".into(),
        path: "q.toml".into(),
        text: format!("{STUDY}{claim}\n"),
    };
    let plan = Plan::of(
        &Library::embedded(),
        file,
        &Options::profile("tiny"),
        &Standing::nowhere(),
    );
    plan.unwrap().question.claims
}

/// Weights of a claim by what its cells say, in the order of these words.
fn weights(claim: &Claim, words: &[&str]) -> Vec<f64> {
    let sum = |word: &&str| -> f64 {
        let terms = claim.terms.iter();
        let here =
            terms.filter(|term| format!("{:?}", term.place).contains(&format!("\"{word}\"")));
        here.map(|term| term.weight).sum()
    };
    words.iter().map(sum).collect()
}

fn close(found: &[f64], expected: &[f64]) {
    let all = found
        .iter()
        .zip(expected)
        .all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(
        all && found.len() == expected.len(),
        "{found:?} {expected:?}"
    );
}

#[test]
fn greater_is_a_difference_and_open_axes_are_averaged_over() {
    let [claim] = &claims("says = \"s\"\ngreater = [\"text\", \"random\"]")[..] else {
        panic!()
    };
    assert_eq!(claim.terms.len(), 2 * 4);
    assert!(claim.terms.iter().all(|term| term.weight.abs() == 0.25));
    close(
        &weights(claim, &["text", "bit", "random"]),
        &[1.0, 0.0, -1.0],
    );
    assert_eq!(claim.test, ClaimTest::More { by: 0.0 });
    assert_eq!(claim.margin, 0.02);
    assert_eq!(claim.compared, "text against random");
    // Averages are no values of the paper's.
    assert_eq!(claim.paper, None);
}

#[test]
fn each_value_of_an_axis_is_a_claim_of_its_own() {
    let text = "says = \"text wins on {task}\"\neach = \"task\"\nwhere = { policy = \"fpt\" }\n\
                greater = [\"text\", \"random\"]\nby = -3";
    let claims = claims(text);
    let says: Vec<&str> = claims.iter().map(|claim| claim.says.as_str()).collect();
    assert_eq!(says, ["text wins on listops", "text wins on mnist"]);
    assert_eq!(claims[1].terms.len(), 2);
    assert_eq!(claims[1].test, ClaimTest::More { by: -0.03 });
    // The paper's own values stand beside it.
    assert_eq!(claims[1].paper.as_ref().unwrap().says, "98.0 against 91.7");
    let some = "says = \"s\"\neach = { task = [\"mnist\"], policy = [\"fpt\", \"output\"] }\n\
                greater = [\"text\", \"random\"]";
    assert_eq!(self::claims(some).len(), 2);
}

#[test]
fn of_what_should_be_low_less_is_ahead() {
    let text = "says = \"s\"\nwhere = { task = \"mnist\", policy = \"fpt\" }\n";
    let claim = &claims(&format!("{text}sooner = [\"text\", \"random\"]\nat = 0.9"))[0];
    close(&weights(claim, &["text", "random"]), &[-1.0, 1.0]);
    assert_eq!(
        (claim.measure.name, claim.at),
        ("steps_to_accuracy", Some(0.9))
    );
    assert_eq!(claim.margin, 0.0);
    let gap =
        format!("{text}less = [\"text\", \"bit\"]\nmeasure = \"train-minus-test\"\nmargin = 1");
    let claim = &claims(&gap)[0];
    close(&weights(claim, &["text", "bit"]), &[-1.0, 1.0]);
    assert_eq!(claim.margin, 0.01);
}

#[test]
fn zero_is_of_one_cell() {
    let text = "says = \"s\"\nwhere = { task = \"mnist\", policy = \"fpt\" }\nzero = [\"random\"]\n\
                measure = \"train-minus-test\"\nwithin = 2";
    let claim = &claims(text)[0];
    close(&weights(claim, &["text", "random"]), &[0.0, 1.0]);
    assert_eq!((claim.test, claim.margin), (ClaimTest::Within, 0.02));
    assert!(claim.is_of_one());
}

#[test]
fn a_trend_is_the_slope_of_a_line_a_step() {
    let text = "says = \"s\"\nwhere = { task = \"mnist\", policy = \"fpt\" }\n\
                ordered = [\"random\", \"bit\", \"text\"]";
    let claim = &claims(text)[0];
    close(
        &weights(claim, &["random", "bit", "text"]),
        &[-0.5, 0.0, 0.5],
    );
    // The middle one has no weight, and none of its runs is needed.
    assert_eq!(claim.terms.len(), 2);
}

#[test]
fn an_equivalence_and_a_difference_of_differences() {
    let text = "says = \"s\"\nwhere = { task = \"mnist\" }\nwithin = 1.5\nequal = [\n\
                [{ pretraining = \"text\", policy = \"fpt\" }, { pretraining = \"random\", policy = \"fpt\" }],\n\
                [{ pretraining = \"text\", policy = \"output\" }, { pretraining = \"random\", policy = \"output\" }],\n]";
    let claim = &claims(text)[0];
    assert_eq!((claim.test, claim.margin), (ClaimTest::Within, 0.015));
    let signs: Vec<f64> = claim.terms.iter().map(|term| term.weight).collect();
    assert_eq!(signs.len(), 4);
    close(
        &weights(claim, &["text", "random", "fpt", "output"]),
        &[0.0; 4],
    );
    assert!(signs.iter().all(|weight| weight.abs() == 1.0));
    // A bare value stands for the one axis that has it.
    let short = "says = \"s\"\nwhere = { task = \"mnist\", pretraining = \"text\" }\nequal = [\"fpt\", \"output\"]";
    let claim = &claims(short)[0];
    close(&weights(claim, &["fpt", "output"]), &[1.0, -1.0]);
    assert_eq!(claim.margin, 0.02);
}

#[test]
fn a_claim_may_be_asked_under_several_protocols() {
    let text = "says = \"s\"\nwhere = { task = \"mnist\", policy = \"fpt\" }\n\
                protocols = [\"paper\", \"single-rate\"]\ngreater = [\"text\", \"random\"]";
    let file = Document {
        name: "q".into(),
        path: "q.toml".into(),
        text: format!("{STUDY}{text}\n"),
    };
    let library = Library::embedded();
    let options = Options::profile("smoke");
    let plan = Plan::of(&library, file, &options, &Standing::nowhere()).unwrap();
    let says: Vec<&str> = plan
        .question
        .claims
        .iter()
        .map(|claim| claim.says.as_str())
        .collect();
    assert_eq!(says, ["s (protocol paper)", "s (protocol single-rate)"]);
    // The grid as it is under the profile's own protocol, and the two cells of the claim under the other.
    let places: std::collections::BTreeSet<_> =
        plan.cells.iter().map(evidence::Cell::place).collect();
    assert_eq!(places.len(), 3 * 2 * 2 + 2);
    let paper = plan
        .cells
        .iter()
        .filter(|cell| cell.is_at("protocol", "paper"));
    assert_eq!(paper.count(), 2 * 2);
}

/// The guide's claims, each form once, as they stand there.
#[test]
fn every_claim_of_the_guide_is_one() {
    let guide = include_str!("../../../docs/guide.md");
    let (_, section) = guide.split_once("\n## Claims\n").unwrap();
    let (_, block) = section.split_once("```toml\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let study = STUDY.replace("[[claim]]\n", "");
    let study = study.replace("policy = [\"fpt\", \"output\"]\n", "");
    let asked = block.matches("[[claim]]").count();
    let file = Document {
        name: "q".into(),
        path: "q.toml".into(),
        text: format!("{study}{block}"),
    };
    let library = Library::embedded();
    let options = Options::profile("smoke");
    let plan = Plan::of(&library, file, &options, &Standing::nowhere()).unwrap();
    // One is asked of two tasks, one under two protocols.
    assert_eq!(plan.question.claims.len(), asked + 2);
    let measures: std::collections::BTreeSet<&str> = plan
        .question
        .claims
        .iter()
        .map(|claim| claim.measure.name)
        .collect();
    assert!(measures.len() >= 3, "{measures:?}");
}

#[test]
fn numbers_of_claims_rules_and_tables_are_those_of_the_axis_however_they_are_written() {
    let text = r#"question = "q"
[job]
task = "mnist"
[axes]
learning-rate = [1e-3, 3e-3, 0.01]
layers = [1, 2]
[[when]]
match = { learning-rate = 0.001, layers = 1.0 }
set = { dropout = 0.0 }
[table]
rows = "learning-rate"
columns = "layers"
reference = { learning-rate = 0.003 }
[[claim]]
says = "{learning-rate} beats the middle"
each = { learning-rate = [1e-2, 0.0010] }
where = { layers = 2 }
greater = [{ layers = 2.0 }, { layers = 1 }]
[[claim]]
says = "the slowest is the best"
greater = [0.001, 1e-2]
"#;
    let text = text.replace("where = { layers = 2 }\n", "");
    let plan = |text: &str| {
        let file = Document {
            name: "q".into(),
            path: "q.toml".into(),
            text: text.to_owned(),
        };
        let options = Options::profile("smoke");
        Plan::of(&Library::embedded(), file, &options, &Standing::nowhere())
    };
    let found = plan(&text).unwrap();
    let reference = found.question.table.reference.as_ref().unwrap();
    assert_eq!(reference.1, "3e-3");
    let says: Vec<&str> = found
        .question
        .claims
        .iter()
        .map(|c| c.says.as_str())
        .collect();
    assert_eq!(
        says[..2],
        ["0.01 beats the middle", "1e-3 beats the middle"]
    );
    close(
        &weights(&found.question.claims[2], &["1e-3", "0.01"]),
        &[1.0, -1.0],
    );
    let without = found
        .jobs
        .iter()
        .filter(|planned| planned.job.recipe.dropout == 0.0);
    assert!(without.count() > 0);
    let twice = plan(&text.replace("[1e-3, 3e-3, 0.01]", "[1e-3, 3e-3, 0.01, 0.001]"));
    assert!(
        twice
            .unwrap_err()
            .to_string()
            .contains("two cells are the same")
    );
}

#[test]
fn one_cell_may_be_above_nothing_where_that_is_a_value() {
    let text = "says = \"s\"\nwhere = { task = \"mnist\", policy = \"fpt\" }\ngreater = [\"text\"]\nby = 1\n\
                measure = \"above-floor\"";
    let claim = &claims(text)[0];
    close(&weights(claim, &["text"]), &[1.0]);
    assert_eq!(claim.test, ClaimTest::More { by: 0.01 });
}
