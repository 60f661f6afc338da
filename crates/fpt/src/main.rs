//! `fpt`: the command line. Parses, calls, prints; what happens is decided in the crates below.

mod ahead;
mod allocator;
mod arguments;
mod arrangement;
mod attempt;
mod background;
mod bodies;
mod budget;
mod checkpoints;
mod claims_file;
mod cli;
mod commands;
mod contents;
mod context;
mod data;
mod data_page;
mod device;
mod differences;
mod done;
mod exit;
mod fetching;
mod forecast;
mod global;
mod interrupt;
mod last_words;
mod left_out;
mod live;
mod out;
mod pace;
mod planning;
mod print;
mod recorder;
mod replicates;
mod reports;
mod rounds;
mod samples;
#[cfg_attr(unix, path = "signals/unix.rs")]
#[cfg_attr(not(unix), path = "signals/other.rs")]
mod signals;
mod step_shape;
mod study_folder;
mod survey;
mod ticking;
mod vectors;

use clap::Parser;
use cli::{Cli, Command};
use context::Context;
use exit::{Exit, Problem};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

fn main() -> ExitCode {
    let exit = match Cli::try_parse() {
        Ok(cli) => end(run(&cli)),
        Err(usage) => {
            let asked_for = !usage.use_stderr();
            print::heard(usage.print());
            end(Ok(if asked_for {
                Exit::Done
            } else {
                Exit::BadInput
            }))
        }
    };
    signals::end_as_asked();
    exit.into()
}

/// Says what is left to be said, and how the program ends.
fn end(result: Result<Exit, Problem>) -> Exit {
    print::lacks();
    let ended = result.and_then(|exit| match exit {
        Exit::Done => print::finish().map(|()| exit),
        worse => Ok(worse),
    });
    ended.unwrap_or_else(|problem| {
        print::problem(&problem);
        problem.exit()
    })
}

fn run(cli: &Cli) -> Result<Exit, Problem> {
    vectors::choose()?;
    let context = Context::new(&cli.global)?;
    match &cli.command {
        Command::Study(arguments) => commands::study::run(&context, arguments),
        Command::Plan { name } => commands::plan::run(&context, name),
        Command::Status { name } => commands::status::run(&context, name.as_deref()),
        Command::Table { name } => commands::table::run(&context, name),
        Command::List { kind } => commands::list::run(&context, *kind),
        Command::Plot { name } => commands::plot::run(&context, name),
        Command::Report(arguments) => commands::report::run(&context, arguments),
        Command::Claims(arguments) => commands::claims::run(&context, arguments),
        Command::Job { files } => commands::job::run(&context, files),
        Command::Worker => commands::job::obey(&context),
        Command::Probe => commands::probe::run(&context),
        Command::Params(arguments) => commands::params::run(&context, arguments),
        Command::Explain { name, cell } => commands::explain::run(&context, name, cell),
        Command::ExportCurves(arguments) => commands::export_curves::run(&context, arguments),
        Command::Export { job, into } => commands::export::run(&context, job, into),
        Command::Verify { checkpoint } => commands::verify::run(&context, checkpoint),
        Command::Bench(arguments) => commands::bench::run(&context, arguments),
        Command::Fetch { items, from, .. } => {
            commands::fetch::run(&context, items, from.as_deref())
        }
        Command::Data(arguments) => commands::data::run(&context, arguments),
    }
}
