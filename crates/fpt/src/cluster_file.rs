//! `cluster.toml`: what a user's cluster is always asked for.

use crate::context::Context;
use crate::exit::Problem;
use queue::Request;
use serde::Deserialize;
use std::path::PathBuf;

const FILE: &str = "cluster.toml";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClusterFile {
    #[serde(default)]
    slurm: Request,
}

/// Beside `experiments/`, or else among the user's settings.
fn places(context: &Context) -> Vec<PathBuf> {
    let workspace = context
        .experiments
        .workspace()
        .map(|folder| folder.join(FILE));
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let settings = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
    let settings = settings.map(|folder| folder.join("fpt").join(FILE));
    workspace.into_iter().chain(settings).collect()
}

/// What the first file that is there says; nothing where there is none.
///
/// # Errors
/// When it cannot be read or understood.
pub fn read(context: &Context) -> Result<Request, Problem> {
    for path in places(context) {
        let bytes = files::read(&path);
        let bytes =
            bytes.map_err(|error| Problem::Asked(format!("{}: {error}", path.display())))?;
        if let Some(bytes) = bytes {
            let text = String::from_utf8_lossy(&bytes);
            let file: ClusterFile = toml::from_str(&text)
                .map_err(|error| Problem::Asked(format!("{}: {error}", path.display())))?;
            return Ok(file.slurm);
        }
    }
    Ok(Request::default())
}
