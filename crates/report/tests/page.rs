//! `report.html`, from made-up runs shaped like the real ones.

// Helpers of tests are tests, which clippy cannot see.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/html.rs"]
mod html;

use common::{Rows, half_way, question, study};
use evidence::{Axis, Cell, Question};
use report::{Background, Extent, Ran, Studied, page, pages};
use std::collections::BTreeMap;
use training::{Job, JobId};

const JOB: &str = r#"
seed = 1
policy = "fpt"
[initialisation]
from = "random"
[task]
name = "bit-xor"
form = "fair"
settings = { bits = 5 }
[recipe]
steps = 3000
batch-size = 32
learning-rate = 0.003
evaluate-every = 250
curve-examples = 1000
patience = 8
dropout = 0.1
clip-norm = 1.0
input-gain = 1.41
weight-decay = 0.0
schedule = { kind = "constant" }
[body]
model_type = "gpt2"
vocab_size = 256
n_positions = 128
n_embd = 128
n_layer = 4
n_head = 4
layer_norm_epsilon = 0.00001
initializer_range = 0.02
"#;

/// Settings of every cell, and where those with an even seed ran; the second of them kept the end of its log.
fn background(cells: &[Cell]) -> Background {
    let job: Job = toml::from_str(JOB).unwrap();
    let settings = cells.iter().map(|cell| {
        let mut job = job.clone();
        job.seed = cell.seed;
        job.task.name = cell.axes[1].1.clone();
        (cell.job.clone(), job)
    });
    let timed = cells.iter().filter(|cell| cell.seed % 2 == 0);
    let ran = timed.enumerate().map(|(index, cell)| {
        let ran = Ran {
            hours: 0.25,
            core_hours: Some(0.5),
            device: "flex".to_owned(),
            version: "0.1.0".to_owned(),
            commit: Some("0123456789abcdef0123".to_owned()),
            dirty: index == 0,
            finished_at: 1_790_000_000 + 86_400 * index as u64,
            log: (index == 1).then(|| "step 3000: <fine> & done\ntest: 98.0 %".to_owned()),
        };
        (cell.job.clone(), ran)
    });
    Background {
        profile: "tiny".to_owned(),
        apart: Vec::new(),
        settings: settings.collect(),
        pretrained: Vec::new(),
        ran: ran.collect(),
    }
}

fn studied(question: &Question, (runs, curves, cells): &Rows) -> Studied {
    Studied::new(
        report::Summary::new(question, runs, curves, cells)
            .unwrap()
            .with(background(cells)),
    )
    .unwrap()
}

/// Two bodies on two tasks, with one claim.
fn small() -> Studied {
    let mut question = question();
    question.claims.drain(2..);
    question.claims.remove(0);
    let is_in = |axes: &[(String, String)]| {
        ["text", "random"].contains(&&*axes[0].1) && ["listops", "mnist"].contains(&&*axes[1].1)
    };
    let (mut runs, mut curves, mut cells) = study(3, 1, half_way);
    runs.retain(|run| is_in(&run.cell.axes));
    curves.retain(|curve| is_in(&curve.cell.axes));
    cells.retain(|cell| is_in(&cell.axes));
    for axis in &mut question.axes {
        let kept = || cells.iter().flat_map(|cell| &cell.axes);
        axis.values
            .retain(|value| kept().any(|(_, known)| known == value));
    }
    studied(&question, &(runs, curves, cells))
}

/// What is said, without style, script and the insides of drawings, a line an element.
fn without_looks(page: &str) -> String {
    let mut out = html::as_xml(page);
    while let Some((before, rest)) = out.split_once("</desc>")
        && let Some((_, after)) = rest.split_once("</svg>")
    {
        out = format!("{before}</drawing>{after}");
    }
    out.replace("><", ">\n<")
}

#[test]
fn the_page_of_a_small_study() {
    let study = small();
    let text = page(&study);
    html::hold(&text);
    insta::assert_snapshot!(without_looks(&text));
}

#[test]
fn values_link_to_the_jobs_behind_them() {
    let text = page(&studied(&question(), &study(3, 1, |_| true)));
    let said = html::hold(&text);
    // A record a cell, to which at least the map, the accuracies and the steps link.
    for cell in 1..=16 {
        assert!(
            text.matches(&format!("href=\"#cell-{cell}\"")).count() >= 3,
            "{cell}"
        );
        assert_eq!(text.matches(&format!("id=\"cell-{cell}\"")).count(), 1);
    }
    for part in [
        "recipe.learning-rate = 0.003",
        "task.name = \"mnist\"",
        "2: seed = 2",
        "step 3000: <fine> & done",
        "1 of 48 finished jobs",
        "They took 8.00 core-hours (known of 16 of them, pretrainings not counted)",
        "2026-09-21 to 2026-10-06",
        "took: 6 runs, 1.00 core-hours (known of 2)",
        "0123456789+",
    ] {
        assert!(said.contains(part), "{part}");
    }
}

/// Greys are what would vanish on a dark page.
#[test]
fn what_is_drawn_in_grey_is_legible_in_the_dark() {
    let text = page(&studied(&question(), &study(3, 1, half_way)));
    let style = html::style(&text);
    let (_, dark) = style.split_once("figure svg text").unwrap();
    let (_, drawn) = text.split_once("</style>").unwrap();
    let mut greys = 0;
    for kind in ["fill", "stroke"] {
        let start = format!("{kind}=\"#");
        for part in drawn.split(&start).skip(1) {
            let colour = &part[..6];
            let channel = |at: usize| i32::from_str_radix(&colour[at..at + 2], 16).unwrap();
            let channels = [0, 2, 4].map(channel);
            let span = channels.iter().max().unwrap() - channels.iter().min().unwrap();
            if span < 16 {
                greys += 1;
                assert!(
                    dark.contains(&format!("[{start}{colour}\"]")),
                    "{kind} {colour}"
                );
            }
        }
    }
    assert!(greys > 100);
}

#[test]
fn a_study_without_results_says_what_is_missing() {
    let text = page(&studied(&question(), &study(2, 1, |_| false)));
    let said = html::hold(&text);
    assert!(
        said.contains("Nothing has finished yet of 32 jobs: "),
        "{said}"
    );
    assert!(said.contains("fpt study modality"));
    assert!(!text.contains("<svg"));
    // Their settings are known all the same.
    assert!(said.contains("recipe.steps = 3000"));
}

#[test]
fn several_studies_have_a_page_together() {
    let (done, open) = (small(), studied(&question(), &study(1, 1, |_| false)));
    let out = [("proto<col".to_owned(), "runs.parquet is damaged".to_owned())];
    let text = pages(&[done.clone(), open.clone()], &out, Extent::Whole);
    let said = html::hold(&text);
    for part in [
        "Left out",
        "proto<col",
        "runs.parquet is damaged",
        "All claims",
    ] {
        assert!(said.contains(part), "{part}");
    }
    let claims = text.matches("beats a random body on MNIST</th>").count();
    assert_eq!(claims, 2);
    assert!(text.contains("id=\"s1-cell-1\"") && text.contains("id=\"s2-cell-16\""));

    // In short: the same claims and numbers, and no way to what is not there.
    let short = |has_page| {
        let studied = |study: &Studied| study.clone().with_page(has_page);
        pages(&[studied(&done), studied(&open)], &out, Extent::Short)
    };
    let leading = short(true);
    assert!(leading.len() < text.len() / 2);
    let claims = leading.matches("beats a random body on MNIST</th>").count();
    assert_eq!(claims, 2);
    let said = html::hold(&leading);
    assert!(said.contains("98.0") && !said.contains("recipe.steps"));
    assert!(!leading.contains("#s1-cell-") && !leading.contains("#s2-cell-"));
    assert!(leading.contains("href=\"modality/report.html\""));
    assert!(!short(false).contains("report.html"));
}

#[test]
fn three_hundred_cells_fit_a_page() {
    let (runs, curves, _) = study(3, 1, |_| true);
    let names = |count: usize, kind: &str| -> Vec<String> {
        (0..count).map(|index| format!("{kind} {index}")).collect()
    };
    let (rows, columns) = (names(30, "body"), names(10, "task"));
    let mut all: Rows = (Vec::new(), Vec::new(), Vec::new());
    for (r, row) in rows.iter().enumerate() {
        for (c, column) in columns.iter().enumerate() {
            for seed in 1..=3 {
                let cell = Cell {
                    axes: vec![
                        ("pretraining".to_owned(), row.clone()),
                        ("task".to_owned(), column.clone()),
                    ],
                    rate: None,
                    seed,
                    job: JobId(format!("{:016x}", (r * 10 + c) * 10 + seed as usize)),
                };
                let like = (r * 10 + c) * 3 + seed as usize;
                let mut run = runs[like % runs.len()].clone();
                let mut curve = curves[like % curves.len()].clone();
                (run.cell, curve.cell) = (cell.clone(), cell.clone());
                all.0.push(run);
                all.1.push(curve);
                all.2.push(cell);
            }
        }
    }
    let question = Question {
        axes: vec![
            Axis {
                key: "pretraining".to_owned(),
                values: rows,
            },
            Axis {
                key: "task".to_owned(),
                values: columns,
            },
        ],
        table: evidence::TableSpec {
            reference: None,
            ..question().table
        },
        claims: Vec::new(),
        ..question()
    };
    let mut background = background(&all.2);
    for ran in background.ran.values_mut() {
        ran.log = Some(
            "step 3000: train 1.4618 nats, 46.0 %; validation 1.3660 nats, 49.0 %\n".repeat(4),
        );
    }
    let study = Studied::new(
        report::Summary::new(&question, &all.0, &all.1, &all.2)
            .unwrap()
            .with(background.clone()),
    )
    .unwrap();
    let text = page(&study);
    html::hold(&text);
    assert_eq!(text.matches("<details>").count(), 300);
    if let Some(path) = std::env::var_os("FIGURE") {
        let path = std::path::Path::new(&path).join("three-hundred");
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("report.html"), &text).unwrap();
    }
    assert!(text.len() < 2_000_000, "{} bytes", text.len());
}

#[test]
fn the_same_numbers_give_the_same_page() {
    let rows = study(3, 1, half_way);
    let again: BTreeMap<usize, String> = (0..2)
        .map(|index| (index, page(&studied(&question(), &rows))))
        .collect();
    assert!(again[&0] == again[&1]);
}
