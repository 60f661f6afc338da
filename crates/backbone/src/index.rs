use crate::json;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// An index that is longer than this names no real checkpoint.
const LONGEST_INDEX: u64 = 16 << 20;

/// What an index of shards says.
pub(crate) struct Index {
    /// Names of files in the index's own folder.
    pub files: BTreeSet<String>,
    /// Tensors, and the file each is said to be in.
    pub tensors: Vec<(String, String)>,
}

/// Reads an index's `weight_map`.
pub(crate) fn read_index(path: &Path) -> Result<Index, String> {
    let index = json::object(path, LONGEST_INDEX)?;
    let map = index.get("weight_map").and_then(Value::as_object);
    let map = map.ok_or("no `weight_map` from tensors to files")?;
    let mut tensors = Vec::new();
    for (name, file) in map {
        let plain = file.as_str().and_then(plain);
        let plain = plain
            .ok_or_else(|| format!("`{name}` is in {file}; expected a file of this folder"))?;
        tensors.push((name.clone(), plain.to_owned()));
    }
    Ok(Index {
        files: tensors.iter().map(|(_, file)| file.clone()).collect(),
        tensors,
    })
}

/// The name of a file that stays in the folder.
fn plain(file: &str) -> Option<&str> {
    let name = file.trim_start_matches("./");
    let stays = !name.is_empty() && !matches!(name, "." | "..");
    (stays && !name.contains(['/', '\\', ':', '\0'])).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_stays_in_the_folder() {
        for name in ["a.safetensors", "./a.safetensors", "././a.safetensors"] {
            assert_eq!(plain(name), Some("a.safetensors"));
        }
        for name in [
            "", ".", "..", "./", "./..", "/a", ".//a/b", "../a", "a/b", "c:a", r"a\b",
        ] {
            assert_eq!(plain(name), None, "{name}");
        }
    }
}
