//! Which tensor of a file is which parameter of a body.

use crate::found::Found;
use crate::names::TensorNames;
use crate::weights::Weights;
use std::collections::{BTreeMap, BTreeSet};

/// The tensor of the file for every parameter that is read, by the parameter's name. `sizes` says how
/// many numbers each parameter has.
///
/// A tensor that is no parameter has to be known to be unused, or to stand beside the body: outside of
/// what the file calls it.
///
/// # Errors
/// A sentence on the first tensor that is there twice, missing, unknown, or not what the body has.
pub(crate) fn matched<'a>(
    weights: &'a Weights,
    names: &TensorNames,
    sizes: &BTreeMap<String, usize>,
) -> Result<BTreeMap<String, &'a Found>, String> {
    let reader = names.reader();
    let mut read: Vec<(&str, String, &Found)> = Vec::new();
    for found in &weights.tensors {
        let (front, name) = reader.read(&found.tensor.name);
        read.push((front, name, found));
    }
    for (name, stand_in) in names.stand_ins {
        if !read.iter().any(|(_, there, _)| there == name) {
            let others = read.iter_mut().filter(|(_, there, _)| there == stand_in);
            others.for_each(|(_, there, _)| (*name).clone_into(there));
        }
    }
    let mut chosen = BTreeMap::new();
    let mut fronts = BTreeSet::new();
    let is_parameter = |name: &str| sizes.contains_key(name) && !names.is_fresh(name);
    for (front, name, found) in read.iter().filter(|(_, name, _)| is_parameter(name)) {
        fronts.insert(*front);
        if let Some(other) = chosen.insert(name.clone(), *found) {
            return Err(two(
                &names.on_hub(name),
                &other.tensor.name,
                &found.tensor.name,
            ));
        }
    }
    let wanted = sizes.keys().filter(|name| !names.is_fresh(name));
    let mut missing = wanted.filter(|name| !chosen.contains_key(*name));
    if let Some(name) = missing.next() {
        let there = there(&weights.tensors);
        return Err(format!("no tensor `{}`; {there}", names.on_hub(name)));
    }
    let inside = |front: &str, name: &str| {
        !names.is_unused(name) && fronts.iter().any(|own| front.starts_with(own))
    };
    let mut others = read.iter().filter(|(_, name, _)| !sizes.contains_key(name));
    if let Some((_, _, found)) = others.find(|(front, name, _)| inside(front, name)) {
        return Err(format!(
            "tensor `{}` belongs to no part of the model that config.json describes{}",
            found.tensor.name,
            adapter(&weights.tensors)
        ));
    }
    for (name, file) in &weights.promised {
        let (front, read) = reader.read(name);
        if inside(front, &read) {
            return Err(format!(
                "tensor `{name}` of the index is not in {file}, nor in any other shard"
            ));
        }
    }
    for (name, found) in &chosen {
        fits(found, sizes[name])?;
    }
    Ok(chosen)
}

fn two(name: &str, one: &str, other: &str) -> String {
    match one == other {
        true => format!("tensor `{one}` is in two shards; expected one"),
        false => format!(
            "two tensors for `{name}`: `{one}` and `{other}`; expected one: save the one that is meant"
        ),
    }
}

/// Refuses a tensor of another size, before a byte of it is read, or of no floats.
fn fits(found: &Found, expected: usize) -> Result<(), String> {
    let Found { tensor, kind } = found;
    let mut sizes = tensor.shape.iter();
    let count = sizes.try_fold(1_usize, |count, size| count.checked_mul(*size));
    if count != Some(expected) {
        return Err(format!(
            "tensor `{}` is {}; the model has {expected} numbers there",
            tensor.name, tensor.shape
        ));
    }
    if !tensor.dtype.is_float() {
        return Err(format!(
            "tensor `{}` holds numbers of type {kind}; expected F32, F16, BF16 or F64",
            tensor.name
        ));
    }
    Ok(())
}

/// What a file holds, where something is not in it.
fn there(tensors: &[Found]) -> String {
    const SHOWN: usize = 3;
    let mut names: Vec<&str> = tensors.iter().map(|found| &*found.tensor.name).collect();
    names.sort_unstable();
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| short(name)).collect();
    let more = if names.len() > SHOWN { ", …" } else { "" };
    match names.len() {
        0 => "the file holds no tensors".to_owned(),
        count => format!(
            "the file has {count} tensors: {}{more}{}",
            shown.join(", "),
            adapter(tensors)
        ),
    }
}

/// A way out where adapters stand beside or in the place of weights.
fn adapter(tensors: &[Found]) -> &'static str {
    let is_adapter = |found: &Found| {
        let parts = ["lora_", "base_layer.", "adapters."];
        parts.iter().any(|part| found.tensor.name.contains(part))
    };
    match tensors.iter().any(is_adapter) {
        true => {
            "; an adapter is among them that was not merged: `model.merge_and_unload()`, then \
             `save_pretrained`"
        }
        false => "",
    }
}

/// A name, not longer than a line.
fn short(name: &str) -> String {
    match name.char_indices().nth(100) {
        Some((end, _)) => format!("`{}…`", &name[..end]),
        None => format!("`{name}`"),
    }
}
