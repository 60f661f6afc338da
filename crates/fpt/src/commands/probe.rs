use crate::context::Context;
use crate::device::open;
use crate::exit::{Exit, Failing, Problem};
use crate::print;

/// Opens the devices and says what each is, a line each.
pub fn run(context: &Context) -> Result<Exit, Problem> {
    for name in context.device.all() {
        let facts = open(*name)?.facts;
        print::say(serde_json::to_string(&facts).failing("write that down")?);
    }
    Ok(Exit::Done)
}
