mod several;

use crate::ahead::Ahead;
use crate::contents;
use crate::context::Context;
use crate::done::Done;
use crate::exit::{Exit, Failing, Problem};
use crate::replicates::Reach;
use crate::{arrangement, forecast, planning, print};
use runner::Forecast;
use study::Planned;
use tasks::DataDir;

/// Lists every job of a study with its parameters and a forecast of time; of several studies the forecasts alone.
pub fn run(context: &Context, names: &[String]) -> Result<Exit, Problem> {
    match names {
        [name] => one(context, name),
        names => several::run(context, names),
    }
}

fn one(context: &Context, name: &str) -> Result<Exit, Problem> {
    let plan = planning::plan(context, name)?;
    let store = context.read_store()?;
    let done = Done::of(&plan, &store)?;
    contents::tell_unread(&plan.sources, &DataDir::new(&context.data));
    let missing = plan.missing(|planned| done.has(planned));
    let ahead = Ahead::of(&missing, &plan, &done);
    let forecast = forecast::of_jobs(context, &store, &ahead.jobs);
    let wide = plan
        .jobs
        .iter()
        .map(|planned| planned.title.chars().count())
        .max()
        .unwrap_or(0);
    print::say(format_args!("{}\n", plan.question.question));
    print::say(format_args!(
        "{:16}  {:wide$}  {:>6} x {:<3}  {:>11}  {:>11}  {:>9}",
        "job", "cell", "steps", "B", "trained", "parameters", "time"
    ));
    for planned in &plan.jobs {
        let (trained, total) = counts(planned)?;
        let time = match done.word(planned) {
            Some(word) => word.to_owned(),
            None => print::span(forecast.seconds(&planned.job)),
        };
        print::say(format_args!(
            "{:16}  {:wide$}  {:>6} x {:<3}  {:>11}  {:>11}  {:>9}",
            planned.id,
            planned.title,
            planned.job.recipe.steps,
            planned.job.recipe.batch_size,
            print::count(trained),
            print::count(total),
            time
        ));
    }
    let workers = arrangement::expected(context, &ahead.jobs).workers;
    let later = ahead.and_later();
    planning::tell_published(context, name, &plan, &store)?;
    print::say(format_args!(
        "\n{}, {} to run{later}: about {} with {}, {}",
        print::many(plan.jobs.len(), "job"),
        missing.len(),
        print::span(forecast.wall(&ahead.jobs, workers)),
        print::many(workers, "worker"),
        basis(&forecast),
    ));
    if !plan.question.chosen_seeds {
        let looks: Vec<String> = plan
            .question
            .looks
            .at
            .iter()
            .map(usize::to_string)
            .collect();
        let last = planning::plan_to(context, name, Reach::Last).map(|last| {
            let done = Done::of(&last, &store)?;
            let ahead = Ahead::of(&last.missing(|planned| done.has(planned)), &last, &done).jobs;
            let workers = arrangement::expected(context, &ahead).workers;
            Ok::<_, Problem>(format!(
                "the last one in all claims that are not decided, the worst case of --until-decided: {} jobs to run, about {}",
                ahead.len(),
                print::span(forecast.wall(&ahead, workers))
            ))
        });
        let last = match last {
            Ok(last) => last?,
            // The first look can be had all the same.
            Err(why) => format!("not all of them can be had: {why}"),
        };
        print::say(format_args!(
            "looks at {} replicates; {last}",
            looks.join(", ")
        ));
    }
    Ok(Exit::Done)
}

/// What a forecast rests on.
fn basis(forecast: &Forecast) -> String {
    match (forecast.backed_by(), forecast.error()) {
        (0, _) if forecast.is_measured() => format!(
            "at the {:.0} GFlop/s of each worker that were measured now",
            forecast.rate() / 1e9
        ),
        (0, _) => format!(
            "assuming {:.0} GFlop/s of each worker",
            forecast.rate() / 1e9
        ),
        (jobs, None) => format!("from the times of {jobs} finished jobs"),
        (jobs, Some(error)) => format!(
            "from the times of {jobs} finished jobs (four in five of them forecast from the others within {:.0} %)",
            100.0 * error
        ),
    }
}

/// Parameters that train, and all.
fn counts(planned: &Planned) -> Result<(u64, u64), Problem> {
    let ledger = training::ledger(&planned.job).failing("count parameters")?;
    let counts = ledger.values();
    Ok(counts.fold((0, 0), |(trained, total), count| {
        (trained + count.trained as u64, total + count.total as u64)
    }))
}
