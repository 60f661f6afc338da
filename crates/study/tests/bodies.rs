//! Bodies at every profile are what they have always been: their shapes name the jobs of committed
//! results. `bodies.jsonl` was written when the profiles still said every field.
#![allow(clippy::unwrap_used)]

use backbone::BodyConfig;
use serde::Deserialize;
use study::Library;

#[derive(Deserialize)]
struct Golden {
    profile: String,
    name: String,
    body: BodyConfig,
}

#[test]
fn every_body_of_every_profile_has_the_fields_it_had() {
    let all: Vec<Golden> = include_str!("bodies.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for profile in ["smoke", "tiny", "small", "paper"] {
        let known = study::known(&Library::embedded(), profile, study::Kind::Bodies).unwrap();
        let here = all.iter().filter(|golden| golden.profile == profile);
        let mut here: Vec<&str> = here.map(|golden| golden.name.as_str()).collect();
        here.sort_unstable();
        let known: Vec<&str> = known.iter().map(|known| known.name.as_str()).collect();
        assert_eq!(known, here, "{profile}");
    }
    for golden in &all {
        let (name, profile) = (&golden.name, &golden.profile);
        let found = study::body(&Library::embedded(), profile, name);
        assert_eq!(found.unwrap(), golden.body, "{name} at {profile}");
    }
}
