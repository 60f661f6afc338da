use std::error::Error;

/// Whether the other side stayed silent for as long as it may.
pub fn is_silence(error: &ureq::Error) -> bool {
    matches!(error, ureq::Error::Timeout(_))
}

/// The cause at the bottom, on one line: what is above it repeats addresses.
pub fn said(error: &ureq::Error) -> String {
    let text = match error {
        ureq::Error::Io(error) => innermost(error),
        ureq::Error::Rustls(error) => error.to_string(),
        other => other.to_string(),
    };
    let line = text.lines().next();
    line.unwrap_or("failed without a word").to_owned()
}

fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn what_is_said_is_the_cause_on_one_line() {
        let cause = io::Error::other("no route\nat all");
        let error = ureq::Error::Io(io::Error::other(cause));
        assert_eq!(said(&error), "no route");
        assert!(!is_silence(&error));
    }
}
