//! What a researcher does with results: looks at a part, lays it out anew, runs a cell again, removes it, reproduces it.
#![allow(clippy::unwrap_used)]

#[path = "common/said.rs"]
mod said;
mod support;

use said::{STUDY, first_table, ok, refused, said, with_results};
use std::fs;
use std::process::Stdio;
use support::{files, fpt};

#[test]
fn a_part_is_printed_or_put_elsewhere_and_what_is_stored_stays() {
    let folder = with_results();
    let root = folder.path();
    let results = root.join("results");
    let before = files(&results);
    let whole = ok(root, &["table", "q.toml", "--format", "markdown"]);
    assert!(whole.contains("Difference to output"));

    let part = ok(root, &["table", "q.toml", "--filter", "policy=fpt"]);
    let rows = first_table(&part);
    assert_eq!(rows.len(), 4, "{part}");
    assert!(rows[2].starts_with("| fpt ") && rows[2].matches("(2)").count() == 2);
    assert!(!part.contains("Difference to output") && !part.contains("| output"));

    let one = ok(root, &["table", "q.toml", "--seeds", "1"]);
    assert_eq!(first_table(&one)[2].matches("(1)").count(), 2, "{one}");

    let turned = ok(root, &["table", "q.toml", "--rows", "learning-rate"]);
    assert!(first_table(&turned)[0].contains("output | "), "{turned}");
    assert!(first_table(&turned)[2].starts_with("| 1e-3 "), "{turned}");

    let latex = ok(
        root,
        &[
            "table",
            "q.toml",
            "--format",
            "latex",
            "--filter",
            "policy=output",
        ],
    );
    assert!(
        latex.contains("\\begin{tabular}{lrr}") && !latex.contains("fpt &"),
        "{latex}"
    );
    ok(
        root,
        &["table", "q.toml", "--format", "csv", "--out", "t.csv"],
    );
    assert!(
        fs::read_to_string(root.join("t.csv"))
            .unwrap()
            .contains("fpt")
    );

    ok(
        root,
        &[
            "plot",
            "q.toml",
            "--filter",
            "policy=fpt",
            "--out",
            "figures",
        ],
    );
    let figure = fs::read_to_string(root.join("figures/curves.svg")).unwrap();
    assert!(
        !figure.contains("\noutput\n"),
        "a curve that was not asked for"
    );
    ok(
        root,
        &[
            "report",
            "q.toml",
            "--filter",
            "policy=fpt",
            "--out",
            "part.html",
        ],
    );

    refused(
        root,
        &["plot", "q.toml", "--filter", "policy=fpt"],
        "--out DIR",
    );
    refused(root, &["report", "q.toml", "--seeds", "1"], "--out FILE");
    refused(root, &["table", "q.toml", "--rows", "policies"], "`policy`");
    refused(
        root,
        &["table", "q.toml", "--rows", "policy", "--columns", "policy"],
        "two axes",
    );
    refused(
        root,
        &["table", "q.toml", "--filter", "policy=ftp"],
        "policy = ftp",
    );
    refused(
        root,
        &["params", "gpt2", "--filter", "policy=fpt"],
        "--filter",
    );
    refused(root, &["table", "q.toml", "--workers", "2"], "--workers");
    assert_eq!(files(&results), before);

    // Fewer seeds take nothing from the table of the study.
    let table = results.join("smoke/q/table.md");
    let two = fs::read_to_string(&table).unwrap();
    let printed = ok(root, &["study", "q.toml", "--seeds", "1"]);
    assert!(printed.contains(first_table(&two)[2]), "{printed}");
    assert_eq!(fs::read_to_string(&table).unwrap(), two);
    // And more of them stay when none are named.
    ok(root, &["study", "q.toml", "--seeds", "3"]);
    let three = fs::read_to_string(&table).unwrap();
    ok(root, &["table", "q.toml"]);
    assert_eq!(fs::read_to_string(&table).unwrap(), three);
    assert_eq!(first_table(&three)[2].matches("(3)").count(), 2, "{three}");
}

#[test]
fn a_study_that_claims_something_shows_its_looks_and_says_what_else_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let claim = "[[claim]]\nsays = \"more\"\nwhere = { learning-rate = 1e-3 }\ngreater = [\"fpt\", \"output\"]\n";
    fs::write(root.join("q.toml"), format!("{STUDY}{claim}")).unwrap();
    // Smoke names its seeds, and so has no looks.
    let smoke = include_str!("../../../experiments/profiles/smoke.toml");
    let profiles = root.join("experiments/profiles");
    fs::create_dir_all(&profiles).unwrap();
    let smoke = smoke.replace("seeds = [1, 2]", "");
    fs::write(profiles.join("smoke.toml"), smoke).unwrap();
    ok(root, &["study", "q.toml", "--seeds", "4"]);
    let (_, table, note) = said(root, &["table", "q.toml"]);
    assert_eq!(first_table(&table)[2].matches("(3)").count(), 2, "{table}");
    assert!(
        note.contains("4 replicates are stored, 3 shown") && note.contains("--seeds 4"),
        "{note}"
    );
    let all = ok(root, &["table", "q.toml", "--seeds", "4"]);
    assert_eq!(first_table(&all)[2].matches("(4)").count(), 2, "{all}");
}

#[test]
fn a_cell_is_shown_run_again_and_removed_with_its_rows() {
    let folder = with_results();
    let root = folder.path();
    let all = ok(root, &["show", "q.toml"]);
    assert_eq!(all.lines().count(), 8, "{all}");
    let words = ["q.toml", "fpt", "3e-3", "seed 1"];
    // By axis and value, however a number is written: a title has values alone.
    let by_words = ok(root, &[&["show"][..], &words].concat());
    let by_axes = [
        "show",
        "q.toml",
        "policy=fpt",
        "learning-rate=0.003",
        "seed=1",
    ];
    assert_eq!(ok(root, &by_axes), by_words);
    refused(
        root,
        &["show", "q.toml", "learning-rate=0.004"],
        "`axis=value`",
    );
    refused(
        root,
        &["show", "q.toml", "lr=0.003"],
        "no axis `lr`: policy, learning-rate, seed",
    );
    refused(root, &["show", ""], "some letters");
    let shown = ok(root, &[&["show"], &words[..]].concat());
    let id = shown.split(':').next().unwrap().to_owned();
    for part in [
        "bits 5",
        "finished; test accuracy",
        "trivial floor",
        "validation loss",
        "step 40:",
        "job.toml",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(ok(root, &["show", &id[..6]]).contains("the end of its log"));
    let mut elsewhere = fpt(root, &["show", &id[..6], "--profile", "tiny"]);
    let elsewhere = elsewhere.stderr(Stdio::piped()).output().unwrap();
    let told = String::from_utf8(elsewhere.stderr).unwrap();
    assert!(told.contains("say --profile smoke"), "{told}");
    refused(root, &["show", "q.toml", "ftp"], "fpt · 3e-3 · seed 1");
    refused(root, &["show", "quetzal"], "fpt list studies");

    let results = root.join("results");
    let curve = fs::read(results.join(format!("smoke/jobs/{id}/curve.parquet"))).unwrap();
    let again = ok(root, &[&["run"], &words[..], &["--again"]].concat());
    assert!(
        again.contains("match: 2 points of the curve and the test score, bit for bit"),
        "{again}"
    );
    assert_eq!(
        fs::read(results.join(format!("smoke/jobs/{id}/curve.parquet"))).unwrap(),
        curve
    );

    refused(root, &["rm", "q.toml"], "which jobs");
    refused(root, &["rm", "q.toml", "fpt"], "4 jobs are meant");
    let several = ["run", "q.toml", "fpt", "--again"];
    refused(root, &several, "4 jobs are meant");
    let all = ok(root, &[&several[..], &["3e-3", "--all"]].concat());
    assert_eq!(all.matches("match: ").count(), 2, "{all}");
    let gone = ok(root, &["rm", &id]);
    assert!(gone.contains("1 folder and 1 row"), "{gone}");
    let table = results.join("smoke/q/table.md");
    assert!(fs::read_to_string(&table).unwrap().contains("(1 of 2)"));
    refused(root, &["rm", &id], "there is no job");
    // What was removed is trained again, and nothing else.
    ok(root, &[&["run"], &words[..]].concat());
    ok(root, &["study", "q.toml", "--seeds", "2"]);
    assert!(!fs::read_to_string(&table).unwrap().contains("(1 of 2)"));
    assert_eq!(
        fs::read(results.join(format!("smoke/jobs/{id}/curve.parquet"))).unwrap(),
        curve
    );

    // Published rows go, too.
    fs::remove_dir_all(results.join("smoke/jobs")).unwrap();
    let rm = [&["rm"], &words[..]].concat();
    refused(root, &rm, "all that there is of it");
    let gone = ok(root, &[&rm[..], &["--all"]].concat());
    assert!(gone.contains("0 folders and 1 row"), "{gone}");
    assert!(fs::read_to_string(&table).unwrap().contains("(1 of 2)"));
    assert!(ok(root, &["show", "q.toml", "output", "1e-3", "seed 1"]).contains("published"));
}

#[test]
fn what_was_published_is_reproduced_to_the_last_bit_or_said_to_differ() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let study = STUDY.replace("\"random\"", "\"text\"");
    fs::write(root.join("q.toml"), study).unwrap();
    refused(root, &["reproduce", "q.toml"], "nothing is stored");
    ok(root, &["study", "q.toml", "--seeds", "1"]);
    let results = root.join("results");
    let before = files(&results);
    let (code, lent, note) = said(
        root,
        &["reproduce", "q.toml", "--cells", "2", "--draw", "7"],
    );
    assert_eq!(
        (code, lent.matches("bit for bit").count()),
        (0, 2),
        "{lent}{note}"
    );
    assert!(
        lent.ends_with("2 of 2 jobs match\n") && !lent.contains("pretraining"),
        "{lent}"
    );
    assert_eq!(files(&results), before);
    // The same ones, around a body that is pretrained anew: as in a clone, which has no jobs.
    fs::rename(results.join("smoke/jobs"), root.join("jobs")).unwrap();
    let anew = ok(
        root,
        &["reproduce", "q.toml", "--cells", "2", "--draw", "7"],
    );
    let cells = |text: &str| {
        text.lines()
            .filter(|line| line.contains("match: ") && !line.starts_with("pretraining"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(cells(&anew), cells(&lent));
    assert!(
        anew.contains("pretraining text, seed 1: match") && anew.ends_with("3 of 3 jobs match\n"),
        "{anew}"
    );

    // A job that was changed behind our back: the curve of another one, where no sums tell.
    fs::rename(root.join("jobs"), results.join("smoke/jobs")).unwrap();
    let id = |words: &[&str]| {
        let shown = ok(root, &[&["show", "q.toml"], words].concat());
        shown.split(':').next().unwrap().to_owned()
    };
    let (one, other) = (
        id(&["fpt", "1e-3", "seed 1"]),
        id(&["fpt", "3e-3", "seed 1"]),
    );
    let curve = |id: &str| results.join(format!("smoke/jobs/{id}/curve.parquet"));
    fs::copy(curve(&other), curve(&one)).unwrap();
    fs::remove_file(curve(&one).with_file_name("sums.b3")).unwrap();
    let (code, differs, _) = said(root, &["reproduce", "q.toml", "fpt", "1e-3"]);
    assert_eq!(code, 1, "{differs}");
    assert!(
        differs.contains("differs: from step 20 on: training loss"),
        "{differs}"
    );
    assert!(differs.ends_with("0 of 1 job match\n"), "{differs}");
}

#[test]
fn a_new_file_of_each_kind_runs_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for kind in ["study", "pretraining", "protocol", "profile"] {
        let name = format!("mine-{kind}");
        let said = ok(root, &["new", kind, &name]);
        assert!(said.trim_end().ends_with(&format!("{name}.toml")), "{said}");
        refused(root, &["new", kind, &name], "already");
        assert!(
            ok(
                root,
                &["list", &format!("{kind}s").replace("studys", "studies")]
            )
            .contains(&name)
        );
    }
    refused(root, &["new", "study", "../x"], "no name");
    refused(root, &["new", "study", "modality"], "already");
    ok(root, &["study", "mine-study"]);
    // All four together.
    let path = root.join("experiments/mine-study.toml");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replace("\"random\" ", "\"mine-pretraining\" ");
    let text = text.replace("[job]", "[job]\nprotocol = \"mine-protocol\"");
    let text = text.replace("[1e-3, 3e-3]", "[1e-3]");
    fs::write(&path, text).unwrap();
    let mut command = fpt(
        root,
        &[
            "study",
            "mine-study",
            "--profile",
            "mine-profile",
            "--seeds",
            "1",
        ],
    );
    assert!(command.status().unwrap().success());
    assert!(
        root.join("results/mine-profile/mine-study/table.md")
            .is_file()
    );
}

#[test]
fn a_folder_of_results_is_not_taken_for_one_above_or_below() {
    let folder = with_results();
    let root = folder.path();
    for wrong in [
        "results/smoke",
        "results/smoke/q",
        "results/smoke/jobs",
        ".",
    ] {
        refused(
            root,
            &["table", "q.toml", "--results", wrong],
            "results` is meant",
        );
        refused(
            root,
            &["study", "q.toml", "--results", wrong],
            "results` is meant",
        );
    }
    refused(
        root,
        &["table", "q.toml", "--results", "nowhere"],
        "fpt study NAME",
    );
    assert!(!root.join("nowhere").exists());
}

#[test]
fn curves_are_drawn_along_what_is_asked_for() {
    let folder = with_results();
    let root = folder.path();
    for (along, says) in [
        ("examples", "training examples seen"),
        ("compute", "floating-point operations of training (log)"),
        ("seconds", "seconds of training"),
    ] {
        let log: &[&str] = if along == "compute" { &["--log"] } else { &[] };
        let asked = ["plot", "q.toml", "--x", along, "--out", along];
        ok(root, &[&asked[..], log].concat());
        let figure = fs::read_to_string(root.join(along).join("curves.svg")).unwrap();
        assert!(
            figure.contains(says) && figure.contains("lr 1e-3"),
            "{along}"
        );
    }
    // Half as wide, panels go under each other.
    ok(
        root,
        &["plot", "q.toml", "--size", "500", "--out", "narrow"],
    );
    let [narrow, wide] = ["narrow", "seconds"].map(|folder| {
        let figure = fs::read_to_string(root.join(folder).join("curves.svg")).unwrap();
        let size = |name: &str| {
            let (_, after) = figure.split_once(&format!("{name}=\"")).unwrap();
            after.split('"').next().unwrap().parse::<u32>().unwrap()
        };
        (size("width"), size("height"))
    });
    assert!(narrow.0 == 500 && wide.0 == 1000, "{narrow:?} {wide:?}");
    refused(root, &["plot", "q.toml", "--x", "compute"], "--out DIR");
    refused(
        root,
        &["plot", "q.toml", "--x", "flops"],
        "steps, examples, compute or seconds",
    );
}

#[test]
fn words_are_whole_filters_filter_and_paths_are_of_this_profile() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("q.toml"), STUDY).unwrap();
    ok(root, &["study", "q.toml", "--seeds", "1,10"]);
    let shown = |words: &[&str]| ok(root, &[&["show", "q.toml"], words].concat());
    // One job, and no list of two.
    assert!(shown(&["fpt", "3e-3", "seed 1"]).contains("validation loss"));
    let filtered = shown(&["seed 10", "--filter", "policy=fpt"]);
    assert!(
        filtered.lines().count() == 2 && !filtered.contains("output"),
        "{filtered}"
    );
    let gone = ok(
        root,
        &["rm", "q.toml", "seed 10", "--filter", "policy=fpt", "--all"],
    );
    assert_eq!(gone.matches("removed ").count(), 2, "{gone}");
    assert!(shown(&["seed 10", "output"]).contains("finished"));
    // Without words, of all that the filter leaves.
    let rest = ["rm", "q.toml", "--filter", "policy=output", "--all"];
    assert!(ok(root, &rest).contains("removed "));
    assert!(shown(&["seed 1", "fpt"]).contains("finished"));
    // What is no job is left alone, wherever it lies.
    let thesis = root.join("jobs/notes/thesis.txt");
    fs::create_dir_all(thesis.parent().unwrap()).unwrap();
    fs::write(&thesis, "mine").unwrap();
    fs::create_dir(root.join("notes")).unwrap();
    for wrong in ["notes", "results/smoke/q", ".", "results/smoke/jobs"] {
        refused(root, &["rm", wrong], "there is no job");
    }
    let job = fs::read_dir(root.join("results/smoke/jobs"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let path = job.strip_prefix(root).unwrap().to_str().unwrap();
    let elsewhere = fpt(root, &["rm", path, "--profile", "tiny"])
        .status()
        .unwrap();
    assert_eq!(elsewhere.code(), Some(2));
    refused(root, &["rm", path, "another"], "no word of a title");
    assert!(thesis.is_file() && job.is_dir());
}

#[test]
fn a_second_run_that_was_broken_off_leaves_the_first_one_whole() {
    let folder = with_results();
    let root = folder.path();
    let words = ["q.toml", "fpt", "3e-3", "seed 1"];
    let shown = ok(root, &[&["show"], &words[..]].concat());
    let id = shown.split(':').next().unwrap().to_owned();
    let results = root.join("results");
    let (job, beside) = (
        results.join("smoke/jobs").join(&id),
        results.join(".anew").join(format!("again-{id}")),
    );
    let before = files(&job);
    let again = || ok(root, &["run", &id, "--again"]);
    // Killed between the two renames, and behind them.
    fs::create_dir_all(&beside).unwrap();
    fs::rename(&job, beside.join("before")).unwrap();
    fs::create_dir(&job).unwrap();
    fs::write(job.join("hold-1"), "").unwrap();
    let (code, _, error) = said(root, &["run", &id, "--again"]);
    assert_eq!(code, 0, "{error}");
    fs::create_dir_all(beside.join("before")).unwrap();
    assert!(again().contains("match: "));
    assert_eq!(
        files(&job).get(&job.join("curve.parquet")),
        before.get(&job.join("curve.parquet"))
    );
    // What another build left is no second run: the first one's own numbers would always match.
    let second = beside.join("smoke/jobs").join(&id);
    fs::create_dir_all(&second).unwrap();
    for (path, bytes) in &before {
        fs::write(second.join(path.file_name().unwrap()), bytes).unwrap();
    }
    fs::write(beside.join("made-by"), "another").unwrap();
    let (_, said, _) = said(root, &["run", &id, "--again"]);
    assert!(said.contains(", loss "), "it was not trained: {said}");
    // Others' second runs are nobody's to clear.
    let other = results.join(".anew/reproduce-q-1/smoke/jobs/x");
    fs::create_dir_all(&other).unwrap();
    again();
    assert!(other.is_dir() && !beside.exists());
}

#[test]
fn a_filter_takes_nothing_from_what_a_claim_is_corrected_for() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let claim = "[[claim]]\nsays = \"more at {learning-rate}\"\neach = \"learning-rate\"\ngreater = [\"fpt\", \"output\"]\n";
    fs::write(root.join("q.toml"), format!("{STUDY}{claim}")).unwrap();
    ok(root, &["study", "q.toml", "--seeds", "3"]);
    let rows = |filter: &[&str]| -> Vec<serde_json::Value> {
        let said = ok(
            root,
            &[&["claims", "q.toml", "--format", "json"], filter].concat(),
        );
        serde_json::from_str(&said).unwrap()
    };
    let (all, part) = (rows(&[]), rows(&["--filter", "learning-rate=3e-3"]));
    assert_eq!((all.len(), part.len()), (2, 1));
    assert_eq!(part[0], all[1]);
    assert_eq!(all[0]["replicates"], 3);
    let none = said(root, &["claims", "q.toml", "--filter", "policy=fpt"]).2;
    assert!(none.contains("the filter leaves"), "{none}");
    let table = ok(root, &["table", "q.toml", "--filter", "learning-rate=3e-3"]);
    assert!(
        !table.contains("## Claims") && table.contains("(3)"),
        "{table}"
    );
}
