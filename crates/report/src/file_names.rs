use evidence::Choice;
use std::collections::BTreeSet;

/// Letters of a name, which file systems end at 255 bytes; a kind, a number and an extension come with it.
const LONGEST: usize = 50;

/// What no file system has in a name.
const NOWHERE: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|', ' '];

/// A name for the files of each choice: its values. Two choices that would have one name, also on file
/// systems that do not tell `A` from `a`, are numbered from the second on.
pub(crate) fn file_names(choices: &[Choice]) -> Vec<String> {
    numbered(choices.iter().map(plain))
}

/// The names, numbered from the second on where a file system may take some for one.
pub(crate) fn numbered(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let name = |plain: String| {
        let mut name = plain.clone();
        for number in 2.. {
            if taken.insert(name.to_lowercase()) {
                break;
            }
            name = format!("{plain}-{number}");
        }
        name
    };
    names.into_iter().map(name).collect()
}

/// The text without what no file system has in a name.
pub(crate) fn clean(text: &str) -> String {
    let letter = |c: char| match c.is_control() || NOWHERE.contains(&c) {
        true => '-',
        false => c,
    };
    text.chars().map(letter).collect()
}

fn plain(choice: &Choice) -> String {
    let values: Vec<&str> = choice.iter().map(|(_, value)| value.as_str()).collect();
    clean(&values.join("-")).chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_look_alike_to_a_file_system_are_kept_apart() {
        let choice = |values: &[&str]| -> Choice {
            let pairs = values
                .iter()
                .map(|value| ("axis".to_owned(), (*value).to_owned()));
            pairs.collect()
        };
        let long = "x".repeat(300);
        let other = format!("{long}y");
        let choices = [
            &["a/b"][..],
            &["a b"],
            &["A-B"],
            &["a", "b"],
            &["a-b-2"],
            &["../\n"],
            &[&long],
            &[&other],
            &[],
        ];
        let names = file_names(&choices.map(choice));
        assert_eq!(
            names[..6],
            ["a-b", "a-b-2", "A-B-3", "a-b-4", "a-b-2-2", "..--"]
        );
        let lower: BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(lower.len(), choices.len());
        assert!(names.iter().all(|name| name.len() <= 60), "{names:?}");
        assert_eq!(names[8], "");
    }
}
