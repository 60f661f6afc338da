//! How a job's model starts: its body from where the job says, new nets around it, gradients where
//! the policy says.

use crate::error::TrainingError;
use crate::job::{Initialisation, Job};
use crate::left;
use crate::model::Model;
use crate::run::Surroundings;
use backbone::{Body, BodyConfig, Init};
use freezing_policy::Policy;
use std::path::PathBuf;
use tasks::{Shape, stream};

/// The model as the job starts it.
pub(crate) fn model(
    job: &Job,
    shape: Shape,
    surroundings: &Surroundings,
) -> Result<Model, TrainingError> {
    fits(&job.body, shape)?;
    let device = &surroundings.device;
    let body = surroundings.kept.body(job, || body(job, surroundings))?;
    let model = Model::new(
        body,
        &job.body,
        shape,
        job.recipe.input_gain,
        job.seed,
        device,
    );
    let policy: Policy = job.policy.parse()?;
    let ledger = model.ledger();
    let model = policy.apply(model, &ledger)?;
    job.recipe
        .frozen_precision
        .apply(model, &policy, &ledger, device)
}

fn body(job: &Job, surroundings: &Surroundings) -> Result<Body, TrainingError> {
    let device = &surroundings.device;
    let mut rng = stream(job.seed, "init.body");
    let mut made = match &job.initialisation {
        Initialisation::Random {} => {
            let body = Body::random(&job.body, &mut Init::new(&mut rng, device))?;
            (job.body.clone(), body)
        }
        Initialisation::Job { id } => left::take(&(surroundings.bodies)(id), device)?,
        Initialisation::Checkpoint { source } => {
            backbone::load(&checkpoint(source, surroundings)?, device)?
        }
    };
    for remake in &job.remakes {
        made = remake.apply(made, &job.body, &mut rng, device)?;
    }
    // Where positions are always fresh, their number is the job's to say.
    let (found, body) = backbone::with_fresh_positions(made, &job.body, device);
    match found == job.body {
        true => Ok(body),
        false => Err(TrainingError::BodyDiffers {
            found: format!("{found:?}"),
            expected: format!("{:?}", job.body),
        }),
    }
}

fn checkpoint(source: &str, surroundings: &Surroundings) -> Result<PathBuf, TrainingError> {
    (surroundings.checkpoints)(source).map_err(|problem| TrainingError::NoCheckpoint {
        source_name: source.to_owned(),
        problem,
    })
}

/// Checks that the task's sequence fits the body.
pub(crate) fn fits(body: &BodyConfig, shape: Shape) -> Result<(), TrainingError> {
    let (positions, tokens) = (body.positions(), shape.tokens);
    match tokens <= positions {
        true => Ok(()),
        false => {
            let model_type = body.model_type();
            Err(TrainingError::TooLong {
                model_type,
                positions,
                tokens,
            })
        }
    }
}
