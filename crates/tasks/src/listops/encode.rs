use super::expression::CLOSE;
use crate::task::Form;

/// Id of the padding; a word's id is its number plus one.
const PAD: u32 = 0;

/// Ids there are. The paper's vocabulary has no closing mark.
pub(super) fn vocabulary(form: Form) -> usize {
    match form {
        Form::Paper => 15,
        Form::Fair => 16,
    }
}

/// Appends `tokens` ids.
///
/// The last position is what a model reads. The official code dropped every bracket, cut at
/// `tokens` and padded on the right, so it mostly read padding; the corrected form keeps closing
/// marks and pads on the left, so that it reads the mark that closes the expression.
pub(super) fn encode(words: &[u8], form: Form, tokens: usize, ids: &mut Vec<u32>) {
    let end = ids.len() + tokens;
    let id = |word: &u8| u32::from(*word) + 1;
    match form {
        Form::Paper => {
            ids.extend(
                words
                    .iter()
                    .filter(|word| **word != CLOSE)
                    .map(id)
                    .take(tokens),
            );
            ids.resize(end, PAD);
        }
        Form::Fair => {
            ids.resize(end - words.len().min(tokens), PAD);
            ids.extend(words.iter().map(id).take(tokens));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::expression::parse;
    use super::*;

    #[test]
    fn the_paper_reads_padding_and_the_fair_form_the_closing_mark() {
        let words = parse("( ( [MAX 2 ) [MIN 4 7 ] ) ]").unwrap();
        let mut paper = Vec::new();
        encode(&words, Form::Paper, 8, &mut paper);
        assert_eq!(paper, [12, 3, 11, 5, 8, 0, 0, 0]);
        let mut cut = Vec::new();
        encode(&words, Form::Paper, 2, &mut cut);
        assert_eq!(cut, [12, 3]);
        let mut fair = Vec::new();
        encode(&words, Form::Fair, 8, &mut fair);
        assert_eq!(fair, [0, 12, 3, 11, 5, 8, 15, 15]);
    }
}
