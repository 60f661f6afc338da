//! Augmentation against torchvision, and the tasks around small sets of images.

mod augment;
mod task;
