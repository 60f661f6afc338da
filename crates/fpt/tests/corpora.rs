//! A corpus of one's own: a job is named by its content, and one that comes later is seen by all.
#![allow(clippy::unwrap_used)]

#[path = "common/place.rs"]
mod place;

use place::Place;
use std::fs;

#[test]
fn a_corpus_is_its_content() {
    let study = r#"question = "q"
[job]
task = "text"
"task.corpus" = "./texts"
"task.context" = 16
policy = "full"
steps = 4
evaluate-every = 2
[axes]
dropout = [0.0]
pretraining = ["random"]
[table]
rows = "pretraining"
columns = "dropout"
"#;
    let place = Place::new(study);
    let texts = place.folder.join("texts");
    fs::create_dir(&texts).unwrap();
    for number in 0..3 {
        let text = format!("text number {number} ").repeat(20);
        fs::write(texts.join(format!("{number}.txt")), text).unwrap();
    }
    place.fpt(&["study", "q.toml"]).with(0, &[]);
    let first = place.jobs();
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);
    fs::write(texts.join("3.txt"), "one more of them ".repeat(20)).unwrap();
    // Whoever only looks sees what is finished, and is told that it is of then.
    for command in ["status", "table", "show"] {
        let told = ["./texts holds other data now", "is of then"];
        place.fpt(&[command, "q.toml"]).with(0, &told);
    }
    place
        .fpt(&["study", "q.toml"])
        .with(0, &["./texts holds other data", "runs anew"]);
    place.new_job(&first);
}

/// A study that began without its corpus: it waits, a job behind a pretraining that waits is not begun, and once the folder is here
/// what is run by hand is seen by everyone.
#[test]
fn a_corpus_that_comes_later_is_seen_by_all() {
    let study = r#"question = "q"
[job]
task = "text"
"task.corpus" = "./texts"
"task.context" = 16
policy = "full"
steps = 4
evaluate-every = 2
[axes]
dropout = [0.0]
pretraining = ["random"]
[table]
rows = "pretraining"
columns = "dropout"
"#;
    let place = Place::new(study);
    place
        .fpt(&["study", "q.toml"])
        .with(1, &["./texts is not here"]);
    place
        .fpt(&["status", "q.toml"])
        .with(0, &["1 waiting", "waiting", "texts"]);
    let texts = place.folder.join("texts");
    fs::create_dir(&texts).unwrap();
    for number in 0..3 {
        let text = format!("text number {number} ").repeat(20);
        fs::write(texts.join(format!("{number}.txt")), text).unwrap();
    }
    place
        .fpt(&["run", "q.toml", "random", "seed 1"])
        .with(0, &["\nfinished"]);
    place.fpt(&["status", "q.toml"]).with(0, &["1 done"]);
    let table = place.fpt(&["table", "q.toml"]);
    assert!(!table.said.contains("unfinished"), "{}", table.said);
    place.fpt(&["study", "q.toml"]).with(0, &["nothing to do"]);

    // Behind a pretraining.
    let behind = r#"question = "q"
[job]
task = "bit-xor"
steps = 4
evaluate-every = 2
[axes]
dropout = [0.0]
pretraining = ["mine"]
[table]
rows = "pretraining"
columns = "dropout"
"#;
    let place = Place::new(behind);
    let shelf = place.folder.join("experiments/pretraining");
    fs::create_dir_all(&shelf).unwrap();
    let mine = "task = \"text\"\n[profile.smoke]\nsettings = { corpus = \"./texts\", context = 16 }\n\
                recipe = { steps = 4, batch-size = 4, learning-rate = 1e-3, dropout = 0.0, evaluate-every = 2 }\n";
    fs::write(shelf.join("mine.toml"), mine).unwrap();
    place
        .fpt(&["run", "q.toml", "0.0", "mine", "seed 1"])
        .with(3, &["waiting: ", "is not started: it needs"]);
}
