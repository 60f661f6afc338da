//! Bodies that look both ways are pretrained on masked text, beside random ones.
#![allow(clippy::unwrap_used)]

use study::{Document, Library, Options, Plan, Planned, Standing};
use training::{Initialisation, Recipe};

fn plan(pretraining: &str, backbones: &str, profile: &str) -> Result<Plan, String> {
    let text = format!(
        "question = \"q\"\n[job]\ntask = \"mnist\"\nprotocol = \"single-rate\"\n[axes]\n\
         pretraining = [\"{pretraining}\", \"random\"]\nbackbone = {backbones}\n\
         [table]\nrows = \"backbone\"\ncolumns = \"pretraining\"\n"
    );
    let source = Document {
        name: "p".into(),
        path: "p.toml".into(),
        text,
    };
    let options = Options {
        seeds: Some(vec![1]),
        ..Options::profile(profile)
    };
    Plan::of(&Library::embedded(), source, &options, &Standing::nowhere())
        .map_err(|error| format!("{error:?}"))
}

const ALL: &str = "[\"bert\", \"roberta\", \"t5\", \"longformer\"]";

fn pretrainings(plan: &Plan) -> Vec<&Planned> {
    let jobs = plan.jobs.iter();
    jobs.filter(|planned| planned.job.keep_body).collect()
}

#[test]
fn each_of_them_has_its_own_body_trained_on_as_many_bytes_as_text() {
    for (profile, context, steps, batch) in [
        ("smoke", 64, 60, 8),
        ("tiny", 32, 3000, 128),
        ("small", 256, 20_000, 32),
    ] {
        let found = plan("masked-text", ALL, profile).unwrap();
        assert_eq!(found.jobs.len(), 4 + 8, "{profile}");
        let types = pretrainings(&found).into_iter().map(|planned| {
            let job = &planned.job;
            let recipe = &job.recipe;
            assert_eq!((recipe.steps, recipe.batch_size), (steps, batch));
            assert_eq!(job.task.name, "masked-text");
            let setting = |key: &str| job.task.settings[key].clone();
            assert_eq!(setting("context").as_integer(), Some(context));
            assert_eq!(setting("share").as_float(), Some(0.15));
            job.body.model_type()
        });
        let types: Vec<_> = types.collect();
        assert_eq!(types, ["bert", "roberta", "t5", "longformer"], "{profile}");
        let text = plan("text", "[\"gpt2\"]", profile).unwrap();
        let text = &pretrainings(&text)[0].job;
        let bytes = |batch: usize, context: Option<i64>| batch as i64 * context.unwrap();
        let of_text = text.task.settings["context"].as_integer();
        assert_eq!(
            bytes(text.recipe.batch_size, of_text),
            bytes(batch, Some(context)),
            "{profile}"
        );
        let recipe = Recipe {
            batch_size: batch,
            ..text.recipe.clone()
        };
        assert_eq!(recipe, pretrainings(&found)[0].job.recipe, "{profile}");
    }
}

#[test]
fn at_the_papers_size_each_kind_of_body_has_its_own_checkpoint() {
    let sources = |pretraining, backbones| {
        let plan = plan(pretraining, backbones, "paper").unwrap();
        let starts = plan.jobs.iter().map(|planned| &planned.job.initialisation);
        let sources = starts.filter_map(|start| match start {
            Initialisation::Checkpoint(checkpoint) => Some(checkpoint.source.clone()),
            _ => None,
        });
        (sources.collect::<Vec<_>>(), plan.sources.listed)
    };
    let (found, listed) = sources("masked-text", ALL);
    let expected = [
        "google-bert/bert-base-uncased",
        "FacebookAI/roberta-base",
        "google-t5/t5-base",
        "allenai/longformer-base-4096",
    ];
    assert_eq!(found, expected);
    assert_eq!(listed, expected.map(str::to_owned).into());
    let (found, listed) = sources("longformer", "[\"longformer\"]");
    assert_eq!(found, ["FacebookAI/roberta-base"]);
    assert_eq!(listed.into_iter().collect::<Vec<_>>(), found);
}

#[test]
fn a_longformer_can_be_made_of_the_roberta_that_is_there_anyway() {
    for profile in ["smoke", "tiny", "small"] {
        let made = plan("longformer", "[\"longformer\"]", profile).unwrap();
        let trained = plan("masked-text", "[\"roberta\"]", profile).unwrap();
        let ids = |plan: &Plan| -> Vec<_> {
            let jobs = pretrainings(plan).into_iter();
            jobs.map(|planned| planned.id.clone()).collect()
        };
        assert_eq!(ids(&made), ids(&trained), "{profile}");
        let is_made = |planned: &&Planned| !planned.job.remakes.is_empty();
        assert_eq!(made.jobs.iter().filter(is_made).count(), 1, "{profile}");
    }
}

#[test]
fn a_body_that_is_not_meant_is_refused_with_those_that_are() {
    let error = plan("masked-text", "[\"gpt2\", \"bert\"]", "smoke").unwrap_err();
    for part in ["a `bert` or a `roberta`", "has a `gpt2`", "backbone = "] {
        assert!(error.contains(part), "{error}");
    }
    let error = plan("longformer", "[\"bert\"]", "smoke").unwrap_err();
    assert!(error.contains("makes a `longformer` body"), "{error}");
}

#[test]
fn a_longformer_has_the_size_that_a_cell_asks_for_before_it_is_one() {
    let study = |line: &str| {
        let text = format!(
            "question = \"q\"\n[job]\nbackbone = \"longformer\"\npretraining = \"longformer\"\n[axes]\n{line}\n\
             task = [\"bit-xor\"]\n[table]\nrows = \"task\"\ncolumns = \"task\"\n"
        );
        let source = Document {
            name: "v".into(),
            path: "v.toml".into(),
            text: text.replace("columns = \"task\"", "columns = \"layers\""),
        };
        let options = Options::profile("smoke");
        Plan::of(&Library::embedded(), source, &options, &Standing::nowhere())
    };
    let plan = study("layers = [1, 3]").unwrap();
    for planned in &plan.jobs {
        if let Initialisation::Job { id } = &planned.job.initialisation {
            let mut jobs = plan.jobs.iter();
            let before = &jobs.find(|other| other.id == *id).unwrap().job.body;
            assert_eq!(planned.job.body.layers(), before.layers());
            assert_eq!(before.model_type(), "roberta");
        }
    }
    let error = study("layers = [1]\n\"body.hidden_size\" = [48]").unwrap_err();
    let error = error.to_string();
    assert!(error.contains("`hidden_size` is 48"), "{error}");
}
