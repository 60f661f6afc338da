//! What `--all` does.

use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::{hint, print, study_folder};

/// Does it for every study that has results, to the files in the studies' folders; one that cannot be read does not hide the others.
///
/// # Errors
/// When a part is asked for, of whichever study, or nothing has results.
pub fn with_results(
    context: &Context,
    is_part: bool,
    write: impl Fn(&Context, &str) -> Result<Exit, Problem>,
) -> Result<Exit, Problem> {
    if is_part {
        return Err(Problem::Asked(
            "--all writes what the folder of each study has: name a study, and leave --all out, for another table or other figures"
                .to_owned(),
        ));
    }
    let store = context.store_with_results()?;
    let mut exit = Exit::Done;
    let names = study_folder::asked(context, &store, &[], false);
    if names.is_empty() {
        return Err(Problem::Asked(format!(
            "no study has results here: {} runs the first",
            hint::command(&["study", "modality"])
        )));
    }
    for name in names {
        let written = write(context, &name).unwrap_or_else(|problem| {
            print::note(format_args!("left out: {name}: {problem}"));
            Exit::Failed
        });
        exit = exit.and(written);
    }
    Ok(exit)
}
