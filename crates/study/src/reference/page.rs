//! The page "Study file reference".

use super::job::{JobKey, job_keys, recipe_keys};
use super::kind::FileKind;
use super::shape::{Bounds, Key, Table, Takes};
use std::fmt::Write;

/// The page as Markdown.
pub fn page() -> String {
    let mut page = String::from(
        "# Study file reference\n\n\
         Every table and key of the files that a user writes. `fpt new` writes one of each with comments, `fpt list` says what there is to \
         name, and `fpt generate schema` prints this for editors. This page is made of the tables that the parsers read \
         (`FPT_BLESS=1 cargo test -p study --lib reference`).\n",
    );
    for kind in FileKind::ALL {
        let _ = write!(
            page,
            "\n## {}: `{}NAME.toml`\n\n{}\n\n",
            title(kind),
            kind.folder(),
            kind.table().says
        );
        keys(&mut page, kind.table());
        inner(&mut page, kind.table(), &mut Vec::new());
        if kind == FileKind::Study {
            settings(
                &mut page,
                "Keys of a job",
                "Under `[job]`, in a variant and by a rule one value each; on an axis one or several. `body.n_layer = 2` may stand alone \
                 or under a table `body`; beside `task = \"mnist\"` write `\"task.patch\" = 14`.",
                &job_keys(),
            );
        }
    }
    settings(
        &mut page,
        "Settings of a recipe",
        "In `[recipe]` of a profile or a protocol, under a task of theirs, and in a pretraining. Those that are keys of a job may stand in a study, \
         which goes before all others.",
        &recipe_keys(),
    );
    page
}

fn title(kind: FileKind) -> String {
    match kind {
        FileKind::Paper => "A table of the paper".to_owned(),
        kind => format!("A {}", kind.name()),
    }
}

fn keys(page: &mut String, table: &Table) {
    page.push_str("| key | takes | |\n|:--|:--|:--|\n");
    for Key {
        name,
        takes,
        is_required,
        says,
    } in table.keys
    {
        let needed = if *is_required { " (required)" } else { "" };
        let _ = writeln!(
            page,
            "| `{name}`{needed} | {} | {} |",
            words(*takes),
            cell(says)
        );
    }
}

/// The tables that stand in this one, each once.
fn inner(page: &mut String, table: &Table, told: &mut Vec<&'static str>) {
    for key in table.keys {
        if let Some(inner_table) = table_in(key.takes)
            && !told.contains(&inner_table.header)
        {
            told.push(inner_table.header);
            let _ = write!(
                page,
                "\n### `{}`\n\n{}\n\n",
                inner_table.header, inner_table.says
            );
            keys(page, inner_table);
            inner(page, inner_table, told);
        }
    }
}

fn table_in(takes: Takes) -> Option<&'static Table> {
    match takes {
        Takes::Table(table) | Takes::Tables(table) => Some(table),
        Takes::ByName(of) | Takes::SomeByName(of) | Takes::ByTask(of) | Takes::ByTaskOrAny(of) => {
            table_in(*of)
        }
        Takes::Either(each) => each.iter().find_map(|takes| table_in(*takes)),
        _ => None,
    }
}

fn settings(page: &mut String, title: &str, says: &str, keys: &[JobKey]) {
    let _ = write!(
        page,
        "\n## {title}\n\n{says}\n\n| key | takes | |\n|:--|:--|:--|\n"
    );
    for JobKey { name, takes, says } in keys {
        let _ = writeln!(page, "| `{name}` | {} | {} |", words(*takes), cell(says));
    }
}

/// In a cell of a table a bar would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// What a key takes, in words.
fn words(takes: Takes) -> String {
    match takes {
        Takes::Text => "text".to_owned(),
        Takes::OneOf(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        }
        Takes::Task => "a task (`fpt list tasks`)".to_owned(),
        Takes::ModelType => "a kind of body (`gpt2`, `bert`, …)".to_owned(),
        Takes::Policy => "a policy (`fpt list policies`)".to_owned(),
        Takes::Measure => "a measure (`fpt list measures`)".to_owned(),
        Takes::Flag => "`true` or `false`".to_owned(),
        Takes::True => "`true`".to_owned(),
        Takes::Number(bounds) => number(bounds),
        Takes::Count(least, most) if most >= 1 << 40 => format!("a count from {least} on"),
        Takes::Count(least, most) => format!("a count from {least} to {most}"),
        Takes::Value => "a name, a number or a flag".to_owned(),
        Takes::Any => "as it says".to_owned(),
        Takes::ListOf(of) | Takes::SetOf(of) => format!("a list: {}", words(*of)),
        Takes::OneOrSome(of) | Takes::OneOrSet(of) => format!("{}, or a list", words(*of)),
        Takes::Either(each) => {
            let each: Vec<String> = each.iter().map(|takes| words(*takes)).collect();
            each.join("; or ")
        }
        Takes::Table(table) | Takes::Tables(table) => format!("a table, `{}`", table.header),
        Takes::ByName(of) | Takes::SomeByName(of) => {
            format!("a table of names: {}", words(*of))
        }
        Takes::ByTask(of) => format!("a table of tasks: {}", words(*of)),
        Takes::ByTaskOrAny(of) => format!("a table of tasks, or `any`: {}", words(*of)),
        Takes::Job => "a table of keys of a job".to_owned(),
        Takes::Axes => {
            "a table of keys of a job or of `[variants]`, each with a value or a list".to_owned()
        }
        Takes::Recipe => "a table of settings of a recipe".to_owned(),
        Takes::Cells => "a list of cells, or of pairs of them".to_owned(),
    }
}

fn number(bounds: Bounds) -> String {
    let least = bounds.least.map(|least| match bounds.is_above {
        true => format!("above {least}"),
        false => format!("from {least} on"),
    });
    let most = bounds.most.map(|most| match bounds.is_below {
        true => format!("below {most}"),
        false => format!("up to {most}"),
    });
    let limits: Vec<String> = least.into_iter().chain(most).collect();
    match limits.is_empty() {
        true => "a number".to_owned(),
        false => format!("a number {}", limits.join(" and ")),
    }
}
