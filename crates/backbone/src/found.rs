use burn_store::burn_pack::Tensor;

/// A tensor of a file, unread, under the file's name for it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub tensor: Tensor,
    /// What the file calls its numbers' type.
    pub kind: String,
}
