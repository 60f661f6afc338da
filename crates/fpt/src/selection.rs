use clap::Args;

/// Which part of a study a command is about.
#[derive(Args, Clone, Debug, Default)]
pub struct Selection {
    /// Seeds instead of those of the protocol's looks: a list (1,2,7) or a count (5)
    #[arg(long, value_name = "SEEDS")]
    pub seeds: Option<String>,
    /// Only cells with this value; given again, values of one axis add up, axes narrow each other
    #[arg(long, value_name = "KEY=VALUE")]
    pub filter: Vec<String>,
}

impl Selection {
    /// Whether less than all of a study is asked for, or more than its looks.
    pub fn is_part(&self) -> bool {
        self.seeds.is_some() || !self.filter.is_empty()
    }
}
