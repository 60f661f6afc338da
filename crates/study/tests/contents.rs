//! Jobs are planned on what their caller knows of what they read.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use study::{CheckpointContent, Contents, Library, Options, Plan};
use training::Initialisation;

fn plan(study: &str, profile: &str, contents: Contents) -> Plan {
    let library = Library::embedded().knowing(contents, BTreeMap::new());
    Plan::new(&library, study, &Options::profile(profile)).unwrap()
}

fn ids(plan: &Plan) -> BTreeSet<String> {
    plan.jobs
        .iter()
        .map(|planned| planned.id.0.clone())
        .collect()
}

fn data(name: &str, digest: &str) -> Contents {
    Contents {
        data: BTreeMap::from([(name.to_owned(), digest.to_owned())]),
        ..Contents::default()
    }
}

#[test]
fn other_data_than_the_published_makes_other_jobs_of_all_that_follow_from_it() {
    let published = plan("modality", "smoke", Contents::default());
    assert!(
        published
            .sources
            .data
            .keys()
            .eq(["cifar10", "english", "mnist"])
    );
    let known = ids(&published);
    let of = |name: &str| {
        let other = plan("modality", "smoke", data(name, "1"));
        assert_ne!(
            ids(&other),
            ids(&plan("modality", "smoke", data(name, "2")))
        );
        let (before, after) = (published.jobs.iter(), other.jobs.iter());
        let changed = before
            .zip(after)
            .filter(|(before, after)| before.id != after.id);
        changed
            .map(|(before, _)| before.title.clone())
            .collect::<Vec<_>>()
    };
    assert!(of("mnist").iter().all(|title| title.contains("mnist")));
    assert!(of("english").iter().all(|title| title.contains("text")));
    // Bodies pretrained on images, and nothing else.
    let images = of("cifar10");
    assert!(
        images.len() > 4 && images.iter().all(|title| title.contains("image")),
        "{images:?}"
    );
    assert_eq!(
        known,
        ids(&plan("modality", "smoke", data("nobody reads this", "1")))
    );
}

#[test]
fn a_pretraining_s_checkpoint_is_named_by_what_is_known_of_it() {
    let paper = plan("modality", "paper", Contents::default());
    let source = "openai-community/gpt2";
    assert!(paper.sources.checkpoints.contains(source));
    let of = |content: Option<&str>, commit: &str| {
        let known = CheckpointContent {
            content: content.map(ToOwned::to_owned),
            commit: Some(commit.to_owned()),
            config: paper.jobs[0].job.body.clone(),
        };
        let checkpoints = BTreeMap::from([(source.to_owned(), known)]);
        plan(
            "modality",
            "paper",
            Contents {
                checkpoints,
                ..Contents::default()
            },
        )
    };
    let known = of(Some("1"), "a");
    for planned in &known.jobs {
        if let Initialisation::Checkpoint(checkpoint) = &planned.job.initialisation
            && checkpoint.source == source
        {
            assert_eq!(checkpoint.content.as_deref(), Some("1"));
            assert_eq!(checkpoint.commit.as_deref(), Some("a"));
        }
    }
    let all = [paper.clone(), known, of(Some("2"), "a"), of(Some("1"), "b")].map(|plan| ids(&plan));
    let different: BTreeSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len());
}
