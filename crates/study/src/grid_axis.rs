use crate::error::Span;
use crate::value::{Settings, Value, same};
use evidence::Axis;

/// An axis with the places where its values stand.
#[derive(Clone, Debug)]
pub(crate) struct GridAxis {
    pub key: String,
    pub at: Span,
    pub values: Vec<Value>,
    /// What each value stands for, on an axis of the study's own; empty where the axis is a key of jobs.
    pub variants: Vec<Settings>,
}

impl GridAxis {
    /// What a cell says that stands at this value of the axis.
    pub fn settings(&self, index: usize) -> Settings {
        let mut settings = self.variants.get(index).cloned().unwrap_or_default();
        settings.insert(self.key.clone(), self.values[index].clone());
        settings
    }

    /// Its value that says the same.
    pub fn value(&self, text: &str) -> Option<&Value> {
        let mut values = self.values.iter();
        values.find(|value| same(&value.text, text))
    }

    /// Without the places.
    pub fn plain(&self) -> Axis {
        let values = self.values.iter().map(|value| value.text.clone()).collect();
        Axis {
            key: self.key.clone(),
            values,
        }
    }
}
