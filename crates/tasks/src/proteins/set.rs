use super::iupac::MARKS;
use data::Mismatch;
use data::proteins::letters::residue;

/// Proteins and their classes, stored flat.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Set {
    /// Numbers of residues, below [`LETTERS`](data::proteins::letters::LETTERS).
    residues: Vec<u8>,
    /// End of each protein in `residues`.
    ends: Vec<usize>,
    labels: Vec<u32>,
}

impl Set {
    /// Appends a protein written in letters.
    pub fn push(&mut self, letters: &[u8], label: u32) -> Result<(), Mismatch> {
        let start = self.residues.len();
        for (index, &letter) in letters.iter().enumerate() {
            let Some(residue) = residue(letter) else {
                self.residues.truncate(start);
                return Err(Mismatch::new(
                    "residue letters A to Z without J",
                    format!("`{}` at residue {}", letter.escape_ascii(), index + 1),
                ));
            };
            self.residues.push(residue);
        }
        if letters.is_empty() {
            return Err(Mismatch::new("a sequence of residues", "none"));
        }
        self.ends.push(self.residues.len());
        self.labels.push(label);
        Ok(())
    }

    /// Appends the proteins of another set.
    pub fn append(&mut self, other: &Set) {
        for (residues, label) in other.iter() {
            self.add(residues, label);
        }
    }

    /// The proteins that are whole in `tokens` with their marks.
    pub fn fits(&self, tokens: usize) -> Set {
        let mut left = Set::default();
        for (residues, label) in self.iter() {
            if residues.len() + MARKS <= tokens {
                left.add(residues, label);
            }
        }
        left
    }

    fn add(&mut self, residues: &[u8], label: u32) {
        self.residues.extend_from_slice(residues);
        self.ends.push(self.residues.len());
        self.labels.push(label);
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn residues(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.residues[start..self.ends[index]]
    }

    pub fn label(&self, index: usize) -> u32 {
        self.labels[index]
    }

    /// Every protein with its class.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], u32)> {
        (0..self.len()).map(|index| (self.residues(index), self.label(index)))
    }

    /// Adds everything that is here to a checksum.
    pub fn hash(&self, checksum: &mut blake3::Hasher) {
        checksum.update(&(self.len() as u64).to_le_bytes());
        checksum.update(&self.residues);
        for (end, label) in self.ends.iter().zip(&self.labels) {
            checksum.update(&(*end as u64).to_le_bytes());
            checksum.update(&label.to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_outside_the_vocabulary_are_named_and_leave_nothing_behind() {
        let mut set = Set::default();
        set.push(b"ACZ", 7).unwrap();
        for (letters, named) in [
            ("AJ", "`J` at residue 2"),
            ("m", "`m`"),
            ("AC*", "`*` at residue 3"),
        ] {
            let error = set.push(letters.as_bytes(), 0).unwrap_err();
            assert!(error.found.contains(named), "{error:?}");
        }
        assert!(set.push(b"", 0).is_err());
        set.push(b"Y", 3).unwrap();
        assert_eq!(
            set.iter().collect::<Vec<_>>(),
            [(&[0, 2, 24][..], 7), (&[23][..], 3)]
        );
        assert_eq!(set.fits(3).len(), 1);
    }
}
