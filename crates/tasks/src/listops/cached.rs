//! The three parts, generated or read once and cached.

use super::set::{Set, Splits};
use super::settings::{ListOps, NAME};
use super::{generate, table};
use crate::error::TaskError;
use crate::settings::Settings;
use data::DataDir;
use data::cache::{Builder, Fingerprint, Sections, cached};

const PARTS: [&str; 3] = ["train", "validation", "test"];
const FIELDS: [&str; 3] = ["words", "ends", "values"];
const CHECKSUM: &str = "checksum";

/// The parts of a set with these settings, the checksum of the files they were read from, and why
/// they could not be kept.
pub(super) fn splits(
    settings: &ListOps,
    data: &DataDir,
) -> Result<(Splits, Option<String>, Option<String>), TaskError> {
    let name = Fingerprint::new("listops").and(settings.drawn().as_bytes());
    let name = name.name("listops");
    let version = format!("{NAME} {}", ListOps::VERSION);
    let mut print = Fingerprint::new(&version).and(settings.drawn().as_bytes());
    if let Some(folder) = &settings.folder {
        print = print.and(table::content(folder, data)?.digest.as_bytes());
    }
    let mut made = None;
    let sections = cached(data, &name, print, |builder| -> Result<(), TaskError> {
        let fresh = make(settings)?;
        add(&fresh, builder);
        made = Some(fresh);
        Ok(())
    })?;
    // What was made just now is what is cached.
    let (splits, checksum) = match made.or_else(|| load(&sections)) {
        Some(splits) => splits,
        None => make(settings)?,
    };
    Ok((splits, checksum, sections.note().map(str::to_owned)))
}

fn make(settings: &ListOps) -> Result<(Splits, Option<String>), TaskError> {
    match &settings.folder {
        Some(folder) => Ok(table::read(folder)?),
        None => match generate::splits(settings) {
            Ok(splits) => Ok((splits, None)),
            Err(reason) => Err(TaskError::Settings { task: NAME, reason }),
        },
    }
}

fn add((splits, checksum): &(Splits, Option<String>), builder: &mut Builder) {
    let sets = [&splits.train, &splits.validation, &splits.test];
    for (part, set) in PARTS.into_iter().zip(sets) {
        for (field, bytes) in FIELDS.into_iter().zip(set.to_bytes()) {
            builder.section(&format!("{part} {field}"), bytes);
        }
    }
    let checksum = checksum.clone().unwrap_or_default();
    builder.section(CHECKSUM, checksum.into_bytes());
}

fn load(sections: &Sections) -> Option<(Splits, Option<String>)> {
    let set = |part: &str| {
        let [words, ends, values] = FIELDS.map(|field| sections.get(&format!("{part} {field}")));
        Set::from_bytes(words, &ends, values)
    };
    let [train, validation, test] = PARTS.map(set);
    let splits = Splits {
        train: train?,
        validation: validation?,
        test: test?,
    };
    let checksum = String::from_utf8_lossy(&sections.get(CHECKSUM)).into_owned();
    Some((
        splits,
        Some(checksum).filter(|checksum| !checksum.is_empty()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_expressions_are_the_generated_ones() {
        let settings = ListOps {
            min_length: 2,
            max_length: 33,
            max_depth: 3,
            max_args: 4,
            train_examples: 500,
            validation_examples: 20,
            test_examples: 30,
            ..ListOps::default()
        };
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::new(root.path());
        let [(first, ..), (again, ..)] = [(); 2].map(|()| splits(&settings, &data).unwrap());
        let pairs = [
            (&first.train, &again.train),
            (&first.validation, &again.validation),
            (&first.test, &again.test),
        ];
        for (first, again) in pairs {
            assert!(first.len() > 0 && first.iter().eq(again.iter()));
        }
        let other = ListOps {
            max_args: 5,
            ..settings.clone()
        };
        splits(&other, &data).unwrap();
        // Another length of sequence is the same set.
        let longer = ListOps {
            tokens: 40,
            ..settings
        };
        splits(&longer, &data).unwrap();
        let files = std::fs::read_dir(root.path().join(".cache")).unwrap();
        let cached = files.filter(|file| {
            let name = file.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".kept")
        });
        assert_eq!(cached.count(), 2);
    }
}
