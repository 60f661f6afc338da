use crate::arguments::CurvesArguments;
use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::hint;
use crate::{out, planning, print, reports, shown};
use report::curves::{Clock, Neighbours, RunCurve, csv, run_names, write_tensorboard};
use results::{Provenance, Row};
use std::fs;
use std::path::{Path, PathBuf};

/// Hands the curves of a study's finished jobs to programs of others. Nothing among the results is written.
pub fn run(context: &Context, arguments: &CurvesArguments) -> Result<Exit, Problem> {
    let (runs, exit) = finished(context, &arguments.name)?;
    let (dir, file) = (arguments.tensorboard.as_deref(), arguments.csv.as_deref());
    if let Some(dir) = dir {
        make_sure_of(dir, &run_names(&runs))?;
    }
    let to_stdout = match file {
        Some(file) => file == Path::new("-"),
        None => dir.is_none(),
    };
    match file {
        _ if to_stdout => print::data(csv(&runs).trim_end_matches('\n')),
        Some(file) => {
            out::write(file, csv(&runs).as_bytes())?;
            print::say(file.display());
        }
        None => {}
    }
    let Some(dir) = dir else {
        return Ok(exit);
    };
    let count = write_tensorboard(&runs, dir).failing("write the curves")?;
    let dir = dir.display();
    let said = format!("{dir}: {count} runs; `tensorboard --logdir {dir}` shows them");
    match to_stdout {
        // There is a table on stdout.
        true => print::note(said),
        false => print::say(said),
    }
    Ok(exit)
}

/// The study's finished jobs, from their folders and from what is published; and whether all that there is can be read.
fn finished(context: &Context, study: &str) -> Result<(Vec<RunCurve>, Exit), Problem> {
    let store = context.read_store()?;
    let plan = shown::all(context, study, &store)?.part(&context.options);
    let (rows, unread) = planning::stored(context, study, &store)?.rows(&plan.cells);
    let exit = reports::unread(&unread);
    let nothing = format!(
        "no curve of these cells is here: run {} first",
        hint::command(&["study", study])
    );
    match (rows.is_empty(), exit) {
        (false, _) => Ok((rows.into_iter().map(run_curve).collect(), exit)),
        (true, Exit::Done) => Err(Problem::Asked(nothing)),
        (true, _) => Err(Problem::Run(nothing)),
    }
}

fn run_curve(row: Row) -> RunCurve {
    let clock = |record: Provenance| Clock::of(record.finished_at, record.wall_seconds);
    RunCurve {
        run: row.run,
        points: row.points,
        clock: row.provenance.and_then(clock),
    }
}

/// Refuses a folder in which TensorBoard would take runs of ours and of others for one, and says what else it would show.
fn make_sure_of(dir: &Path, names: &[String]) -> Result<(), Problem> {
    let shown = dir.display();
    if fs::metadata(dir).is_ok_and(|there| !there.is_dir()) {
        return Err(Problem::Asked(format!(
            "--tensorboard {shown} is no folder: name one, it is made where it is missing"
        )));
    }
    let found = Neighbours::of(dir, names).failing(&format!("look into {shown}"))?;
    if let Some(file) = found.inside.first() {
        return Err(Problem::Asked(format!(
            "{} is not of this program, and TensorBoard would mix it with the run of its folder: move it away, or name \
             another folder with --tensorboard",
            file.display()
        )));
    }
    tell(&found.beside, "event files of other programs");
    tell(&found.earlier, "runs of an earlier export");
    Ok(())
}

/// What stays where it is.
fn tell(paths: &[PathBuf], what: &str) {
    if let Some(first) = paths.first() {
        let (count, first) = (paths.len(), first.display());
        print::note(format_args!(
            "note: TensorBoard will also show {what} ({count}, such as {first}), which are left alone"
        ));
    }
}
