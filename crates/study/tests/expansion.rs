//! What a study comes to: the product, once per job, in an order that nothing but its content sets.
#![allow(clippy::unwrap_used)]

use evidence::Rate;
use proptest::prelude::*;
use std::collections::BTreeSet;
use study::{Document, Library, Options, Plan, Standing};
use training::JobId;

fn plan(text: &str, seeds: u64) -> Plan {
    let source = Document {
        name: "p".into(),
        path: "p.toml".into(),
        text: text.to_owned(),
    };
    let options = Options {
        seeds: Some((1..=seeds).collect()),
        ..Options::profile("smoke")
    };
    Plan::of(&Library::embedded(), source, &options, &Standing::nowhere()).unwrap()
}

fn ids(plan: &Plan) -> Vec<JobId> {
    plan.jobs.iter().map(|planned| planned.id.clone()).collect()
}

/// Axes with some of their values each.
fn axes() -> impl Strategy<Value = Vec<(&'static str, Vec<&'static str>)>> {
    let some =
        |values: &'static [&'static str]| proptest::sample::subsequence(values, 1..=values.len());
    let axes = (
        some(&["\"text\"", "\"bit\"", "\"random\"", "\"statistics\""]),
        some(&["\"bit-xor\"", "\"mnist\"", "\"listops\""]),
        some(&["3e-4", "1e-3", "0.01"]),
        some(&["0.0", "0.1"]),
        some(&["\"fpt\"", "\"output\""]),
    );
    axes.prop_map(|(pretraining, task, rate, dropout, policy)| {
        vec![
            ("pretraining", pretraining),
            ("task", task),
            ("learning-rate", rate),
            ("dropout", dropout),
            ("policy", policy),
        ]
    })
}

fn file(axes: &[(&str, Vec<&str>)], tail: &str) -> String {
    let lines = axes
        .iter()
        .map(|(key, values)| format!("{key} = [{}]\n", values.join(", ")));
    let lines: String = lines.collect();
    let table = "[table]\nrows = \"pretraining\"\ncolumns = \"task\"\n";
    format!("question = \"q\"\n[axes]\n{lines}{table}{tail}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn cells_are_the_product_and_no_job_stands_twice(axes in axes(), seeds in 1_u64..4) {
        let plan = plan(&file(&axes, ""), seeds);
        let product: usize = axes.iter().map(|(_, values)| values.len()).product();
        prop_assert_eq!(plan.cells.len(), product * seeds as usize);
        let unique: BTreeSet<_> = ids(&plan).into_iter().collect();
        prop_assert_eq!(unique.len(), plan.jobs.len());
        let of_cells: BTreeSet<_> = plan.cells.iter().map(|cell| &cell.job).collect();
        prop_assert_eq!(of_cells.len(), plan.cells.len());
        let values: BTreeSet<_> = axes[0].1.iter().collect();
        let text = values.contains(&"\"text\"") || values.contains(&"\"statistics\"");
        // A body of each kind for each replicate.
        let bodies = usize::from(text) + usize::from(values.contains(&"\"bit\""));
        prop_assert_eq!(plan.jobs.len(), plan.cells.len() + bodies * seeds as usize);
    }

    #[test]
    fn what_a_job_needs_stands_before_it(axes in axes()) {
        let plan = plan(&file(&axes, ""), 2);
        let mut before = BTreeSet::new();
        for planned in &plan.jobs {
            if let Some(needed) = planned.job.initialisation.depends_on() {
                prop_assert!(before.contains(needed), "{} comes too early", planned.title);
            }
            before.insert(&planned.id);
        }
    }

    #[test]
    fn the_order_of_keys_in_the_file_changes_nothing(
        axes in axes(),
        order in Just([0_usize, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        let shuffled: Vec<_> = order.iter().map(|&index| axes[index].clone()).collect();
        prop_assert_eq!(ids(&plan(&file(&axes, ""), 2)), ids(&plan(&file(&shuffled, ""), 2)));
    }

    #[test]
    fn a_skipped_value_takes_its_cells_and_leaves_the_others(axes in axes()) {
        let skip = axes[1].1[0];
        prop_assume!(axes[1].1.len() > 1);
        let tail = format!("[[when]]\nmatch = {{ task = {skip} }}\nskip = true\n");
        let (all, rest) = (plan(&file(&axes, ""), 1), plan(&file(&axes, &tail), 1));
        let skip = skip.trim_matches('"');
        let kept = all.cells.into_iter().filter(|cell| {
            cell.axes.iter().all(|(_, value)| value != skip)
        });
        prop_assert_eq!(kept.collect::<Vec<_>>(), rest.cells);
    }

    #[test]
    fn later_rules_see_what_earlier_ones_set(dropout in 1_u32..9) {
        let tail = format!(
            "[[when]]\nmatch = {{ task = \"mnist\" }}\nset = {{ batch-size = 3 }}\n\
             [[when]]\nmatch = {{ batch-size = 3 }}\nset = {{ dropout = 0.{dropout} }}\n"
        );
        let axes = [("pretraining", vec!["\"random\""]), ("task", vec!["\"bit-xor\"", "\"mnist\""])];
        for planned in plan(&file(&axes, &tail), 1).jobs {
            let changed = planned.job.recipe.dropout == f64::from(dropout) / 10.0;
            prop_assert!(changed || dropout == 1 || planned.job.task.name != "mnist");
            prop_assert_eq!(planned.job.recipe.batch_size == 3, planned.job.task.name == "mnist");
        }
    }
}

#[test]
fn the_filter_narrows_jobs_but_not_the_cells_of_the_table() {
    let mut options = Options::profile("smoke");
    options.filter = vec![
        ("task".into(), "mnist".into()),
        ("pretraining".into(), "text".into()),
    ];
    let plan = Plan::new(&Library::embedded(), "modality", &options).unwrap();
    let titles: Vec<_> = plan
        .jobs
        .iter()
        .map(|planned| planned.title.as_str())
        .collect();
    assert_eq!(
        titles,
        [
            "pretraining text, seed 1",
            "text · mnist · seed 1",
            "pretraining text, seed 2",
            "text · mnist · seed 2"
        ]
    );
    assert_eq!(plan.cells.len(), 32);
}

#[test]
fn two_studies_share_their_jobs_and_pretrainings() {
    let plan = |name| Plan::new(&Library::embedded(), name, &Options::profile("smoke")).unwrap();
    let modality: BTreeSet<_> = ids(&plan("modality")).into_iter().collect();
    let shared = ids(&plan("parameters"))
        .iter()
        .filter(|id| modality.contains(id))
        .count();
    // Two text bodies, and two tasks with two seeds under policy `fpt` around a text and a random body.
    assert_eq!(shared, 2 + 8);
}

/// The learning rates of a plan's jobs that are no pretrainings, and whether it chooses.
fn rates(text: &str) -> (Vec<f64>, bool) {
    let plan = plan(text, 2);
    let jobs = plan.jobs.iter().filter(|planned| !planned.job.keep_body);
    let rates = jobs.map(|planned| planned.job.recipe.learning_rate);
    (rates.collect(), plan.question.chooses)
}

#[test]
fn fair_tries_rates_on_a_pilot_unless_the_study_says_one() {
    let head = "question = \"q\"\n[job]\npretraining = \"random\"\ntask = \"bit-xor\"\n";
    let table = "[table]\nrows = \"policy\"\ncolumns = \"protocol\"\n";
    let axes = "[axes]\npolicy = [\"fpt\", \"output\"]\n";
    let fair = format!("{head}{axes}protocol = [\"fair\"]\n{table}");
    // The first trial of each cell; nothing else has a name yet.
    assert_eq!(rates(&fair), (vec![1e-2; 2], true));
    assert_eq!(plan(&fair, 2).open.len(), 2 * 2);
    // A study that says its rate decides itself, and cells without a choice have one trial.
    let own = format!("{head}learning-rate = 0.5\n{axes}protocol = [\"fair\"]\n{table}");
    assert_eq!(rates(&own), (vec![0.5; 4], false));
    let mixed = format!("{head}{axes}protocol = [\"fair\", \"paper\"]\n{table}");
    assert_eq!(rates(&mixed).0.len(), 2 + 2 * 2);
    let plan = plan(&mixed, 2);
    assert!(plan.cells.iter().all(|cell| cell.rate.is_some()));
    let mut paper = plan.cells.iter().filter(|cell| cell.axes[1].1 == "paper");
    assert!(paper.all(|cell| cell.rate == Some(Rate(1e-3))));
    let [fair, paper] = &plan.question.protocols[..] else {
        panic!("{:?}", plan.question.protocols)
    };
    assert_eq!((fair.rates, paper.rates), (6, 0));
    // Traps of other tasks are not told.
    assert_eq!(paper.traps.len(), 1);
}

#[test]
fn what_a_protocol_says_goes_before_the_profile_and_after_the_study() {
    let text = |extra: &str| {
        format!(
            "question = \"q\"\n[job]\ntask = \"cifar10\"\n{extra}[axes]\npretraining = [\"random\"]\n\
             protocol = [\"fair\", \"paper\"]\n[table]\nrows = \"pretraining\"\ncolumns = \"protocol\"\n"
        )
    };
    let jobs = |extra: &str| plan(&text(extra), 1).jobs;
    let said = jobs("");
    // `smoke` says 50 and 0.
    assert_eq!(
        (
            said[0].job.recipe.curve_examples,
            said[0].job.recipe.patience
        ),
        (1000, 8)
    );
    let paper = &said.last().unwrap().job;
    assert_eq!(
        (paper.recipe.patience, paper.recipe.learning_rate),
        (0, 1e-3)
    );
    assert_eq!(paper.task.settings["augment"].as_bool(), Some(true));
    let own = jobs("curve-examples = 7\n\"task.augment\" = false\n");
    assert_eq!(own[0].job.recipe.curve_examples, 7);
    assert!(
        !own.last()
            .unwrap()
            .job
            .task
            .settings
            .contains_key("augment")
    );
}

#[test]
fn every_study_plans_at_every_profile() {
    for study in Library::embedded().names(study::Shelf::Studies) {
        for profile in ["smoke", "tiny", "small", "paper"] {
            let plan = Plan::new(&Library::embedded(), &study, &Options::profile(profile));
            assert!(plan.is_ok(), "{study} at {profile}: {plan:?}");
        }
    }
}

#[test]
fn the_plan_of_modality() {
    let plan = Plan::new(&Library::embedded(), "modality", &Options::profile("tiny")).unwrap();
    let lines = plan.jobs.iter().map(|planned| {
        let job = &planned.job;
        let Ok(start) = serde_json::to_value(&job.initialisation) else {
            return String::new();
        };
        format!(
            "{} | {} | {} | {} | {} x {} | lr {}",
            planned.title,
            job.body.model_type(),
            start["from"],
            job.policy,
            job.recipe.steps,
            job.recipe.batch_size,
            job.recipe.learning_rate
        )
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_a_missing_job_needs_is_missing_too_however_far_down() {
    let plan = Plan::new(&Library::embedded(), "modality", &Options::profile("smoke")).unwrap();
    let needs = |planned: &study::Planned| planned.job.initialisation.depends_on().cloned();
    let cell = plan.jobs.iter().find(|planned| needs(planned).is_some());
    let cell = cell.unwrap();
    let is_open = |planned: &study::Planned| planned.id == cell.id || planned.job.keep_body;
    // Only the pretraining that the open cell starts from, although none of them is done.
    let missing = plan.missing(|planned| !is_open(planned));
    let ids: Vec<_> = missing.into_iter().map(|planned| planned.id).collect();
    assert_eq!(ids, [needs(cell).unwrap(), cell.id.clone()]);
    // A pretraining that starts from another's body needs that one as well.
    let mut chain = plan.clone();
    let first = chain.jobs.iter().position(|p| p.id == needs(cell).unwrap());
    let mut below = chain.jobs[first.unwrap()].clone();
    below.id = JobId("below".to_owned());
    chain.jobs[first.unwrap()].job.initialisation = training::Initialisation::Job {
        id: below.id.clone(),
    };
    chain.jobs.insert(0, below);
    let missing = chain.missing(|planned| !is_open(planned));
    assert_eq!(missing.len(), 3);
    assert_eq!(missing[0].id.0, "below");
}

#[test]
fn every_table_of_the_paper_reads_and_its_recalled_columns_exist() {
    let library = Library::embedded();
    for name in library.names(study::Shelf::Papers) {
        let text = library.get(study::Shelf::Papers, &name).unwrap().text;
        let table: evidence::PaperTable = toml::from_str(&text).unwrap();
        assert_eq!(table.problem(), None, "{name}");
    }
}
