use crate::pass::Pass;
use burn::module::Param;
use burn::tensor::{Device, Int, Tensor};
use freezing_policy::Ledger;
use std::ops::Range;

/// What every sequence model does; [`Body`](crate::Body) documents it for users.
pub(crate) trait SequenceModel {
    /// Number of layers in the stack.
    fn layers(&self) -> usize;

    /// What stands in front of the stack: `[batch, tokens, width]` to the same shape.
    fn enter(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3>;

    /// The layers in `range`, one after the other.
    fn stack(&self, range: Range<usize>, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3>;

    /// What stands behind the stack.
    fn leave(&self, hidden: Tensor<3>, _pass: &mut Pass) -> Tensor<3> {
        hidden
    }

    /// `[batch, tokens]` to `[batch, tokens, width]`, for models with a token table.
    fn embed(&self, _ids: Tensor<2, Int>) -> Option<Tensor<3>> {
        None
    }

    /// `[batch, tokens, width]` to `[batch, tokens, vocabulary]`, for models that predict tokens.
    fn unembed(&self, _hidden: Tensor<3>) -> Option<Tensor<3>> {
        None
    }

    /// Enters every parameter under its group.
    fn label(&self, ledger: &mut Ledger);

    /// Leaves these layers of the stack.
    fn keep_layers(&mut self, layers: Range<usize>);

    /// Takes another number of positions, where these are fresh in every body.
    fn set_fresh_positions(&mut self, _positions: usize, _device: &Device) {}

    /// The last weights of each residual branch, two a layer.
    fn residual_projections(&mut self) -> Vec<&mut Param<Tensor<2>>>;
}

/// Leaves these of a stack's layers.
pub(crate) fn keep<L>(stack: &mut Vec<L>, layers: Range<usize>) {
    stack.truncate(layers.end);
    stack.drain(..layers.start);
}
