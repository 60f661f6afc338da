use crate::attempt::is_done;
use crate::context::Context;
use crate::device::Kind;
use crate::exit::{Exit, Failing, Problem};
use crate::planning;
use crate::print;
use files::Holder;
use results::{JobState, Store};
use study::{Planned, Shelf};

/// Says how far one study is, or all of them.
pub fn run(context: &Context, name: Option<&str>) -> Result<Exit, Problem> {
    let store = context.read_store()?;
    let names = match name {
        Some(name) => vec![name.to_owned()],
        None => context.experiments.names(Shelf::Studies),
    };
    let mut exit = Exit::Done;
    for study in names {
        let plan = match planning::plan_as_run(context, &study) {
            // One study that cannot be read must not hide the others.
            Err(problem) if name.is_none() => {
                print::note(problem);
                exit = Exit::Failed;
                continue;
            }
            plan => plan?,
        };
        let mut counts = [0_usize; Stage::ALL.len()];
        let mut lines = Vec::new();
        let mut seconds = 0.0;
        for planned in &plan.jobs {
            let (stage, unread) = match stage(&store, planned) {
                Ok(stage) => (stage, None),
                // One job must not hide the others.
                Err(problem) => (Stage::Unread, Some(problem)),
            };
            if stage == Stage::Unread {
                exit = Exit::Failed;
            }
            counts[stage as usize] += 1;
            seconds += core_seconds(&store, planned, stage);
            if name.is_some() && stage != Stage::Done {
                let log = context.shown(&store.job(&planned.id).log_path());
                let more = match (stage, store.job(&planned.id).failure()) {
                    (Stage::Failed, Some(reason)) => format!(": {reason}\n          log: {log}"),
                    _ => unread.map_or(String::new(), |problem| format!(": {problem}")),
                };
                lines.push(format!("  {:10}  {}{more}", stage.word(), planned.title));
            }
        }
        let parts = Stage::ALL
            .iter()
            .filter(|stage| counts[**stage as usize] > 0);
        let parts = parts.map(|stage| format!("{} {}", counts[*stage as usize], stage.word()));
        let later = plan.later.len();
        let later =
            (later > 0).then(|| format!("{later} more once pilots have chosen their rates"));
        let parts = parts.chain(later).collect::<Vec<_>>().join(", ");
        let took = match seconds >= LEAST_TOLD {
            true => format!("; {:.1} core-hours", seconds / 3600.0),
            false => String::new(),
        };
        print::say(format_args!("{study} at {}: {parts}{took}", plan.profile));
        for line in lines {
            print::say(line);
        }
    }
    Ok(exit)
}

/// Less is not worth a word.
const LEAST_TOLD: f64 = 180.0;

/// What a finished job took of processors, pretrainings included; of devices that are none, nothing.
fn core_seconds(store: &Store, planned: &Planned, stage: Stage) -> f64 {
    let is_done = stage == Stage::Done;
    let record = is_done.then(|| store.job(&planned.id).provenance().ok().flatten());
    let on_cores = record
        .flatten()
        .filter(|record| record.device_kind() == Kind::Flex.name());
    on_cores.map_or(0.0, |record| record.wall_seconds * record.threads as f64)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Done,
    Running,
    Broken,
    /// Running or broken off: without locks nobody knows.
    Begun,
    Failed,
    Newer,
    Unread,
    Open,
}

impl Stage {
    const ALL: [Self; 8] = [
        Self::Done,
        Self::Running,
        Self::Broken,
        Self::Begun,
        Self::Failed,
        Self::Newer,
        Self::Unread,
        Self::Open,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Running => "running",
            Self::Broken => "broken off",
            Self::Begun => "begun",
            Self::Failed => "failed",
            Self::Newer => "of a newer version",
            Self::Unread => "unreadable",
            Self::Open => "open",
        }
    }
}

fn stage(store: &Store, planned: &Planned) -> Result<Stage, Problem> {
    let folder = store.job(&planned.id);
    let is_done = match is_done(&folder, &planned.job) {
        Err(error) if error.is_newer() => return Ok(Stage::Newer),
        is_done => is_done.failing("read what the job left")?,
    };
    Ok(match folder.state().failing("read what the job left")? {
        JobState::Finished if is_done => Stage::Done,
        JobState::Absent => Stage::Open,
        JobState::Failed => Stage::Failed,
        // Its process holds the lock while it lives.
        _ => match folder.holder().failing("look for its process")? {
            Holder::Somebody => Stage::Running,
            Holder::Nobody => Stage::Broken,
            Holder::Unknown => Stage::Begun,
        },
    })
}
