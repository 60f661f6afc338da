use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::print;
use backbone::BodyConfig;
use clap::Args;
use freezing_policy::{Group, GroupCount, Ledger, Policy};
use std::collections::BTreeMap;
use tasks::Inputs;
use training::TaskSpec;

#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// Shapes of the profile (gpt2, vit, …), checkpoint folders, or owner/name on the hub
    #[arg(value_name = "BACKBONE", required = true)]
    backbones: Vec<String>,
    /// Which groups train: fpt, full, or groups joined by +; may be repeated
    #[arg(long, value_name = "POLICY", default_value = "fpt")]
    policy: Vec<String>,
    /// Count the input and output nets of this task, too
    #[arg(long, value_name = "TASK")]
    task: Option<String>,
    /// A line for each layer as well
    #[arg(long)]
    layers: bool,
}

/// A body under a policy, counted.
struct Counted {
    backbone: String,
    body: BodyConfig,
    policy: Policy,
    ledger: Ledger,
    groups: BTreeMap<Group, GroupCount>,
}

/// Prints the ledger of a body under a policy; of several, their groups side by side.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Problem> {
    let profile = &context.options.profile;
    let task = |backbone: &str| {
        let library = context.shape_library(backbone);
        let task = arguments.task.as_deref();
        task.map(|name| study::task(&library, profile, name, None))
            .transpose()
    };
    let mut all = Vec::new();
    for backbone in &arguments.backbones {
        for policy in &arguments.policy {
            let policy = policy.parse::<Policy>();
            let policy = policy.map_err(|error| Problem::Asked(error.to_string()))?;
            let body = study::body(&context.shape_library(backbone), profile, backbone)?;
            let ledger = training::labels(&body, task(backbone)?.as_ref(), &policy)
                .map_err(|error| Problem::Asked(error.to_string()))?;
            all.push(Counted {
                backbone: backbone.clone(),
                groups: ledger.count(|label| policy.trains(label, ledger.layers())),
                body,
                policy,
                ledger,
            });
        }
    }
    if arguments.layers && all.len() > 1 {
        return Err(Problem::Asked(
            "--layers is for one body under one policy".to_owned(),
        ));
    }
    let task = task(&arguments.backbones[0])?;
    let nets = arguments.task.as_deref();
    let nets = nets.map_or_else(String::new, |task| format!(" around `{task}`"));
    match &all[..] {
        [one] => alone(one, &nets, arguments.layers),
        several => side_by_side(several, &nets),
    }
    let name = |counted: &Counted| match all.len() {
        1 => String::new(),
        _ => format!("{}: ", counted.name()),
    };
    for counted in &all {
        unread(counted, task.as_ref(), &name(counted))?;
    }
    if let Some(task) = &task {
        print::say(
            "\nThe paper counts no bias of the output net, no final norm, only positions that the task uses, and an \
             image's patch without its colours:",
        );
        for counted in &all {
            paper(counted, task, &name(counted))?;
        }
    }
    Ok(Exit::Done)
}

impl Counted {
    fn name(&self) -> String {
        format!("{}, {}", self.backbone, self.policy)
    }

    fn all(&self) -> GroupCount {
        total(&self.groups, |_| true)
    }
}

fn alone(counted: &Counted, nets: &str, layers: bool) {
    let Counted {
        backbone,
        body,
        policy,
        ..
    } = counted;
    print::say(format_args!(
        "{backbone}: {} x {}{nets}, policy {policy}\n",
        body.layers(),
        body.width(),
    ));
    line("group", "trained", "total", "share");
    if layers {
        by_layer(&counted.ledger, policy);
    }
    for (group, count) in &counted.groups {
        row(group.name(), *count);
    }
    row("all", counted.all());
}

/// A column each: what trains of what there is.
fn side_by_side(all: &[Counted], nets: &str) {
    print::say(format_args!("trained of total{nets}\n"));
    let cell = |count: GroupCount| {
        let [trained, total] =
            [count.trained, count.total].map(|number| print::count(number as u64));
        format!("{trained} of {total}")
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let heads = all.iter().map(Counted::name);
    rows.push([String::new()].into_iter().chain(heads).collect());
    for group in Group::ALL {
        if all
            .iter()
            .any(|counted| counted.groups.contains_key(&group))
        {
            let counts = all.iter().map(|counted| {
                let count = counted.groups.get(&group).copied();
                count.map_or_else(|| "–".to_owned(), cell)
            });
            rows.push(
                [group.name().to_owned()]
                    .into_iter()
                    .chain(counts)
                    .collect(),
            );
        }
    }
    let sums = all.iter().map(|counted| cell(counted.all()));
    rows.push(["all".to_owned()].into_iter().chain(sums).collect());
    let shares = all
        .iter()
        .map(|counted| format!("{:.3} %", share(counted.all())));
    rows.push(["share".to_owned()].into_iter().chain(shares).collect());
    let wide = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let wide: Vec<usize> = (0..=all.len()).map(wide).collect();
    for row in &rows {
        let first = format!("{:width$}", row[0], width = wide[0]);
        let others = row[1..].iter().zip(&wide[1..]);
        let others = others.map(|(text, width)| format!("{text:>width$}"));
        let cells: Vec<String> = [first].into_iter().chain(others).collect();
        print::say(cells.join("  "));
    }
}

/// The sum without the token table, where the task reads vectors or symbols of its own by the input net.
fn unread(counted: &Counted, task: Option<&TaskSpec>, name: &str) -> Result<(), Problem> {
    let Some((task, vocabulary)) = task.zip(counted.body.vocabulary()) else {
        return Ok(());
    };
    let shape =
        tasks::shape(&task.name, &task.settings, task.form).failing("see what the task reads")?;
    let (Inputs::Features { .. } | Inputs::Tokens { .. }) = shape.inputs else {
        return Ok(());
    };
    let (all, table) = (counted.all(), vocabulary * counted.body.width());
    let embedding = counted.groups.get(&Group::Embedding);
    let trained_table = embedding.map_or(0, |count| count.trained.min(table));
    let read = GroupCount {
        trained: all.trained - trained_table,
        total: all.total - table.min(all.total),
    };
    print::say(format_args!(
        "\n{name}without the token table ({}), which `{}` does not read: {} of {}, {:.3} %",
        print::count(table as u64),
        task.name,
        print::count(read.trained as u64),
        print::count(read.total as u64),
        share(read),
    ));
    Ok(())
}

fn paper(counted: &Counted, task: &TaskSpec, name: &str) -> Result<(), Problem> {
    let trained = training::as_the_paper_counts(&counted.body, task, &counted.policy);
    let trained = trained.failing("count as the paper does")?;
    let in_body = |group: &Group| !matches!(group, Group::Input | Group::Output);
    let body = total(&counted.groups, in_body).total;
    print::say(format_args!(
        "{name}as the paper counts (Table 8): {} of the body's {}, {:.4} %",
        print::count(trained as u64),
        print::count(body as u64),
        100.0 * trained as f64 / body as f64,
    ));
    Ok(())
}

/// A line for each layer and group; what stands outside the stack has none.
fn by_layer(ledger: &Ledger, policy: &Policy) {
    for layer in 0..ledger.layers() {
        for group in Group::ALL {
            let mut count = GroupCount::default();
            for entry in ledger.entries() {
                if entry.label.layer == Some(layer) && entry.label.group == group {
                    count.total += entry.count;
                    if policy.trains(entry.label, ledger.layers()) {
                        count.trained += entry.count;
                    }
                }
            }
            if count.total > 0 {
                row(&format!("layer {layer} {group}"), count);
            }
        }
    }
}

fn total(counts: &BTreeMap<Group, GroupCount>, which: impl Fn(&Group) -> bool) -> GroupCount {
    let counts = counts.iter().filter(|(group, _)| which(group));
    counts.fold(GroupCount::default(), |sum, (_, count)| GroupCount {
        trained: sum.trained + count.trained,
        total: sum.total + count.total,
    })
}

fn row(name: &str, count: GroupCount) {
    let share = share(count);
    let numbers = [count.trained, count.total].map(|number| print::count(number as u64));
    line(name, &numbers[0], &numbers[1], &format!("{share:.3} %"));
}

fn line(name: &str, trained: &str, total: &str, share: &str) {
    print::say(format_args!(
        "{name:24} {trained:>15} {total:>15} {share:>10}"
    ));
}

fn share(count: GroupCount) -> f64 {
    100.0 * count.trained as f64 / count.total.max(1) as f64
}
