//! The numbers of a step of Adam (Kingma and Ba, 2015).

/// The numbers of one step. PyTorch's form: the second moment is corrected before `epsilon` is added.
/// `1 - beta` is taken in 32 bits, where PyTorch takes it in 64: of 0.999 that is 1.3e-5 less, and a
/// step 6e-6 longer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    pub beta_1: f32,
    pub beta_2: f32,
    /// Learning rate over `1 - beta_1^t`, at step `t` counted from 1.
    pub rate: f32,
    /// `1 / sqrt(1 - beta_2^t)`.
    pub root: f32,
    pub epsilon: f32,
    /// What the parameter is multiplied by before: 1, or less with decoupled weight decay.
    pub decay: f32,
}
