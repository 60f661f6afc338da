//! `fpt`: the command line.
fn main() {}
