//! `fpt`: the command line. Parses, calls, prints; what happens is decided in the crates below.

mod allocator;
mod arrangement;
mod attempt;
mod bodies;
mod checkpoints;
mod cli;
mod commands;
mod context;
mod data;
mod data_page;
mod device;
mod exit;
mod fetching;
mod forecast;
mod global;
mod interrupt;
mod last_words;
mod left_out;
mod live;
mod pace;
mod print;
mod recorder;
mod reports;
mod samples;
mod step_shape;
mod survey;

use clap::Parser;
use cli::{Cli, Command};
use context::Context;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = Context::new(&cli.global).and_then(|context| match &cli.command {
        Command::Study { name } => commands::study::run(&context, name),
        Command::Plan { name } => commands::plan::run(&context, name),
        Command::Status { name } => commands::status::run(&context, name.as_deref()),
        Command::Table { name } => commands::table::run(&context, name),
        Command::Plot { name } => commands::plot::run(&context, name),
        Command::Job { files } => commands::job::run(&context, files),
        Command::Worker => commands::job::obey(&context),
        Command::Probe => commands::probe::run(&context),
        Command::Params(arguments) => commands::params::run(&context, arguments),
        Command::Export { job, into } => commands::export::run(&context, job, into),
        Command::Verify { checkpoint } => commands::verify::run(&context, checkpoint),
        Command::Bench(arguments) => commands::bench::run(&context, arguments),
        Command::Fetch { items, from, .. } => {
            commands::fetch::run(&context, items, from.as_deref())
        }
        Command::Data(arguments) => commands::data::run(&context, arguments),
    });
    let exit = result.unwrap_or_else(|problem| {
        print::problem(&problem);
        problem.exit()
    });
    exit.into()
}
