use crate::anew::Anew;
use crate::arguments::ReproduceArguments;
use crate::commands::run;
use crate::context::Context;
use crate::device::open_only;
use crate::exit::{Exit, Problem};
use crate::interrupt::{self, STOP};
use crate::meant::{self, Meant};
use crate::same::Verdict;
use crate::{data, forecast, last_words, planning, print, shown};
use evidence::seed;
use results::{Row, Store};
use runner::Ending;
use std::time::{SystemTime, UNIX_EPOCH};
use study::{Plan, Planned};
use training::{Job, Reuse};

/// A cell whose numbers are stored.
struct Stored {
    meant: Meant,
    row: Row,
}

/// Draws cells whose results are stored, trains them anew beside the results, and says whether every point of their curves and
/// every score is the same, to the last bit. The results stay as they are.
pub fn run(context: &Context, arguments: &ReproduceArguments) -> Result<Exit, Problem> {
    let name = arguments.name.as_str();
    let store = context.read_store()?;
    let (plan, drawn) = drawn(context, arguments, &store)?;
    let anew = Anew::of(&store);
    let beside = anew.store()?;
    let mut bodies: Vec<&Planned> = Vec::new();
    for stored in &drawn {
        let job = &stored.meant.job;
        let is_lent = !arguments.bodies && anew.lend_body(&beside, job)?;
        let needed = plan
            .jobs
            .iter()
            .filter(|planned| Some(&planned.id) == job.initialisation.depends_on());
        bodies.extend(needed.filter(|_| !is_lent));
    }
    bodies.dedup_by(|a, b| a.id == b.id);
    let planned: Vec<Planned> = drawn.iter().map(|stored| planned(&stored.meant)).collect();
    let all: Vec<Planned> = bodies
        .iter()
        .map(|body| (*body).clone())
        .chain(planned)
        .collect();
    data::fetch_for(context, &all)?;
    let forecast = forecast::of(&store, &plan, context.device.kind());
    let jobs: Vec<&Job> = all.iter().map(|planned| &planned.job).collect();
    let seconds: f64 = jobs.iter().map(|job| forecast.seconds(job)).sum();
    print::note(format_args!(
        "{} of {name} trained anew, {} of them pretrainings: about {} with one thread; the results stay as they are",
        many(all.len(), "job"),
        bodies.len(),
        print::span(seconds),
    ));
    open_only(&context.device)?;
    interrupt::listen(|line: &str| print::note(line))?;
    context.use_cores()?;
    last_words::listen();
    let reuse = Reuse::default();
    for body in bodies {
        let ending = anew.train(context, &beside, &body.id, &body.job, &reuse, run::in_words)?;
        if ending != Ending::Finished {
            return Ok(stopped(&body.title, &ending));
        }
        print::say(format_args!("{}: pretrained anew", body.title));
    }
    let mut same = 0;
    for stored in &drawn {
        if STOP.requested() {
            return Ok(Exit::Failed);
        }
        let Stored { meant, row } = stored;
        let Some(cell) = &meant.cell else { continue };
        match anew.compare(context, &beside, cell, &meant.job, row, &reuse)? {
            Ok(verdict) => {
                same += usize::from(matches!(verdict, Verdict::Same { .. }));
                print::say(format_args!("{}: {verdict}", meant.title));
            }
            Err(ending) => return Ok(stopped(&meant.title, &ending)),
        }
    }
    anew.clear();
    let total = drawn.len();
    print::say(format_args!("{same} of {} match", many(total, "cell")));
    Ok(match same == total {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

/// The plan of all that is stored of a study, and the cells that are drawn of it.
fn drawn(
    context: &Context,
    arguments: &ReproduceArguments,
    store: &Store,
) -> Result<(Plan, Vec<Stored>), Problem> {
    let name = arguments.name.as_str();
    let plan = shown::all(context, name, store)?;
    let known = planning::stored(context, name, store)?;
    let mut stored = Vec::new();
    for meant in meant::cells(&plan, &arguments.words)? {
        let Some(cell) = meant
            .cell
            .as_ref()
            .filter(|cell| seed::pilot_of(cell.seed).is_none())
        else {
            continue;
        };
        let row = known.rows(std::slice::from_ref(cell)).0.into_iter().next();
        stored.extend(row.map(|row| Stored { meant, row }));
    }
    if stored.is_empty() {
        return Err(Problem::Asked(format!(
            "nothing is stored of these cells of `{name}` at profile {}: `fpt study {name}` trains them",
            plan.profile
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
        many(stored.len(), "cell")
    ));
    stored.sort_by_cached_key(|stored| lot(number, &stored.meant.id.0));
    stored.truncate(count);
    Ok((plan, stored))
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

fn planned(meant: &Meant) -> Planned {
    Planned {
        id: meant.id.clone(),
        job: meant.job.clone(),
        title: meant.title.clone(),
    }
}

fn many(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

fn stopped(title: &str, ending: &Ending) -> Exit {
    let why = match ending {
        Ending::Failed(reason) | Ending::OutOfMemory(reason) => format!("failed: {reason}"),
        Ending::Waiting(reason) => format!("waits for data: {reason}"),
        Ending::Stopped | Ending::Finished => {
            "stopped; the same command with its --draw goes on".to_owned()
        }
    };
    print::note(format_args!("{title}: {why}"));
    Exit::Failed
}
