//! Which vector instructions the CPU's loops take, where somebody says so: to look for a difference
//! that there should not be.

use crate::exit::Problem;
use kernels::Simd;

/// Names them, for this process and those that it starts.
const VARIABLE: &str = "FPT_SIMD";

/// Takes what the variable names, if anything.
///
/// # Errors
/// When it names nothing known, or nothing that this machine has.
pub fn choose() -> Result<(), Problem> {
    let Some(name) = std::env::var_os(VARIABLE) else {
        return Ok(());
    };
    let Some(simd) = Simd::ALL.into_iter().find(|simd| name == simd.name()) else {
        let name = name.display();
        let known = Simd::ALL.map(Simd::name).join(", ");
        return Err(Problem::Asked(format!(
            "{VARIABLE} is {name:?}, which is none of {known}"
        )));
    };
    match simd.choose() {
        true => Ok(()),
        false => {
            let here = Simd::ALL.into_iter().filter(|simd| simd.is_here());
            let here: Vec<_> = here.map(Simd::name).collect();
            Err(Problem::Asked(format!(
                "{VARIABLE} is {}, which this machine lacks: it has {}",
                simd.name(),
                here.join(", ")
            )))
        }
    }
}
