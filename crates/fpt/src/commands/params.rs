use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::print;
use clap::Args;
use freezing_policy::{Group, GroupCount, Ledger, Policy};
use std::collections::BTreeMap;

#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// A shape of the profile (gpt2, vit, …), a checkpoint folder, or owner/name on the hub
    backbone: String,
    /// Which groups train: fpt, full, or groups joined by +
    #[arg(long, value_name = "POLICY", default_value = "fpt")]
    policy: String,
    /// Count the input and output nets of this task, too
    #[arg(long, value_name = "TASK")]
    task: Option<String>,
    /// A line for each layer as well
    #[arg(long)]
    layers: bool,
}

/// Prints the ledger of a body under a policy.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Problem> {
    let (library, profile) = (
        context.shape_library(&arguments.backbone),
        &context.options.profile,
    );
    let policy = arguments.policy.parse::<Policy>();
    let policy = policy.map_err(|error| Problem::Asked(error.to_string()))?;
    let body = study::body(&library, profile, &arguments.backbone)?;
    let task = arguments
        .task
        .as_deref()
        .map(|name| study::task(&library, profile, name, None));
    let task = task.transpose()?;
    let ledger = training::labels(&body, task.as_ref(), &policy)
        .map_err(|error| Problem::Asked(error.to_string()))?;

    let nets = arguments
        .task
        .as_deref()
        .map_or_else(String::new, |task| format!(" around `{task}`"));
    print::say(format_args!(
        "{}: {} x {}{nets}, policy {policy}\n",
        arguments.backbone,
        body.layers(),
        body.width(),
    ));
    line("group", "trained", "total", "share");
    if arguments.layers {
        by_layer(&ledger, &policy);
    }
    let counts = ledger.count(|label| policy.trains(label, ledger.layers()));
    for (group, count) in &counts {
        row(group.name(), *count);
    }
    let sum = total(&counts, |_| true);
    row("all", sum);
    if let Some(task) = &task {
        let trained = training::as_the_paper_counts(&body, task, &policy);
        let trained = trained.failing("count as the paper does")?;
        let in_body = |group: &Group| !matches!(group, Group::Input | Group::Output);
        let body = total(&counts, in_body).total;
        print::say(format_args!(
            "\nas the paper counts (Table 8): {} of the body's {}, {:.4} %",
            print::count(trained as u64),
            print::count(body as u64),
            100.0 * trained as f64 / body as f64,
        ));
    }
    Ok(Exit::Done)
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
    let share = 100.0 * count.trained as f64 / count.total.max(1) as f64;
    let numbers = [count.trained, count.total].map(|number| print::count(number as u64));
    line(name, &numbers[0], &numbers[1], &format!("{share:.3} %"));
}

fn line(name: &str, trained: &str, total: &str, share: &str) {
    print::say(format_args!(
        "{name:24} {trained:>15} {total:>15} {share:>10}"
    ));
}
