use crate::statistics::Estimate;
use crate::verdict::Verdict;

/// How a cell of a table compares with the reference's.
#[derive(Clone, Debug, PartialEq)]
pub struct Against {
    /// This cell minus the reference, replicate by replicate; `None` while none is finished at both.
    pub lead: Option<Estimate>,
    /// What is found of "this cell has more than the reference", where a claim of the study says that or the
    /// contrary. Other differences have an interval and no verdict: nobody asked.
    pub decided: Option<Verdict>,
}
