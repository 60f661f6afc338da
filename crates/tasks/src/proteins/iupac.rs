//! The IUPAC vocabulary of TAPE's tokeniser: five marks and 25 letters.

use crate::task::Form;

pub(super) const PAD: u32 = 0;
const CLS: u32 = 2;
const SEP: u32 = 3;

/// Ids there are: padding, mask, cls, sep, unknown, the letters A to Z without J.
pub(super) const VOCABULARY: usize = 30;

/// Tokens of a sequence besides its residues: the mark in front and the one behind.
pub(super) const MARKS: usize = 2;

/// What every id stands for; nothing for padding.
pub(super) fn symbols() -> Vec<String> {
    let marks = ["", "<mask>", "<cls>", "<sep>", "<unk>"].map(str::to_owned);
    let letters = ('A'..='Z').filter(|letter| *letter != 'J');
    marks.into_iter().chain(letters.map(String::from)).collect()
}

/// Appends `tokens` ids: cls, the residues, sep, and padding.
///
/// The last position is what a model reads. The official code pads on the right, to the
/// longest of a batch of like lengths, so it reads padding wherever a sequence is not the longest, and
/// leaves longer ones out; here all are padded to `tokens`, which reads padding almost always. The fair form pads on the left, so that
/// it reads the mark behind the sequence, and drops the residues at the end that do not fit.
pub(super) fn encode(residues: &[u8], form: Form, tokens: usize, ids: &mut Vec<u32>) {
    let end = ids.len() + tokens;
    let shown = &residues[..residues.len().min(tokens - MARKS)];
    if form == Form::Fair {
        ids.resize(end - shown.len() - MARKS, PAD);
    }
    ids.push(CLS);
    ids.extend(shown.iter().map(|residue| u32::from(*residue) + 5));
    ids.push(SEP);
    ids.resize(end, PAD);
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::proteins::letters::residue;

    fn ids(letters: &str, form: Form, tokens: usize) -> Vec<u32> {
        let residues: Vec<u8> = letters.bytes().map(|l| residue(l).unwrap()).collect();
        let mut ids = vec![9];
        encode(&residues, form, tokens, &mut ids);
        assert_eq!(ids.remove(0), 9);
        ids
    }

    #[test]
    fn ids_are_those_of_tapes_tokeniser() {
        // TAPE's IUPAC_VOCAB: <pad> <mask> <cls> <sep> <unk> A B C ... I K ... X Y Z.
        assert_eq!(ids("AIKXZ", Form::Paper, 7), [2, 5, 13, 14, 27, 29, 3]);
        assert_eq!(symbols().len(), VOCABULARY);
        assert_eq!(
            (&*symbols()[13], &*symbols()[14], &*symbols()[29]),
            ("I", "K", "Z")
        );
        for letter in [b'J', b'a', b'*', b'-', b'.', b' ', 0, 255] {
            assert_eq!(residue(letter), None, "{letter}");
        }
    }

    #[test]
    fn the_paper_reads_padding_and_the_fair_form_the_closing_mark() {
        assert_eq!(ids("ACD", Form::Paper, 8), [2, 5, 7, 8, 3, 0, 0, 0]);
        assert_eq!(ids("ACD", Form::Fair, 8), [0, 0, 0, 2, 5, 7, 8, 3]);
        assert_eq!(ids("ACD", Form::Fair, 5), ids("ACD", Form::Paper, 5));
        assert_eq!(ids("ACD", Form::Fair, 4), [2, 5, 7, 3]);
    }
}
