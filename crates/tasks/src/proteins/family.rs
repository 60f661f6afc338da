use super::iupac;
use super::set::Set;
use super::task::{Parts, ProteinTask, shape};
use crate::error::TaskError;
use crate::settings::{Settings, within};
use crate::task::{Form, Shape, Task};
use data::items::PROTEIN_FAMILY;
use data::proteins::fasta;
use data::{DataDir, DataError, Item, Mismatch};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const NAME: &str = "protein-family";

/// Longest sequence that is taken, so that it is whole in 512 tokens.
const LONGEST: usize = 510;

/// Names with one of these say nothing of what the protein does, or name a part of one.
const VAGUE: [&str; 5] = ["ncharacterized", "utative", "redicted", "ragment", "omain"];

/// Of a family's sequences, one in so many is for testing, and as many are for validation: at least
/// one each.
const SHARE: usize = 8;

/// Family of a protein: an easy stand-in for `homology` where TAPE's files are not to be had.
/// Sequences of a family are near relatives, so numbers of the two cannot be compared.
///
/// The family is the protein's name in a UniProt header, the text between the first space and
/// ` OS=`, for sequences of at most 510 residues. Names that contain `uncharacterized`, `putative`,
/// `predicted`, `fragment` or `domain` (with a small or a capital first letter) are left out.
/// A sequence counts as often as it is in the file when `min-size` is checked, but is kept once; one
/// with several such names is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct ProteinFamily {
    /// Sequence length that the body sees: residues and two marks.
    tokens: usize,
    /// Fewest sequences that make a family.
    min_size: usize,
    /// Families there are of that size: 183 of at least 10, 435 of at least 5. Output sizes have to
    /// be known before the data is here.
    families: usize,
}

impl Default for ProteinFamily {
    fn default() -> Self {
        Self {
            tokens: 512,
            min_size: 10,
            families: 183,
        }
    }
}

impl Settings for ProteinFamily {
    const NAME: &'static str = NAME;
    const ABOUT: &'static str = "family of a protein (3,000 of UniProt); easier than homology";

    fn check(&self) -> Result<(), String> {
        within("tokens", self.tokens, iupac::MARKS + 1, 100_000)?;
        within("min-size", self.min_size, 3, 1000)?;
        within("families", self.families, 2, 100_000)
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        Ok(shape(self.tokens, self.families))
    }

    fn data(&self) -> Vec<&'static Item> {
        vec![&PROTEIN_FAMILY]
    }

    fn open(self, shape: Shape, form: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        let (families, path) = families(&data.verified(&PROTEIN_FAMILY)?, self.min_size)?;
        if families.len() < 2 {
            let found = format!("{} of them", families.len());
            let expected = format!("two families or more of {} sequences each", self.min_size);
            return Err(Mismatch::new(expected, found).at(&path, NAME).into());
        }
        if families.len() != self.families {
            return Err(TaskError::Settings {
                task: NAME,
                reason: format!(
                    "`min-size` = {} gives {} families, but `families` is {}: set `families` = {}",
                    self.min_size,
                    families.len(),
                    self.families,
                    families.len(),
                ),
            });
        }
        let [mut train, validation, test] =
            split(&families).map_err(|mismatch| mismatch.at(&path, NAME))?;
        train.append(&validation);
        let parts = Parts {
            train,
            held_out: validation.len(),
            tests: vec![test],
            names: &["test"],
        };
        Ok(Box::new(ProteinTask::new(NAME, shape, form, parts)?))
    }
}

/// The different sequences of a family.
type Family = BTreeSet<Vec<u8>>;

/// The families in the order of their names, and the file that has them.
fn families(folder: &Path, min_size: usize) -> Result<(Vec<Family>, PathBuf), DataError> {
    let mut members: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    let path = fasta::read(folder, "DB.fasta", |record| {
        let name = name(&record.header)?;
        if record.residues.len() <= LONGEST && !VAGUE.iter().any(|vague| name.contains(vague)) {
            members
                .entry(name.to_owned())
                .or_default()
                .push(record.residues);
        }
        Ok(())
    })?;
    let large = members
        .into_values()
        .filter(|sequences| sequences.len() >= min_size);
    let mut families: Vec<Family> = large.map(Family::from_iter).collect();
    let (mut seen, mut several) = (BTreeSet::new(), BTreeSet::new());
    for sequence in families.iter().flatten() {
        if !seen.insert(sequence) {
            several.insert(sequence.clone());
        }
    }
    for family in &mut families {
        family.retain(|sequence| !several.contains(sequence));
    }
    // One sequence for each part.
    families.retain(|family| family.len() >= 3);
    Ok((families, path))
}

/// The protein's name in a header such as `sp|P53508|CSSA1_ECOLX CS6 fimbrial subunit A OS=…`.
fn name(header: &str) -> Result<&str, String> {
    let name = header.split_once(' ').map_or("", |(_, rest)| rest);
    let name = name.split(" OS=").next().unwrap_or(name).trim();
    match name {
        "" => Err("the header names no protein: expected an id, a space and a name".to_owned()),
        name => Ok(name),
    }
}

/// Training, validation and test set; a family's number is its class. In every family the sequences
/// with the smallest checksums are tested on, so that the parts are the same wherever they are made.
fn split(families: &[Family]) -> Result<[Set; 3], Mismatch> {
    let mut sets: [Set; 3] = Default::default();
    for (label, family) in families.iter().enumerate() {
        let mut sequences: Vec<&Vec<u8>> = family.iter().collect();
        sequences.sort_by_cached_key(|sequence| *blake3::hash(sequence).as_bytes());
        let share = (sequences.len() / SHARE).max(1);
        for (rank, sequence) in sequences.into_iter().enumerate() {
            let part = [2, 1].get(rank / share).copied().unwrap_or(0);
            sets[part].push(sequence, label as u32)?;
        }
    }
    Ok(sets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use crate::task::Split;
    use toml::toml;

    const FAMILY: Entry = Entry::of::<ProteinFamily>();

    #[test]
    fn names_stand_between_the_id_and_the_organism() {
        assert_eq!(
            name("sp|P1|X_Y DNA ligase OS=Homo sapiens GN=x").unwrap(),
            "DNA ligase"
        );
        assert_eq!(name("P1 Maturase K").unwrap(), "Maturase K");
        for header in ["P1", "P1 ", "P1  OS=Homo sapiens", ""] {
            assert!(name(header).is_err(), "{header}");
        }
    }

    /// Five families of 10 to 14 members, one of 3, some that are no families.
    fn folder() -> tempfile::TempDir {
        use std::fmt::Write;
        let root = tempfile::tempdir().unwrap();
        let mut text = String::new();
        let mut add = |name: &str, residues: &str| writeln!(text, ">id {name} OS=x\n{residues}");
        for family in 0..5 {
            for member in 0..10 + family {
                let residues = ["AC", "DE", "FG", "HI", "KL"][family].repeat(5 + member);
                add(&format!("Family {family}"), &residues).unwrap();
            }
            // In the file twice, kept once.
            add(
                &format!("Family {family}"),
                &["AC", "DE", "FG", "HI", "KL"][family].repeat(5),
            )
            .unwrap();
            // Under two names: left out of both.
            add(&format!("Family {family}"), "WWWWW").unwrap();
            add("Putative family", &"M".repeat(5 + family)).unwrap();
        }
        for member in 1..4 {
            add("Small", &"Y".repeat(member)).unwrap();
            add("Long", &"Y".repeat(510 + member)).unwrap();
        }
        std::fs::create_dir(root.path().join(NAME)).unwrap();
        std::fs::write(root.path().join(NAME).join("DB.fasta"), text).unwrap();
        root
    }

    #[test]
    fn every_family_is_in_every_part_and_no_sequence_in_two() {
        let root = folder();
        let data = DataDir::new(root.path());
        let settings = toml! { tokens = 32 families = 5 };
        let [paper, fair] =
            [Form::Paper, Form::Fair].map(|form| (FAMILY.open)(&settings, form, &data).unwrap());
        let stored = fair.stored().unwrap();
        let train = stored.gather(&(0..stored.count()).collect::<Vec<_>>());
        let validation = fair.examples(Split::Validation, 0..fair.len(Split::Validation));
        let test = fair.examples(Split::Test(0), 0..fair.len(Split::Test(0)));
        assert_eq!(train.size + validation.size + test.size, 60);
        let parts = [&train, &validation, &test].map(|batch| {
            assert_eq!(batch.targets.iter().collect::<BTreeSet<_>>().len(), 5);
            batch.ids.chunks(32).collect::<BTreeSet<_>>()
        });
        // Cut sequences look alike, so only the short ones are compared.
        let short = |part: &BTreeSet<&[u32]>| -> BTreeSet<Vec<u32>> {
            part.iter()
                .filter(|ids| ids[0] == 0)
                .map(|ids| ids.to_vec())
                .collect()
        };
        assert!(short(&parts[0]).is_disjoint(&short(&parts[2])));
        assert!(short(&parts[0]).is_disjoint(&short(&parts[1])));
        assert!(short(&parts[1]).is_disjoint(&short(&parts[2])));
        // The paper form leaves out what does not fit, and its curve is trained on.
        assert!(paper.len(Split::Test(0)) < test.size);
        assert!(paper.stored().unwrap().count() > paper.len(Split::Validation));
        assert_ne!(paper.data_checksum(), None);
    }

    #[test]
    fn a_wrong_count_says_the_right_one() {
        let root = folder();
        let data = DataDir::new(root.path());
        let open = |settings| (FAMILY.open)(&settings, Form::Fair, &data).err();
        let error = open(toml! { families = 7 }).unwrap().to_string();
        assert!(error.contains("`families` = 5"), "{error}");
        assert!(open(toml! { families = 6 min-size = 3 }).is_none());
        let short = toml! { families = 5 tokens = 8 };
        assert!(open(short.clone()).is_none(), "the fair form cuts");
        let error = (FAMILY.open)(&short, Form::Paper, &data).err().unwrap();
        assert!(error.to_string().contains("raise `tokens`"), "{error}");
    }

    #[test]
    fn a_bad_line_is_named() {
        let root = folder();
        let path = root.path().join(NAME).join("DB.fasta");
        std::fs::write(&path, ">id A OS=x\nMKV\nM-V\n").unwrap();
        let data = DataDir::new(root.path());
        let error = (FAMILY.open)(&toml::Table::new(), Form::Fair, &data);
        let error = error.err().unwrap().to_string();
        assert!(error.contains("DB.fasta:3: `-`"), "{error}");
    }
}
