//! The guide's example of a new task compiles and is a task like any other.
#![allow(clippy::unwrap_used)]

use data::DataDir;
use tasks::{Entry, Form, Split};

// The example says `crate::error`, … as it would inside this package.
use tasks as error;
use tasks as floors;
use tasks as generated;
use tasks as settings;
use tasks as task;

#[path = "guide/parity.rs"]
mod parity;

const LINE: Entry = Entry::of::<parity::Parity>();

#[test]
fn the_example_is_a_task() {
    let settings = (LINE.settings)(&toml::toml! { bits = 5 }).unwrap();
    assert!((LINE.settings)(&toml::toml! { bits = 0 }).is_err());
    let data = DataDir::new("nowhere");
    let task = (LINE.open)(&settings, Form::Fair, &data).unwrap();
    let batch = task.batch(1, 0, 50);
    for (bits, target) in batch.features.chunks(5).zip(&batch.targets) {
        assert_eq!(bits.iter().sum::<f32>() as u32 % 2, *target);
    }
    assert_eq!(task.len(Split::Test(0)), 2000);
    assert!((task.floors(0)[0].accuracy - 0.5).abs() < 0.05);
}

#[test]
fn the_guide_shows_it_word_for_word() {
    let guide = include_str!("../../../docs/guide.md");
    assert!(guide.contains(include_str!("guide/parity.rs")));
    assert!(guide.contains("Entry::of::<parity::Parity>()"));
}
