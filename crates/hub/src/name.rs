use crate::error::HubError;
use std::fmt;
use std::str::FromStr;

/// A repository of the hub at a revision: `owner/name` or `owner/name@revision`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub owner: String,
    pub name: String,
    /// A branch, a tag or a commit.
    pub revision: String,
}

const MAIN: &str = "main";

impl FromStr for Name {
    type Err = HubError;

    fn from_str(text: &str) -> Result<Self, HubError> {
        let bad = || HubError::BadName(text.to_owned());
        let (repository, revision) = match text.split_once('@') {
            None => (text, MAIN),
            Some((repository, revision)) => (repository, revision),
        };
        let (owner, name) = repository.split_once('/').ok_or_else(bad)?;
        let plain = |part: &str| {
            let dots = part.chars().all(|c| c == '.');
            let known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            !dots && !part.is_empty() && part.len() <= 96 && part.chars().all(known)
        };
        let parts = [owner, name].into_iter().chain(revision.split('/'));
        match parts.clone().all(plain) {
            true => Ok(Self {
                owner: owner.to_owned(),
                name: name.to_owned(),
                revision: revision.to_owned(),
            }),
            false => Err(bad()),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            owner,
            name,
            revision,
        } = self;
        match revision.as_str() {
            MAIN => write!(f, "{owner}/{name}"),
            _ => write!(f, "{owner}/{name}@{revision}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_an_owner_and_stay_where_they_are() {
        let name: Name = "openai-community/gpt2@v1.0".parse().unwrap();
        assert_eq!(
            (name.name.as_str(), name.revision.as_str()),
            ("gpt2", "v1.0")
        );
        assert_eq!(name.to_string(), "openai-community/gpt2@v1.0");
        assert_eq!("a/b".parse::<Name>().unwrap().to_string(), "a/b");
        assert_eq!(
            "a/b@refs/pr/1".parse::<Name>().unwrap().revision,
            "refs/pr/1"
        );
        for bad in [
            "gpt2", "a/b/c", "../b", "a/..", "a/b@", "a/b@../x", "a b/c", "/b", "",
        ] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }
}
