use results::Rebuilt;

/// What there is of a study's runs, and of the pretrainings that they start from.
pub struct Found {
    pub own: Rebuilt,
    pub pretrainings: Rebuilt,
}
