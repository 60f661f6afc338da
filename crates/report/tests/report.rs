//! A report from made-up runs shaped like the real ones: text, pixels and bytes.

// Helpers of tests are tests, which clippy cannot see.
#![allow(clippy::unwrap_used)]

mod common;

use common::{ROWS, TASKS, half_way, keep, question, study};
use evidence::{Cell, Curve, Direction, Question, Rate, Run, seed};
use report::{Background, Block, Report, Role};
use training::JobId;

/// Every cell of a study at three rates, of which 3e-3 validates best for text and 1e-3 for the rest;
/// the last seed of the first trial of `bit` is not there.
fn trials() -> (Question, Vec<Run>, Vec<Curve>, Vec<Cell>) {
    let (runs, curves, cells) = study(3, 1, |_| true);
    let rates = [
        (Rate(3e-4), -0.05, 0.04),
        (Rate(1e-3), 0.0, 0.0),
        (Rate(3e-3), -0.01, 0.0),
    ];
    let (mut tried, mut tried_curves, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    for (rate, validation, test) in rates {
        let at = |cell: &Cell| {
            let mut cell = cell.clone();
            cell.rate = Some(rate);
            cell.job = JobId(format!("{}-{rate}", cell.job.0));
            cell
        };
        asked.extend(cells.iter().map(at));
        for (run, curve) in runs.iter().zip(&curves) {
            let text = run.cell.axes[0].1 == "text";
            let up = if text && rate == Rate(3e-3) {
                0.02
            } else {
                0.0
            };
            let (mut run, mut curve) = (run.clone(), curve.clone());
            (run.cell, curve.cell) = (at(&run.cell), at(&curve.cell));
            run.test.accuracy += test;
            for point in &mut curve.points {
                point.validation_accuracy += validation + up;
            }
            let lost = run.cell.axes[0].1 == "bit" && rate == Rate(1e-3) && run.cell.seed == 3;
            if !lost {
                tried.push(run);
                tried_curves.push(curve);
            }
        }
    }
    let question = Question {
        chooses: true,
        ..question()
    };
    (question, tried, tried_curves, asked)
}

#[test]
fn rates_are_chosen_on_validation_from_whole_trials() {
    let (question, runs, curves, cells) = trials();
    let summary = report::Summary::new(&question, &runs, &curves, &cells).unwrap();
    for chosen in &summary.chosen {
        let rates: Vec<Rate> = chosen.trials.iter().map(|trial| trial.rate).collect();
        assert_eq!(rates, [3e-4, 1e-3, 3e-3].map(Rate));
        // The smallest rate tests best everywhere, and is chosen nowhere.
        let expected = match chosen.axes[0].1.as_str() {
            "text" | "bit" => 2,
            _ => 1,
        };
        assert_eq!(chosen.best, Some(expected), "{chosen:?}");
    }
    for cell in summary.sheets.iter().flat_map(|sheet| sheet.planned()) {
        assert_eq!(
            (cell.axes.len(), cell.expected, cell.values.len()),
            (2, 3, 3)
        );
    }
    let figures = report::figures(&summary, report::Width::default()).unwrap();
    keep(&figures[1], "rates");
    let names: Vec<String> = figures.into_iter().map(|figure| figure.name).collect();
    assert_eq!(names, ["curves", "rates", "claims"]);
    let table = report::table(
        &report::Summary::new(&question, &runs, &curves, &cells).unwrap(),
        report::TableFormat::Markdown,
    );
    for part in ["## Learning rates", "2 of 3", "largest that was tried"] {
        assert!(table.contains(part), "{table}");
    }
}

/// Whatever shows figures beside the tables finds in the tree what is drawn, and how to caption it.
#[test]
fn a_report_names_its_tables_and_every_figure_that_is_drawn() {
    let (question, runs, curves, cells) = trials();
    let summary = report::Summary::new(&question, &runs, &curves, &cells).unwrap();
    let report = Report::of(&summary);
    let roles: Vec<Role> = report.tables().iter().map(|table| table.role).collect();
    let expected = [
        Role::Accuracies(Direction::Higher),
        Role::Steps,
        Role::Differences,
        Role::Paper,
        Role::Rates,
        Role::Cells,
    ];
    assert_eq!(roles, expected);
    for table in report.tables() {
        let mut lines = table.rows.iter().chain(&table.foot);
        let columns = table.columns.len();
        assert!(lines.all(|line| line.len() == columns), "{table:?}");
    }
    let mut named = Vec::new();
    collect(&report.blocks, &mut named);
    let drawn = report::figures(&summary, report::Width::default()).unwrap();
    let drawn: Vec<_> = drawn.iter().map(|f| (f.name.as_str(), false)).collect();
    assert_eq!(named, drawn);
}

fn collect<'a>(blocks: &'a [Block], named: &mut Vec<(&'a str, bool)>) {
    for block in blocks {
        match block {
            Block::Figure(figure) => named.push((&figure.name, figure.caption.is_empty())),
            Block::Section(section) => collect(&section.blocks, named),
            _ => {}
        }
    }
}

#[test]
fn the_table_of_a_finished_study() {
    let (runs, curves, cells) = study(3, 1, |_| true);
    insta::assert_snapshot!(report::table(
        &report::Summary::new(&question(), &runs, &curves, &cells).unwrap(),
        report::TableFormat::Markdown
    ));
}

#[test]
fn the_table_half_way() {
    let (runs, curves, cells) = study(3, 1, half_way);
    insta::assert_snapshot!(report::table(
        &report::Summary::new(&question(), &runs, &curves, &cells).unwrap(),
        report::TableFormat::Markdown
    ));
}

/// Two jobs around each body, chosen replicates, a body that is the same in all of them, runs that fail.
#[test]
fn the_table_of_a_study_with_much_to_say() {
    let (mut runs, curves, cells) = study(5, 2, |_| true);
    for run in &mut runs {
        let [row, task] = [0, 1].map(|axis| run.cell.axes[axis].1.as_str());
        if (row, task) == ("random", "mnist") && seed::replicate(run.cell.seed) < 3 {
            run.test.accuracy = 0.11;
        }
    }
    let text = |task: &str| {
        let place = evidence::Place::of(&common::axes("text", task));
        (place, "gpt2".to_owned())
    };
    let question = Question {
        chosen_seeds: true,
        means_nothing: false,
        one_body: TASKS.map(|task| text(task.0)).to_vec(),
        ..question()
    };
    insta::assert_snapshot!(report::table(
        &report::Summary::new(&question, &runs, &curves, &cells).unwrap(),
        report::TableFormat::Markdown
    ));
}

/// Rates are tried on a pilot of each cell; some cells have no more than that, some not even that.
#[test]
fn the_table_of_a_study_that_has_begun() {
    let (question, mut runs, mut curves, mut asked) = trials();
    let pilot = |cell: &Cell| {
        let mut cell = cell.clone();
        cell.seed = seed::pilot(cell.seed);
        cell
    };
    asked.retain(|cell| cell.seed == 1);
    let pilots: Vec<Cell> = asked.iter().map(pilot).collect();
    // Which job a replicate is, is not known before its rate.
    asked.retain(|cell| cell.rate == Some(Rate(1e-3)));
    for cell in &mut asked {
        cell.rate = None;
        cell.job = JobId(String::new());
    }
    asked.extend(pilots);
    runs.retain(|run| run.cell.seed == 1 && run.cell.axes[1].1 != "listops");
    curves.retain(|curve| curve.cell.seed == 1);
    runs.iter_mut().for_each(|run| run.cell = pilot(&run.cell));
    for curve in &mut curves {
        curve.cell = pilot(&curve.cell);
    }
    // One cell has its first replicate.
    let axes = common::axes("text", "bit-memory");
    let mut pilots = runs.iter().filter(|run| run.cell.axes == axes);
    let mut first = pilots.next_back().unwrap().clone();
    first.cell.seed = 1;
    first.cell.job = JobId("first".to_owned());
    first.test.accuracy = 0.5;
    let replicate = asked.iter_mut().find(|cell| cell.axes == axes);
    *replicate.unwrap() = first.cell.clone();
    runs.push(first);
    insta::assert_snapshot!(report::table(
        &report::Summary::new(&question, &runs, &curves, &asked).unwrap(),
        report::TableFormat::Markdown
    ));
}

#[test]
fn seeds_that_different_kinds_of_device_computed_are_said_so() {
    let table = |kinds: [&str; 2]| {
        let (mut runs, curves, cells) = study(3, 1, |_| true);
        for run in &mut runs {
            run.device = Some(kinds[usize::from(run.cell.seed == 3)].to_owned());
        }
        report::table(
            &report::Summary::new(&question(), &runs, &curves, &cells).unwrap(),
            report::TableFormat::Markdown,
        )
    };
    let clause = "computed on devices of different kinds (cuda, flex), which round differently";
    let claims = question().claims.len();
    assert_eq!(table(["flex", "cuda"]).matches(clause).count(), claims);
    assert!(!table(["cuda", "cuda"]).contains("different kinds"));
}

#[test]
fn the_same_numbers_give_the_same_files_and_nothing_is_rewritten() {
    let (runs, curves, cells) = study(3, 1, half_way);
    let dir = tempfile::tempdir().unwrap();
    let written = report::write(
        &report::Summary::new(&question(), &runs, &curves, &cells).unwrap(),
        dir.path(),
    )
    .unwrap();
    let names: Vec<_> = written
        .paths
        .iter()
        .map(|path| path.file_name().unwrap())
        .collect();
    for name in [
        "table.md",
        "table.csv",
        "table.tex",
        "report.html",
        "curves.svg",
        "curves.png",
    ] {
        assert!(names.iter().any(|known| *known == name), "{name}");
    }
    let state = || {
        let file = |path| {
            (
                std::fs::read(path).unwrap(),
                std::fs::metadata(path).unwrap(),
            )
        };
        let files = written.paths.iter().map(file);
        files
            .map(|(bytes, meta)| (bytes, meta.modified().unwrap()))
            .collect::<Vec<_>>()
    };
    let before = state();
    report::write(
        &report::Summary::new(&question(), &runs, &curves, &cells).unwrap(),
        dir.path(),
    )
    .unwrap();
    assert!(before == state(), "a file was written again");
    let elsewhere = tempfile::tempdir().unwrap();
    report::write(
        &report::Summary::new(&question(), &runs, &curves, &cells).unwrap(),
        elsewhere.path(),
    )
    .unwrap();
    for (path, (bytes, _)) in written.paths.iter().zip(&before) {
        let other = elsewhere.path().join(path.file_name().unwrap());
        assert!(
            &std::fs::read(other).unwrap() == bytes,
            "{} differs",
            path.display()
        );
    }
}

/// A PNG is left alone as long as it is what was drawn from today's SVG.
#[test]
fn a_figure_that_was_changed_or_is_of_other_numbers_is_drawn_again() {
    let write = |replicates, dir: &std::path::Path| {
        let (runs, curves, cells) = study(replicates, 1, |_| true);
        let background = Background::default();
        report::write(
            &report::Summary::new(&question(), &runs, &curves, &cells)
                .unwrap()
                .with(background.clone()),
            dir,
        )
        .unwrap();
        std::fs::read(dir.join("curves.png")).unwrap()
    };
    let fresh = |replicates| write(replicates, tempfile::tempdir().unwrap().path());
    let (two, three) = (fresh(2), fresh(3));
    assert!(two != three);
    let dir = tempfile::tempdir().unwrap();
    assert!(write(2, dir.path()) == two);
    assert!(write(3, dir.path()) == three);
    let cropped = &three[..three.len() / 2];
    for changed in [cropped, &two] {
        std::fs::write(dir.path().join("curves.png"), changed).unwrap();
        assert!(write(3, dir.path()) == three);
    }
}

#[test]
fn csv_and_latex_of_a_study_half_way() {
    let (runs, curves, cells) = study(3, 1, half_way);
    let dir = tempfile::tempdir().unwrap();
    report::write(
        &report::Summary::new(&question(), &runs, &curves, &cells).unwrap(),
        dir.path(),
    )
    .unwrap();
    let csv = std::fs::read_to_string(dir.path().join("table.csv")).unwrap();
    let widths: Vec<_> = csv.lines().map(|line| line.split(',').count()).collect();
    assert_eq!(widths, [20; 17]);
    assert!(
        csv.contains("\ntext,listops,3,0,,,,,0.384,secondary,"),
        "{csv}"
    );
    insta::assert_snapshot!(std::fs::read_to_string(dir.path().join("table.tex")).unwrap());
    let format = report::TableFormat::Siunitx;
    let of_siunitx = report::slices(
        &report::Summary::new(&question(), &runs, &curves, &cells).unwrap(),
        format,
    );
    let [(name, text)] = &of_siunitx[..] else {
        panic!("one sheet is one file: {of_siunitx:?}")
    };
    assert_eq!(name, "modality.tex");
    insta::assert_snapshot!("siunitx_of_a_study_half_way", text);
}

/// No figure has what no PDF is written of.
#[test]
fn every_figure_is_a_pdf_where_that_is_asked_for() {
    let (runs, curves, cells) = study(9, 1, |_| true);
    let dir = tempfile::tempdir().unwrap();
    let options = report::PlotOptions {
        pdf: true,
        ..report::PlotOptions::default()
    };
    let background = Background::default();
    let paths = report::plot(
        &report::Summary::new(&question(), &runs, &curves, &cells)
            .unwrap()
            .with(background.clone()),
        options,
        dir.path(),
    );
    let paths = paths.unwrap();
    let of = |kind: &str| {
        let of_kind = paths
            .iter()
            .filter(|path| path.extension().unwrap() == kind);
        of_kind.count()
    };
    assert_eq!((of("pdf"), of("svg")), (2, 2));
    for path in paths
        .iter()
        .filter(|path| path.extension().unwrap() == "pdf")
    {
        let bytes = std::fs::read(path).unwrap();
        // Bands let what lies under them be seen.
        let is_curves = path.file_stem().unwrap() == "curves";
        let pdf = String::from_utf8_lossy(&bytes);
        assert!(pdf.starts_with("%PDF-") && pdf.contains("/ca 0.") == is_curves);
    }
}

/// Curves as a study ends, with few replicates and with many.
#[test]
fn the_figure_holds_every_row_and_panel() {
    for (replicates, jobs, says) in [
        (
            3,
            2,
            "mean over 3 replicates, as far as all of them go; thin lines",
        ),
        (
            9,
            1,
            "mean over 9 replicates, as far as all of them go; bands",
        ),
    ] {
        let (runs, mut curves, cells) = study(replicates, jobs, |_| true);
        // One stopped early.
        curves[0].points.truncate(30);
        let summary = report::Summary::new(&question(), &runs, &curves, &cells).unwrap();
        let figures = report::figures(&summary, report::Width::default()).unwrap();
        let [figure, claims] = figures.as_slice() else {
            panic!("two figures, not {}", figures.len())
        };
        for word in ROWS.iter().chain(&TASKS.map(|task| task.0)) {
            assert!(
                figure.svg.contains(&format!("\n{word}\n")),
                "{word} is missing"
            );
        }
        assert!(figure.png.starts_with(b"\x89PNG"));
        assert!(figure.svg.replace('\n', " ").contains(says), "{says}");
        keep(figure, &format!("curves-{replicates}"));
        keep(claims, &format!("claims-{replicates}"));
    }
}

#[test]
fn nothing_finished_gives_an_unfinished_table_and_no_figure() {
    let (runs, curves, cells) = study(2, 1, |_| false);
    let dir = tempfile::tempdir().unwrap();
    let written = report::write(
        &report::Summary::new(&question(), &runs, &curves, &cells).unwrap(),
        dir.path(),
    )
    .unwrap();
    assert!(written.table.contains("unfinished"));
    let mut stems = written.paths.iter().map(|path| path.file_stem().unwrap());
    assert!(stems.next().is_some() && stems.all(|stem| stem == "table" || stem == "report"));
}
