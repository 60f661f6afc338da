//! Readers against files that other programs wrote, and damage.

mod fuzz;
mod layouts;
mod made;
