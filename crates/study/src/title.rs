use evidence::{Cell, seed};

/// `text · mnist · 1e-3 · seed 1`, the rate where it is on trial.
pub fn title(cell: &Cell) -> String {
    // A title is one line of a terminal and of a log.
    let values = cell
        .axes
        .iter()
        .map(|(_, value)| value.replace(char::is_control, " "));
    let rate = cell.rate.map(|rate| rate.to_string());
    values
        .chain(rate)
        .chain([drawn(cell.seed)])
        .collect::<Vec<_>>()
        .join(" · ")
}

/// `seed 1`; `seed 1, job 2` where it is not the first around its body; `pilot 1`.
pub(crate) fn drawn(number: u64) -> String {
    let whose = match seed::pilot_of(number) {
        Some(pilot) => format!("pilot {pilot}"),
        None => format!("seed {}", seed::replicate(number)),
    };
    match seed::job(number) {
        0 => whose,
        job => format!("{whose}, job {}", job + 1),
    }
}

/// `pretraining text, seed 2`, without the seed where one body is for all.
pub fn pretraining(name: &str, replicate: Option<u64>) -> String {
    match replicate {
        Some(replicate) => format!("pretraining {name}, {}", drawn(replicate)),
        None => format!("pretraining {name}"),
    }
}
