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
    for line in include_str!("bodies.jsonl").lines() {
        let golden: Golden = serde_json::from_str(line).unwrap();
        let (name, profile) = (&golden.name, &golden.profile);
        let found = study::body(&Library::embedded(), profile, name);
        assert_eq!(found.unwrap(), golden.body, "{name} at {profile}");
    }
}
