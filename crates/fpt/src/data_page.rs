//! What `fpt data` prints for people.

use crate::context::Context;
use crate::hint;
use crate::print::{count, say, size};
use crate::survey::{FormFacts, ItemFacts, Sizes, Splits, State, Survey, TaskFacts, TestFacts};
use report::percent;
use tasks::Floor;

/// Longest name of a strategy in the overview.
const STRATEGY: usize = 30;

/// A line a test set, and one for each item of data.
pub fn overview(context: &Context, survey: &Survey) {
    say(format_args!("tasks at profile {}", survey.profile));
    let (language, tasks): (Vec<_>, Vec<_>) =
        survey.tasks.iter().partition(|task| task.is_language());
    for (heading, tasks) in [("task", tasks), ("pretraining", language)] {
        if tasks.is_empty() {
            continue;
        }
        say("");
        row(
            heading,
            "tokens x width",
            "classes",
            "train",
            "validation",
            "test",
            "floor",
        );
        for task in tasks {
            lines(task);
        }
    }
    say(format_args!("\ndata in {}", context.shown(&survey.folder)));
    for item in &survey.data {
        let (lies, licence) = (lies(context, item), item.licence);
        say(format_args!("{:16} {lies}; {licence}", item.name));
    }
}

/// The rows of one task: one for each of its test sets.
fn lines(task: &TaskFacts) {
    for facts in &task.forms {
        let (sizes, classes) = match &facts.sizes {
            Some(sizes) => (across(sizes), count(sizes.classes as u64)),
            None => ("-".to_owned(), "-".to_owned()),
        };
        let Some(splits) = &facts.splits else {
            let why = match facts.state {
                State::Missing if !task.data.is_empty() => {
                    format!("run {}", hint::of_data(&["fetch", task.name]))
                }
                _ => first_line(facts.problem.as_deref().unwrap_or_default()).to_owned(),
            };
            row(task.name, &sizes, &classes, "-", "-", "-", &why);
            continue;
        };
        let several = splits.tests.len() > 1;
        for (number, test) in splits.tests.iter().enumerate() {
            let examples = count(test.examples as u64);
            let floor = best(test);
            let floor = match several {
                true => format!("{}: {floor}", test.name),
                false => floor,
            };
            if number == 0 {
                let validation = count(splits.validation as u64);
                let train = train(splits);
                row(
                    task.name,
                    &sizes,
                    &classes,
                    &train,
                    &validation,
                    &examples,
                    &floor,
                );
            } else {
                row("", "", "", "", "", &examples, &floor);
            }
        }
    }
}

fn row(
    name: &str,
    sizes: &str,
    classes: &str,
    train: &str,
    validation: &str,
    test: &str,
    floor: &str,
) {
    say(format_args!(
        "{name:16} {sizes:>14} {classes:>8} {train:>8} {validation:>11} {test:>7}  {floor}"
    ));
}

/// `60 x 10`, or `32 of 16` for symbols.
fn across(sizes: &Sizes) -> String {
    match (sizes.width, sizes.vocabulary) {
        (Some(width), _) => format!("{} x {width}", sizes.tokens),
        (None, Some(vocabulary)) => format!("{} of {vocabulary}", sizes.tokens),
        (None, None) => sizes.tokens.to_string(),
    }
}

fn train(splits: &Splits) -> String {
    splits
        .train
        .map_or_else(|| "drawn".to_owned(), |examples| count(examples as u64))
}

/// The highest floor of a test set.
fn best(test: &TestFacts) -> String {
    let best = test
        .floors
        .iter()
        .max_by(|one, other| one.accuracy.total_cmp(&other.accuracy));
    let Some(Floor { strategy, accuracy }) = best else {
        return "-".to_owned();
    };
    let short: String = strategy.chars().take(STRATEGY).collect();
    let cut = if short.len() < strategy.len() {
        "…"
    } else {
        ""
    };
    format!("{} % {short}{cut}", percent(*accuracy))
}

/// Where an item is, or how to get it.
fn lies(context: &Context, item: &ItemFacts) -> String {
    if let Some(problem) = &item.problem {
        return format!("damaged: {problem}");
    }
    let fetch = |more: &[&str]| hint::of_data(&[&["fetch", item.name], more].concat());
    match &item.folder {
        Some(folder) => format!(
            "here, {} in {}",
            size(item.bytes.unwrap_or_default()),
            context.shown(folder),
        ),
        None if item.sources.is_empty() => format!(
            "not here: {} takes it from a folder of yours",
            fetch(&["--from", "DIR"])
        ),
        None if item.download == 0 => format!(
            "not unpacked yet: built in, a study or {} does it",
            fetch(&[])
        ),
        None => format!(
            "not here: {} gets about {}",
            fetch(&[]),
            size(item.download),
        ),
    }
}

/// Everything about one task.
pub fn detail(context: &Context, survey: &Survey) {
    for task in &survey.tasks {
        say(format_args!("{}: {}", task.name, task.about));
        for facts in &task.forms {
            form(facts, &survey.profile);
        }
        if task.data.is_empty() {
            say("\nneeds no data: it is generated, or read from the folder that its settings name");
        }
    }
    for item in &survey.data {
        self::item(context, item);
    }
}

fn form(facts: &FormFacts, profile: &str) {
    say(format_args!(
        "\nform {} at profile {profile}",
        facts.form.name()
    ));
    for (key, value) in &facts.settings {
        say(format_args!("  {key} = {value}"));
    }
    if let Some(sizes) = &facts.sizes {
        say(format_args!("  {}", spelt(sizes)));
    }
    let Some(splits) = &facts.splits else {
        let problem = facts.problem.as_deref().unwrap_or_default();
        say(format_args!("  {}", problem.replace('\n', "\n  ")));
        return;
    };
    say(format_args!("  {:14} {:>9}", "train", train(splits)));
    let validation = count(splits.validation as u64);
    say(format_args!("  {:14} {validation:>9}", "validation"));
    for test in &splits.tests {
        let examples = count(test.examples as u64);
        say(format_args!("  {:14} {examples:>9}", test.name));
        for floor in &test.floors {
            say(format_args!(
                "  {:14} {:>7} % {}",
                "  floor",
                percent(floor.accuracy),
                floor.strategy
            ));
        }
    }
    if let Some(checksum) = &splits.checksum {
        say(format_args!("  blake3 of what is read: {checksum}"));
    }
}

fn spelt(sizes: &Sizes) -> String {
    let tokens = match (sizes.width, sizes.vocabulary) {
        (Some(1), _) => format!("{} tokens of 1 number", sizes.tokens),
        (Some(width), _) => format!("{} tokens of {width} numbers", sizes.tokens),
        (None, Some(symbols)) => format!("{} tokens, each one of {symbols} symbols", sizes.tokens),
        (None, None) => format!("{} tokens", sizes.tokens),
    };
    let read = match sizes.positions {
        1 if sizes.masked => "one hidden token".to_owned(),
        some if sizes.masked => format!("{some} hidden tokens"),
        1 => "the last token".to_owned(),
        all if all == sizes.tokens => "every token".to_owned(),
        some => format!("each of the last {some} tokens"),
    };
    let classes = count(sizes.classes as u64);
    let choice = match sizes.predictions {
        1 => format!("one of {classes} classes"),
        several => format!("{several} choices between {classes} classes"),
    };
    format!("{tokens}; read at {read}: {choice}")
}

fn item(context: &Context, item: &ItemFacts) {
    say(format_args!(
        "\ndata {}: {}",
        item.name,
        lies(context, item)
    ));
    if let Some(source) = &item.source {
        say(format_args!("  from: {source}"));
    }
    say(format_args!("  licence: {}", item.licence));
    say(format_args!("  citation: {}", item.citation));
    for source in &item.sources {
        say(format_args!("  source: {}", source.source));
        for sum in &source.sha256 {
            say(format_args!("    sha256 {sum}"));
        }
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
