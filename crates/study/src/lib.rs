//! A question as a TOML grid: plan, jobs and the pool that runs them.
