use crate::error::PolicyError;
use crate::group::{Group, Label};
use crate::ledger::Ledger;
use burn::module::{Module, ParamGroup};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Which layers a term speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layers {
    All,
    Last,
    Range(usize, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Term {
    group: Group,
    layers: Layers,
}

/// Terms that stand for several groups.
const NAMED: [(&str, &str, &[Group]); 3] = [
    (
        "fpt",
        "Input and output net, positions and layer norms, as in the paper.",
        &[
            Group::Input,
            Group::Output,
            Group::Position,
            Group::LayerNorm,
        ],
    ),
    ("full", "Everything.", &Group::ALL),
    (
        "both",
        "Feed-forward and attention layers.",
        &[Group::FeedForward, Group::Attention],
    ),
];

/// Every term of a policy with what it trains.
pub fn terms() -> impl Iterator<Item = (&'static str, &'static str)> {
    let named = NAMED.iter().map(|(name, says, _)| (*name, *says));
    named.chain(
        Group::ALL
            .into_iter()
            .map(|group| (group.name(), group.says())),
    )
}

/// Which parameter groups train.
///
/// Written as terms joined by `+`. A term is a named policy (`fpt`: input, output, position and
/// layer norm, as in the paper; `full`: everything; `both`: feed-forward and attention) or a
/// [`Group`], which may be limited to layers: `fpt+attention@last`, `output+feed-forward@0-3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    text: String,
    terms: Vec<Term>,
}

impl Policy {
    /// Whether a parameter with this label trains in a model of `layers` layers.
    pub fn trains(&self, label: Label, layers: usize) -> bool {
        self.terms.iter().any(|term| term.matches(label, layers))
    }

    /// Whether two policies name the same groups, in whichever words and order.
    pub fn trains_as(&self, other: &Self) -> bool {
        let terms = |policy: &Self| policy.terms.iter().copied().collect::<BTreeSet<Term>>();
        terms(self) == terms(other)
    }

    /// Checks that the policy fits a model.
    ///
    /// # Errors
    /// When `ledger` does not label each parameter of `module` once, a term of the policy names
    /// layers beyond the model's, groups that are of no layer, or matches none of its parameters.
    pub fn check<M: Module>(&self, module: &M, ledger: &Ledger) -> Result<(), PolicyError> {
        ledger.covers(module)?;
        let layers = ledger.layers();
        for word in self.text.split('+') {
            let terms = parse_term(word)?;
            if terms.iter().any(|term| term.is_beyond(layers)) {
                let (policy, term) = (self.text.clone(), word.to_owned());
                return Err(PolicyError::BeyondLayers {
                    policy,
                    term,
                    layers,
                });
            }
            let is_there = |term: &Term| {
                let mut entries = ledger.entries().iter();
                entries.any(|entry| term.matches(entry.label, layers))
            };
            let nowhere: Vec<&str> = terms
                .iter()
                .filter(|term| !is_there(term))
                .map(|term| term.group.name())
                .collect();
            // A named policy has what there is of its groups; that of some layers alone would lose the nets without a word.
            let is_some = nowhere.len() < terms.len();
            if word.contains('@') && is_some && !nowhere.is_empty() {
                return Err(PolicyError::OfNoLayer {
                    policy: self.text.clone(),
                    term: word.to_owned(),
                    groups: nowhere.join(", "),
                });
            }
            if !is_some {
                let (policy, term) = (self.text.clone(), word.to_owned());
                return Err(PolicyError::MatchesNothing { policy, term });
            }
        }
        Ok(())
    }

    /// The parameters of a ledger that train.
    pub fn group(&self, ledger: &Ledger) -> ParamGroup {
        let layers = ledger.layers();
        let trained = ledger
            .entries()
            .iter()
            .filter(|entry| self.trains(entry.label, layers));
        ParamGroup::from_ids(trained.map(|entry| entry.id).collect())
    }

    /// Turns gradients on for the groups of this policy and off for everything else.
    ///
    /// Dropout inside frozen parts stays on, as in the paper.
    ///
    /// # Errors
    /// As [`Policy::check`].
    pub fn apply<M: Module>(&self, module: M, ledger: &Ledger) -> Result<M, PolicyError> {
        self.check(&module, ledger)?;
        Ok(module
            .set_require_grad_group(ParamGroup::all(), false)
            .set_require_grad_group(self.group(ledger), true))
    }
}

impl Term {
    fn is_beyond(self, layers: usize) -> bool {
        matches!(self.layers, Layers::Range(_, last) if last >= layers)
    }

    fn matches(self, label: Label, layers: usize) -> bool {
        self.group == label.group
            && match (self.layers, label.layer) {
                (Layers::All, _) => true,
                (Layers::Last, Some(layer)) => layer + 1 == layers,
                (Layers::Range(first, last), Some(layer)) => (first..=last).contains(&layer),
                (_, None) => false,
            }
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let text: String = text.split_whitespace().collect();
        let mut terms = Vec::new();
        for word in text.split('+') {
            terms.extend(parse_term(word)?);
        }
        Ok(Policy { text, terms })
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn parse_term(word: &str) -> Result<Vec<Term>, PolicyError> {
    let (name, layers) = match word.split_once('@') {
        None => (word, Layers::All),
        Some((name, layers)) => (name, parse_layers(layers)?),
    };
    let named = NAMED.iter().find(|named| named.0 == name);
    let groups = match (named, Group::from_name(name)) {
        (Some((.., groups)), _) => groups.to_vec(),
        (None, Some(group)) => vec![group],
        (None, None) => return Err(PolicyError::UnknownTerm(name.to_owned())),
    };
    Ok(groups
        .into_iter()
        .map(|group| Term { group, layers })
        .collect())
}

fn parse_layers(text: &str) -> Result<Layers, PolicyError> {
    let bad = || PolicyError::BadLayer(text.to_owned());
    let number = |text: &str| text.parse::<usize>().map_err(|_| bad());
    match text.split_once('-') {
        None if text == "last" => Ok(Layers::Last),
        None => number(text).map(|layer| Layers::Range(layer, layer)),
        Some((first, last)) => {
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                Err(bad())
            } else {
                Ok(Layers::Range(first, last))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_groups_in_other_words_are_the_same_policy() {
        let same = |one: &str, other: &str| {
            let [one, other]: [Policy; 2] = [one, other].map(|text| text.parse().unwrap());
            one.trains_as(&other)
        };
        assert!(same("output+attention", "attention + output"));
        assert!(same("output", "output+output"));
        assert!(same("fpt+both", "both+layer-norm+position+input+output"));
        assert!(!same("output", "output@last") && !same("fpt", "full"));
    }

    fn trained(policy: &str) -> Vec<Group> {
        let policy: Policy = policy.parse().unwrap();
        let labels = Group::ALL.into_iter().map(|group| Label {
            group,
            layer: Some(0),
        });
        labels
            .filter(|label| policy.trains(*label, 2))
            .map(|label| label.group)
            .collect()
    }

    #[test]
    fn named_policies_are_the_papers() {
        use Group::*;
        assert_eq!(trained("fpt"), [Input, Output, Position, LayerNorm]);
        assert_eq!(trained("full"), Group::ALL);
        assert_eq!(trained("output"), [Output]);
        assert_eq!(trained("output+layer-norm"), [Output, LayerNorm]);
        assert_eq!(trained("fpt+both").len(), 6);
    }

    #[test]
    fn layers_limit_a_term() {
        let policy: Policy = "output+attention@last+feed-forward@0-1".parse().unwrap();
        let trains = |group, layer| {
            policy.trains(
                Label {
                    group,
                    layer: Some(layer),
                },
                4,
            )
        };
        assert!(!trains(Group::Attention, 2) && trains(Group::Attention, 3));
        assert!(trains(Group::FeedForward, 1) && !trains(Group::FeedForward, 2));
    }

    #[test]
    fn bad_policies_are_errors() {
        assert!(matches!(
            "ftp".parse::<Policy>(),
            Err(PolicyError::UnknownTerm(_))
        ));
        assert!(matches!(
            "".parse::<Policy>(),
            Err(PolicyError::UnknownTerm(_))
        ));
        assert!(matches!(
            "attention@x".parse::<Policy>(),
            Err(PolicyError::BadLayer(_))
        ));
        assert!(matches!(
            "attention@3-1".parse::<Policy>(),
            Err(PolicyError::BadLayer(_))
        ));
    }
}
