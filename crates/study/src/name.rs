/// Longer ones leave no room for what is put before and behind them.
const LONGEST: usize = 200;

/// Whether a word can name a folder or a file that others have not hidden: it reaches no other folder, and a
/// line of text holds it.
pub fn is_name(word: &str) -> bool {
    let stays = |c: char| !c.is_control() && c != '/' && c != '\\';
    let length = 1..=LONGEST;
    length.contains(&word.len()) && !word.starts_with('.') && word.chars().all(stays)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_folder() {
        let long = "x".repeat(LONGEST);
        for name in ["modality", "a b", "a.b", "a|b", "été", "-", &long] {
            assert!(is_name(name), "{name}");
        }
        let longer = format!("{long}x");
        for other in [
            "",
            ".",
            "..",
            "../x",
            "/x",
            "a/b",
            "a\\b",
            ".hidden",
            "a\nb",
            "a\u{1b}[2J",
            "a\0",
            &longer,
        ] {
            assert!(!is_name(other), "{other:?}");
        }
    }
}
