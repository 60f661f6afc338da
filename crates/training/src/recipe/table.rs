//! What is made of the table of settings.

use super::range::Range;

/// A setting of a recipe, for whoever explains or checks one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// As files write it.
    pub name: &'static str,
    /// What it is, for users: one or two sentences.
    pub doc: &'static str,
    /// Its type in Rust: `u64`, `f64`, `Schedule`.
    pub kind: &'static str,
    /// What its number has to be; none where any value of its type will do.
    pub range: Option<Range>,
    /// Whether some file has to say it; where none does, the others are the paper's.
    pub required: bool,
    /// Whether studies set it, under `[job]` or as an axis; if not, profiles, protocols and
    /// pretrainings alone do.
    pub key: bool,
}

/// Makes `Recipe`, `RecipeChanges` and `FIELDS` of lines
/// `required|optional key|file NAME: TYPE = VALUE OF THE PAPER, RANGE;`, where the range may be left
/// out. An attribute below the text is serde's for the field of `Recipe`.
macro_rules! recipe {
    ($(
        $(#[doc = $doc:literal])+
        $(#[serde($($serde:tt)+)])?
        $need:ident $said:ident $name:ident: $type:ty = $paper:expr $(, $range:expr)?;
    )+) => {
        /// How long and how the model trains. Batch sizes are examples, lengths are gradient steps.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct Recipe {
            $(
                $(#[doc = $doc])+
                $(#[serde($($serde)+)])?
                pub $name: $type,
            )+
        }

        impl Recipe {
            /// What the paper and its code used for transformers (appendix C), with the length and
            /// batch size left at the official script's: studies say their own.
            pub fn paper() -> Self {
                Self { $($name: $paper,)+ }
            }
        }

        /// A recipe with some settings left to what it is laid over.
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct RecipeChanges {
            $(pub $name: Option<$type>,)+
        }

        impl RecipeChanges {
            /// These changes where they say something, `others` where they do not.
            #[must_use]
            pub fn over(self, others: &Self) -> Self {
                let others = others.clone();
                Self { $($name: self.$name.or(others.$name),)+ }
            }

            /// The first setting whose value cannot be meant, and the [`Field::range`] it is not in.
            pub fn problem(&self) -> Option<(&'static str, &'static str)> {
                let outside = [$($(
                    self.$name
                        .filter(|value| !$range.holds(*value as f64))
                        .map(|_| ($range, recipe!(@name $name))),
                )?)+];
                let first = outside.into_iter().flatten().min_by_key(|(range, _)| *range);
                first.map(|(range, name)| (name, range.rule()))
            }

            /// The whole recipe.
            ///
            /// # Errors
            /// The first setting that is required and said by nothing.
            pub fn finish(self) -> Result<Recipe, &'static str> {
                Ok(Recipe {
                    $($name: recipe!(@$need self.$name, $name, $paper),)+
                })
            }
        }

        /// Every setting of a recipe.
        pub const FIELDS: &[Field] = &[$(Field {
            name: recipe!(@name $name),
            doc: concat!($($doc),+).trim_ascii(),
            kind: stringify!($type),
            range: recipe!(@range $($range)?),
            required: recipe!(@is_required $need),
            key: recipe!(@is_key $said),
        },)+];
    };
    (@name $name:ident) => {{
        const NAME: [u8; stringify!($name).len()] = $crate::recipe::table::kebab(stringify!($name));
        match str::from_utf8(&NAME) {
            Ok(name) => name,
            Err(_) => unreachable!(),
        }
    }};
    (@required $value:expr, $name:ident, $paper:expr) => {
        $value.ok_or(recipe!(@name $name))?
    };
    (@optional $value:expr, $name:ident, $paper:expr) => {
        $value.unwrap_or($paper)
    };
    (@range) => { None };
    (@range $range:expr) => { Some($range) };
    (@is_required required) => { true };
    (@is_required optional) => { false };
    (@is_key key) => { true };
    (@is_key file) => { false };
}

pub(super) use recipe;

/// The name of a field as files write it.
pub(super) const fn kebab<const N: usize>(name: &str) -> [u8; N] {
    let (from, mut to) = (name.as_bytes(), [b'-'; N]);
    let mut at = 0;
    while at < N {
        if from[at] != b'_' {
            to[at] = from[at];
        }
        at += 1;
    }
    to
}
