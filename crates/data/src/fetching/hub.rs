use super::progress::Progress;
use hub::Hub;
use std::path::{Path, PathBuf};

/// Downloads a file of a data set on the Hugging Face hub; one line says why not.
pub(super) fn download(
    owner: &'static str,
    name: &'static str,
    file: &'static str,
    into: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, String> {
    let mut told = |so_far: hub::Progress| {
        progress(Progress::Downloaded {
            bytes: so_far.bytes,
            total: so_far.total,
        });
    };
    let hub = Hub::from_env();
    hub.dataset_file((owner, name), file, into, &mut told)
        .map_err(|error| error.to_string())
}
