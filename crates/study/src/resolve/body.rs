//! The shape of a cell's body.

use super::resolver::Resolver;
use crate::document::Document;
use crate::error::StudyError;
use crate::keys::{BODY, SIZES, backbone_of, is_checkpoint};
use crate::profile::MODEL_TYPE;
use crate::suggest::suggest;
use crate::value::{Settings, Value};
use backbone::BodyConfig;
use serde::Deserialize;

impl Resolver {
    pub fn body(&self, study: &Document, cell: &Settings) -> Result<BodyConfig, StudyError> {
        let backbone = backbone_of(cell);
        let mut shape = self.shape(study, cell, backbone)?;
        let model_type = shape[MODEL_TYPE].as_str().unwrap_or(backbone).to_owned();
        let resized = self.resized(study, cell, backbone)?;
        shape.extend(resized.clone());
        let known = BodyConfig::fields(&model_type);
        let overrides = cell
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(BODY)?, value)));
        let mut last = SIZES.iter().find_map(|key| cell.get(*key));
        for (field, value) in overrides {
            if !known.contains(&field) {
                let help = suggest(field, known.iter().copied());
                let what = format!("a `{backbone}` body has no `{field}`");
                let spot = study.spot(value.at.clone(), what, format!("sets `{field}`"));
                return Err(spot.help(Some(help)).into());
            }
            let is_size =
                |key: &&&str| cell.get(**key).map(|size| &size.value) == resized.get(field);
            if let Some(key) = SIZES
                .iter()
                .find(is_size)
                .filter(|_| resized.contains_key(field))
                && resized[field] != value.value
            {
                let what = format!(
                    "`{key}` is {} and `body.{field}` is {}",
                    resized[field], value.value
                );
                let spot = study.spot(value.at.clone(), what, "the same of a body");
                return Err(spot
                    .help(Some(format!(
                        "say one of the two: `{key}` means the same on every body"
                    )))
                    .into());
            }
            shape.insert(field.to_owned(), value.value.clone());
            last = Some(value);
        }
        config(shape).map_err(|reason| {
            let what = format!("not a `{backbone}` body: {reason}");
            match last {
                Some(value) => study.spot(value.at.clone(), what, "with this value").into(),
                None => self.profile_file.mistake(what).into(),
            }
        })
    }

    /// The fields that follow from the size that the cell asks for.
    pub(super) fn resized(
        &self,
        study: &Document,
        cell: &Settings,
        backbone: &str,
    ) -> Result<toml::Table, StudyError> {
        let asked = SIZES.into_iter().filter_map(|key| {
            let value = cell.get(key)?;
            let number = value.value.as_integer()?;
            Some((key, usize::try_from(number).ok()?, value))
        });
        let asked: Vec<(&str, usize, &Value)> = asked.collect();
        let Some((key, _, first)) = asked.first() else {
            return Ok(toml::Table::new());
        };
        let numbers: Vec<(&str, usize)> = asked.iter().map(|(key, n, _)| (*key, *n)).collect();
        self.profile.resized(backbone, &numbers).ok_or_else(|| {
            let what = match is_checkpoint(backbone) {
                true => format!("`{backbone}` is a checkpoint, which has its own `{key}`"),
                false => format!("a `{backbone}` body of this profile follows from no `[size]`"),
            };
            let help =
                "set a field of the body, `body.…`, or take a shape of the profile".to_owned();
            let spot = study.spot(first.at.clone(), what, "cannot be set");
            spot.help(Some(help)).into()
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
    let body = BodyConfig::deserialize(shape).map_err(|error| files::plain(error.message()))?;
    body.check().map_err(|error| error.to_string())?;
    Ok(body)
}
