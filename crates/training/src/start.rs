//! How a job's model starts: its body from where the job says, new nets around it, gradients where
//! the policy says.

use crate::error::TrainingError;
use crate::job::{Initialisation, Job};
use crate::model::Model;
use crate::run::Surroundings;
use backbone::{Body, BodyConfig, Init};
use burn::tensor::Device;
use freezing_policy::{Group, GroupCount, Policy};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tasks::{Shape, stream};

/// Numbers that a job trains and holds, by group, without loading anything.
///
/// # Errors
/// When the policy does not fit the model, or the task does not fit the body.
pub fn ledger(job: &Job) -> Result<BTreeMap<Group, GroupCount>, TrainingError> {
    let shape = tasks::shape(&job.task.name, &job.task.settings, job.task.form)?;
    fits(job, shape)?;
    let model = Model::shapes(&job.body, shape, &Device::flex())?;
    let policy: Policy = job.policy.parse()?;
    let ledger = model.ledger();
    policy.check(&model, &ledger)?;
    Ok(ledger.count(|label| policy.trains(label, ledger.layers())))
}

/// The model as the job starts it.
pub(crate) fn model(
    job: &Job,
    shape: Shape,
    surroundings: &Surroundings,
) -> Result<Model, TrainingError> {
    fits(job, shape)?;
    let device = &surroundings.device;
    let body = body(job, surroundings)?;
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
    Ok(policy.apply(model, &ledger)?)
}

fn body(job: &Job, surroundings: &Surroundings) -> Result<Body, TrainingError> {
    let device = &surroundings.device;
    let mut rng = stream(job.seed, "init.body");
    let mut made = match &job.initialisation {
        Initialisation::Random {} => {
            let body = Body::random(&job.body, &mut Init::new(&mut rng, device))?;
            (job.body.clone(), body)
        }
        Initialisation::Job { id } => backbone::load(&(surroundings.bodies)(id), device)?,
        Initialisation::Checkpoint { source } => {
            backbone::load(&checkpoint(source, surroundings)?, device)?
        }
    };
    for remake in &job.remakes {
        made = remake.apply(made, &job.body, &mut rng, device)?;
    }
    // A ViT's positions are always fresh, so their number is the job's to say.
    let (found, body) = match (&job.body, made) {
        (BodyConfig::Vit(asked), (BodyConfig::Vit(mut found), Body::Vit(vit))) => {
            found.max_position_embeddings = asked.max_position_embeddings;
            let vit = vit.with_positions(asked, device);
            (BodyConfig::Vit(found), Body::Vit(vit))
        }
        (_, made) => made,
    };
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
fn fits(job: &Job, shape: Shape) -> Result<(), TrainingError> {
    let (positions, tokens) = (job.body.positions(), shape.tokens);
    match tokens <= positions {
        true => Ok(()),
        false => {
            let model_type = job.body.model_type();
            Err(TrainingError::TooLong {
                model_type,
                positions,
                tokens,
            })
        }
    }
}
