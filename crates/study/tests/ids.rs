//! Jobs keep their names: results that were computed, here or elsewhere, are found again after any
//! change that does not change their numbers.
#![allow(clippy::unwrap_used)]

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use study::{Library, Options, Pilot, Plan, Shelf, Standing};

/// Jobs of each study at each profile, and the beginning of the sha256 of their ids, a line each.
const GOLDEN: &str = include_str!("ids.txt");

/// `FPT_BLESS=1` writes the file anew: only where jobs are meant to be other ones.
#[test]
fn every_job_of_every_study_keeps_its_id() {
    let library = Library::embedded();
    let mut found = String::new();
    for study in library.names(Shelf::Studies) {
        for profile in library.names(Shelf::Profiles) {
            // Pilots that all end alike: the search goes to its last trial, and every replicate has a name.
            let standing = Standing {
                pilot: &|_| {
                    Some(Pilot {
                        curve: vec![(1, 0.5)],
                        floor: None,
                    })
                },
                replicates: BTreeMap::new(),
                all_trials: false,
            };
            let options = Options::profile(&profile);
            let plan = Plan::after(&library, &study, &options, &standing).unwrap();
            assert!(plan.later.is_empty());
            let ids: String = plan
                .jobs
                .iter()
                .map(|job| format!("{}\n", job.id))
                .collect();
            let sum = Sha256::digest(ids.as_bytes());
            let sum: String = sum[..8].iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(found, "{study} {profile} {} {sum}", plan.jobs.len()).unwrap();
        }
    }
    if std::env::var_os("FPT_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ids.txt");
        std::fs::write(path, found).unwrap();
        return;
    }
    for (found, golden) in found.lines().zip(GOLDEN.lines()) {
        assert_eq!(
            found, golden,
            "these jobs have other ids: their results would be orphans"
        );
    }
    assert_eq!(found.lines().count(), GOLDEN.lines().count());
}
