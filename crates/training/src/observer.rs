use crate::outcome::CurvePoint;

/// Who watches a run. Everything a run has to say goes through here.
pub trait Observer {
    /// A gradient step was taken, or given to a device that computes behind; `loss` is the last one
    /// known, in nats: on the CPU its batch's.
    fn stepped(&mut self, step: u64, steps: u64, loss: f64);

    /// The curve so far, whole, each time it has grown, and once when a run resumes.
    ///
    /// # Errors
    /// What keeps it from being written; the run stops.
    fn evaluated(&mut self, curve: &[CurvePoint]) -> Result<(), String>;

    /// A line for the log.
    fn note(&mut self, line: &str);

    /// Whether the run should stop as soon as it can.
    fn stop(&self) -> bool;
}
