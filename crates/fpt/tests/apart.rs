//! Results as a user meets them: published ones in a clone, those of another study of the same name, of a
//! newer version, and damaged ones. Nothing is lost, and nothing stands beside what it does not belong to.
#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Some steps of a task without data.
const STUDY: &str = r#"question = "q"
[job]
steps = 4
evaluate-every = 2
pretraining = "random"
task = "bit-xor"
[axes]
policy = ["fpt", "output"]
batch-size = [2]
[table]
rows = "policy"
columns = "batch-size"
"#;

fn fpt(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("fpt")
        .unwrap()
        .current_dir(folder)
        .env("FPT_DATA", folder.join("data"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// At profile smoke; what trains has one seed.
fn smoke(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let seeds: &[&str] = match arguments[0] {
        "study" | "plan" => &["--seeds", "1"],
        _ => &[],
    };
    fpt(
        folder,
        &[arguments, &["--profile", "smoke"], seeds].concat(),
    )
}

fn put(path: PathBuf, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// `q.toml` with its results.
fn finished() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path().join("q.toml"), STUDY);
    let (code, _, error) = smoke(folder.path(), &["study", "q.toml"]);
    assert_eq!(code, 0, "{error}");
    folder
}

fn published() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/tiny/modality")
}

const PARQUET: [&str; 5] = [
    "runs.parquet",
    "curves.parquet",
    "tests.parquet",
    "provenance.parquet",
    "measures.parquet",
];

/// A workspace with the study `modality`, changed, and the published results of the study as it was.
fn clone(change: impl Fn(&str) -> String) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let study = include_str!("../../../experiments/modality.toml");
    put(
        folder.path().join("experiments/modality.toml"),
        &change(study),
    );
    let into = folder.path().join("results/tiny/modality");
    fs::create_dir_all(&into).unwrap();
    for name in PARQUET {
        fs::copy(published().join(name), into.join(name)).unwrap();
    }
    let pretrainings = published().join("pretrainings");
    fs::create_dir(into.join("pretrainings")).unwrap();
    for entry in fs::read_dir(pretrainings).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        fs::copy(&path, into.join("pretrainings").join(name)).unwrap();
    }
    folder
}

fn jobs(path: &Path) -> BTreeSet<String> {
    let runs = results::read_runs(path).unwrap();
    runs.into_iter().map(|run| run.cell.job.0).collect()
}

#[test]
fn a_clone_with_published_rows_a_changed_recipe_and_one_new_job() {
    let short = |study: &str| {
        study.replace(
            "[job]\n",
            "[job]\nsteps = 2\nevaluate-every = 1\nbatch-size = 2\nlearning-rate = 1e-3\n",
        )
    };
    let folder = clone(short);
    let root = folder.path();
    let into = root.join("results/tiny/modality");
    let all = jobs(&published().join("runs.parquet"));
    let one = [
        "--seeds",
        "1",
        "--filter",
        "task=bit-xor",
        "--filter",
        "pretraining=random",
    ];
    let (code, said, error) = fpt(root, &[&["study", "modality"][..], &one].concat());
    assert_eq!(code, 0, "{error}");
    let new = jobs(&into.join("runs.parquet"));
    assert!(new.len() == 1 && new.is_disjoint(&all), "{new:?}");
    assert_eq!(jobs(&into.join("apart/runs.parquet")), all);
    let rows = results::read_runs(&published().join("runs.parquet")).unwrap();
    let cells: BTreeSet<_> = rows.iter().map(|run| run.cell.axes.clone()).collect();
    assert!(cells.len() >= 16, "{cells:?}");
    let section = said.split_once("## Set apart").unwrap().1;
    let named = format!("{} rows of {} cells", all.len(), cells.len());
    assert!(
        section.contains(&named) && section.contains("apart/"),
        "{named}: {section}"
    );

    // Without the job's folder, with all seeds: the same rows.
    fs::remove_dir_all(root.join("results/tiny/jobs")).unwrap();
    let (code, _, error) = fpt(root, &["table", "modality"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(jobs(&into.join("runs.parquet")), new);
    assert_eq!(jobs(&into.join("apart/runs.parquet")), all);

    // The recipe is changed back: what was published, byte for byte, and the other row named under it.
    put(
        root.join("experiments/modality.toml"),
        include_str!("../../../experiments/modality.toml"),
    );
    let (code, _, error) = fpt(root, &["table", "modality"]);
    assert_eq!(code, 0, "{error}");
    for name in PARQUET {
        assert!(
            fs::read(into.join(name)).unwrap() == fs::read(published().join(name)).unwrap(),
            "{name}"
        );
    }
    let table = fs::read_to_string(into.join("table.md")).unwrap();
    let (table, section) = table.split_once("\n## Set apart\n").unwrap();
    assert_eq!(
        table,
        fs::read_to_string(published().join("table.md")).unwrap()
    );
    assert!(section.contains("1 row of 1 cell"), "{section}");

    // A look at one seed takes no other away.
    fpt(root, &["table", "modality", "--seeds", "2"]);
    assert_eq!(jobs(&into.join("runs.parquet")), all);
}

/// What is published counts as finished where that is asked for, whichever study had it trained; its numbers are those that
/// training it would give.
#[test]
fn what_any_study_has_published_need_not_be_trained() {
    let folder = finished();
    let root = folder.path();
    let wider = STUDY.replace("batch-size = [2]", "batch-size = [2, 4]");
    put(root.join("wider.toml"), &wider);
    let whole = tempfile::tempdir().unwrap();
    put(whole.path().join("wider.toml"), &wider);
    assert_eq!(smoke(whole.path(), &["study", "wider.toml"]).0, 0);

    let jobs_here = root.join("results/smoke/jobs");
    fs::remove_dir_all(&jobs_here).unwrap();
    let own = || PARQUET.map(|name| fs::read(root.join("results/smoke/q").join(name)).unwrap());
    let before = own();
    let (code, _, error) = smoke(root, &["study", "q.toml", "--published"]);
    assert!(
        code == 0 && error.contains("2 jobs published here") && error.contains("nothing to do"),
        "{error}"
    );
    assert!(own() == before && !jobs_here.exists());

    let (code, said, error) = smoke(root, &["plan", "wider.toml", "--published"]);
    assert!(
        code == 0 && said.contains("2 to run") && error.contains("2 jobs published here"),
        "{said}{error}"
    );
    assert!(!root.join("results/smoke/wider").exists());
    // Unasked, a study trains what it asks for.
    let (_, said, _) = smoke(root, &["plan", "wider.toml"]);
    assert!(said.contains("4 to run"), "{said}");
    let (code, _, error) = smoke(root, &["study", "wider.toml", "--published"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(fs::read_dir(&jobs_here).unwrap().count(), 2);
    let of = |root: &Path, name: &str| fs::read(root.join("results/smoke/wider").join(name));
    for name in [
        "runs.parquet",
        "curves.parquet",
        "tests.parquet",
        "table.csv",
    ] {
        assert!(
            of(root, name).unwrap() == of(whole.path(), name).unwrap(),
            "{name}"
        );
    }
    assert!(own() == before);
}

#[test]
fn another_study_of_the_same_name_gets_no_folder_of_the_first() {
    let folder = finished();
    let root = folder.path();
    let before = fs::read(root.join("results/smoke/q/table.md")).unwrap();
    let other = STUDY.replace("\"q\"", "\"another\"");
    // A copy that was edited is another study, whatever it asks.
    for (text, path) in [
        (&other, "b/q.toml"),
        (&STUDY.replace("steps = 4", "steps = 6"), "copy/q.toml"),
    ] {
        put(root.join(path), text);
        for command in ["study", "table", "plot"] {
            let (code, _, error) = smoke(root, &[command, path]);
            assert!(
                code == 2 && error.contains("rename one") && error.contains("--results"),
                "{error}"
            );
            assert!(error.contains("q.toml") && error.contains(path), "{error}");
        }
    }
    assert_eq!(
        fs::read(root.join("results/smoke/q/table.md")).unwrap(),
        before
    );
    // Elsewhere it runs.
    let (code, _, error) = smoke(root, &["study", "b/q.toml", "--results", "elsewhere"]);
    assert_eq!(code, 0, "{error}");
    // Editing and moving a study is no matter.
    put(root.join("q.toml"), &STUDY.replace("\"q\"", "\"reworded\""));
    assert_eq!(smoke(root, &["table", "q.toml"]).0, 0);
    fs::create_dir(root.join("moved")).unwrap();
    fs::rename(root.join("q.toml"), root.join("moved/q.toml")).unwrap();
    let (code, said, error) = smoke(
        &root.join("moved"),
        &["table", "q.toml", "--results", "../results"],
    );
    assert!(code == 0 && !said.contains("unfinished"), "{said}{error}");
}

#[test]
fn a_user_s_own_file_is_not_the_published_study_of_its_name() {
    let folder = clone(str::to_owned);
    let root = folder.path();
    assert_eq!(fpt(root, &["table", "modality"]).0, 0);
    // By path the same file is the same study, from wherever.
    assert_eq!(
        fpt(&root.join("experiments"), &["table", "modality.toml"]).0,
        0
    );
    put(
        root.join("modality.toml"),
        &include_str!("../../../experiments/modality.toml").replace("at = 0.95", "at = 0.9"),
    );
    let (code, _, error) = fpt(root, &["table", "modality.toml"]);
    assert!(
        code == 2 && error.contains("experiments/modality.toml"),
        "{error}"
    );
    // Without a workspace the name is the embedded one's, and stays so.
    let nowhere = tempfile::tempdir().unwrap();
    put(
        nowhere.path().join("modality.toml"),
        include_str!("../../../experiments/modality.toml"),
    );
    fs::create_dir_all(nowhere.path().join("results/tiny/modality")).unwrap();
    assert_eq!(fpt(nowhere.path(), &["table", "modality"]).0, 0);
    let (code, _, error) = fpt(nowhere.path(), &["table", "modality.toml"]);
    assert!(code == 2 && error.contains("rename one"), "{error}");
    put(
        nowhere.path().join("experiments/modality.toml"),
        include_str!("../../../experiments/modality.toml"),
    );
    fs::create_dir_all(nowhere.path().join("results/tiny/modality")).unwrap();
    assert_eq!(fpt(nowhere.path(), &["table", "modality"]).0, 0);
}

#[test]
fn a_job_of_a_newer_version_is_left_alone() {
    let folder = finished();
    let root = folder.path();
    let jobs = fs::read_dir(root.join("results/smoke/jobs")).unwrap();
    let job = jobs.map(|entry| entry.unwrap().path()).next().unwrap();
    let outcome = job.join("outcome.json");
    let whole = fs::read_to_string(&outcome).unwrap();
    let newer = whole.replacen('{', "{ \"calibration\": 0.5,", 1);
    fs::write(&outcome, &newer).unwrap();
    let (code, _, error) = smoke(root, &["study", "q.toml"]);
    assert_eq!(code, 1, "{error}");
    assert!(
        error.contains("left alone: 1 of 2 jobs") && error.contains("outcome.json"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&outcome).unwrap(), newer);
    let (code, said, _) = smoke(root, &["status", "q.toml"]);
    assert!(
        code == 0 && said.contains("1 done, 1 of a newer version"),
        "{said}"
    );
    let (code, said, _) = smoke(root, &["plan", "q.toml"]);
    assert!(code == 0 && said.contains("0 to run"), "{said}");
    let (code, _, error) = smoke(root, &["job", job.join("job.toml").to_str().unwrap()]);
    assert!(code == 1 && !error.contains("panicked"), "{error}");
    assert_eq!(fs::read_to_string(&outcome).unwrap(), newer);

    // A damaged one is run again, and kept.
    fs::write(&outcome, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(smoke(root, &["study", "q.toml"]).0, 0);
    assert_eq!(fs::read_to_string(&outcome).unwrap(), whole);
    assert_eq!(
        fs::read_to_string(job.join("outcome.json.damaged")).unwrap(),
        whole[..whole.len() / 2]
    );

    // A checkpoint that a newer version left is not begun over.
    fs::remove_file(&outcome).unwrap();
    let state = job.join("checkpoint/state.json");
    put(
        state.clone(),
        "{\"step\": 2, \"curve\": [], \"best\": null, \"teacher\": 1}",
    );
    let (code, _, error) = smoke(root, &["study", "q.toml"]);
    assert!(
        code == 1 && error.contains("state.json is not of this version"),
        "{error}"
    );
    assert!(fs::read_to_string(&state).unwrap().contains("teacher"));
}

#[test]
fn a_table_of_damaged_files_says_which_and_loses_no_row() {
    let folder = finished();
    let root = folder.path();
    let into = root.join("results/smoke/q");
    fs::remove_dir_all(root.join("results/smoke/jobs")).unwrap();
    // What is made of the other files is made anew.
    let measures = into.join("measures.parquet");
    let whole = fs::read(&measures).unwrap();
    fs::write(&measures, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(smoke(root, &["table", "q.toml"]).0, 0);
    assert!(fs::read(&measures).unwrap() == whole);
    for name in PARQUET.iter().filter(|name| **name != "measures.parquet") {
        let whole = fs::read(into.join(name)).unwrap();
        let half = &whole[..whole.len() / 2];
        fs::write(into.join(name), half).unwrap();
        for command in ["table", "plot", "study"] {
            let (code, _, error) = smoke(root, &[command, "q.toml"]);
            assert_eq!(code, 1, "{error}");
            let words = [name, "is damaged", "put it back", "move all"];
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
        assert_eq!(fs::read(into.join(name)).unwrap(), half);
        fs::write(into.join(name), whole).unwrap();
    }
    assert!(
        !root.join("results/smoke/jobs").exists()
            || fs::read_dir(root.join("results/smoke/jobs"))
                .unwrap()
                .count()
                == 0
    );
    let (code, said, _) = smoke(root, &["table", "q.toml"]);
    assert!(code == 0 && !said.contains("unfinished"), "{said}");
}

#[test]
fn no_name_reaches_outside_its_folder() {
    let above = tempfile::tempdir().unwrap();
    let root = above.path().join("a/b");
    fs::create_dir_all(&root).unwrap();
    let long = format!("{}.toml", "x".repeat(240));
    let studies = [
        "...toml",
        ".toml",
        "jobs.toml",
        "Jobs.toml",
        "format.toml.toml",
        "a\nb.toml",
        "a\u{1b}b.toml",
        &long,
    ];
    for name in studies {
        put(root.join(name), STUDY);
        let (code, _, error) = smoke(&root, &["table", name]);
        assert!(
            code == 2 && error.contains("no study can be called"),
            "{name:?}: {error}"
        );
    }
    // By name, a study is one of experiments/, and a profile one of its own folder.
    put(root.join("experiments/mine.toml"), STUDY);
    put(root.join("secret.toml"), STUDY);
    for name in [
        "../secret",
        "profiles/tiny",
        "./mine",
        ".",
        "..",
        "",
        "/etc/passwd",
    ] {
        let (code, _, error) = smoke(&root, &["table", name]);
        assert!(code == 2, "{name:?}: {error}");
    }
    let profiles = ["../x", ".", "..", "", "a/b", "/tmp/x", "\n"];
    for command in [
        &["status"][..],
        &["table", "mine"],
        &["plan", "mine"],
        &["export", "0", "out"],
    ] {
        for profile in profiles {
            let (code, _, error) = fpt(&root, &[command, &["--profile", profile]].concat());
            assert!(
                code == 2 && error.contains("profile"),
                "{command:?} {profile:?}: {error}"
            );
        }
    }
    assert!(!root.join("results").exists());
    let left = |folder: &Path| fs::read_dir(folder).unwrap().count();
    assert_eq!((left(above.path()), left(&above.path().join("a"))), (1, 1));
}
