//! Studies are embedded into the binary: rebuild when one of them changes.

fn main() {
    // Cargo's own protocol between a build script and cargo.
    #[allow(clippy::print_stdout)]
    {
        println!("cargo:rerun-if-changed=../../experiments");
    }
}
