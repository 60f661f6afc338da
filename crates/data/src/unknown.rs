/// A name that is none of the known ones, which the sentence lists.
#[derive(Debug, thiserror::Error)]
#[error("unknown {kind} `{name}`; {known}: {}", names.join(", "))]
pub struct Unknown {
    kind: &'static str,
    name: String,
    /// What the list is called.
    known: &'static str,
    names: Vec<&'static str>,
}

impl Unknown {
    /// `kind` is what the name was to be of, `known` what the known ones are called: `task` and
    /// `known tasks`.
    pub fn new(
        kind: &'static str,
        name: &str,
        known: &'static str,
        names: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            known,
            names: names.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_ones_are_listed() {
        let unknown = Unknown::new("task", "mnits", "known tasks", ["mnist", "cifar10"]);
        assert_eq!(
            unknown.to_string(),
            "unknown task `mnits`; known tasks: mnist, cifar10"
        );
    }
}
