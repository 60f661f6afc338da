use crate::device::Kind;
use crate::found::Found;
use report::{Background, Ran};
use results::Provenance;
use study::Plan;

/// What is known of a study besides its numbers: of what is published alone, so that a clone says the same.
pub fn background(plan: &Plan, found: &Found) -> Background {
    let rebuilt = &found.own;
    let ran = rebuilt.provenance.iter();
    Background {
        profile: plan.profile.clone(),
        apart: rebuilt.apart.clone(),
        settings: plan.settings.clone(),
        pretrained: found.pretrainings.runs.clone(),
        ran: ran
            .map(|(job, record)| (job.clone(), self::ran(record)))
            .collect(),
    }
}

fn ran(record: &Provenance) -> Ran {
    let hours = record.wall_seconds / 3600.0;
    let kind = record.device_kind();
    let named = [
        Some(kind),
        record.device_name.as_deref(),
        record.driver.as_deref(),
    ];
    let named: Vec<&str> = named.into_iter().flatten().collect();
    Ran {
        hours,
        core_hours: (kind == Kind::Flex.name()).then_some(hours * record.threads as f64),
        device: named.join(", "),
        version: record.version.clone(),
        commit: record.git_commit.clone(),
        dirty: record.git_dirty == Some(true),
        finished_at: record.finished_at,
        log: record.log.clone(),
    }
}
