use std::path::{Component, Path};

/// Whether a name that others have written stays in the folder it is joined to: `a/b`, and neither `../a` nor `/a`.
pub fn is_below(name: &str) -> bool {
    let mut parts = Path::new(name).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}
