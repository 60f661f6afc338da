//! `[size]` of a profile: all of it, or what differs from the profile that it extends.

use backbone::Size;
use serde::Deserialize;

/// As a file says it; the fields are those of [`Size`].
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct SizeChanges {
    pub layers: Option<usize>,
    pub width: Option<usize>,
    pub heads: Option<usize>,
    pub positions: Option<usize>,
    pub vocabulary: Option<usize>,
}

impl SizeChanges {
    /// These, and `other` where they say nothing.
    pub fn over(self, other: Self) -> Self {
        Self {
            layers: self.layers.or(other.layers),
            width: self.width.or(other.width),
            heads: self.heads.or(other.heads),
            positions: self.positions.or(other.positions),
            vocabulary: self.vocabulary.or(other.vocabulary),
        }
    }

    /// # Errors
    /// The first field that is not said.
    pub fn whole(self) -> Result<Size, &'static str> {
        Ok(Size {
            layers: self.layers.ok_or("layers")?,
            width: self.width.ok_or("width")?,
            heads: self.heads.ok_or("heads")?,
            positions: self.positions.ok_or("positions")?,
            vocabulary: self.vocabulary.ok_or("vocabulary")?,
        })
    }
}
