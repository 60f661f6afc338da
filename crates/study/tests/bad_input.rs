//! Every mistake in a study is shown where it is, with the way out.
#![allow(clippy::unwrap_used)]

use miette::{GraphicalReportHandler, GraphicalTheme};
use study::{Document, Library, Options, Plan, Standing};

const GOOD: &str = r#"question = "q"
[job]
backbone = "gpt2"
policy = "fpt"
[axes]
pretraining = ["text", "random"]
task = ["bit-xor", "mnist"]
[table]
rows = "pretraining"
columns = "task"
"#;

fn plan(text: &str) -> Result<Plan, String> {
    let source = Document {
        name: "q".into(),
        path: "experiments/q.toml".into(),
        text: text.to_owned(),
    };
    Plan::of(
        &Library::embedded(),
        source,
        &Options::profile("smoke"),
        &Standing::nowhere(),
    )
    .map_err(|error| {
        let mut shown = String::new();
        GraphicalReportHandler::new_themed(GraphicalTheme::none())
            .with_width(100)
            .render_report(&mut shown, &error)
            .unwrap();
        shown
    })
}

fn error(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    plan(&GOOD.replace(from, to)).expect_err("this study is bad")
}

#[test]
fn the_unchanged_study_is_good() {
    assert_eq!(plan(GOOD).unwrap().cells.len(), 2 * 2 * 2);
}

#[test]
fn a_size_that_is_said_twice_is_no_size() {
    let twice = "policy = \"fpt\"\nlayers = 1\n\"body.n_layer\" = 2";
    let shown = error("policy = \"fpt\"", twice);
    for part in [
        "`layers` is 1 and `body.n_layer` is 2",
        "q.toml:6",
        "say one",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let alike = "policy = \"fpt\"\nlayers = 2\n\"body.n_layer\" = 2";
    assert!(plan(&GOOD.replace("policy = \"fpt\"", alike)).is_ok());
}

#[test]
fn a_measure_that_no_cell_has_is_refused() {
    let table = "columns = \"task\"\nmeasure = \"attention-share\"";
    let asked = GOOD.replace("columns = \"task\"", table);
    assert!(plan(&asked).is_ok(), "bit-xor has it");
    let shown = plan(&asked.replace("\"bit-xor\", ", "")).unwrap_err();
    assert!(shown.contains("no cell of the `table`"), "{shown}");
    assert!(shown.contains("q.toml:11"), "{shown}");
}

#[test]
fn a_table_of_the_paper_is_by_what_cells_have() {
    let paper = "question = \"q\"\npaper = \"table-17\"";
    let shown = error("question = \"q\"", paper);
    for part in ["by `model`", "q.toml:2", "known are"] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
}

#[test]
fn what_could_only_repeat_another_cell_or_see_its_answer_is_refused() {
    let reference = "reference = { pretraining = \"random\" }\n[[when]]\nmatch = { pretraining = \"random\" }\nskip = true";
    let twice = "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\nordered = [\"random\", \"random\", \"text\"]\n[table]";
    for (from, to, says) in [
        (
            "policy = \"fpt\"",
            "policy = \"output+embedding\"",
            "does not read the body's token table",
        ),
        (
            "policy = \"fpt\"",
            "policy = \"fpt@last\"",
            "of no such layer",
        ),
        (
            "policy = \"fpt\"",
            "positions = 32",
            "pretraining `text`: `text` has 64 tokens",
        ),
        (
            "[\"bit-xor\", \"mnist\"]",
            "[\"text\"]\nbackbone = [\"bert\"]",
            "asks for the next symbol",
        ),
        (
            "columns = \"task\"",
            &format!("columns = \"task\"\n{reference}"),
            "is its `reference`",
        ),
        ("[table]", twice, "each of its cells once"),
        (
            "policy = \"fpt\"",
            "\"task.bits\" = \"3\"",
            "`bits`: expected a whole number",
        ),
    ] {
        let shown =
            plan(&GOOD.replace(from, to).replace("backbone = \"gpt2\"\n", "")).expect_err(to);
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            shown.contains(says) && shown.contains("q.toml:"),
            "{to}: {shown}"
        );
    }
}

#[test]
fn a_backbone_that_is_a_folder_of_that_name_is_said_to_want_a_slash() {
    // The folders of this crate, from where its tests run.
    for folder in ["src", "tests"] {
        let shown = error("backbone = \"gpt2\"", &format!("backbone = \"{folder}\""));
        assert!(shown.contains(&format!("`./{folder}`")), "{shown}");
    }
    let shown = error("backbone = \"gpt2\"", "backbone = \"nowhere\"");
    assert!(!shown.contains("./nowhere"), "{shown}");
}

#[test]
fn quotes_that_are_missing_are_shown_where_they_belong() {
    for (from, to, says) in [
        // A key that reaches into the task, beside the task.
        (
            "policy = \"fpt\"",
            "task = \"listops\"\ntask.folder = \"data/x\"",
            "`\"task.folder\" = \"data/x\"`",
        ),
        (
            "policy = \"fpt\"",
            "task.folder = \"x\"\ntask = \"listops\"",
            "\"task.folder\"",
        ),
        ("task = [", "task.patch = [4]\ntask = [", "\"task.patch\""),
        // Text without quotes.
        ("\"gpt2\"", "./my/body", "`backbone = \"./my/body\"`"),
        ("\"gpt2\"", "gpt2 # mine", "`backbone = \"gpt2\"`"),
        ("\"gpt2\"", "/abs/body", "`backbone = \"/abs/body\"`"),
        ("\"gpt2\"", "~/body", "`backbone = \"~/body\"`"),
        (
            "policy = \"fpt\"",
            "task.folder = data/x",
            "`task.folder = \"data/x\"`",
        ),
        ("policy = \"fpt\"", "\"task.folder\" = data/x", "data/x\"`"),
    ] {
        let shown = error(from, to);
        assert!(shown.contains(says), "{to}: {shown}");
    }
}

#[test]
fn what_says_nothing_is_no_sentence_and_what_is_the_study_s_is_no_job_s() {
    for (from, to, says) in [
        ("question = \"q\"", "question = \" \"", "says nothing"),
        (
            "[table]",
            "[[claim]]\nsays = \"\"\ngreater = [\"text\", \"random\"]\n[table]",
            "says nothing",
        ),
        (
            "[table]",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\neach = []\ngreater = [\"text\", \"random\"]\n[table]",
            "`each` names no axis",
        ),
        (
            "[table]",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\neach = {}\ngreater = [\"text\", \"random\"]\n[table]",
            "`each` names no axis",
        ),
        (
            "[table]",
            "[[claim]]\nsays = \"s\"\neach = { task = [] }\ngreater = [\"text\", \"random\"]\n[table]",
            "`each` names no value of `task`",
        ),
        (
            "policy = \"fpt\"",
            "seeds = 3",
            "stands at the top of the file",
        ),
        (
            "policy = \"fpt\"",
            "jobs-per-body = 3",
            "stands at the top of the file",
        ),
        ("policy = \"fpt\"", "stepz = 3", "did you mean `steps`?"),
    ] {
        let shown = error(from, to);
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(says), "{to}: {shown}");
    }
}

#[test]
fn mistakes_point_at_their_place() {
    let cases = [
        ("unknown key", "[job]\n", "[jobs]\n"),
        ("unknown key of a job", "backbone =", "backbon ="),
        ("unknown axis", "pretraining = [", "pretraning = ["),
        (
            "key that is an axis too",
            "policy = \"fpt\"\n",
            "policy = \"fpt\"\ntask = \"mnist\"\n",
        ),
        ("empty axis", "[\"bit-xor\", \"mnist\"]", "[]"),
        ("unknown task", "\"mnist\"", "\"mnits\""),
        ("unknown pretraining", "\"text\"", "\"txet\""),
        ("unknown policy", "\"fpt\"", "\"output+layernorm\""),
        (
            "policy of no layer",
            "policy = \"fpt\"",
            "policy = \"output+attention@7\"",
        ),
        (
            "policy of more layers",
            "policy = \"fpt\"",
            "policy = \"output+attention@0-7\"",
        ),
        ("unknown backbone", "\"gpt2\"", "\"gpt3\""),
        (
            "not a number",
            "policy = \"fpt\"",
            "policy = \"fpt\"\nlearning-rate = \"fast\"",
        ),
        (
            "number out of range",
            "policy = \"fpt\"",
            "policy = \"fpt\"\ndropout = 1.5",
        ),
        (
            "number beyond reason",
            "policy = \"fpt\"",
            "policy = \"fpt\"\nbatch-size = 1000000000000",
        ),
        (
            "value twice",
            "[\"text\", \"random\"]",
            "[\"text\", \"text\"]",
        ),
        (
            "cells that are the same",
            "pretraining = [",
            "budget = [1, 1.001]\npretraining = [",
        ),
        (
            "value that is written in two ways",
            "pretraining = [",
            "dropout = [0.1, 0.10]\npretraining = [",
        ),
        (
            "no such row",
            "rows = \"pretraining\"",
            "rows = \"pretrainings\"",
        ),
        (
            "no such reference",
            "columns = \"task\"",
            "columns = \"task\"\nreference = { task = \"mnist\" }",
        ),
        (
            "no field of this body",
            "policy = \"fpt\"",
            "policy = \"fpt\"\nbody.n_layers = 3",
        ),
        (
            "no such body",
            "policy = \"fpt\"",
            "policy = \"fpt\"\nbody.n_head = 5",
        ),
        ("broken TOML", "question = \"q\"", "question = \"q"),
        (
            "not a pretraining for this body",
            "\"text\", \"random\"",
            "\"image\", \"random\"",
        ),
    ];
    for (name, from, to) in cases {
        insta::assert_snapshot!(name.replace(' ', "_"), error(from, to));
    }
}

#[test]
fn rules_and_claims_that_speak_of_nothing_are_refused() {
    let cases = [
        (
            "rule on a value that is not there",
            "[[when]]\nmatch = { task = \"mnits\" }\nskip = true",
        ),
        (
            "rule on no axis",
            "[[when]]\nmatch = { dropout = 0.5 }\nskip = true",
        ),
        (
            "rule that matches no cell",
            "[[when]]\nmatch = { task = \"mnist\" }\nskip = true\n\
             [[when]]\nmatch = { backbone = \"vit\", task = \"mnist\" }\nset = { dropout = 0.2 }",
        ),
        (
            "rule that sets an axis",
            "[[when]]\nmatch = { task = \"mnist\" }\nset = { pretraining = \"bit\" }",
        ),
        (
            "claim on a row that is not there",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\ngreater = [\"text\", \"bit\"]",
        ),
        (
            "claim without accuracy",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\nsooner = [\"text\", \"random\"]",
        ),
        (
            "claim at an accuracy that no run has",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\nsooner = [\"text\", \"random\"]\nat = 95",
        ),
        (
            "claim of an unknown measure",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\nless = [\"text\", \"random\"]\nmeasure = \"tets-loss\"",
        ),
        (
            "claim the wrong way round",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\ngreater = [\"text\", \"random\"]\nmeasure = \"test-loss\"",
        ),
        (
            "claim without a form",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\n",
        ),
        (
            "claim with two forms",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\ngreater = [\"text\", \"random\"]\nequal = [\"text\", \"random\"]",
        ),
        (
            "claim of one cell",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\ngreater = [\"text\"]",
        ),
        (
            "claim of a cell with itself",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\ngreater = [\"text\", \"text\"]",
        ),
        (
            "zero of two cells",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\nzero = [\"text\", \"random\"]",
        ),
        (
            "zero of a lead",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\nzero = [[\"text\", \"random\"]]",
        ),
        (
            "one lead above nothing",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\ngreater = [[\"text\", \"random\"]]\nmeasure = \"above-floor\"",
        ),
        (
            "zero of what is never nothing",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\nzero = [\"text\"]\nmeasure = \"test-accuracy\"",
        ),
        (
            "trend over two cells",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\nordered = [\"random\", \"text\"]",
        ),
        (
            "claim that is within and greater",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\ngreater = [\"text\", \"random\"]\nwithin = 2",
        ),
        (
            "claim with a margin below zero",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\ngreater = [\"text\", \"random\"]\nmargin = -2",
        ),
        (
            "claim under an unknown protocol",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\ngreater = [\"text\", \"random\"]\nprotocols = [\"papr\"]",
        ),
        (
            "claim each of what it fixes",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\neach = \"task\"\ngreater = [\"text\", \"random\"]",
        ),
        (
            "claim on a cell that a rule leaves out",
            "[[when]]\nmatch = { pretraining = \"text\", task = \"mnist\" }\nskip = true\n[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\ngreater = [\"text\", \"random\"]",
        ),
        (
            "claim of a cell against a lead",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\ngreater = [\"text\", [\"text\", \"random\"]]",
        ),
        (
            "claim each of what it compares",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\neach = \"pretraining\"\ngreater = [\"text\", \"random\"]",
        ),
        (
            "claim that is asked twice",
            "[[claim]]\nsays = \"s\"\nwhere = { task = \"mnist\" }\ngreater = [\"text\", \"random\"]\n[[claim]]\nsays = \"t\"\neach = \"task\"\ngreater = [\"text\", \"random\"]",
        ),
        (
            "claim averaged over other tasks",
            "[[when]]\nmatch = { pretraining = \"text\", task = \"mnist\" }\nskip = true\n[[claim]]\nsays = \"s\"\ngreater = [\"text\", \"random\"]",
        ),
    ];
    for (name, tail) in cases {
        let shown = plan(&format!("{GOOD}{tail}\n")).expect_err(name);
        insta::assert_snapshot!(name.replace(' ', "_"), shown);
    }
}

#[test]
fn options_that_leave_nothing_are_refused() {
    let plan = |options| Plan::new(&Library::embedded(), "modality", &options);
    let mut options = Options::profile("smoke");
    options.filter = vec![("task".into(), "mnits".into())];
    assert_eq!(
        plan(options).unwrap_err().to_string(),
        "there is no cell with `task = mnits`"
    );
    let options = Options::profile("smok");
    assert_eq!(
        plan(options).unwrap_err().to_string(),
        "there is no profile `smok`"
    );
}

/// A size or a field of some body's config that stands where keys of jobs do.
#[test]
fn a_field_of_a_body_is_told_from_a_slip() {
    for (key, says) in [
        ("n_layer", "`layers`, which every body has"),
        ("num_hidden_layers", "`layers`, which every body has"),
        ("n_embd", "`width`, which every body has"),
        ("num_attention_heads", "`heads`, which every body has"),
        ("n_positions", "`positions`, which every body has"),
        ("layer_norm_epsilon", "write `body.layer_norm_epsilon`"),
    ] {
        let shown = error("policy = \"fpt\"", &format!("{key} = 2"));
        let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains(&format!("`body.{key}`")) && words.contains(says),
            "{shown}"
        );
    }
}

/// A claim of where runs look is refused where no run can say that.
#[test]
fn attention_is_asked_of_no_body_and_no_task_that_cannot_tell() {
    let claim = |asked: &str| {
        format!(
            "[[claim]]\nsays = \"c\"\nmeasure = \"attention-share\"\nwhere = {{ task = \"{asked}\" }}\ngreater = [\"text\", \"random\"]\n"
        )
    };
    let told = |backbone: &str, task: &str| {
        let study = GOOD.replace("backbone = \"gpt2\"", &format!("backbone = \"{backbone}\""));
        let study = match backbone {
            "gpt2" => study,
            _ => study.replace("\"text\", \"random\"", "\"bit\", \"random\""),
        };
        let claim = match backbone {
            "gpt2" => claim(task),
            _ => claim(task).replace("text", "bit"),
        };
        plan(&format!("{study}{claim}"))
    };
    assert!(told("gpt2", "bit-xor").is_ok());
    for (backbone, task, why) in [
        ("gpt2", "mnist", "of `mnist` it is not known"),
        ("lstm", "bit-xor", "a `lstm` body does not weigh all tokens"),
        ("linformer", "bit-xor", "a `linformer` body does not weigh"),
    ] {
        let error = told(backbone, task).expect_err(backbone);
        // Lines are folded.
        let words: Vec<&str> = error
            .split_whitespace()
            .filter(|word| *word != "|")
            .collect();
        assert!(words.join(" ").contains(why), "{error}");
    }
}

/// Before any of it is made.
#[test]
fn a_grid_that_nobody_means_is_refused() {
    let values: Vec<String> = (1..=400)
        .map(|value| format!("{}", f64::from(value) * 1e-5))
        .collect();
    let axis = |key: &str| format!("{key} = [{}]\n", values.join(", "));
    let axes: String = ["dropout", "learning-rate", "weight-decay"]
        .map(axis)
        .concat();
    let error = error("[table]", &format!("{axes}[table]"));
    assert!(
        error.contains("256000000 cells") && error.contains("experiments/q.toml"),
        "{error}"
    );
}

#[test]
fn a_policy_in_other_words_is_the_same() {
    let axis = "task = [\"bit-xor\", \"mnist\"]";
    for pair in [
        "\"output\", \"output+output\"",
        "\"output+attention\", \" attention + output\"",
    ] {
        let study = GOOD.replace("policy = \"fpt\"\n", "");
        let error =
            plan(&study.replace(axis, &format!("{axis}\npolicy = [{pair}]"))).expect_err(pair);
        assert!(error.contains("two cells are the same"), "{error}");
    }
    let error = error(
        axis,
        &format!(
            "{axis}\nm = [\"\", \"b\"]\n[variants.m]\n\"\" = {{ dropout = 0.0 }}\nb = {{ dropout = 0.1 }}"
        ),
    );
    assert!(error.contains("a variant has a name"), "{error}");
}
