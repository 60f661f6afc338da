//! A table of jobs, and what leads on from it.
#![allow(clippy::unwrap_used)]

#[path = "common/said.rs"]
mod said;
mod support;

use said::{first_table, ok, refused, with_results};

#[test]
fn a_table_of_jobs_leads_to_each_of_them() {
    let folder = with_results();
    let root = folder.path();
    let listed = ok(root, &["table", "q.toml", "--jobs", "--format", "csv"]);
    let mut lines = listed.lines();
    assert_eq!(
        lines.next(),
        Some("policy,learning-rate,replicate,test accuracy,job")
    );
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 8, "{listed}");
    for line in lines {
        let id = line.rsplit(',').next().unwrap();
        let policy = line.split(',').next().unwrap();
        let shown = ok(root, &["show", id]);
        assert!(
            shown.contains(&format!("policy    {policy}")),
            "{line}: {shown}"
        );
    }
    let part = ok(
        root,
        &[
            "table",
            "q.toml",
            "--jobs",
            "--filter",
            "policy=fpt",
            "--seeds",
            "1",
        ],
    );
    assert_eq!(first_table(&part).len(), 4, "{part}");
    refused(
        root,
        &["table", "q.toml", "--jobs", "--format", "latex"],
        "markdown or csv",
    );
    refused(
        root,
        &["table", "q.toml", "--jobs", "--out", "jobs/"],
        "name a file",
    );
    refused(root, &["table", "q.toml", "--out", "t.docx"], "`.docx`");
}
