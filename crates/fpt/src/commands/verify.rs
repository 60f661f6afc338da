use crate::checkpoints;
use crate::context::Context;
use crate::device::device;
use crate::exit::{Exit, Problem};
use crate::print;

/// Largest error over the reference's root mean square that still counts as the same model.
const TOLERANCE: f32 = 1e-4;

/// So many times what rounding does to the reference's own model count as the same, too: two ways to
/// round are farther apart than either from the truth, and a largest error varies.
const ROUNDINGS: f32 = 3.0;

/// What is beyond this is another model, whatever its reference says.
const MOST: f32 = 1e-3;

/// Compares a checkpoint's hidden states with the reference beside it.
pub fn run(context: &Context, checkpoint: &str) -> Result<Exit, Problem> {
    context.use_cores()?;
    let device = device(&context.device)?.inner();
    let folder = &checkpoints::folder_with_reference(checkpoint).map_err(Problem::Asked)?;
    let found =
        backbone::verify(folder, &device).map_err(|error| Problem::Asked(error.to_string()))?;
    let [batch, tokens, width] = found.shape;
    let rounding = found.rounding.map_or_else(String::new, |rounding| {
        format!("; 32 bits alone make {rounding:.2e} of it")
    });
    print::say(format_args!(
        "{}: largest error {:.2e}, relative to the reference's root mean square {:.2e} \
         ({batch} x {tokens} x {width}){rounding}",
        folder.display(),
        found.absolute,
        found.relative
    ));
    let most = found
        .rounding
        .map_or(0.0, |rounding| ROUNDINGS * rounding)
        .min(MOST);
    let unknown =
        backbone::unknown_fields(folder).map_err(|error| Problem::Asked(error.to_string()))?;
    if !unknown.is_empty() {
        print::note(format_args!(
            "its config also says {}, which `transformers` reads for no such model: taken to be of no effect",
            unknown.join(", ")
        ));
    }
    let bound = TOLERANCE.max(most);
    // An error that is not a number is no agreement.
    if found.relative < bound {
        return Ok(Exit::Done);
    }
    print::note(format_args!(
        "they disagree: at most {bound:.0e} would do; the reference may be of other weights or another config \
         (scripts/reference.py writes it anew), or this body is not computed as `transformers` does"
    ));
    Ok(Exit::Failed)
}
