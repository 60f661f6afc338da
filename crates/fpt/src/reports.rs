use crate::context::Context;
use crate::exit::{Failing, Problem};
use crate::print;
use results::{Rebuilt, Store};
use std::path::PathBuf;
use study::Plan;

/// Rebuilds a study's parquet, writes its table and figures, and prints the table. Files whose
/// bytes would not change are left alone.
pub fn write(context: &Context, plan: &Plan, store: &Store) -> Result<(), Problem> {
    let (rebuilt, folder) = rebuild(plan, store)?;
    let Rebuilt { runs, curves, .. } = &rebuilt;
    let written = report::write(&plan.question, runs, curves, &plan.cells, &folder);
    let written = written.failing("report")?;
    print::say(&written.table);
    show(context, &written.paths);
    Ok(())
}

/// Writes the figures alone and says where they are.
pub fn plot(context: &Context, plan: &Plan, store: &Store) -> Result<(), Problem> {
    let (rebuilt, folder) = rebuild(plan, store)?;
    let Rebuilt { runs, curves, .. } = &rebuilt;
    let paths = report::plot(&plan.question, runs, curves, &plan.cells, &folder);
    let paths = paths.failing("draw the figures")?;
    if paths.is_empty() {
        print::note(format_args!(
            "no curve yet: run `fpt study {}` first",
            plan.question.name
        ));
    }
    show(context, &paths);
    Ok(())
}

fn rebuild(plan: &Plan, store: &Store) -> Result<(Rebuilt, PathBuf), Problem> {
    let name = &plan.question.name;
    let rebuilt = results::rebuild(store, name, &plan.cells).failing("collect the results")?;
    Ok((rebuilt, store.study_dir(name)))
}

fn show(context: &Context, paths: &[PathBuf]) {
    for path in paths {
        print::say(context.shown(path));
    }
}
