//! Room for one more file of rows.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Removes the files that were written to longest ago until all but `own` take no more than `most`
/// bytes together. Whoever still reads one keeps it open; whoever comes later computes its rows again.
/// What cannot be listed or removed stays.
pub(super) fn make(folder: &Path, own: &Path, most: u64) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut others: Vec<(SystemTime, u64, PathBuf)> = entries
        .map(|entry| entry.path())
        .filter(|path| path != own && path.extension().is_some_and(|kind| kind == "rows"))
        .filter_map(|path| {
            let about = fs::metadata(&path).ok()?;
            Some((about.modified().ok()?, about.len(), path))
        })
        .collect();
    others.sort();
    let mut held: u64 = others.iter().map(|(_, bytes, _)| bytes).sum();
    for (_, bytes, path) in others {
        if held <= most {
            return;
        }
        if fs::remove_file(path).is_ok() {
            held -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::time::Duration;

    #[test]
    fn the_oldest_give_way_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (age, name) in ["own.rows", "b.rows", "a.rows", "c.rows", "notes.txt"]
            .iter()
            .enumerate()
        {
            fs::write(path(name), [0; 10]).unwrap();
            let then = SystemTime::UNIX_EPOCH + Duration::from_secs(age as u64);
            File::options()
                .write(true)
                .open(path(name))
                .unwrap()
                .set_modified(then)
                .unwrap();
        }
        let there = |names: [&str; 5]| names.map(|name| path(name).exists());
        let names = ["own.rows", "a.rows", "b.rows", "c.rows", "notes.txt"];
        make(folder.path(), &path("own.rows"), 30);
        assert_eq!(there(names), [true; 5]);
        make(folder.path(), &path("own.rows"), 25);
        assert_eq!(there(names), [true, true, false, true, true]);
        make(folder.path(), &path("own.rows"), 0);
        assert_eq!(there(names), [true, false, false, false, true]);
    }
}
