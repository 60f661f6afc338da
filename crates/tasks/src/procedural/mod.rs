//! Corpora without text: procedures that write sequences of symbols, for bodies to be pretrained on in place of text.
//!
//! Each reads and predicts the tokens of a body of 256, as [`text`](crate::text) does, so that pretrainings differ in their
//! data alone.

mod brackets;
mod dense;
mod dyck;
mod k_shuffle;
mod nca;
mod noise_lstm;
mod rule_110;
mod sequence;

pub(crate) use dyck::Dyck;
pub(crate) use k_shuffle::KShuffle;
pub(crate) use nca::Nca;
pub(crate) use noise_lstm::NoiseLstm;
pub(crate) use rule_110::Rule110;
