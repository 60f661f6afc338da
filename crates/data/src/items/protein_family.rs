use crate::fetching::debian;
use crate::item::{Item, Reads, Source};

/// Proteins of UniProt under their names.
pub static PROTEIN_FAMILY: Item = Item {
    name: "protein-family",
    layouts: &[&["DB.fasta"]],
    bytes: 9_600_000,
    reads: Reads::Files,
    published: Some("2469a538dddfdac914c3e36527dd785e39975cc2b34836ac27591f772a89bac5"),
    licence: "UniProt's sequences: CC BY 4.0; the package: GPL-3",
    citation: "M. Steinegger, J. Söding: MMseqs2, 2017 (its example data, 20,000 sequences of UniProt)",
    sources: &[Source::Debian {
        package: "mmseqs2-examples",
        member: "usr/share/doc/mmseqs2/example-data/DB.fasta.gz",
        sha256: "92a65aa435f5d3e0f33eb47d87910fe7fc6033a28bf4ed1367094377d791d567",
        unpack: debian::keep,
    }],
};
