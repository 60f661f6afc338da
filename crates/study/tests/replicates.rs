//! A replicate is everything drawn anew; pilots choose a cell's rate before its first one starts.
#![allow(clippy::unwrap_used)]

use evidence::{Place, Rate, seed};
use std::collections::{BTreeMap, BTreeSet};
use study::{Document, Library, Options, Pilot, Plan, Shelf, Standing, StudyError};
use tempfile::TempDir;
use training::{Initialisation, JobId};

const STUDY: &str = r#"question = "q"
[job]
task = "bit-xor"
[axes]
pretraining = ["text", "random"]
protocol = ["PROTOCOL"]
[table]
rows = "pretraining"
columns = "protocol"
[[claim]]
says = "text is ahead"
greater = ["text", "random"]
"#;

/// A library with the shipped files, some of them changed.
fn library(changes: &[(&str, &str)]) -> (TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("experiments");
    let shipped = Library::embedded();
    for (shelf, below) in [
        (Shelf::Profiles, "profiles"),
        (Shelf::Pretrainings, "pretraining"),
        (Shelf::Protocols, "protocols"),
    ] {
        std::fs::create_dir_all(root.join(below)).unwrap();
        for name in shipped.names(shelf) {
            let text = shipped.get(shelf, &name).unwrap().text;
            std::fs::write(root.join(below).join(format!("{name}.toml")), text).unwrap();
        }
    }
    for (path, text) in changes {
        std::fs::write(root.join(path), text).unwrap();
    }
    let library = Library::discover(folder.path());
    (folder, library)
}

/// Without seeds of its own, so that looks decide.
fn smoke() -> String {
    let text = Library::embedded()
        .get(Shelf::Profiles, "smoke")
        .unwrap()
        .text;
    let lines = text.lines().filter(|line| !line.starts_with("seeds"));
    lines.collect::<Vec<_>>().join("\n")
}

fn plan(library: &Library, text: &str, standing: &Standing<'_>) -> Result<Plan, StudyError> {
    let file = Document {
        name: "q".into(),
        path: "q.toml".into(),
        text: text.to_owned(),
    };
    Plan::of(library, file, &Options::profile("smoke"), standing)
}

#[test]
fn a_recipe_that_gives_up_is_every_replicates() {
    let study = STUDY.replace("PROTOCOL", "single-rate");
    let with = |below: &str| {
        let recipe = format!("[recipe]\ngive-up = {{ at = 20, below = {below} }}");
        let (_folder, library) = library(&[(
            "profiles/smoke.toml",
            &smoke().replacen("[recipe]", &recipe, 1),
        )]);
        plan(&library, &study, &Standing::nowhere())
    };
    let plan = with("0.7").unwrap();
    for planned in plan.jobs.iter().filter(|planned| !planned.job.keep_body) {
        let give_up = planned.job.recipe.give_up.unwrap();
        assert_eq!((give_up.at, give_up.below), (20, 0.7), "{}", planned.title);
    }
    let said = with("70").unwrap_err().to_string();
    assert!(said.contains("`give-up`: `below`"), "{said}");
}

#[test]
fn a_replicate_draws_the_body_anew_and_a_pinned_seed_does_not() {
    let (_folder, library) = library(&[("profiles/smoke.toml", &smoke())]);
    let study = STUDY.replace("PROTOCOL", "single-rate");
    let plan = plan(&library, &study, &Standing::nowhere()).unwrap();
    assert_eq!((plan.question.looks.at[0], plan.cells.len()), (3, 6));
    let bodies: BTreeSet<JobId> = plan
        .jobs
        .iter()
        .filter_map(|planned| planned.job.initialisation.depends_on().cloned())
        .collect();
    assert_eq!(bodies.len(), 3);
    let pretrainings = plan.jobs.iter().filter(|planned| planned.job.keep_body);
    let seeds: Vec<u64> = pretrainings.map(|planned| planned.job.seed).collect();
    assert_eq!(seeds, [1, 2, 3]);
    assert!(plan.question.one_body.is_empty());

    let text = Library::embedded()
        .get(Shelf::Pretrainings, "text")
        .unwrap()
        .text;
    let pinned = text.replace("backbone = \"gpt2\"", "backbone = \"gpt2\"\nseed = 7");
    let changes = [
        ("profiles/smoke.toml", smoke()),
        ("pretraining/text.toml", pinned),
    ];
    let changes = changes
        .each_ref()
        .map(|(path, text)| (*path, text.as_str()));
    let (_folder, library) = self::library(&changes);
    let plan = self::plan(&library, &study, &Standing::nowhere()).unwrap();
    let pretrainings = plan.jobs.iter().filter(|planned| planned.job.keep_body);
    assert_eq!(
        pretrainings
            .map(|planned| planned.job.seed)
            .collect::<Vec<_>>(),
        [7]
    );
    let [(place, name)] = &plan.question.one_body[..] else {
        panic!("{:?}", plan.question.one_body)
    };
    assert_eq!(name, "text");
    assert!(*place == plan.cells[0].place());
}

#[test]
fn jobs_inside_a_body_share_it_and_nothing_else() {
    let (_folder, library) = library(&[("profiles/smoke.toml", &smoke())]);
    let study = STUDY.replace("question", "jobs-per-body = 3\nquestion");
    let study = study.replace("PROTOCOL", "single-rate");
    let plan = plan(&library, &study, &Standing::nowhere()).unwrap();
    assert_eq!(plan.cells.len(), 2 * 3 * 3);
    let seeds: BTreeSet<u64> = plan.cells.iter().map(|cell| cell.seed).collect();
    assert_eq!(seeds.len(), 9);
    for planned in plan.jobs.iter().filter(|planned| !planned.job.keep_body) {
        let job = &planned.job;
        let replicate = seed::replicate(job.seed);
        match &job.initialisation {
            // A random body is the replicate's, whatever the job's own seed.
            Initialisation::Random {} => assert_eq!(job.draws_body_by(), replicate),
            _ => assert_eq!(job.body_seed, None),
        }
    }
    // Whoever has one job a body has the first of these.
    let one = self::plan(
        &library,
        &study.replace("jobs-per-body = 3\n", ""),
        &Standing::nowhere(),
    );
    let ids: BTreeSet<JobId> = plan.jobs.iter().map(|planned| planned.id.clone()).collect();
    assert!(
        one.unwrap()
            .jobs
            .iter()
            .all(|planned| ids.contains(&planned.id))
    );
    assert!(
        plan.jobs
            .iter()
            .any(|planned| planned.title.ends_with("seed 2, job 3"))
    );
}

/// A study's pilots, whose validation accuracy is a function of rate and pretraining.
fn searched(reaches: impl Fn(&str, f64) -> f64) -> (Plan, Vec<usize>) {
    let (_folder, library) = library(&[("profiles/smoke.toml", &smoke())]);
    let study = STUDY.replace("PROTOCOL", "fair");
    let mut known: BTreeMap<JobId, Vec<(u64, f64)>> = BTreeMap::new();
    let mut rounds = Vec::new();
    loop {
        let standing = Standing {
            pilot: &|id| {
                Some(Pilot {
                    curve: known.get(id)?.clone(),
                    floor: None,
                })
            },
            replicates: BTreeMap::new(),
            all_trials: false,
        };
        let plan = plan(&library, &study, &standing).unwrap();
        let before = known.len();
        for cell in plan
            .cells
            .iter()
            .filter(|cell| seed::pilot_of(cell.seed).is_some())
        {
            let accuracy = reaches(&cell.axes[0].1, cell.rate.unwrap().0);
            known.insert(cell.job.clone(), vec![(20, accuracy / 2.0), (40, accuracy)]);
        }
        if known.len() == before {
            return (plan, rounds);
        }
        rounds.push(known.len() - before);
    }
}

#[test]
fn a_rate_is_fixed_on_pilots_before_the_first_replicate_has_a_name() {
    let near = |best: f64, rate: f64| 0.9 - (rate.ln() - best.ln()).abs() / 20.0;
    let (plan, rounds) = searched(|pretraining, rate| match pretraining {
        "text" => near(1e-2, rate),
        _ => near(1e-1, rate),
    });
    // Each cell tries 1e-2, 3e-3 and 3e-2; the random body goes on to 1e-1 and 3e-1.
    assert_eq!(rounds, [2, 2, 2, 1, 1]);
    assert!(plan.open.is_empty() && plan.later.is_empty());
    let replicates = plan
        .cells
        .iter()
        .filter(|cell| seed::pilot_of(cell.seed).is_none());
    let rates: BTreeSet<(&str, Option<Rate>)> = replicates
        .map(|cell| (cell.axes[0].1.as_str(), cell.rate))
        .collect();
    let expected = [("random", Some(Rate(1e-1))), ("text", Some(Rate(1e-2)))];
    assert_eq!(rates, BTreeSet::from(expected));
    assert_eq!(plan.cells.len(), 3 + 5 + 2 * 3);
    // A pilot has a body of its own, which no replicate has.
    let of_pilots = |is_pilot: bool| -> BTreeSet<u64> {
        let bodies = plan.jobs.iter().filter(|planned| planned.job.keep_body);
        let seeds = bodies.map(|planned| planned.job.seed);
        seeds
            .filter(|number| seed::pilot_of(*number).is_some() == is_pilot)
            .collect()
    };
    assert_eq!(of_pilots(true), BTreeSet::from([seed::pilot(1)]));
    assert_eq!(of_pilots(false), BTreeSet::from([1, 2, 3]));
    // The second trial ends where the first was far ahead at half of the steps.
    let trial = plan
        .jobs
        .iter()
        .find(|planned| planned.title.contains("3e-3 · pilot 1"));
    let give_up = trial.unwrap().job.recipe.give_up.unwrap();
    assert_eq!(give_up.at, 20);
    assert!((give_up.below - (0.45 - 0.05)).abs() < 1e-3);
}

#[test]
fn before_pilots_have_ended_a_plan_counts_what_is_to_come() {
    let (_folder, library) = library(&[("profiles/smoke.toml", &smoke())]);
    let study = STUDY.replace("PROTOCOL", "fair");
    let plan = plan(&library, &study, &Standing::nowhere()).unwrap();
    assert_eq!((plan.cells.len(), plan.open.len()), (2, 2 * 3));
    // Two more trials each, three replicates each, and two bodies.
    assert_eq!(plan.later.len(), 2 * 2 + 2 * 3 + 2);
    // Its pilot's and the first replicate's body, whose own jobs have no name yet, are for cores with nothing else to do.
    let titles: Vec<&str> = plan.jobs.iter().map(|job| job.title.as_str()).collect();
    assert_eq!(titles.len(), 4);
    assert!(titles[0].ends_with("pilot 1"), "{titles:?}");
    assert_eq!(titles[3], "pretraining text, seed 1");
    let missing = |done: &[&str]| {
        let missing = plan.missing(|planned| done.contains(&planned.title.as_str()));
        let titles = missing.into_iter().map(|planned| planned.title);
        titles.collect::<Vec<_>>()
    };
    assert_eq!(missing(&[]), titles);
    assert_eq!(missing(&titles[..3]), titles[3..]);
    assert!(
        plan.open
            .iter()
            .all(|cell| cell.rate.is_none() && cell.job.0.is_empty())
    );
    assert_eq!(plan.all_cells().len(), 8);
}

#[test]
fn further_replicates_are_of_the_cells_that_are_asked_for() {
    let (_folder, library) = library(&[("profiles/smoke.toml", &smoke())]);
    let study = STUDY.replace("PROTOCOL", "single-rate");
    let first = plan(&library, &study, &Standing::nowhere()).unwrap();
    let place = Place::of(&first.cells[0].axes);
    let standing = Standing {
        pilot: &|_| None,
        replicates: BTreeMap::from([(place.clone(), 5)]),
        all_trials: false,
    };
    let plan = plan(&library, &study, &standing).unwrap();
    let count =
        |of: &dyn Fn(&Place) -> bool| plan.cells.iter().filter(|cell| of(&cell.place())).count();
    assert_eq!(count(&|other| *other == place), 5);
    assert_eq!(count(&|other| *other != place), 3);
    let ids = |plan: &Plan| -> BTreeSet<JobId> {
        plan.jobs.iter().map(|planned| planned.id.clone()).collect()
    };
    assert!(ids(&first).is_subset(&ids(&plan)));
}

#[test]
fn a_list_of_checkpoints_has_one_for_each_replicate_and_pilot() {
    let bodies = |list: &str| {
        let text = format!("task = \"text\"\n[profile.smoke]\ncheckpoint = {list}\n");
        let changes = [
            ("profiles/smoke.toml", smoke()),
            ("pretraining/text.toml", text),
        ];
        let changes = changes
            .each_ref()
            .map(|(path, text)| (*path, text.as_str()));
        let (_folder, library) = library(&changes);
        let of = |protocol: &str| {
            let study = STUDY.replace("PROTOCOL", protocol);
            plan(&library, &study, &Standing::nowhere())
        };
        (of("single-rate"), of("fair"))
    };
    let sources = |plan: &Plan| -> Vec<String> {
        let jobs = plan.jobs.iter().map(|planned| &planned.job.initialisation);
        let sources = jobs.filter_map(|start| match start {
            Initialisation::Checkpoint(checkpoint) => Some(checkpoint.source.clone()),
            _ => None,
        });
        sources.collect()
    };
    let (single, fair) = bodies("[\"a/one\", \"a/two\", \"a/three\", \"a/four\"]");
    assert_eq!(sources(&single.unwrap()), ["a/one", "a/two", "a/three"]);
    assert_eq!(sources(&fair.unwrap()), ["a/four"]);
    let (single, fair) = bodies("[\"a/one\", \"a/two\", \"a/three\"]");
    assert!(single.is_ok());
    let error = fair.unwrap_err().to_string();
    assert!(
        error.contains("there are 3 checkpoints, and seed 3 needs one"),
        "{error}"
    );
    let (single, _) = bodies("[\"a/one\", \"a/two\"]");
    let error = single.unwrap_err().to_string();
    assert!(
        error.contains("there are 2 checkpoints, and seed 3 needs one"),
        "{error}"
    );
    // One for all is found for that body.
    let (single, _) = bodies("\"a/one\"");
    assert_eq!(single.unwrap().question.one_body[0].1, "text");
}

#[test]
fn looks_that_cannot_be_meant_are_refused_where_they_stand() {
    let refused = |looks: &str, says: &str| {
        let protocol = format!("says = \"s\"\nform = \"fair\"\n[looks]\n{looks}\n");
        let changes = [("protocols/single-rate.toml", protocol.as_str())];
        let (_folder, library) = library(&changes);
        let study = STUDY.replace("PROTOCOL", "single-rate");
        let error = plan(&library, &study, &Standing::nowhere()).unwrap_err();
        assert!(error.to_string().contains(says), "{looks}: {error}");
    };
    refused("at = [3, 2]\nweights = [0.5, 0.5]", "looks rise");
    refused("at = [3, 3]\nweights = [0.5, 0.5]", "looks rise");
    refused(
        "at = [3, 20000]\nweights = [0.5, 0.5]",
        "10000 replicates at most",
    );
    refused("at = [3, 5]\nweights = [0.7, 0.4]", "1 at most");
    refused("at = [3, 5]\nweights = [0.5]", "each has one");
    refused("at = [3, 5]\nweights = [0.5, 0.0]", "above 0");
    refused("at = [1, 5]\nweights = [0.5, 0.5]", "no spread");
    refused("at = []\nweights = []", "no look");
    refused("margin = 0.0", "points of accuracy");
}

#[test]
fn what_a_pretraining_has_no_use_for_is_refused_in_its_file() {
    let refused = |text: &str| {
        let (_folder, library) = library(&[("pretraining/text.toml", text)]);
        let study = STUDY.replace("PROTOCOL", "single-rate");
        let error = plan(&library, &study, &Standing::nowhere()).unwrap_err();
        error.to_string()
    };
    for (text, says) in [
        (
            "initialisation = \"random\"\nseed = 3",
            "it goes with `task`",
        ),
        ("task = \"text\"\nseed = 998999999999", "up to 998999999"),
        (
            "layers-of = \"random\"\nfrom = -1",
            "the number of a layer, from 0, or \"last\"",
        ),
        (
            "task = \"text\"\n[profile.smoke]\ncheckpoint = \"nope\"",
            "not `nope`",
        ),
    ] {
        let said = refused(text);
        assert!(said.contains(says), "{text}: {said}");
    }
}

#[test]
fn a_trap_is_of_a_task_that_there_is() {
    let refused = |task: &str| {
        let protocol = format!("says = \"s\"\nform = \"fair\"\n[traps]\n{task} = \"t\"\n");
        let (_folder, library) = library(&[("protocols/single-rate.toml", &protocol)]);
        let study = STUDY.replace("PROTOCOL", "single-rate");
        let refused = plan(&library, &study, &Standing::nowhere()).err()?;
        Some(refused.to_string())
    };
    assert_eq!(refused("any").or_else(|| refused("mnist")), None);
    let error = refused("mnits").unwrap();
    assert!(error.contains("unknown task `mnits`"), "{error}");
}

#[test]
fn protocols_of_one_study_look_at_the_same_replicates() {
    let other = "says = \"s\"\nform = \"paper\"\n[looks]\nat = [2, 4]\nweights = [0.5, 0.5]\n";
    let (_folder, library) = library(&[("protocols/paper.toml", other)]);
    let study = STUDY.replace("\"PROTOCOL\"", "\"single-rate\", \"paper\"");
    let error = plan(&library, &study, &Standing::nowhere()).unwrap_err();
    assert!(error.to_string().contains("tested together"), "{error}");
}

#[test]
fn a_budget_multiplies_the_steps_of_whatever_the_recipe_says() {
    let study = STUDY.replace("protocol = [\"PROTOCOL\"]", "budget = [0.5, 1, 4]");
    let study = study.replace("columns = \"protocol\"", "columns = \"budget\"");
    let plan = plan(&Library::embedded(), &study, &Standing::nowhere()).unwrap();
    let cells = plan.jobs.iter().filter(|planned| !planned.job.keep_body);
    let steps: BTreeSet<u64> = cells.map(|planned| planned.job.recipe.steps).collect();
    assert_eq!(steps, BTreeSet::from([20, 40, 160]));
}

#[test]
fn a_profile_may_extend_another_and_pretrainings_go_as_there() {
    let wide = "extends = \"small-steps\"\n[size]\nlayers = 3\nwidth = 48\nheads = 4\n";
    let steps = "extends = \"smoke\"\nseeds = [4]\n[recipe]\nsteps = 7\n[tasks.bit-xor]\nsettings = { bits = 3 }\n";
    let (_folder, library) = library(&[
        ("profiles/wide.toml", wide),
        ("profiles/small-steps.toml", steps),
        ("profiles/a.toml", "extends = \"b\"\n"),
        ("profiles/b.toml", "extends = \"a\"\n"),
        ("profiles/alone.toml", "[recipe]\nsteps = 3\n"),
        ("profiles/lost.toml", "extends = \"smok\"\n"),
    ]);
    let study = STUDY.replace("PROTOCOL", "single-rate");
    let plan = |profile: &str| {
        let file = Document {
            name: "q".into(),
            path: "q.toml".into(),
            text: study.clone(),
        };
        Plan::of(
            &library,
            file,
            &Options::profile(profile),
            &Standing::nowhere(),
        )
    };
    let found = plan("wide").unwrap();
    let pretraining = &found.jobs[0].job;
    let cell = &found
        .jobs
        .iter()
        .find(|planned| !planned.job.keep_body)
        .unwrap()
        .job;
    assert_eq!(
        (pretraining.body.layers(), pretraining.body.width()),
        (3, 48)
    );
    // The pretraining's recipe is that of `smoke`; the cell's is of the three of them.
    assert_eq!(pretraining.recipe.steps, 60);
    assert_eq!(
        (cell.recipe.steps, cell.recipe.batch_size, cell.seed),
        (7, 8, 4)
    );
    assert_eq!(cell.task.settings["bits"].as_integer(), Some(3));
    // What a task has of the one below stays.
    assert_eq!(cell.task.settings["test-examples"].as_integer(), Some(100));
    for (profile, says) in [
        ("a", "in a circle"),
        ("alone", "says a `protocol`"),
        ("lost", "smok"),
    ] {
        let error = plan(profile).unwrap_err().to_string();
        assert!(error.contains(says), "{profile}: {error}");
    }
}

#[test]
fn a_study_may_say_its_seeds() {
    let plan = |seeds: &str, asked: Option<Vec<u64>>| {
        let text = format!(
            "seeds = {seeds}\n{}",
            STUDY.replace("PROTOCOL", "single-rate")
        );
        let file = Document {
            name: "q".into(),
            path: "q.toml".into(),
            text,
        };
        let options = Options {
            seeds: asked,
            ..Options::profile("tiny")
        };
        Plan::of(&Library::embedded(), file, &options, &Standing::nowhere())
    };
    let seeds = |plan: Plan| -> BTreeSet<u64> { plan.cells.iter().map(|cell| cell.seed).collect() };
    assert_eq!(seeds(plan("[4, 7]", None).unwrap()), BTreeSet::from([4, 7]));
    assert_eq!(seeds(plan("2", None).unwrap()), BTreeSet::from([1, 2]));
    let asked = plan("[4, 7]", Some(vec![1])).unwrap();
    assert!(asked.question.chosen_seeds);
    assert_eq!(seeds(asked), BTreeSet::from([1]));
    for bad in ["[1, 1]", "[]", "0", "\"two\"", "1.5", "-1", "10001"] {
        let error = plan(bad, None).unwrap_err().to_string();
        assert!(error.contains("`seeds` are numbers"), "{bad}: {error}");
    }
}
