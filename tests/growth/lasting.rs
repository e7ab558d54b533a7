//! How long a signature lasts by what it carries.

use crate::bench::at;
use crate::table::Table;
use inkan::der::Bytes;
use inkan::edge::clock::now;
use inkan::edge::web::Web;
use inkan::evidence::{EvidenceSource, Fetch, Unavailable, Want};
use inkan::task::sign::{Desk, support};
use inkan::time::Instant;

const DAY: i64 = 86_400;

/// The web, in which somebody's list may be gone.
struct Reached {
    web: Web,
    gone: Option<String>,
}

impl EvidenceSource for Reached {
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable> {
        match (&want.fetch, &self.gone) {
            (Some(Fetch::Get(url)), Some(gone)) if url == gone => {
                Err(Unavailable("gone".to_owned()))
            }
            (_, _) => self.web.obtain(want),
        }
    }
}

/// Until when a signature at LTA, made with what can be reached, is provable offline.
fn ends(gone: Option<&str>) -> Instant {
    let mut table = Table::new();
    let gone = gone.map(|list| format!("{}/crl/{list}.crl", table.bench.lab().base_url()));
    let mut source = Reached { web: Web::default(), gone };
    let b = table.b("ec-physician");
    let t = table.t(b);
    let found = support(&t, &mut Desk { source: &mut source, ..table.desk() }).unwrap();
    let lta = table.lta(t.embed(&found).unwrap(), "tsa-ec");
    let found = support(&lta, &mut Desk { source: &mut source, ..table.desk() }).unwrap();
    table.bench.write("record.txt.p7s", &lta.supported(&found).unwrap().detached());
    let words = ["renew", "record.txt.p7s", "--trust", "lab/trust", "--format", "json"];
    let ran = table.bench.inkan(&words);
    let json = serde_json::from_str(&ran.stdout).unwrap();
    at(&json, "/records/0/renew_by").parse().unwrap_or_else(|_| panic!("{json:#}"))
}

#[test]
fn a_signature_outlasts_the_responder_who_answered_about_its_tsa_where_there_is_a_list() {
    // The responder of the lab ends in ninety days, its TSA in ten years.
    let [a_quarter, five_years] = [91, 5 * 365].map(|days| now().plus_seconds(days * DAY));
    assert!(ends(None) > five_years);
    let without = ends(Some("tsa-ca"));
    assert!(without < a_quarter, "{without}");
}
