//! Tables, statistics and figures.
