//! What each column means, for the metadata of every file: whoever opens one without the docs can read it all the same.

use serde_json::{Map, Value};

/// Before the name of an axis, so that an axis may be called like any other column; each study has its
/// own.
pub(crate) const AXIS: &str = "axis_";

/// The key of the dictionary in a file's metadata: a JSON object from column to meaning.
pub(crate) const DICTIONARY_KEY: &str = "fpt.columns";

/// Columns by name, which means the same in every file; docs/data.md has them by file.
const COLUMNS: &[(&str, &str)] = &[
    // Which job.
    ("job", "id of the job: blake3 of what its numbers depend on"),
    (
        "pilot",
        "number of a pilot: rates were chosen on it, and it belongs in no mean; empty of replicates",
    ),
    ("seed", "replicate, and job around its body"),
    ("replicate", "the replicate alone; empty of pilots"),
    // What a job is.
    ("is_pretraining", "whether the job makes a body for others"),
    (
        "pretraining",
        "what the body was pretrained on, by the file's name; random; a checkpoint's source",
    ),
    ("pretraining_job", "id of the job that made the body"),
    ("backbone", "kind of body"),
    ("layers", "layers of the body"),
    ("width", "width of the body's hidden states"),
    ("heads", "heads of attention of a layer"),
    ("positions", "longest sequence that the body takes"),
    ("task", "what is learnt"),
    ("form", "form of the task: paper or fair"),
    ("tokens", "tokens of a sequence"),
    ("policy", "which groups of parameters train"),
    ("learning_rate", "peak learning rate of the recipe"),
    ("batch_size", "examples of a batch"),
    ("dropout", "share of elements dropped in training"),
    ("weight_decay", "weight decay of the recipe"),
    ("steps_asked", "gradient steps of the recipe"),
    (
        "steps_taken",
        "gradient steps taken, fewer where the job stopped early; empty of jobs that are not finished",
    ),
    (
        "forward_flops",
        "floating-point operations of an example's way through, counted from shapes",
    ),
    (
        "step_flops",
        "floating-point operations of a gradient step, counted from shapes",
    ),
    (
        "flops",
        "floating-point operations of all steps that were taken, pretraining not among them",
    ),
    // How it ended.
    ("steps", "gradient steps taken"),
    ("tested_step", "step whose weights were tested"),
    (
        "diverged_step",
        "step at which the loss was no number; empty where it always was one",
    ),
    ("test_loss", "on the first test set, nats per prediction"),
    (
        "test_accuracy",
        "on the first test set, share of right predictions",
    ),
    ("test_examples", "examples of the first test set"),
    (
        "attention_share",
        "share of their attention that read positions pay to the tokens that hold their answer",
    ),
    ("attention_uniform", "attention_share were attention even"),
    (
        "floor_strategy",
        "best trivial strategy on the first test set",
    ),
    (
        "floor_accuracy",
        "share of right predictions of the best trivial strategy",
    ),
    ("trained_parameters", "numbers that train"),
    ("total_parameters", "numbers of the whole model"),
    (
        "train_loss",
        "nats per prediction on examples that are trained on; in curves of the batches since the point before, dropout on",
    ),
    (
        "train_accuracy",
        "share of right predictions on examples that are trained on; in curves of the batches since the point before, dropout on",
    ),
    (
        "train_examples",
        "examples of the sample that train_loss and train_accuracy are of",
    ),
    // Its curve.
    ("step", "gradient step of this point"),
    (
        "validation_loss",
        "on the validation set, nats per prediction",
    ),
    (
        "validation_accuracy",
        "on the validation set, share of right predictions",
    ),
    // Its test sets and measures.
    ("test", "name of the test set"),
    ("model", "trained, or the trivial strategy that was tested"),
    ("accuracy", "share of right predictions"),
    ("loss", "nats per prediction"),
    ("examples", "examples of the test set"),
    (
        "measure",
        "name of the measure, as fpt list measures has it",
    ),
    ("value", "value of the measure, in its own unit"),
    // Where it looked.
    ("layer", "layer of the body, from 0"),
    ("position", "position that reads"),
    ("token", "position that is read"),
    ("weight", "attention paid, mean over heads and examples"),
    (
        "holds_answer",
        "whether the token holds the answer of this position",
    ),
    // How it came about.
    (
        "wall_seconds",
        "seconds on the clock that training and testing took",
    ),
    (
        "processor_seconds",
        "seconds that its threads computed, added up",
    ),
    ("device", "kind of device"),
    ("device_name", "name of the device"),
    ("driver", "driver of the device"),
    ("threads", "threads that computed"),
    ("version", "version of fpt"),
    ("git_commit", "commit that fpt was built from"),
    ("git_dirty", "whether files differed from that commit"),
    ("finished_at", "seconds since 1970-01-01 UTC"),
    (
        "body_content",
        "blake3 of the checkpoint that the body was read from",
    ),
    ("body_source", "where the checkpoint came from"),
    ("body_commit", "commit of the checkpoint on the hub"),
    ("data_content", "blake3 of the data that was read"),
    ("log", "last lines of the job's log"),
    // What is claimed of it.
    ("study", "name of the study"),
    ("profile", "name of the profile"),
    ("claim", "sentence of the claim"),
    ("compared", "what was compared, and where"),
    (
        "at",
        "accuracy in percent that the measure is read at, where it is read at one",
    ),
    ("unit", "points, steps or nats"),
    ("counts", "what the effect counts, in words"),
    (
        "by",
        "least effect that is claimed; empty of an equivalence",
    ),
    ("margin", "what counts as small"),
    ("effect", "mean of the difference over replicates"),
    ("low", "lower end of the 95 % interval"),
    ("high", "upper end of the 95 % interval"),
    (
        "wide_low",
        "lower end of the interval that holds over all looks and claims of the study",
    ),
    (
        "wide_high",
        "upper end of the interval that holds over all looks and claims of the study",
    ),
    ("replicates", "replicates that the verdict rests on"),
    ("expected", "replicates that were asked for"),
    ("looks", "looks that were reached"),
    (
        "looks_kept",
        "whether replicates were added from look to look, and not asked for by number",
    ),
    ("p_holm", "p after Holm's correction"),
    ("sign_flip_p", "p of a sign-flip test"),
    (
        "also_without_normality",
        "whether the verdict stands without normality",
    ),
    (
        "verdict",
        "supported, refuted, smaller than δ, or undecided",
    ),
    ("small", "whether the effect is smaller than δ"),
    ("more", "replicates in all that would decide it"),
    (
        "more_than_looks",
        "whether those are more than the last look has",
    ),
    ("why", "why it is undecided"),
    (
        "for_body",
        "bodies that it is found for alone, where every replicate has the same",
    ),
    (
        "collapsed",
        "runs that are no better than the majority class",
    ),
    ("runs", "runs behind the numbers"),
    ("bounds", "runs among them whose reading is only a bound"),
    ("unread", "finished runs that lack the reading"),
    ("paper", "what the paper has"),
    ("paper_flag", "how the paper's value is known"),
    ("critics", "what the paper's critics have"),
    ("critics_flag", "how the critics' value is known"),
];

/// Beginnings of names that stand before the name of something else: an axis, a group of parameters.
const PREFIXES: &[(&str, &str)] = &[
    (
        AXIS,
        "place in the grid, as the study's file writes the value",
    ),
    ("trained_", "numbers of this group that train"),
    ("total_", "numbers of this group"),
];

/// What a column means.
pub(crate) fn meaning(column: &str) -> Option<&'static str> {
    let whole = COLUMNS.iter().find(|(name, _)| *name == column);
    let begun = || PREFIXES.iter().find(|(begin, _)| column.starts_with(begin));
    whole.or_else(begun).map(|(_, says)| *says)
}

/// The dictionary of a file with these columns.
pub(crate) fn of<'a>(columns: impl Iterator<Item = &'a str>) -> String {
    let says = |name: &str| Some((name.to_owned(), Value::from(meaning(name)?)));
    Value::Object(columns.filter_map(says).collect::<Map<_, _>>()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;
    use crate::parquet_bytes::ParquetBytes;
    use std::fs;
    use std::path::Path;

    /// Values that the page names.
    const VALUES: [&str; 2] = ["random", "trained"];

    #[test]
    fn a_column_means_what_its_name_or_its_beginning_says() {
        assert_eq!(meaning("trained_parameters"), Some("numbers that train"));
        assert_eq!(
            meaning("trained_input"),
            Some("numbers of this group that train")
        );
        assert_eq!(meaning("axis_task"), meaning("axis_body"));
        let dictionary = of(["seed", "theirs"].into_iter());
        assert_eq!(
            dictionary,
            r#"{"seed":"replicate, and job around its body"}"#
        );
    }

    /// As docs/data.md names them: each of ours, and no other.
    #[test]
    fn the_page_has_every_column() {
        let page = include_str!("../../../docs/data.md");
        let files = page.split("\n## Queries").next().unwrap_or_default();
        let named: Vec<&str> = files.split('`').skip(1).step_by(2).collect();
        for (name, _) in COLUMNS {
            assert!(named.contains(name), "docs/data.md has no `{name}`");
        }
        let is_column = |name: &&str| {
            name.chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '_')
        };
        for name in named.into_iter().filter(is_column) {
            let is_known = meaning(name).is_some() || VALUES.contains(&name);
            assert!(is_known, "docs/data.md has `{name}`, which no file has");
        }
    }

    /// Everything that is published says what its columns mean, in today's words; `FPT_BLESS=1` writes it again so.
    #[test]
    fn every_column_that_is_published_has_its_meaning_beside_it() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/tiny");
        let studies = fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let folders = studies.flat_map(|study| [study.join("pretrainings"), study]);
        let files = folders
            .filter(|folder| folder.is_dir())
            .flat_map(|folder| fs::read_dir(folder).unwrap());
        let paths = files.map(|file| file.unwrap().path());
        let mut count = 0;
        for path in paths.filter(|path| path.extension().is_some_and(|end| end == "parquet")) {
            let file = ParquetBytes::open(fs::read(&path).unwrap()).unwrap();
            let names = file.names().unwrap();
            for name in &names {
                assert!(meaning(name).is_some(), "{}: `{name}`", path.display());
            }
            let expected = of(names.iter().map(String::as_str));
            if file.note(DICTIONARY_KEY) != Some(&expected)
                && std::env::var_os("FPT_BLESS").is_some()
            {
                let frame = Frame::read(&path).unwrap();
                fs::remove_file(&path).unwrap();
                frame.write().unwrap();
            } else {
                assert_eq!(
                    file.note(DICTIONARY_KEY),
                    Some(expected.as_str()),
                    "{}",
                    path.display()
                );
            }
            count += names.len();
        }
        assert!(count > 100, "{count}");
    }
}
