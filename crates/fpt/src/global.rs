use clap::Args;
use std::path::PathBuf;

/// Options that mean the same in every command.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// How large and how long: smoke, tiny, small or paper
    #[arg(long, global = true, value_name = "NAME", default_value = "tiny")]
    pub profile: String,
    /// Where results are kept [default: results/ of the workspace]
    #[arg(long, global = true, value_name = "DIR")]
    pub results: Option<PathBuf>,
    /// Where data is kept [default: the user's cache]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "FPT_DATA",
        hide_env = true
    )]
    pub data: Option<PathBuf>,
}
