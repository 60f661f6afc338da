use crate::error::PolicyError;
use crate::group::{Group, Label};
use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One parameter tensor with its label.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: ParamId,
    pub label: Label,
    /// Numbers in the tensor.
    pub count: usize,
}

/// Numbers trained and held in one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupCount {
    pub trained: usize,
    pub total: usize,
}

/// Every parameter of a model with its label, written by the model itself.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    entries: Vec<Entry>,
}

impl Ledger {
    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    /// Enters every float parameter of `module` (a layer or a [`Param`]) under one label.
    pub fn add<M: Module>(&mut self, group: Group, layer: Option<usize>, module: &M) {
        let label = Label { group, layer };
        for (id, count) in parameters(module) {
            self.entries.push(Entry { id, label, count });
        }
    }

    /// The entries, in the order they were made.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The number of layers that carry a label.
    pub fn layers(&self) -> usize {
        let last = self
            .entries
            .iter()
            .filter_map(|entry| entry.label.layer)
            .max();
        last.map_or(0, |layer| layer + 1)
    }

    /// Whether any parameter carries the group.
    pub fn has(&self, group: Group) -> bool {
        self.entries.iter().any(|entry| entry.label.group == group)
    }

    /// Numbers held and, where `trains` says so, trained, by group; groups without parameters are
    /// left out.
    pub fn count(&self, trains: impl Fn(Label) -> bool) -> BTreeMap<Group, GroupCount> {
        let mut counts = BTreeMap::<Group, GroupCount>::new();
        for entry in &self.entries {
            let count = counts.entry(entry.label.group).or_default();
            count.total += entry.count;
            count.trained += if trains(entry.label) { entry.count } else { 0 };
        }
        counts
    }

    /// Checks that the ledger names each float parameter of `module` once and nothing else.
    ///
    /// # Errors
    /// [`PolicyError::Unlabelled`] or [`PolicyError::LabelledTwice`].
    pub fn covers<M: Module>(&self, module: &M) -> Result<(), PolicyError> {
        let mut seen = BTreeMap::<u64, usize>::new();
        for entry in &self.entries {
            *seen.entry(entry.id.val()).or_default() += 1;
        }
        let all = parameters(module);
        let unlabelled = all
            .iter()
            .filter(|(id, _)| !seen.contains_key(&id.val()))
            .count();
        if unlabelled > 0 {
            return Err(PolicyError::Unlabelled(unlabelled));
        }
        if seen.len() != all.len() || seen.values().any(|times| *times > 1) {
            return Err(PolicyError::LabelledTwice);
        }
        Ok(())
    }
}

/// The float parameters of a module with their element counts.
fn parameters<M: Module>(module: &M) -> Vec<(ParamId, usize)> {
    struct Visitor(Vec<(ParamId, usize)>);
    impl ModuleVisitor for Visitor {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.push((param.id, param.lazy_shape().num_elements()));
        }
    }
    let mut visitor = Visitor(Vec::new());
    module.visit(&mut visitor);
    visitor.0
}
