use crate::context::Context;
use crate::device::{open, quietly};
use crate::exit::{Exit, Failing, Problem};
use crate::print;
use burn::tensor::Tensor;

/// Opens the devices, has each compute something, and says what it is, a line each.
pub fn run(context: &Context) -> Result<Exit, Problem> {
    for name in context.device.all() {
        let opened = open(*name)?;
        let sum = || {
            Tensor::<1>::ones([4], &opened.device)
                .sum()
                .into_scalar::<f32>()
        };
        let wrong = match quietly(sum) {
            Ok(4.0) => None,
            Ok(other) => Some(format!("1 + 1 + 1 + 1 is {other} there")),
            Err(said) => Some(said),
        };
        if let Some(wrong) = wrong {
            return Err(Problem::Asked(format!("{name} cannot compute: {wrong}")));
        }
        print::say(serde_json::to_string(&opened.facts).failing("write that down")?);
    }
    Ok(Exit::Done)
}
