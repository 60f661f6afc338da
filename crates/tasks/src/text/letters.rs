//! A corpus for tests: forty documents, each of one letter of its own, so a window tells where it is from.

use crate::entry::Entry;
use crate::task::{Batch, Form, Split, Task};
use data::DataDir;
use std::collections::BTreeSet;
use tempfile::TempDir;
use toml::Table;

/// A task on that corpus, and the folder that it lies in.
pub(super) fn task(entry: &Entry, settings: Table) -> (TempDir, Box<dyn Task>) {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..40 {
        let letter = char::from(b'0' + number);
        let path = folder.path().join(format!("{number:02}.txt"));
        std::fs::write(path, letter.to_string().repeat(50)).unwrap();
    }
    let task = open(entry, &folder, settings).unwrap();
    (folder, task)
}

/// A task on the documents of a folder.
pub(super) fn open(
    entry: &Entry,
    folder: &TempDir,
    mut settings: Table,
) -> Result<Box<dyn Task>, crate::TaskError> {
    settings.insert("corpus".into(), folder.path().to_str().unwrap().into());
    (entry.open)(&settings, Form::Paper, &DataDir::new("nowhere"))
}

/// Two letters are validated on, two are tested on, and no other part has them.
pub(super) fn assert_held_out(task: &dyn Task, bytes: impl Fn(Batch) -> Vec<u32>) {
    let letters = |batch: Batch| -> BTreeSet<u32> {
        let bytes = bytes(batch).into_iter();
        bytes.filter(|&byte| byte >= u32::from(b'0')).collect()
    };
    let train = letters(task.batch(1, 0, 2000));
    let all = |split| letters(task.examples(split, 0..task.len(split)));
    let (validation, test) = (all(Split::Validation), all(Split::Test(0)));
    assert_eq!((train.len(), validation.len(), test.len()), (36, 2, 2));
    assert!(train.is_disjoint(&validation) && train.is_disjoint(&test));
    assert!(validation.is_disjoint(&test));
}
