//! The shape of a cell's body.

use super::resolver::Resolver;
use crate::document::Document;
use crate::error::StudyError;
use crate::keys::{BODY, backbone_of, is_checkpoint};
use crate::profile::MODEL_TYPE;
use crate::suggest::suggest;
use crate::value::Settings;
use backbone::BodyConfig;
use serde::Deserialize;

impl Resolver {
    pub fn body(&self, study: &Document, cell: &Settings) -> Result<BodyConfig, StudyError> {
        let backbone = backbone_of(cell);
        let mut shape = self.shape(study, cell, backbone)?;
        let model_type = shape[MODEL_TYPE].as_str().unwrap_or(backbone).to_owned();
        let known = BodyConfig::fields(&model_type);
        let overrides = cell
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(BODY)?, value)));
        let mut last = None;
        for (field, value) in overrides {
            if !known.contains(&field) {
                let help = suggest(field, known.iter().copied());
                let what = format!("a `{backbone}` body has no `{field}`");
                let spot = study.spot(value.at.clone(), what, format!("sets `{field}`"));
                return Err(spot.help(Some(help)).into());
            }
            shape.insert(field.to_owned(), value.value.clone());
            last = Some(value);
        }
        config(shape).map_err(|reason| {
            let what = format!("not a `{backbone}` body: {reason}");
            match last {
                Some(value) => study.spot(value.at.clone(), what, "with this value").into(),
                None => self.profile_file.spot(0..0, what, "[body]").into(),
            }
        })
    }

    /// The fields of a backbone before the cell's own say: the profile's, or a checkpoint's.
    pub(super) fn shape(
        &self,
        study: &Document,
        cell: &Settings,
        backbone: &str,
    ) -> Result<toml::Table, StudyError> {
        if is_checkpoint(backbone) {
            let missing = || match self.missing.get(backbone) {
                Some(why) => why.clone(),
                None => format!("`{backbone}` was not looked for"),
            };
            let known = self.contents.checkpoints.get(backbone);
            let shape = known.ok_or_else(missing).and_then(|known| {
                toml::Table::try_from(&known.config).map_err(|error| error.to_string())
            });
            return shape.map_err(|reason| {
                let at = cell.get("backbone").map_or(0..0, |value| value.at.clone());
                study.spot(at, reason, "this checkpoint").into()
            });
        }
        self.profile.body(backbone).ok_or_else(|| {
            let what = format!("the profile has no shape for a `{backbone}` body");
            let names = self.profile.backbones();
            let help = suggest(backbone, names.iter().map(String::as_str));
            let spot = self.profile_file.spot(0..0, what, "expected [body.…]");
            spot.help(Some(help)).into()
        })
    }
}

/// A body's config from its fields, checked.
pub(super) fn config(shape: toml::Table) -> Result<BodyConfig, String> {
    let body = BodyConfig::deserialize(shape).map_err(|error| error.message().to_owned())?;
    body.check().map_err(|error| error.to_string())?;
    Ok(body)
}
