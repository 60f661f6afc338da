use super::resolver::Resolver;
use super::task::misfit;
use crate::document::Document;
use crate::error::StudyError;
use crate::grid::Point;
use crate::keys::{DEFAULT_POLICY, backbone_of};
use crate::study::Study;
use crate::value::Settings;
use backbone::BodyConfig;
use evidence::{Rate, seed};
use freezing_policy::{Group, Ledger};
use tasks::Inputs;
use training::{Job, Recipe, TaskSpec, TrainingError};

/// A job and the ones that have to be finished before it, in the order they have to run.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub job: Job,
    pub needs: Vec<Need>,
}

/// A pretraining that a job starts from.
#[derive(Clone, Debug)]
pub(crate) struct Need {
    pub name: String,
    pub job: Job,
    /// The replicate that it is of; none where one body is for all.
    pub replicate: Option<u64>,
}

/// What the jobs of a cell have in common, whatever their seeds.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    policy: String,
    task: TaskSpec,
    recipe: Recipe,
    body: BodyConfig,
}

impl Resolver {
    /// What a cell says of its jobs.
    pub fn draft(&self, study: &Document, cell: &Settings) -> Result<Draft, StudyError> {
        let body = self.body(study, cell)?;
        let task = self.task(study, cell)?;
        if let Some(what) = misfit(&task, &body) {
            let at = cell["task"].at.clone();
            return Err(study.spot(at, what, "not with this body").into());
        }
        let recipe = self.recipe(study, cell, &task.name, task.form)?;
        let policy = cell
            .get("policy")
            .map_or(DEFAULT_POLICY, |policy| policy.text.as_str());
        self.check_policy(study, cell, policy, &task, &body)?;
        Ok(Draft {
            policy: policy.split_whitespace().collect(),
            task,
            recipe,
            body,
        })
    }

    /// The job of a cell for one seed, at one of its [`rates`](Self::rates) where it has some.
    pub fn resolve(
        &self,
        study: &Document,
        cell: &Settings,
        draft: &Draft,
        seed: u64,
        rate: Option<Rate>,
    ) -> Result<Resolved, StudyError> {
        let Draft {
            policy,
            task,
            mut recipe,
            body,
        } = draft.clone();
        if let Some(rate) = rate {
            recipe.learning_rate = rate.0;
        }
        let replicate = seed::replicate(seed);
        let start = self.start(study, cell, &body, replicate)?;
        let mut job = Job {
            seed,
            body_seed: None,
            policy,
            keep_body: false,
            initialisation: start.initialisation,
            remakes: start.remakes,
            task,
            recipe,
            body,
        };
        if replicate != seed && job.draws_body() {
            job.body_seed = Some(replicate);
        }
        Ok(Resolved {
            job,
            needs: start.needs,
        })
    }

    /// Gradient steps of a cell.
    pub fn steps(&self, study: &Study, point: &Point) -> Result<u64, StudyError> {
        let task = self.task(&study.file, &point.settings)?;
        let recipe = self.recipe(&study.file, &point.settings, &task.name, task.form)?;
        Ok(recipe.steps)
    }

    /// Answers that an accuracy of a cell's validation curve is a mean over: several of an example where it has several. `None` where
    /// all of a split are asked for and its size is the data's.
    pub fn answers(&self, study: &Study, point: &Point) -> Result<Option<usize>, StudyError> {
        let task = self.task(&study.file, &point.settings)?;
        let recipe = self.recipe(&study.file, &point.settings, &task.name, task.form)?;
        let shape = tasks::shape(&task.name, &task.settings, task.form);
        let of_example = shape.map_or(1, |shape| {
            shape.readout.positions * shape.readout.predictions
        });
        let examples = training::curve_examples(&task, &recipe);
        Ok(examples.map(|examples| examples * of_example))
    }

    /// Refuses a policy with a term that names no parameter of the model.
    fn check_policy(
        &self,
        study: &Document,
        cell: &Settings,
        policy: &str,
        task: &TaskSpec,
        body: &BodyConfig,
    ) -> Result<(), StudyError> {
        let fits = policy
            .parse()
            .map_err(TrainingError::from)
            .and_then(|policy| training::labels(body, Some(task), &policy));
        let problem = match fits {
            Ok(ledger) => unread(policy, task, &ledger),
            Err(error) => Some(error.to_string()),
        };
        let Some(problem) = problem else {
            return Ok(());
        };
        let at = cell.get("policy").map_or(0..0, |value| value.at.clone());
        let help = format!(
            "`fpt params {} --layers --profile {} --task {}` lists them",
            backbone_of(cell),
            self.profile_name,
            task.name
        );
        let spot = study.spot(at, problem, "of this policy");
        Err(spot.help(Some(help)).into())
    }
}

/// Why a policy that names the token table would train nothing by it: the task goes past it, and there is nothing else of that group.
fn unread(policy: &str, task: &TaskSpec, ledger: &Ledger) -> Option<String> {
    let name = Group::Embedding.name();
    let is_named = policy.split('+').any(|term| term.trim() == name);
    let shape = tasks::shape(&task.name, &task.settings, task.form).ok()?;
    let (Inputs::Features { .. } | Inputs::Tokens { .. }) = shape.inputs else {
        return None;
    };
    let entries = ledger.entries().iter();
    let tables = entries
        .filter(|entry| entry.label.group == Group::Embedding)
        .count();
    (is_named && tables == 1).then(|| {
        format!("policy `{policy}`: `{}` does not read the body's token table, so `{name}` would train nothing", task.name)
    })
}
