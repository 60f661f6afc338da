use super::resolver::Resolver;
use crate::error::StudyError;
use crate::grid::Point;
use crate::keys::backbone_of;
use crate::study::Study;
use evidence::Place;

impl Resolver {
    /// The cells whose body is the same in every replicate, and what it is called.
    pub fn one_body(
        &self,
        study: &Study,
        points: &[Point],
    ) -> Result<Vec<(Place, String)>, StudyError> {
        let mut same = Vec::new();
        for point in points {
            let (file, cell) = (&study.file, &point.settings);
            let draft = self.draft(file, cell)?;
            let body = |replicate| {
                let resolved = self.resolve(file, cell, &draft, replicate, None)?;
                Ok::<_, StudyError>(resolved.job)
            };
            let first = body(1)?;
            // Whoever has a list of checkpoints has two of them, or one for all.
            let second = body(2).unwrap_or_else(|_| first.clone());
            if !first.draws_body() && first.initialisation == second.initialisation {
                let name = match point.settings.get("pretraining") {
                    Some(pretraining) => pretraining.text.clone(),
                    None => backbone_of(&point.settings).to_owned(),
                };
                same.push((Place::of(&study.place(point)), name));
            }
        }
        Ok(same)
    }
}
