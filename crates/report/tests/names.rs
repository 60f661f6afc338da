//! Names that mean something to a format: tables stay tables, and every figure has files of its own.
// Helpers of tests are tests, which clippy cannot see.
#![allow(clippy::unwrap_used)]

#[path = "common/html.rs"]
mod html;

use evidence::{
    Axis, Cell, Claim, ClaimTest, Curve, Flag, Looks, Place, ProtocolNote, Question, Quoted, Run,
    TEST_ACCURACY, TableSpec, Term,
};
use report::Background;
use std::collections::{BTreeMap, BTreeSet};
use tasks::Floor;
use training::{CurvePoint, JobId, Score};

/// What Markdown, CSV, LaTeX, SVG, a terminal or a file system takes for its own.
const NAMES: [&str; 18] = [
    "a|b",
    "a\\|b",
    "`code`",
    "_all_",
    "*all*",
    "<b>",
    "&lt;",
    "[x](y)",
    "two\nlines",
    "a\r\n\r\n# b",
    "\"q\", r",
    "50 % & $1 #2 {c} ~d ^e",
    "\\input{x}",
    "[2em]",
    "*",
    "../../x",
    "\u{1b}[2J\u{7}",
    "=1+1",
];

/// A study with these values on each of its axes; `third` has a table for each of its values.
fn study(values: &[&str], third: &[&str]) -> (Question, Vec<Run>, Vec<Curve>, Vec<Cell>) {
    let strings = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let keys = ["rows|of_it", "columns", "third\n<axis>"];
    let axes = [values, values, third];
    let axis = |(key, values): (&str, &[&str])| Axis {
        key: key.to_owned(),
        values: strings(values),
    };
    let place = |row: &str| {
        let pairs = keys.into_iter().zip([row, values[0], third[0]]);
        let pairs: Vec<_> = pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        Place::of(&pairs)
    };
    let term = |weight, row: &str| Term {
        weight,
        place: place(row),
    };
    let question = Question {
        name: "a|b `c` <d>".to_owned(),
        question: "# Does it\n\n| matter | `x` _y_?".to_owned(),
        paper: Vec::new(),
        axes: keys.into_iter().zip(axes).map(axis).collect(),
        table: TableSpec {
            rows: keys[0].to_owned(),
            columns: keys[1].to_owned(),
            reference: Some((keys[0].to_owned(), values[0].to_owned())),
            measure: &TEST_ACCURACY,
        },
        claims: vec![Claim {
            says: "one\n\n# beats another".to_owned(),
            terms: vec![term(1.0, values[0]), term(-1.0, values[1])],
            measure: &TEST_ACCURACY,
            at: None,
            test: ClaimTest::More { by: 0.0 },
            margin: 0.02,
            compared: format!("{} against\n{}", values[0], values[1]),
            paper: Some(Quoted {
                says: "98.0 | 91.7\n\n# no".to_owned(),
                flag: Flag::Recalled,
            }),
            critics: None,
        }],
        protocols: vec![ProtocolNote {
            name: "fair`".to_owned(),
            says: "two\n\nlines".to_owned(),
            rates: 0,
            traps: vec!["a\n- trap".to_owned()],
        }],
        chooses: false,
        looks: Looks {
            at: vec![3, 5],
            weights: vec![0.5, 0.5],
        },
        chosen_seeds: false,
        means_nothing: false,
        one_body: vec![(place(values[0]), "<b>`x`|\n".to_owned())],
    };
    let (mut runs, mut curves, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for (index, third) in third.iter().enumerate() {
        for (row, a) in values.iter().enumerate() {
            for (column, b) in values.iter().enumerate() {
                let pairs = keys.into_iter().zip([*a, *b, *third]);
                let cell = Cell {
                    axes: pairs
                        .map(|(key, value)| (key.to_owned(), value.to_owned()))
                        .collect(),
                    rate: None,
                    seed: 1,
                    job: JobId(format!("{index}-{row}-{column}")),
                };
                let point = |step: u64| CurvePoint {
                    step,
                    train_loss: 1.0,
                    train_accuracy: 0.5,
                    validation_loss: 1.0,
                    validation_accuracy: 0.5,
                };
                runs.push(run(&cell));
                curves.push(Curve {
                    cell: cell.clone(),
                    points: [100, 200].map(point).to_vec(),
                });
                cells.push(cell);
            }
        }
    }
    (question, runs, curves, cells)
}

fn run(cell: &Cell) -> Run {
    Run {
        cell: cell.clone(),
        task: "mnist".to_owned(),
        form: "fair".to_owned(),
        policy: "fpt".to_owned(),
        learning_rate: 1e-3,
        batch_size: 16,
        steps: 200,
        tested_step: 200,
        diverged: None,
        test: Score {
            loss: 1.0,
            accuracy: 0.5,
            examples: 100,
        },
        floor: Floor {
            strategy: "majority class".to_owned(),
            accuracy: 0.1,
        },
        train: None,
        attention: None,
        attention_uniform: None,
        attention_map: None,
        tests: Vec::new(),
        parameters: BTreeMap::new(),
        device: None,
    }
}

/// Cells of a line of a table: bars that are not escaped part them.
fn parts(line: &str) -> usize {
    let mut escaped = false;
    let mut bars = 0;
    for letter in line.chars() {
        bars += usize::from(letter == '|' && !escaped);
        escaped = letter == '\\' && !escaped;
    }
    bars - 1
}

#[test]
fn tables_stay_tables_whatever_the_names() {
    // Without curves nothing is drawn, which takes its time.
    let (question, runs, _, cells) = study(&NAMES, &["x", NAMES[8]]);
    let background = Background {
        apart: cells[..NAMES.len()].to_vec(),
        ..Background::default()
    };
    let dir = tempfile::tempdir().unwrap();
    let written = report::write(
        &report::Summary::new(&question, &runs, &[], &cells)
            .unwrap()
            .with(background.clone()),
        dir.path(),
    )
    .unwrap();
    let table = &written.table;
    assert!(
        !table.chars().any(|c| c.is_control() && c != '\n'),
        "{table}"
    );
    let mut grids = 0;
    let mut lines = table.lines().peekable();
    while let Some(line) = lines.next() {
        // Headings are the study's name and the sections, and nothing of a name begins another.
        if line.starts_with('#') {
            let known = [
                "# a\\|b \\`c\\` \\<d>",
                "## Claims",
                "## Reading",
                "## Set apart",
            ];
            assert!(
                known.contains(&line)
                    || line.starts_with("## rows")
                    || line.starts_with("## third"),
                "{line}"
            );
        }
        if !line.starts_with('|') {
            continue;
        }
        let width = parts(line);
        assert!(width == NAMES.len() + 1, "{line}");
        let mut rows = 0;
        while lines.peek().is_some_and(|line| line.starts_with('|')) {
            assert_eq!(parts(lines.next().unwrap()), width);
            rows += 1;
        }
        assert!(rows >= NAMES.len(), "{table}");
        grids += 1;
    }
    assert_eq!(grids, 4);
    for escaped in [
        "| a\\|b ",
        "| \\`code\\` ",
        "| \\_all\\_ ",
        "| \\*all\\* ",
        "| \\<b> ",
        "| two lines ",
    ] {
        assert!(table.contains(escaped), "{escaped}\n{table}");
    }
    assert!(
        table.contains("\n\\# Does it \\| matter \\| \\`x\\` \\_y\\_?\n"),
        "{table}"
    );

    let mut csv = csv::Reader::from_path(dir.path().join("table.csv")).unwrap();
    let first: Vec<String> = csv
        .records()
        .map(|record| record.unwrap()[0].to_owned())
        .collect();
    let expected = NAMES
        .iter()
        .flat_map(|name| vec![(*name).to_owned(); NAMES.len()]);
    assert_eq!(first, expected.clone().chain(expected).collect::<Vec<_>>());

    let latex = std::fs::read_to_string(dir.path().join("table.tex")).unwrap();
    for line in latex.lines() {
        let starts = [
            "%", "\\", "{}", "50", "a", "`", "\"", "..", "=", "two", "trivial", "rows", "[x]",
        ];
        assert!(
            line.is_empty() || starts.iter().any(|start| line.starts_with(start)),
            "{line}"
        );
        assert!(!line.starts_with('[') || line.starts_with("[x]"), "{line}");
        if line.ends_with("\\\\") {
            let parts = line.replace("\\&", "");
            assert_eq!(parts.matches('&').count(), NAMES.len(), "{line}");
        }
    }
    assert!(
        latex.contains("50 \\% \\& \\$1 \\#2 \\{c\\} \\textasciitilde{}d \\textasciicircum{}e")
    );
    assert!(
        latex.contains("\\textbackslash{}input\\{x\\}")
            && latex.contains("\\textless{}b\\textgreater{}")
    );
}

#[test]
fn every_table_has_figures_of_its_own() {
    let third = [
        NAMES[0], NAMES[8], NAMES[16], NAMES[17], "A|B", "a-b", "A b", "../..-x",
    ];
    let (question, runs, curves, cells) = study(&["x", NAMES[16]], &third);
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("results/tiny/study");
    let written = report::write(
        &report::Summary::new(&question, &runs, &curves, &cells).unwrap(),
        &inside,
    )
    .unwrap();
    let names: BTreeSet<String> = written
        .paths
        .iter()
        .map(|path| {
            assert_eq!(path.parent(), Some(inside.as_path()), "{}", path.display());
            path.file_name().unwrap().to_str().unwrap().to_lowercase()
        })
        .collect();
    // Also on a file system that does not tell large letters from small ones.
    assert_eq!(names.len(), 4 + 2 * third.len() + 2);
    assert!(
        names
            .iter()
            .all(|name| !name.contains(['\n', '|', '/', '\\', '*'])),
        "{names:?}"
    );
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    let summary = report::Summary::new(&question, &runs, &curves, &cells).unwrap();
    for figure in report::figures(&summary, report::Width::default()).unwrap() {
        assert!(
            !figure.svg.chars().any(|c| c.is_control() && c != '\n'),
            "{}",
            figure.name
        );
    }
}

#[test]
fn what_is_set_apart_is_named_and_in_no_number() {
    let (question, runs, _, cells) = study(&["x", "y"], &["z"]);
    let table = |runs: &[Run], apart: &[Cell]| {
        let dir = tempfile::tempdir().unwrap();
        let background = Background {
            apart: apart.to_vec(),
            ..Background::default()
        };
        report::write(
            &report::Summary::new(&question, runs, &[], &cells)
                .unwrap()
                .with(background.clone()),
            dir.path(),
        )
        .unwrap()
        .table
    };
    let alone = table(&runs, &[]);
    assert!(!alone.contains("apart"), "{alone}");
    let mut apart = vec![cells[0].clone(), cells[1].clone()];
    apart[1].axes = apart[0].axes.clone();
    apart.push(cells[3].clone());
    let with = table(&runs, &apart);
    let (same, section) = with.split_once("\n## Set apart\n").unwrap();
    assert_eq!(same, alone);
    assert!(section.contains("3 rows of 2 cells"), "{section}");
    assert!(
        section.contains("columns x, third \\<axis> z: 2 rows"),
        "{section}"
    );

    // Rows of another recipe at the same places neither count nor are paired, should they come along.
    let mut mixed = runs.clone();
    for run in &runs {
        let mut other = run.clone();
        other.cell.job = JobId(format!("other-{}", run.cell.job));
        other.test.accuracy = 0.9;
        other.device = Some("cuda".to_owned());
        mixed.push(other);
    }
    assert_eq!(table(&mixed, &[]), alone);
}

/// What HTML would take for its own is text on a page.
#[test]
fn pages_stay_pages_whatever_the_names() {
    let quoted = ["x\"y'z", "</style><script>alert(1)</script>", "&lt; & -->"];
    let (question, runs, curves, cells) = study(&quoted, &["<third> \" onload=x", "]]>"]);
    for (question, runs, curves, cells) in [
        (question, runs, curves, cells),
        study(&NAMES, &["x", NAMES[8]]),
    ] {
        let values = question.axes[0].values.clone();
        let background = Background {
            profile: "<tiny>".to_owned(),
            apart: cells[..2].to_vec(),
            ..Background::default()
        };
        let curves = if values.len() < 10 {
            curves
        } else {
            Vec::new()
        };
        let study = report::Studied::new(
            report::Summary::new(&question, &runs, &curves, &cells)
                .unwrap()
                .with(background.clone()),
        )
        .unwrap();
        for text in [
            report::page(&study),
            report::pages(&[study.clone(), study.clone()], &[], report::Extent::Whole),
        ] {
            let said = html::hold(&text);
            assert!(!text.contains("<script>alert"));
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
            for value in values.iter().chain([&"98.0 | 91.7 # no".to_owned()]) {
                let value: Vec<&str> = value.split(|c: char| c.is_control() || c == ' ').collect();
                let value = value.into_iter().filter(|word| !word.is_empty());
                let value = value.collect::<Vec<_>>().join(" ");
                assert!(said.contains(&value), "{value:?}");
            }
        }
        // Its name is a part of an address, and stays there.
        let led = study.with_page(true);
        let text = report::pages(&[led], &[], report::Extent::Short);
        html::hold(&text);
        let (_, address) = text
            .split_once("/report.html\"")
            .map_or(("", ""), |(before, _)| {
                before.rsplit_once("href=\"").unwrap()
            });
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~%".contains(&byte);
        assert!(
            !address.is_empty() && address.bytes().all(is_plain),
            "{address}"
        );
    }
}
