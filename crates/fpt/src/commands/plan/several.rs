//! What several studies take together.

use crate::ahead::Ahead;
use crate::arrangement;
use crate::context::Context;
use crate::done::Done;
use crate::exit::{Exit, Problem};
use crate::{contents, forecast, planning, print};
use std::collections::BTreeSet;
use study::Planned;
use tasks::DataDir;

/// Forecasts of the first look of several studies, one after another: what two of them ask for is trained once.
pub fn run(context: &Context, names: &[String]) -> Result<Exit, Problem> {
    let plans = names.iter().map(|name| {
        let plan = planning::plan(context, name);
        // Of what was asked of all: whose axes do not have it.
        plan.inspect_err(|_| print::note(format_args!("{name} cannot be planned:")))
    });
    let plans: Vec<_> = plans.collect::<Result<_, _>>()?;
    let data = DataDir::new(&context.data);
    for plan in &plans {
        contents::tell_unread(&plan.sources, &data);
    }
    let store = context.read_store()?;
    let ahead = plans.iter().map(|plan| {
        let done = Done::of(plan, &store)?;
        Ok(Ahead::of(&plan.missing(|planned| done.has(planned)), plan, &done).jobs)
    });
    let ahead: Vec<Vec<Planned>> = ahead.collect::<Result<_, Problem>>()?;
    let forecast = forecast::of_jobs(context, &store, &ahead.concat());
    let seconds = |jobs: &[Planned]| {
        let workers = arrangement::expected(context, jobs).workers;
        forecast.wall(jobs, workers)
    };
    let wide = names.iter().map(|name| name.chars().count()).max();
    let wide = wide.unwrap_or(0).max("together".len());
    let row = |study: &str, jobs: &str, alone: &str, to_run: usize, time: f64| {
        print::say(format_args!(
            "{study:wide$}  {jobs:>6}  {alone:>11}  {to_run:>6}  {:>11}",
            print::span(time)
        ));
    };
    print::say(format_args!(
        "{:wide$}  {:>6}  {:>11}  {:>6}  {:>11}",
        "study", "to run", "alone", "new", "time"
    ));
    let (mut seen, mut total) = (BTreeSet::new(), 0.0);
    for (name, jobs) in names.iter().zip(&ahead) {
        let mut new = jobs.clone();
        new.retain(|planned| seen.insert(planned.id.clone()));
        let time = seconds(&new);
        total += time;
        let alone = print::span(seconds(jobs));
        row(name, &jobs.len().to_string(), &alone, new.len(), time);
    }
    row("together", "", "", seen.len(), total);
    print::say(format_args!(
        "\neach as far as `fpt study` goes, one after another: what a study above has trained is not new; {}",
        super::basis(&forecast)
    ));
    Ok(Exit::Done)
}
