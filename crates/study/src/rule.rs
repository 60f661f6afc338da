use crate::axes::on_axis;
use crate::document::{Document, flatten, required, table_of};
use crate::error::{Span, StudyError};
use crate::grid_axis::GridAxis;
use crate::keys::Vocabulary;
use crate::reference::WHEN;
use crate::value::{Settings, Value, same};
use std::collections::BTreeSet;
use toml::Spanned;
use toml::de::DeValue;

/// `[[when]]`: cells that match take other settings, or are left out. Rules apply in file order,
/// and later ones see what earlier ones set.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// Where `match` stands.
    pub at: Span,
    /// Every key has to have one of its values.
    pub matches: Vec<(String, Vec<Value>)>,
    pub then: Then,
}

#[derive(Clone, Debug)]
pub(crate) enum Then {
    Set(Settings),
    Skip,
}

impl Rule {
    /// Whether a cell with these settings is meant.
    pub fn applies(&self, cell: &Settings) -> bool {
        self.matches.iter().all(|(key, values)| {
            let has = cell.get(key).map(|value| &value.text);
            values
                .iter()
                .any(|value| has.is_some_and(|has| same(&value.text, has)))
        })
    }

    /// Reads `[[when]]`.
    pub fn read_all(
        document: &Document,
        when: Option<&Spanned<DeValue<'_>>>,
        axes: &[GridAxis],
        job: &Settings,
        vocabulary: &Vocabulary,
    ) -> Result<Vec<Self>, StudyError> {
        let Some(when) = when else {
            return Ok(Vec::new());
        };
        let Some(entries) = when.get_ref().as_array() else {
            return Err(document
                .spot(when.span(), "a rule is written `[[when]]`", "here")
                .into());
        };
        let mut known: BTreeSet<String> = axes.iter().map(|axis| axis.key.clone()).collect();
        known.extend(job.keys().cloned());
        let variants = axes.iter().flat_map(|axis| &axis.variants);
        known.extend(variants.flat_map(Settings::keys).cloned());
        let mut rules = Vec::new();
        for entry in entries.iter() {
            let rule = Self::read(document, entry, axes, &known, vocabulary)?;
            if let Then::Set(set) = &rule.then {
                known.extend(set.keys().cloned());
            }
            rules.push(rule);
        }
        Ok(rules)
    }

    fn read(
        document: &Document,
        entry: &Spanned<DeValue<'_>>,
        axes: &[GridAxis],
        known: &BTreeSet<String>,
        vocabulary: &Vocabulary,
    ) -> Result<Self, StudyError> {
        let table = table_of(document, entry)?;
        document.only(table, &WHEN.names())?;
        let pattern = required(document, table, "match")?;
        let mut matches = Vec::new();
        for (key, at, value) in flatten(table_of(document, pattern)?) {
            if !axes.iter().any(|axis| axis.key == key) {
                vocabulary.key(document, &key, at.clone())?;
            }
            if !known.contains(&key) {
                let what = format!("the rule matches nothing: no cell says `{key}`");
                return Err(document.spot(at, what, "neither axis nor in [job]").into());
            }
            let values = Value::read_list(document, value)?;
            if let Some(axis) = axes.iter().find(|axis| axis.key == key) {
                for value in &values {
                    let what = "the rule matches nothing";
                    on_axis(document, axis, &value.text, value.at.clone(), what)?;
                }
            }
            matches.push((key, values));
        }
        let skip = table
            .get("skip")
            .map(|skip| (skip.get_ref().as_bool(), skip.span()));
        let then = match (table.get("set"), skip) {
            (Some(set), None) => Then::Set(vocabulary.settings(document, set)?),
            (None, Some((Some(true), _))) => Then::Skip,
            (None, Some((_, at))) => {
                let what = "a rule that skips is written `skip = true`";
                return Err(document.spot(at, what, "not `true`").into());
            }
            _ => {
                let what = "a rule has either `set` or `skip = true`";
                return Err(document.spot(pattern.span(), what, "this rule").into());
            }
        };
        if let Then::Set(set) = &then
            && let Some(axis) = axes.iter().find(|axis| set.contains_key(&axis.key))
        {
            let what = format!("a rule cannot set `{}`: it is an axis", axis.key);
            return Err(document
                .spot(set[&axis.key].at.clone(), what, "varies already")
                .into());
        }
        Ok(Self {
            at: pattern.span(),
            matches,
            then,
        })
    }
}
