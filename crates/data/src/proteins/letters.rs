//! Letters of residues, as IUPAC names them.

/// Residue letters there are: A to Z without J.
pub const LETTERS: usize = 25;

/// The number of a residue letter, below [`LETTERS`]; `None` for every other byte.
pub fn residue(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'I' => Some(letter - b'A'),
        b'K'..=b'Z' => Some(letter - b'A' - 1),
        _ => None,
    }
}
