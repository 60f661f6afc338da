use crate::blocks::{Effect, FindingBlock, Unit};
use crate::claims::{Finding, Measure};
use crate::format::{choice, floor_text, percent};

/// What a claim has come to.
pub(super) fn finding(finding: &Finding) -> FindingBlock {
    let place = choice(&finding.place);
    let censored = match finding.measure {
        Measure::Steps { censored, .. } if censored > 0 => Some(format!(
            "{censored} of the runs never arrived and count with their last step: the lead is a \
             bound, not a measurement"
        )),
        _ => None,
    };
    let floor = finding.floor.as_ref().map(floor_text);
    FindingBlock {
        says: finding.says.clone(),
        verdict: finding.verdict.clone(),
        compared: format!("{place}: {} against {}", finding.first, finding.second),
        effect: finding.lead.map(|lead| Effect {
            lead,
            unit: unit(finding.measure),
            p: finding.p,
            corrected: finding.corrected,
            asked: finding.expected,
        }),
        remarks: censored.into_iter().chain(floor).collect(),
    }
}

fn unit(measure: Measure) -> Unit {
    match measure {
        Measure::Accuracy => Unit {
            name: "points of test accuracy".to_owned(),
            scale: 100.0,
            digits: 1,
        },
        Measure::Steps { at, .. } => Unit {
            name: format!(
                "gradient steps sooner at {} % validation accuracy",
                percent(at)
            ),
            scale: 1.0,
            digits: 0,
        },
    }
}
