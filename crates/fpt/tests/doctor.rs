//! `fpt doctor`: what is wrong is named, what can be mended is, and a study makes the rest good.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use support::{fpt, jobs, outputs, reach_the_middle, run, study};

/// Exit code, and what is said.
fn doctor(folder: &Path, options: &[&str]) -> (i32, String) {
    let mut command = fpt(folder, &[&["doctor"], options].concat());
    let output = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .output()
        .unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap(), said)
}

fn finished() -> (tempfile::TempDir, PathBuf) {
    let folder = study(40);
    assert!(run(folder.path()).status().unwrap().success());
    let job = jobs(folder.path()).remove(0);
    (folder, job)
}

#[test]
fn a_copy_of_another_job_is_named_and_a_folder_without_its_version_is_one_of_results() {
    let (folder, job) = finished();
    let here = folder.path();
    let copy = job.with_file_name("0123456789abcdef");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(&job).unwrap().flatten() {
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    let (code, said) = doctor(here, &[]);
    let words = format!(
        "settings of job {}",
        job.file_name().unwrap().to_str().unwrap()
    );
    assert!(code == 1 && said.contains(&words), "{said}");
    fs::remove_dir_all(copy).unwrap();
    fs::remove_file(here.join("results/smoke/format.toml")).unwrap();
    let (code, said) = doctor(here, &[]);
    assert!(code == 0 && said.contains("1 job finished"), "{said}");
}

#[test]
fn files_that_are_not_what_they_were_are_set_aside_and_made_again() {
    let (folder, job) = finished();
    let here = folder.path();
    let expected = outputs(here);
    let (code, said) = doctor(here, &[]);
    assert!(
        code == 0 && said.contains("1 job finished") && said.contains("nothing is wrong"),
        "{said}"
    );

    type Change = fn(&mut Vec<u8>);
    let changes: [(&str, Change); 5] = [
        // It can still be read.
        ("trained.bpk", |bytes| *bytes.last_mut().unwrap() ^= 1),
        ("curve.parquet", |bytes| bytes.truncate(bytes.len() / 2)),
        ("outcome.json", |bytes| bytes.clear()),
        ("provenance.json", |bytes| bytes.push(b'x')),
        // The list itself, cut.
        ("sums.b3", |bytes| bytes.truncate(70)),
    ];
    for (name, change) in changes {
        let path = job.join(name);
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
        let (code, said) = doctor(here, &[]);
        assert!(
            code == 1 && said.contains(name) && said.contains("--repair"),
            "{name}: {said}"
        );
        assert!(path.exists(), "it only looks");
        let mends = "which `fpt doctor --repair` mends";
        assert!(said.contains(mends), "{name}: {said}");
        let (code, said) = doctor(here, &["--repair"]);
        assert!(code == 0 && said.contains("mended"), "{name}: {said}");
        assert!(
            said.contains(": set aside as .damaged") && !said.contains("delete"),
            "{said}"
        );
        let (code, said) = doctor(here, &[]);
        assert!(
            code == 0 && said.contains("1 not finished"),
            "{name}: {said}"
        );
        assert!(run(here).status().unwrap().success());
        assert_eq!(outputs(here), expected, "{name}");
        let (code, said) = doctor(here, &[]);
        assert!(
            code == 0 && said.contains("1 job finished"),
            "{name}: {said}"
        );
    }
}

#[test]
fn what_processes_left_that_were_killed_is_taken_away() {
    let folder = study(2000);
    let here = folder.path();
    let mut runner = run(here).spawn().unwrap();
    let (job, _) = reach_the_middle(here, 2000, &mut runner).unwrap();
    let (code, said) = doctor(here, &[]);
    assert!(code == 0 && said.contains("1 running"), "{said}");
    runner.kill().unwrap();
    runner.wait().unwrap();
    support::let_go(&job);
    // As its worker would have left them, had it been killed, too.
    fs::write(job.join(".part-curve.parquet-1"), b"half").unwrap();
    let parts = here.join("results/.merging/4194304/0123456789abcdef");
    fs::create_dir_all(&parts).unwrap();
    // As a writer of rows would have.
    let rows = here.join("results/smoke/q");
    fs::write(rows.join("hold-1"), b"").unwrap();
    fs::write(rows.join("given-up-1"), b"").unwrap();
    let (code, said) = doctor(here, &[]);
    assert!(code == 1 && said.contains("merge"), "{said}");
    for folder in [&job, &rows] {
        let folder = folder.strip_prefix(here).unwrap().display();
        assert!(said.contains(&format!("{folder} has traces")), "{said}");
    }
    let (code, said) = doctor(here, &["--repair"]);
    assert!(code == 0 && said.contains("all of it is mended"), "{said}");
    assert!(!job.join(".part-curve.parquet-1").exists() && !parts.exists());
    assert!(!rows.join("hold-1").exists() && !rows.join("given-up-1").exists());
    assert!(job.join("checkpoint").is_dir(), "what the job has stays");
    assert_eq!(doctor(here, &[]).0, 0);
}

#[test]
fn jobs_of_no_study_and_files_that_nobody_can_read_are_named_and_stay() {
    // As long as no study of the library has them.
    let folder = study(44);
    let here = folder.path();
    assert!(run(here).status().unwrap().success());
    let job = jobs(here).remove(0);
    let text = fs::read_to_string(here.join("q.toml")).unwrap();
    fs::write(
        here.join("q.toml"),
        text.replace("steps = 44", "steps = 60"),
    )
    .unwrap();
    let (code, said) = doctor(here, &[]);
    let id = job.file_name().unwrap().to_str().unwrap();
    assert!(
        code == 0 && said.contains("1 job that no study here asks for") && said.contains(id),
        "{said}"
    );

    let (known, _) = finished();
    fs::remove_dir_all(known.path().join("results/smoke/q")).unwrap();
    let (code, said) = doctor(known.path(), &[]);
    assert!(code == 0 && !said.contains("no study"), "{said}");

    let rows = here.join("results/smoke/q/runs.parquet");
    fs::write(&rows, b"PAR1").unwrap();
    fs::write(job.join("job.toml"), b"a = ").unwrap();
    for options in [&[][..], &["--repair"]] {
        let (code, said) = doctor(here, options);
        assert!(
            code == 1 && said.contains("runs.parquet") && said.contains("job.toml"),
            "{said}"
        );
    }
    assert_eq!(fs::read(&rows).unwrap(), b"PAR1", "it may be the only copy");
}

#[test]
fn a_pretraining_that_is_gone_is_missed_by_what_starts_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let text = support::SHORT.replace("\"random\"", "\"bit\"");
    fs::write(here.join("q.toml"), text).unwrap();
    assert!(run(here).status().unwrap().success());
    let is_body = |job: &PathBuf| job.join("body").is_dir();
    let (bodies, others): (Vec<PathBuf>, Vec<PathBuf>) = jobs(here).into_iter().partition(is_body);
    fs::remove_dir_all(&bodies[0]).unwrap();
    assert_eq!(doctor(here, &[]).0, 0, "what is finished needs it no more");
    fs::remove_file(others[0].join("outcome.json")).unwrap();
    let (code, said) = doctor(here, &[]);
    assert!(code == 1 && said.contains("which is not here"), "{said}");
}

/// Jobs may be all that mends what is damaged.
#[test]
fn no_removal_is_advised_while_a_study_cannot_be_read_or_planned() {
    let folder = study(44);
    let here = folder.path();
    assert!(run(here).status().unwrap().success());
    let of_study = here.join("results/smoke/q");
    let files = ["runs.parquet", "study.toml", "contents.toml"].map(|name| of_study.join(name));
    let submission = here.join("results/.submitted/smoke/q/1/submission.json");
    fs::create_dir_all(submission.parent().unwrap()).unwrap();
    for path in files.into_iter().chain([submission]) {
        let before = fs::read(&path).ok();
        fs::write(&path, b"[").unwrap();
        let (code, said) = doctor(here, &[]);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(code == 1 && said.contains(name), "{said}");
        assert!(said.contains("1 job that no study here asks for"), "{said}");
        assert!(
            !said.contains("fpt rm") && said.contains("what each is, q"),
            "{said}"
        );
        match before {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
    }
    assert_eq!(doctor(here, &[]).0, 0);
    // Its file is gone.
    fs::rename(here.join("q.toml"), here.join("p.toml")).unwrap();
    let (_, said) = doctor(here, &[]);
    assert!(
        !said.contains("fpt rm") && said.contains("what each is, q cannot be read or planned here"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_not_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    // As a folder of another user.
    std::os::unix::fs::symlink("results", here.join("results")).unwrap();
    let (code, said) = doctor(here, &[]);
    assert!(
        code == 1 && said.contains("look for results in results"),
        "{said}"
    );
}

/// As in a clone of a library that has published.
#[test]
fn rows_without_folders_are_counted() {
    let (folder, _) = finished();
    let here = folder.path();
    let (_, said) = doctor(here, &[]);
    assert!(!said.contains("published row"), "{said}");
    std::fs::remove_dir_all(here.join("results/smoke/jobs")).unwrap();
    let (code, said) = doctor(here, &[]);
    let counted = "0 jobs finished, 0 running, 0 not finished; 1 published row of jobs that have no folder here";
    assert!(code == 0 && said.contains(counted), "{said}");
}

#[test]
fn a_profile_without_results_is_not_well() {
    let (folder, _) = finished();
    let (code, said) = doctor(folder.path(), &["--profile", "tiny"]);
    assert!(code == 0 && said.contains("no results at tiny"), "{said}");
    assert!(!said.contains("nothing is wrong"), "{said}");
}

#[test]
fn what_is_odd_among_the_jobs_is_named_and_the_rest_is_looked_at() {
    let (folder, job) = finished();
    let here = folder.path();
    let copy = job.with_file_name("0123456789abcdef");
    fs::create_dir_all(copy.join("hold-1")).unwrap();
    fs::write(job.with_file_name("0023456789abcdef"), b"").unwrap();
    fs::write(job.join(".part-curve.parquet-1"), b"half").unwrap();
    let mut names = vec!["0023456789abcdef"];
    #[cfg(unix)]
    {
        // As a folder that may not be looked into.
        std::os::unix::fs::symlink("0003456789abcdef", job.with_file_name("0003456789abcdef"))
            .unwrap();
        names.push("0003456789abcdef");
    }
    fs::create_dir_all(here.join("results/.merging/1/2")).unwrap();
    let (code, said) = doctor(here, &[]);
    names.extend([
        "0123456789abcdef",
        "traces",
        "a merge that was killed",
        "1 job finished",
    ]);
    for words in names {
        assert!(code == 1 && said.contains(words), "{words}: {said}");
    }
}

#[test]
fn what_second_runs_and_merges_left_that_were_killed_is_put_back_or_removed() {
    let (folder, job) = finished();
    let here = folder.path();
    let id = job.file_name().unwrap().to_str().unwrap();
    let (again, merging) = (
        here.join("results/.anew").join(format!("again-{id}")),
        here.join("results/.merging/1"),
    );
    let places = [
        (again.clone(), "before".to_owned()),
        (merging.clone(), format!("{id}.smoke.before")),
        // Of earlier versions.
        (merging, format!("{id}.before")),
    ];
    for (left, name) in &places {
        let before = left.join(name);
        // Killed between two renames.
        fs::create_dir_all(left).unwrap();
        fs::rename(&job, &before).unwrap();
        let (code, said) = doctor(here, &[]);
        assert!(
            code == 1 && said.contains("--repair puts it back"),
            "{said}"
        );
        // What was begun since is less than that: nobody takes either.
        fs::create_dir(&job).unwrap();
        fs::copy(before.join("job.toml"), job.join("job.toml")).unwrap();
        let (code, said) = doctor(here, &["--repair"]);
        assert!(
            code == 1 && said.contains("move it back") && before.is_dir(),
            "{said}"
        );
        // Nor of what was not finished, but further than that.
        fs::rename(before.join("outcome.json"), left.join("outcome")).unwrap();
        let (code, said) = doctor(here, &["--repair"]);
        assert!(
            code == 1 && said.contains("move it back") && before.is_dir(),
            "{said}"
        );
        fs::rename(left.join("outcome"), before.join("outcome.json")).unwrap();
        fs::remove_dir_all(&job).unwrap();
        let (code, said) = doctor(here, &["--repair"]);
        assert!(code == 0 && said.contains(": put back"), "{said}");
        assert!(job.join("outcome.json").exists() && !left.exists());
        // In its place, too: a copy.
        fs::create_dir_all(&before).unwrap();
        fs::copy(job.join("job.toml"), before.join("job.toml")).unwrap();
        let (code, said) = doctor(here, &[]);
        assert!(
            code == 1 && said.contains("--repair removes it") && !said.contains("move it back"),
            "{said}"
        );
        let (code, said) = doctor(here, &["--repair"]);
        assert!(
            code == 0 && said.contains(": removed") && !left.exists(),
            "{said}"
        );
    }
    // What is being removed, and what was.
    let removed = here.join("results/smoke/.removed/1");
    fs::create_dir_all(&removed).unwrap();
    let held = files::Hold::try_take(&removed).unwrap().unwrap();
    assert_eq!(doctor(here, &[]).0, 0);
    drop(held);
    let (code, said) = doctor(here, &[]);
    assert!(
        code == 1 && said.contains(".removed/1 is what `fpt rm`"),
        "{said}"
    );
    assert_eq!(doctor(here, &["--repair"]).0, 0);
    assert!(!removed.exists());
    // A second run that broke off, and one that is under way.
    fs::create_dir_all(again.join("smoke/jobs").join(id)).unwrap();
    let held = files::Hold::try_take(&again.join("smoke/jobs").join(id))
        .unwrap()
        .unwrap();
    assert_eq!(doctor(here, &[]).0, 0);
    drop(held);
    let (code, said) = doctor(here, &[]);
    assert!(code == 1 && said.contains(".anew/again-"), "{said}");
    // Without any results, too.
    fs::remove_dir_all(here.join("results/smoke")).unwrap();
    let (code, said) = doctor(here, &[]);
    assert!(
        code == 1 && said.contains(".anew/again-") && said.contains("has no results"),
        "{said}"
    );
    assert_eq!(doctor(here, &["--repair"]).0, 0);
    let (code, said) = doctor(here, &[]);
    assert!(
        code == 0 && said.contains("has no results") && !said.contains("wrong"),
        "{said}"
    );
}

#[test]
fn a_job_under_another_name_is_told_from_a_copy_and_a_hold_of_no_number_is_none() {
    let (folder, job) = finished();
    let here = folder.path();
    fs::write(job.join("hold-18446744073709551615"), b"{}").unwrap();
    assert_eq!(doctor(here, &[]).0, 0);
    let elsewhere = job.with_file_name("ffffffffffffffff");
    fs::rename(&job, &elsewhere).unwrap();
    let id = job.file_name().unwrap().to_str().unwrap();
    // Whether it was renamed or its settings were changed nobody can tell: it is the user's to say.
    let (code, said) = doctor(here, &["--repair"]);
    let way =
        format!("`mv results/smoke/jobs/ffffffffffffffff results/smoke/jobs/{id}` puts it back");
    assert!(
        code == 1 && said.contains(&way) && !said.contains("rm ID"),
        "{said}"
    );
    assert!(elsewhere.join("outcome.json").is_file() && !job.exists());
}
