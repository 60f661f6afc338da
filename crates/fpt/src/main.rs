//! `fpt`: the command line. Parses, calls, prints; what happens is decided in the crates below.

mod ahead;
mod allocator;
mod anew;
mod arguments;
mod arrangement;
mod attempt;
mod background;
mod bodies;
mod budget;
mod checkpoints;
mod claims_file;
mod cli;
mod cluster_file;
mod commands;
mod computing;
mod contents;
mod context;
mod copied;
mod data;
mod data_page;
mod device;
mod differences;
mod done;
mod each;
mod exit;
mod fetching;
mod forecast;
mod found;
mod global;
mod hint;
mod interrupt;
mod job_lines;
mod jobs_file;
mod last_words;
mod left_out;
mod live;
mod meant;
mod memory;
mod open_jobs;
mod out;
mod pace;
mod packing;
mod planning;
mod print;
mod queued;
mod recorder;
mod replicates;
mod reports;
mod results_folder;
mod room;
mod rounds;
mod same;
mod samples;
mod selection;
mod sending;
mod shown;
#[cfg_attr(unix, path = "signals/unix.rs")]
#[cfg_attr(not(unix), path = "signals/other.rs")]
mod signals;
mod stage;
mod step_shape;
mod study_folder;
mod submission;
mod survey;
mod ticking;
mod vectors;

use clap::{CommandFactory, Parser};
use cli::{Cli, Command};
use context::Context;
use exit::{Exit, Problem};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

fn main() -> ExitCode {
    signals::outlive_limits();
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
    // Commands that the program itself calls are given everything, by full paths; what they say is passed on by others.
    if !matches!(
        cli.command,
        Command::Worker(_) | Command::Task { .. } | Command::Probe(_)
    ) {
        hint::note(&cli.global);
    }
    let (selection, workers) = (cli.command.selection(), cli.command.workers());
    let context = Context::new(&cli.global, &selection, workers)?;
    let context = context.keeping_published(cli.command.keeps_published());
    // What is merged may be of a profile of others.
    if !matches!(cli.command, Command::Merge { .. }) {
        context.know_profile()?;
    }
    match &cli.command {
        Command::Study(arguments) => commands::study::run(&context, arguments),
        Command::Submit(arguments) => commands::submit::run(&context, arguments),
        Command::Cancel { name } => commands::cancel::run(&context, name),
        Command::Task {
            submission,
            array,
            task,
            ..
        } => commands::task::run(&context, submission, *array, *task),
        Command::Plan(arguments) => commands::plan::run(&context, &arguments.names),
        Command::Status(arguments) => {
            let is_profile_named = cli.global.profile.is_some();
            commands::status::run(&context, arguments, is_profile_named)
        }
        Command::Table(arguments) => commands::table::run(&context, arguments),
        Command::List { kind } => commands::list::run(&context, *kind),
        Command::New { what, name } => commands::new::run(&context, *what, name),
        Command::Plot(arguments) => commands::plot::run(&context, arguments),
        Command::Report(arguments) => commands::report::run(&context, arguments),
        Command::Claims(arguments) => commands::claims::run(&context, arguments),
        Command::Run {
            names, again, all, ..
        } => {
            let again = again.then(|| commands::run::Again::of(*all));
            commands::run::run(&context, names, again, commands::run::in_words)
        }
        Command::Worker(_) => commands::run::obey(&context),
        Command::Probe(_) => commands::probe::run(&context),
        Command::Show { name, cell, .. } => commands::show::run(&context, name, cell),
        Command::Rm {
            name, cell, all, ..
        } => commands::rm::run(&context, name, cell, *all),
        Command::Merge { folders } => {
            commands::merge::run(&context, folders, cli.global.profile.is_some())
        }
        Command::Doctor { repair } => {
            let is_profile_named = cli.global.profile.is_some();
            commands::doctor::run(&context, *repair, is_profile_named)
        }
        Command::Reproduce(arguments) => commands::reproduce::run(&context, arguments),
        Command::Params(arguments) => commands::params::run(&context, arguments),
        Command::Explain { name, cell, .. } => commands::explain::run(&context, name, cell),
        Command::ExportCurves(arguments) => commands::export_curves::run(&context, arguments),
        Command::Export { job, into, .. } => commands::export::run(&context, job, into),
        Command::Verify { checkpoint, .. } => commands::verify::run(&context, checkpoint),
        Command::Bench(arguments) => commands::bench::run(&context, arguments),
        Command::Fetch { items, from, .. } => {
            commands::fetch::run(&context, items, from.as_deref())
        }
        Command::Data(arguments) => commands::data::run(&context, arguments),
        Command::Generate { what } => commands::generate::run(what, Cli::command()),
    }
}
