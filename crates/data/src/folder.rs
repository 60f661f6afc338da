use crate::error::DataError;
use crate::hint;
use crate::item::{Item, Reads, Source};
use crate::origin::{self, Look};
use crate::present::{layout, missing, present};
use std::path::{Path, PathBuf};

/// The folder that data is kept in, one folder an item.
#[derive(Clone, Debug)]
pub struct DataDir {
    root: PathBuf,
    also: Vec<PathBuf>,
}

impl DataDir {
    /// Data is fetched into `root`, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            also: Vec::new(),
        }
    }

    /// Also reads data from a folder of the user's, in which nothing is written.
    #[must_use]
    pub fn and_read_from(mut self, folder: impl Into<PathBuf>) -> Self {
        self.also.push(folder.into());
        self
    }

    /// The folder that fetched data goes to.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder that holds an item in one of its layouts: `root/<item>`, of images also `root` itself,
    /// or in the user's folders `<item>` or the folder itself.
    ///
    /// # Errors
    /// [`DataError::MissingData`] with every folder looked into; [`DataError::Damaged`] where a file
    /// has not the length any more that it came with.
    pub fn find(&self, item: &Item) -> Result<PathBuf, DataError> {
        Ok(self.locate(item)?.0)
    }

    /// As [`find`](Self::find), with a look at every byte: 0.1 s for CIFAR-10.
    ///
    /// # Errors
    /// Those of [`find`](Self::find); [`DataError::Damaged`] where a file is not what came.
    pub fn verified(&self, item: &Item) -> Result<PathBuf, DataError> {
        let folder = self.find(item)?;
        origin::check(item, &folder, Look::Contents)?;
        Ok(folder)
    }

    /// The folder that holds an item, and the number of the first layout that is whole there.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub(crate) fn locate(&self, item: &Item) -> Result<(PathBuf, usize), DataError> {
        // Where torchvision keeps its data sets, each has a folder of a name of its own.
        let flat = matches!(item.reads, Reads::Images).then(|| self.root.clone());
        let own = [self.root.join(item.name)].into_iter().chain(flat);
        let theirs = self
            .also
            .iter()
            .flat_map(|folder| [folder.join(item.name), folder.clone()]);
        let mut tried = Vec::new();
        not_in_the_way(&self.root.join(item.name))?;
        for folder in own.chain(theirs) {
            // Before its layout: a file that went missing is damage, not an item that never came.
            origin::check(item, &folder, Look::Sizes)?;
            if let Some(number) = layout(item, &folder) {
                let files = item.layouts[number].iter();
                for path in files.filter_map(|file| present(&folder, file)) {
                    path.metadata().map_err(DataError::io("look at", &path))?;
                }
                return Ok((folder, number));
            }
            let first = item
                .layouts
                .first()
                .and_then(|files| missing(files, &folder));
            tried.push(format!(
                "folder: no {} in {}",
                first.unwrap_or(item.name),
                folder.display()
            ));
        }
        let is_built_in = matches!(item.sources, [Source::BuiltIn { .. }, ..]);
        let way_out = match is_built_in {
            true => format!(
                "it is built in: a study or {} unpacks it",
                hint::fetch(item.name)
            ),
            false => format!("run {}, or {}", hint::fetch(item.name), self.by_hand(item)),
        };
        Err(DataError::MissingData {
            item: item.name.to_owned(),
            tried,
            way_out,
        })
    }

    /// Whether data can be fetched into this folder, which is made.
    ///
    /// # Errors
    /// [`DataError::Io`] with what helps.
    pub fn check(&self) -> Result<(), DataError> {
        let root = &self.root;
        std::fs::create_dir_all(root).map_err(DataError::io("make", root))?;
        tempfile::tempfile_in(root).map_err(DataError::io("write in", root))?;
        Ok(())
    }

    /// Where an item is from; `None` where it is not here or was put here by hand.
    pub fn origin(&self, item: &Item) -> Option<String> {
        origin::read(item, &self.find(item).ok()?)
    }

    /// Bytes that an item's files take; `None` where it is not here.
    pub fn bytes(&self, item: &Item) -> Option<u64> {
        let (folder, layout) = self.locate(item).ok()?;
        let files = item.layouts[layout].iter();
        let files = files.filter_map(|file| present(&folder, file));
        Some(files.map(|file| bytes(&file)).sum())
    }

    /// How to bring the data without any client.
    pub(crate) fn by_hand(&self, item: &Item) -> String {
        let folder = self.root.join(item.name);
        let first = item.layouts.first().map(|files| files.join(", "));
        // Of the others a glimpse: whoever has them knows their names.
        let others = item.layouts.iter().skip(1).map(|files| match files {
            [first, .., last] => format!("{first} … {last}"),
            _ => files.concat(),
        });
        let layouts: Vec<_> = first.into_iter().chain(others).collect();
        format!(
            "put {} into {}, or point at another folder with --data DIR",
            layouts.join(" or "),
            folder.display()
        )
    }
}

/// Refuses a file, or a link to nothing, where a folder should be.
fn not_in_the_way(folder: &Path) -> Result<(), DataError> {
    match folder.symlink_metadata().is_ok() && !folder.is_dir() {
        true => Err(DataError::Damaged {
            path: folder.to_owned(),
            expected: "a folder".to_owned(),
            found: "something else".to_owned(),
            way_out: "move it away".to_owned(),
        }),
        false => Ok(()),
    }
}

/// Of a file, or of all files in a folder; 0 where there is none.
fn bytes(path: &Path) -> u64 {
    let Ok(about) = std::fs::symlink_metadata(path) else {
        return 0;
    };
    if !about.is_dir() {
        return std::fs::metadata(path).map_or(0, |about| about.len());
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| bytes(&entry.path())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link to itself stands in for what its rights close, which the superuser could look at.
    #[cfg(unix)]
    #[test]
    fn what_cannot_be_looked_at_is_an_error_and_not_missing() {
        use crate::items::{ENGLISH, MNIST};
        for item in [&MNIST, &ENGLISH] {
            let root = tempfile::tempdir().unwrap();
            let folder = root.path().join(item.name);
            std::fs::create_dir(&folder).unwrap();
            for file in item.layouts[0] {
                std::fs::write(folder.join(file), "x").unwrap();
            }
            let data = DataDir::new(root.path());
            assert!(data.find(item).is_ok());
            let closed = folder.join(item.layouts[0][1]);
            std::fs::remove_file(&closed).unwrap();
            std::os::unix::fs::symlink(&closed, &closed).unwrap();
            let error = data.find(item).unwrap_err();
            assert!(!error.is_missing(), "{error}");
            assert!(error.to_string().contains(item.layouts[0][1]), "{error}");
            assert!(
                data.content(item).is_err(),
                "its content is not unknown either"
            );
        }
    }

    #[test]
    fn missing_data_says_where_it_was_looked_for_and_what_helps() {
        let data = DataDir::new("first").and_read_from("second");
        let digits = Item {
            name: "digits",
            layouts: &[&["images.idx", "labels.idx"], &["all.parquet"]],
            bytes: 0,
            reads: crate::item::Reads::Files,
            published: None,
            licence: "",
            citation: "",
            sources: &[],
        };
        let error = data.find(&digits).unwrap_err();
        let DataError::MissingData {
            item,
            tried,
            way_out,
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!((item.as_str(), tried.len()), ("digits", 3));
        assert!(
            way_out.contains("images.idx, labels.idx or all.parquet") && way_out.contains("--data")
        );
    }
}
