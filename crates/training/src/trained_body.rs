//! The body that a pretraining leaves for other jobs, under a checksum of its weights.

use crate::error::TrainingError;
use backbone::{Body, BodyConfig};
use burn::tensor::Device;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Hex of blake3 over [`WEIGHTS`]; bodies of earlier versions have none.
const SUM: &str = "model.blake3";
const WEIGHTS: &str = "model.safetensors";

/// Writes a body into `folder`.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn save(config: &BodyConfig, body: &Body, folder: &Path) -> Result<(), TrainingError> {
    let path = folder.join(SUM);
    // A sum of what was there before must not stand beside what is written now.
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(path)(error)),
        _ => {}
    }
    backbone::save(config, body, folder)?;
    let sum = sum(&folder.join(WEIGHTS))?;
    files::write(&path, sum.as_bytes()).map_err(failed(path))
}

/// Reads the body in `folder`.
///
/// # Errors
/// When its weights are not what was left there, or it cannot be read.
pub(crate) fn load(folder: &Path, device: &Device) -> Result<(BodyConfig, Body), TrainingError> {
    let weights = folder.join(WEIGHTS);
    let path = folder.join(SUM);
    let noted = files::read(&path).map_err(failed(path))?;
    if let Some(noted) = noted
        && noted.trim_ascii() != sum(&weights)?.as_bytes()
    {
        let problem = format!(
            "not the body that its pretraining left; delete {} and run again to pretrain it anew",
            folder.display()
        );
        return Err(TrainingError::Checkpoint {
            path: weights,
            problem,
        });
    }
    Ok(backbone::load(folder, device)?)
}

/// Digest of the body in `folder`: the one it was left with, or of what is there.
///
/// # Errors
/// When its weights cannot be read.
pub(crate) fn digest(folder: &Path) -> Result<String, TrainingError> {
    let path = folder.join(SUM);
    match fs::read_to_string(&path) {
        Ok(noted) => Ok(noted.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => sum(&folder.join(WEIGHTS)),
        Err(error) => Err(failed(path)(error)),
    }
}

fn sum(path: &Path) -> Result<String, TrainingError> {
    let mut hasher = blake3::Hasher::new();
    let read = File::open(path).and_then(|file| hasher.update_reader(file).map(drop));
    read.map_err(failed(path.to_owned()))?;
    Ok(hasher.finalize().to_hex().to_string())
}

fn failed(path: PathBuf) -> impl Fn(io::Error) -> TrainingError {
    move |error| TrainingError::Checkpoint {
        path: path.clone(),
        problem: error.to_string(),
    }
}
