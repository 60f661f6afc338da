use crate::document::{Document, required, table_of, text};
use crate::error::StudyError;
use crate::reference::QUOTED;
use crate::suggest::suggest;
use evidence::{Flag, Quoted};
use toml::Spanned;
use toml::de::DeValue;

/// Reads what others found: `"98.0 against 91.7"`, or `{ says = "…", flag = "recalled" }`; `secondary` where no flag is
/// said.
pub(super) fn quoted(
    document: &Document,
    value: &Spanned<DeValue<'_>>,
) -> Result<Quoted, StudyError> {
    if value.get_ref().as_str().is_some() {
        let (says, _) = text(document, value)?;
        let flag = Flag::Secondary;
        return Ok(Quoted { says, flag });
    }
    let table = table_of(document, value)?;
    document.only(table, &QUOTED.names())?;
    let (says, _) = text(document, required(document, table, "says")?)?;
    let (flag, at) = text(document, required(document, table, "flag")?)?;
    let flags = [Flag::Secondary, Flag::Recalled];
    match flags.into_iter().find(|known| known.name() == flag) {
        Some(flag) => Ok(Quoted { says, flag }),
        None => {
            let help = suggest(&flag, flags.iter().map(|flag| flag.name()));
            let what = format!("`{flag}` is no flag of a value");
            let spot = document.spot(at, what, "unknown flag");
            Err(spot.help(Some(help)).into())
        }
    }
}
