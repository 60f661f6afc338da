//! The bodies there are.

mod bert;
mod feed_forward_proj;
mod gpt2;
mod longformer;
mod lstm;
mod relative;
mod roberta;
mod t5;
mod t5_layers;
mod table;
mod vanilla;
mod vit;
mod windows;

pub use bert::{Bert, BertConfig};
pub use feed_forward_proj::FeedForwardProj;
pub use gpt2::{Gpt2, Gpt2Config};
pub use longformer::{Longformer, LongformerConfig};
pub use lstm::{InitialState, Lstm, LstmConfig, NormInit};
pub use roberta::RobertaConfig;
pub use t5::{T5, T5Config};
pub use vanilla::{Vanilla, VanillaConfig};
pub use vit::{Vit, VitConfig};
pub use windows::Windows;

table::table! {
    "bert" => Bert(BertConfig, Bert),
    "gpt2" => Gpt2(Gpt2Config, Gpt2),
    "longformer" => Longformer(LongformerConfig, Longformer),
    "lstm" => Lstm(LstmConfig, Lstm),
    // A BERT whose positions start elsewhere.
    "roberta" => Roberta(RobertaConfig),
    "t5" => T5(T5Config, T5),
    "vanilla" => Vanilla(VanillaConfig, Vanilla),
    "vit" => Vit(VitConfig, Vit),
}
