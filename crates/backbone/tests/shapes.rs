//! The table of bodies: names, shapes of a size, and what enters a job's name.
#![allow(clippy::unwrap_used)]

use backbone::{BodyConfig, Size};
use std::collections::BTreeSet;

const SIZE: Size = Size {
    layers: 4,
    width: 64,
    heads: 4,
    positions: 32,
    vocabulary: 256,
};

#[test]
fn every_shape_of_a_size_is_a_body_of_that_size_and_has_a_name_of_its_own() {
    SIZE.check().unwrap();
    let shapes = BodyConfig::shapes(&SIZE);
    let names: BTreeSet<&str> = shapes.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), shapes.len());
    for (name, shape) in &shapes {
        shape.check().unwrap();
        assert_eq!(shape.width(), SIZE.width, "{name}");
        assert!(shape.positions() >= SIZE.positions, "{name}");
        assert_eq!(BodyConfig::of_size(name, &SIZE).as_ref(), Some(shape));
    }
    for model_type in BodyConfig::MODEL_TYPES {
        let shape = BodyConfig::of_size(model_type, &SIZE).unwrap();
        assert_eq!(shape.model_type(), *model_type);
    }
}

#[test]
fn fields_are_those_that_are_written() {
    for (name, shape) in BodyConfig::shapes(&SIZE) {
        let written = serde_json::to_value(&shape).unwrap();
        assert_eq!(written["model_type"], shape.model_type(), "{name}");
        let fields = BodyConfig::fields(shape.model_type());
        let written = written.as_object().unwrap().keys();
        let unknown = written.filter(|key| !fields.contains(&key.as_str()));
        assert_eq!(unknown.collect::<Vec<_>>(), ["model_type"], "{name}");
    }
    assert!(BodyConfig::fields("gpt9").is_empty());
}
