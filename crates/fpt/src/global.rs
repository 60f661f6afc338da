use clap::Args;
use std::path::PathBuf;

/// The profile of commands that are told none.
const PROFILE: &str = "tiny";

/// Options that mean the same in every command.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// How large and how long: smoke, tiny, small, paper or one of yours [default: tiny]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
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

impl Global {
    /// The profile that is asked for, or else the usual one.
    pub fn profile(&self) -> &str {
        self.profile.as_deref().unwrap_or(PROFILE)
    }
}
