use crate::anew::{self, Anew};
use crate::arguments::ReproduceArguments;
use crate::context::Context;
use crate::device::open_only;
use crate::exit::{Exit, Problem};
use crate::hint;
use crate::interrupt::{self, STOP};
use crate::meant::{self, Meant};
use crate::same::{self, Verdict};
use crate::{data, forecast, last_words, planning, print, shown};
use evidence::{Cell, seed};
use results::{Row, Store};
use runner::Ending;
use std::time::{SystemTime, UNIX_EPOCH};
use study::{Plan, Planned};
use training::Reuse;

/// A job whose numbers are stored, or a body that its job needs.
struct Again {
    planned: Planned,
    /// What is stored of it, and where.
    before: Option<(Cell, Row)>,
}

/// Draws cells whose results are stored, trains them anew beside the results, and says whether every point of their curves and
/// every score is the same, to the last bit. The results stay as they are.
pub fn run(context: &Context, arguments: &ReproduceArguments) -> Result<Exit, Problem> {
    let name = arguments.name.as_str();
    let store = context.read_store()?;
    let (plan, drawn, number) = drawn(context, arguments, &store)?;
    let and = if arguments.bodies { "-bodies" } else { "" };
    let purpose = format!("reproduce-{}-{number}{and}", plan.question.name);
    let Some(anew) = Anew::of(&store, context, &purpose)? else {
        return Err(Problem::Run(format!(
            "draw {number} of {name} is running in another process: wait until that has ended, or take another `--draw`"
        )));
    };
    let bodies = bodies(context, arguments, &plan, &drawn, &anew)?;
    let (pretrained, all): (usize, Vec<Again>) =
        (bodies.len(), bodies.into_iter().chain(drawn).collect());
    let planned: Vec<Planned> = all.iter().map(|again| again.planned.clone()).collect();
    context.use_cores()?;
    data::fetch_for(context, &planned)?;
    let forecast = forecast::of(&store, context.device.kind());
    let seconds = |planned: &Planned| forecast.seconds(&planned.job);
    print::note(format_args!(
        "{} of {name} trained anew, {pretrained} of them pretrainings: about {}; the results stay as they are",
        print::many(all.len(), "job"),
        print::span(planned.iter().map(seconds).sum()),
    ));
    open_only(&context.device)?;
    interrupt::listen(|line: &str| print::note(line))?;
    last_words::listen();
    let reuse = Reuse::default();
    let (mut same, mut compared) = (0, 0);
    for (index, Again { planned, before }) in all.iter().enumerate() {
        if STOP.requested() {
            return Ok(stopped(&planned.title, &Ending::Stopped));
        }
        let (title, span) = (&planned.title, print::span(seconds(planned)));
        print::note(format_args!(
            "[{index}/{}] {title} starting, about {span}",
            all.len()
        ));
        let ending = anew.train(context, &planned.id, &planned.job, &reuse, |_| {})?;
        if ending != Ending::Finished {
            return Ok(stopped(title, &ending));
        }
        let Some((cell, before)) = before else {
            print::say(format_args!(
                "{title}: pretrained anew; nothing is stored to compare it with"
            ));
            continue;
        };
        let after = anew::row(anew.beside(), cell)?;
        let verdict = same::compare(before, &after);
        compared += 1;
        same += usize::from(matches!(verdict, Verdict::Same { .. }));
        print::say(format_args!("{title}: {verdict}"));
    }
    anew.clear();
    print::say(format_args!(
        "{same} of {} match",
        print::many(compared, "job")
    ));
    Ok(match same == compared {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

/// The pretrainings that drawn jobs need and cannot borrow, each once.
fn bodies(
    context: &Context,
    arguments: &ReproduceArguments,
    plan: &Plan,
    drawn: &[Again],
    anew: &Anew<'_>,
) -> Result<Vec<Again>, Problem> {
    let store = context.read_store()?;
    let known = planning::stored_pretrainings(plan, &store)?;
    let mut bodies: Vec<Again> = Vec::new();
    for again in drawn {
        let job = &again.planned.job;
        if !arguments.bodies && anew.lend_body(job)? {
            continue;
        }
        let needed = job.initialisation.depends_on();
        let is_new = |cell: &&Cell| {
            Some(&cell.job) == needed && bodies.iter().all(|body| body.planned.id != cell.job)
        };
        let cell = plan.pretrainings.iter().find(is_new);
        let Some((cell, job)) = cell.and_then(|cell| Some((cell, plan.settings.get(&cell.job)?)))
        else {
            continue;
        };
        let row = known.rows(std::slice::from_ref(cell)).0.into_iter().next();
        bodies.push(Again {
            planned: Planned {
                id: cell.job.clone(),
                job: job.clone(),
                title: study::pretraining_title(
                    &cell.axes[0].1,
                    Some(cell.seed).filter(|seed| *seed > 0),
                ),
            },
            before: row.map(|row| (cell.clone(), row)),
        });
    }
    Ok(bodies)
}

/// The plan of all that is stored of a study, the cells that are drawn of it, and the number that draws them.
fn drawn(
    context: &Context,
    arguments: &ReproduceArguments,
    store: &Store,
) -> Result<(Plan, Vec<Again>, u64), Problem> {
    let name = arguments.name.as_str();
    let plan = shown::all(context, name, store)?;
    let known = planning::stored(context, name, store)?;
    let mut stored = Vec::new();
    for Meant { planned, cell } in meant::cells(context, name, &plan, &arguments.words)? {
        let Some(cell) = cell.filter(|cell| seed::pilot_of(cell.seed).is_none()) else {
            continue;
        };
        let row = known.rows(std::slice::from_ref(&cell)).0.into_iter().next();
        stored.extend(row.map(|row| Again {
            planned,
            before: Some((cell, row)),
        }));
    }
    if stored.is_empty() {
        return Err(Problem::Asked(format!(
            "nothing is stored of these cells of `{name}` at profile {}: {} trains them",
            plan.profile,
            hint::command(&["study", name])
        )));
    }
    let by_the_clock = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.map_or(1, |now| u64::from(now.subsec_nanos()) % 100_000)
    };
    let number = arguments.draw.unwrap_or_else(by_the_clock);
    let count = usize::from(arguments.cells).min(stored.len());
    print::note(format_args!(
        "{count} of {} that are stored; `--draw {number}` draws the same",
        print::many(stored.len(), "cell")
    ));
    stored.sort_by_cached_key(|again| lot(number, &again.planned.id.0));
    stored.truncate(count);
    Ok((plan, stored, number))
}

/// A cell's lot: as good as random, and the same for a number on every machine.
fn lot(number: u64, id: &str) -> u64 {
    let bytes = number.to_le_bytes().into_iter().chain(id.bytes());
    // FNV-1a, with its bits mixed once more (the end of MurmurHash3): near ids come to lie apart.
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

fn stopped(title: &str, ending: &Ending) -> Exit {
    let why = match ending {
        Ending::Failed(reason) | Ending::OutOfMemory(reason) => format!("failed: {reason}"),
        Ending::Waiting(reason) => format!("waits for data: {reason}"),
        Ending::Stopped | Ending::Finished | Ending::Elsewhere => {
            "stopped; the same command with its --draw goes on".to_owned()
        }
    };
    print::note(format_args!("{title}: {why}"));
    Exit::Failed
}
