//! Whether the token has the mechanisms that its profile signs with.

use super::{Subject, TokenFinding, TokenOutcome, weight};
use crate::policy::token::SignRow;
use crate::rule::Phrase;

pub(super) fn findings(subject: &Subject<'_>) -> Vec<TokenFinding> {
    subject.profile.sign.iter().map(|(algorithm, row)| mechanism(subject, algorithm, row)).collect()
}

fn mechanism(s: &Subject<'_>, algorithm: &str, row: &SignRow) -> TokenFinding {
    let listed = s.inside.mechanisms.iter().find(|known| known.name == row.mechanism);
    let outcome = match listed.map(|known| known.does) {
        None => TokenOutcome::Violated(Phrase::new("seen.token-mechanism-absent")),
        Some(None) => TokenOutcome::Unanswered(Phrase::new("seen.token-mechanism-untold")),
        Some(Some(does)) if !does.sign => {
            TokenOutcome::Violated(Phrase::new("seen.token-mechanism-no-sign"))
        }
        Some(Some(does)) => TokenOutcome::Met(
            Phrase::new("seen.token-mechanism").with("min", does.min).with("max", does.max),
        ),
    };
    let expected = Phrase::new("expect.token-mechanism").with("mechanism", &row.mechanism);
    let source = (row.source.as_str(), row.confirmed);
    let name = format!("sign.{algorithm}");
    s.row("token-mechanism", name, source, weight(row.confirmed), expected, outcome)
}
