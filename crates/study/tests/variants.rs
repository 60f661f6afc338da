//! Axes of a study's own, whose values stand for several keys; sizes that mean the same on every body.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use study::{Document, Library, Options, Plan, Standing};
use training::{Job, JobId};

fn plan(text: &str) -> Result<Plan, String> {
    plan_at("smoke", text)
}

fn plan_at(profile: &str, text: &str) -> Result<Plan, String> {
    let source = Document {
        name: "v".into(),
        path: "v.toml".into(),
        text: text.to_owned(),
    };
    let options = Options::profile(profile);
    let plan = Plan::of(&Library::embedded(), source, &options, &Standing::nowhere());
    plan.map_err(|error| {
        format!(
            "{error}: {:?}",
            miette::Diagnostic::help(&error).map(|help| help.to_string())
        )
    })
}

const STUDY: &str = r#"question = "q"
[job]
task = "mnist"
[axes]
model = ["fpt", "full", "lstm"]
learning-rate = [1e-3]
[variants.model]
fpt = { pretraining = "text" }
full = { policy = "full" }
lstm = { policy = "full", backbone = "lstm", "body.hidden_size" = 16 }
[table]
rows = "model"
columns = "learning-rate"
reference = { model = "full" }
[[claim]]
says = "Frozen is as good as trained"
greater = ["fpt", "full"]
by = -3
"#;

fn of<'a>(plan: &'a Plan, model: &str) -> Vec<&'a Job> {
    let is_of = |cell: &&evidence::Cell| cell.axes[0] == ("model".into(), model.into());
    let ids: BTreeSet<&JobId> = plan
        .cells
        .iter()
        .filter(is_of)
        .map(|cell| &cell.job)
        .collect();
    let jobs = plan.jobs.iter().filter(|planned| ids.contains(&planned.id));
    jobs.map(|planned| &planned.job).collect()
}

#[test]
fn a_variant_is_the_cell_that_says_the_same_keys() {
    let plan = plan(STUDY).unwrap();
    let plain = r#"question = "q"
[job]
task = "mnist"
policy = "full"
[axes]
backbone = ["gpt2"]
learning-rate = [1e-3]
[table]
rows = "backbone"
columns = "learning-rate"
"#;
    let plain = self::plan(plain).unwrap();
    let ids = |plan: &Plan| {
        plan.jobs
            .iter()
            .map(|planned| planned.id.clone())
            .collect::<BTreeSet<_>>()
    };
    assert!(ids(&plain).is_subset(&ids(&plan)));
    assert_eq!(plan.question.claims.len(), 1);
    let lstm = of(&plan, "lstm");
    assert_eq!(lstm.len(), 2);
    assert_eq!(
        (lstm[0].body.model_type(), lstm[0].body.width()),
        ("lstm", 16)
    );
    assert_eq!(of(&plan, "fpt")[0].policy, "fpt");
}

#[test]
fn rules_see_variants_and_what_they_set() {
    let rule = "[[when]]\nmatch = { model = \"full\" }\nset = { dropout = 0.0 }\n\
                [[when]]\nmatch = { backbone = \"lstm\" }\nset = { dropout = 0.2 }\n[table]";
    let plan = plan(&STUDY.replace("[table]", rule)).unwrap();
    let dropout = |model| of(&plan, model)[0].recipe.dropout;
    assert_eq!(
        (dropout("fpt"), dropout("full"), dropout("lstm")),
        (0.1, 0.0, 0.2)
    );
}

#[test]
fn variants_that_cannot_be_meant_are_refused_at_their_place() {
    for (from, to, says) in [
        (
            "lstm = {",
            "lsmt = {",
            "nothing says what `lstm` of `model` stands for",
        ),
        (
            "\"full\", \"lstm\"]",
            "\"full\"]",
            "axis `model` has no `lstm`",
        ),
        (
            "[variants.model]",
            "[variants.mdoel]",
            "unknown key `model`",
        ),
        (
            "model = [",
            "task = [\"mnist\"]\nmodels = [",
            "unknown key `models`",
        ),
        (
            "[variants.model]",
            "[variants.policy]\n[variants.model]",
            "`policy` is a key of jobs",
        ),
        (
            "[variants.model]",
            "[variants.other]\na = {}\n[variants.model]",
            "these are variants of `other`, which is not an axis",
        ),
        (
            "{ pretraining",
            "{ learning-rate = 1e-2, pretraining",
            "a variant of `model` cannot set `learning-rate`: axis `learning-rate` does",
        ),
        (
            "{ pretraining = \"text\"",
            "{ pretraining = \"texd\"",
            "`texd` is no value of `pretraining`",
        ),
        (
            "{ policy = \"full\" }",
            "{ polcy = \"full\" }",
            "unknown key `polcy`",
        ),
    ] {
        assert!(STUDY.contains(from), "{from}");
        let error = plan(&STUDY.replace(from, to)).unwrap_err();
        assert!(error.contains(says), "{to}: {error}");
    }
}

#[test]
fn no_axis_is_called_as_a_column_of_files_is() {
    for name in ["seed", "job", "step", "test-accuracy", "Mean", "", "a/b"] {
        let called = STUDY.replace("model = [", &format!("\"{name}\" = ["));
        let called = called.replace("[variants.model]", &format!("[variants.\"{name}\"]"));
        let error = plan(&called.replace("\"model\"", &format!("\"{name}\""))).unwrap_err();
        assert!(error.contains("no axis can be called"), "{name}: {error}");
    }
}

#[test]
fn what_others_found_in_other_cells_does_not_stand_beside_a_claim() {
    let of = |lines: &str, models: &str| {
        let text = format!(
            "question = \"q\"\npaper = \"table-18\"\n[job]\n{lines}\n[axes]\npolicy = [\"output+layer-norm\", \"output\"]\n\
             task = [\"mnist\"]\n{models}[table]\nrows = \"policy\"\ncolumns = \"task\"\n"
        );
        plan_at("tiny", &text).unwrap().question.paper.len()
    };
    let own = |kind: &str| {
        format!("body = [\"a\"]\n[variants.body]\na = {{ pretraining = \"{kind}\" }}\n")
    };
    assert_eq!(of("pretraining = \"text\"", ""), 1);
    assert_eq!(of("pretraining = \"random\"", ""), 0);
    assert_eq!(of("", ""), 0);
    assert_eq!(of("", &own("text")), 1);
    assert_eq!(of("", &own("random")), 0);
    assert_eq!(of("", "pretraining = [\"text\", \"random\"]\n"), 1);
}

/// A study of one body with these further lines under `[job]`.
fn one(backbone: &str, lines: &str) -> Result<Job, String> {
    one_at("smoke", backbone, lines)
}

fn one_at(profile: &str, backbone: &str, lines: &str) -> Result<Job, String> {
    let text = format!(
        "question = \"q\"\n[job]\ntask = \"bit-xor\"\n{lines}\n[axes]\nbackbone = [\"{backbone}\"]\nlearning-rate = [1e-3]\n\
         [table]\nrows = \"backbone\"\ncolumns = \"learning-rate\"\n"
    );
    plan_at(profile, &text).map(|plan| plan.jobs[0].job.clone())
}

#[test]
fn sizes_mean_the_same_on_every_body() {
    for backbone in [
        "gpt2",
        "bert",
        "roberta",
        "t5",
        "longformer",
        "vit",
        "vanilla",
        "linformer",
        "lstm",
        "lstm-star",
    ] {
        let job = one(backbone, "layers = 3\nwidth = 48\nheads = 4").unwrap();
        assert_eq!((job.body.layers(), job.body.width()), (3, 48), "{backbone}");
        for layers in [1, 2, 6] {
            let job = one_at("tiny", backbone, &format!("layers = {layers}")).unwrap();
            assert_eq!(job.body.layers(), layers, "{backbone} at tiny");
        }
        let usual = one(backbone, "").unwrap();
        let asked = one(backbone, "layers = 2\nwidth = 32\nheads = 2").unwrap();
        assert_eq!(
            usual.id(),
            asked.id(),
            "{backbone} of the profile's own size"
        );
    }
    let by_field = one("gpt2", "\"body.n_layer\" = 3").unwrap();
    assert_eq!(one("gpt2", "layers = 3").unwrap().id(), by_field.id());
    let inner = one("bert", "width = 48").unwrap().body.inner();
    assert_eq!(inner, 192);
}

#[test]
fn sizes_that_no_body_has_are_refused() {
    for (lines, says) in [
        ("layers = 0", "`layers` of a body is a count"),
        ("width = 1.5", "`width` of a body is a count"),
        ("width = 33", "not a `gpt2` body"),
        ("width = 9223372036854775807", "from 1 to a million"),
        ("positions = 4", "takes at most 4"),
    ] {
        let error = one("gpt2", lines).unwrap_err();
        assert!(error.contains(says), "{lines}: {error}");
    }
}

#[test]
fn at_the_papers_size_each_size_of_gpt2_has_its_own_checkpoint() {
    let text = "question = \"q\"\n[job]\ntask = \"mnist\"\npretraining = \"text\"\n[axes]\nbackbone = [\"gpt2\", \"gpt2-medium\"]\n\
                learning-rate = [1e-3]\n[table]\nrows = \"backbone\"\ncolumns = \"learning-rate\"\n";
    let source = Document {
        name: "v".into(),
        path: "v.toml".into(),
        text: text.to_owned(),
    };
    let options = Options::profile("paper");
    let plan = Plan::of(&Library::embedded(), source, &options, &Standing::nowhere()).unwrap();
    let listed: Vec<&str> = plan.sources.listed.iter().map(String::as_str).collect();
    assert_eq!(
        listed,
        ["openai-community/gpt2", "openai-community/gpt2-medium"]
    );
}

#[test]
fn bodies_of_procedures_are_pretrained_as_text_is() {
    let study = |pretraining: &str, profile: &str| {
        let text = format!(
            "question = \"q\"\n[axes]\npretraining = [\"{pretraining}\"]\ntask = [\"listops\"]\n\
             [table]\nrows = \"pretraining\"\ncolumns = \"task\"\n"
        );
        let plan = plan_at(profile, &text).unwrap();
        let first = plan.jobs[0].job.clone();
        assert!(first.keep_body, "{pretraining} at {profile}");
        (first.recipe, first.body)
    };
    for profile in ["smoke", "tiny", "small"] {
        let text = study("text", profile);
        for procedure in ["dyck", "k-shuffle", "rule-110", "nca", "noise-lstm"] {
            assert_eq!(study(procedure, profile), text, "{procedure} at {profile}");
        }
    }
}
