//! Bodies at every profile are what they have always been: their shapes name the jobs of committed
//! results. `bodies.jsonl` was written when the profiles still said every field.
#![allow(clippy::unwrap_used)]

use backbone::BodyConfig;
use serde::Deserialize;
use std::collections::BTreeSet;
use study::{Library, Options};

#[derive(Deserialize)]
struct Golden {
    profile: String,
    name: String,
    body: BodyConfig,
}

fn golden() -> Vec<Golden> {
    let lines = include_str!("bodies.jsonl").lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_body_of_every_profile_has_the_fields_it_had() {
    for Golden {
        profile,
        name,
        body,
    } in golden()
    {
        let found = study::body(&Library::embedded(), &Options::profile(&profile), &name);
        assert_eq!(found.unwrap(), body, "{name} at {profile}");
    }
}

#[test]
fn no_profile_has_a_body_that_is_not_written_down_here() {
    let golden = golden();
    let names = |profile: &str| -> BTreeSet<String> {
        let of = golden.iter().filter(|golden| golden.profile == profile);
        of.map(|golden| golden.name.clone()).collect()
    };
    for profile in ["smoke", "tiny", "small", "paper"] {
        let options = Options::profile(profile);
        let error = study::body(&Library::embedded(), &options, "?").unwrap_err();
        let help = miette::Diagnostic::help(&error).unwrap().to_string();
        let known = help.strip_prefix("known are ").unwrap();
        let known: BTreeSet<String> = known.split(", ").map(str::to_owned).collect();
        assert_eq!(known, names(profile), "{profile}");
    }
}
