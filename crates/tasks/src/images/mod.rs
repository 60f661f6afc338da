//! Images in patches: MNIST, and CIFAR-10 in colour and in grey.

mod augment;
mod cifar10;
mod cifar10_lra;
mod floors;
mod mnist;
mod patches;
mod sizes;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use cifar10::Cifar10;
pub(crate) use cifar10_lra::Cifar10Lra;
pub(crate) use mnist::Mnist;
