//! How a job's model starts: its body from where the job says, new nets around it, gradients where
//! the policy says.

use crate::bodies::Bodies;
use crate::error::TrainingError;
use crate::half;
use crate::job::{Checkpoint, Initialisation, Job};
use crate::model::Model;
use crate::trained_body;
use backbone::{Body, BodyConfig, Init};
use burn::tensor::Device;
use freezing_policy::Policy;
use std::path::PathBuf;
use tasks::{Shape, stream};

/// The model as the job starts it, around the [`body`] that `make` gives.
pub(crate) fn model(
    job: &Job,
    shape: Shape,
    device: &Device,
    make: impl FnOnce() -> Result<Body, TrainingError>,
) -> Result<Model, TrainingError> {
    fits(&job.body, shape)?;
    let model = Model::new(
        make()?,
        &job.body,
        shape,
        job.recipe.input_gain,
        job.seed,
        device,
    );
    let policy: Policy = job.policy.parse()?;
    let ledger = model.ledger();
    let model = policy.apply(model, &ledger)?;
    half::lower(model, job.recipe.precision, &policy, &ledger, device)
}

/// The body that the job starts from.
pub(crate) fn body(job: &Job, bodies: &dyn Bodies, device: &Device) -> Result<Body, TrainingError> {
    let mut rng = stream(job.draws_body_by(), "init.body");
    let mut made = match &job.initialisation {
        Initialisation::Random {} => {
            let body = Body::random(&job.body, &mut Init::new(&mut rng, device))?;
            (job.body.clone(), body)
        }
        Initialisation::Job { id } => trained_body::load(&bodies.of_job(id), device)?,
        Initialisation::Checkpoint(checkpoint) => {
            backbone::load(&folder(checkpoint, bodies)?, device)?
        }
    };
    for remake in &job.remakes {
        made = remake.clone().apply(made, &job.body, &mut rng, device)?;
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

/// Digest of the body that the job starts from, where one is read: blake3, hex. A job stays with one
/// from its first step to its export.
///
/// # Errors
/// When there is no such body.
pub fn origin(job: &Job, bodies: &dyn Bodies) -> Result<Option<String>, TrainingError> {
    match &job.initialisation {
        Initialisation::Random {} => Ok(None),
        Initialisation::Job { id } => trained_body::digest(&bodies.of_job(id)).map(Some),
        Initialisation::Checkpoint(checkpoint) => Ok(checkpoint.content.clone()),
    }
}

fn folder(checkpoint: &Checkpoint, bodies: &dyn Bodies) -> Result<PathBuf, TrainingError> {
    let folder = bodies.of_checkpoint(checkpoint);
    folder.map_err(|problem| TrainingError::NoCheckpoint {
        source_name: checkpoint.source.clone(),
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
