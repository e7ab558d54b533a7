//! Evidence from the network.

use super::entropy;
use super::http::HttpClient;
use super::tsa::Tsas;
use crate::der::Bytes;
use crate::der::ocsp::{self, OcspResponse};
use crate::evidence::{EvidenceSource, Fetch, Unavailable, Want, Wanted};
use std::sync::Arc;

/// Octets of a nonce in an OCSP request: as many as RFC 9654 §2.1 asks of clients.
const NONCE: usize = 32;

/// Fetches what verdicts want, where a certificate or the user says it is to be had.
#[derive(Debug, Default)]
pub struct Web {
    client: HttpClient,
    tsas: Option<Arc<Tsas>>,
}

impl EvidenceSource for Web {
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable> {
        match &want.fetch {
            None => Err(Unavailable("it cannot be fetched".to_owned())),
            Some(Fetch::Get(url)) => {
                let answer = self.client.get(url).map(Bytes::from);
                answer.map_err(|error| Unavailable(error.to_string()))
            }
            Some(Fetch::Post { url, media_type, body }) if want.what == Wanted::Ocsp => {
                self.ask(url, media_type, body)
            }
            Some(Fetch::Post { url, media_type, body }) => match self.tsa(url, want.what) {
                Some(tsas) => tsas.ask(url, body),
                None => self.post(url, media_type, body),
            },
        }
    }
}

impl Web {
    /// With these TSAs, which all threads of a run share: their limits are on all of us.
    pub fn with_tsas(tsas: Arc<Tsas>) -> Self {
        Self { client: HttpClient::default(), tsas: Some(tsas) }
    }

    fn tsa(&self, url: &str, what: Wanted) -> Option<&Tsas> {
        let tsas = self.tsas.as_deref().filter(|_| what == Wanted::Timestamp)?;
        tsas.knows(url).then_some(tsas)
    }

    /// Asks for a status. An answer without the nonce may have been signed ahead, and its own times say
    /// how far it holds (RFC 6960 §4.4.1); one with another nonce was given to somebody else. A
    /// responder that refuses a question with a nonce is asked without.
    fn ask(&self, url: &str, media_type: &str, request: &[u8]) -> Result<Bytes, Unavailable> {
        let nonce = entropy::random::<NONCE>().map_err(|error| Unavailable(error.to_string()))?;
        let unwritten = |_| Unavailable("the question cannot be written".to_owned());
        let question = ocsp::with_nonce(request, &nonce).map_err(unwritten)?;
        let answer = self.post(url, media_type, &question)?;
        match OcspResponse::parse(&answer) {
            Ok(OcspResponse::Basic(given)) if given.nonce().is_some_and(|n| n != nonce) => {
                Err(Unavailable("the answer is to another question (OCSP nonce)".to_owned()))
            }
            Ok(OcspResponse::Refused(_)) => answered(self.post(url, media_type, request)?),
            Ok(OcspResponse::Basic(_)) | Err(_) => Ok(answer),
        }
    }

    fn post(&self, url: &str, media_type: &str, body: &[u8]) -> Result<Bytes, Unavailable> {
        let accept = media_type.replace("-request", "-response").replace("-query", "-reply");
        let answer = self.client.post(url, media_type, body, &accept);
        answer.map(|a| Bytes::from(a.body)).map_err(|error| Unavailable(error.to_string()))
    }
}

/// The answer, unless it is a refusal (RFC 6960 §4.2.1).
fn answered(answer: Bytes) -> Result<Bytes, Unavailable> {
    let Ok(OcspResponse::Refused(status)) = OcspResponse::parse(&answer) else { return Ok(answer) };
    let said = match status {
        1 => "malformedRequest".to_owned(),
        2 => "internalError".to_owned(),
        3 => "tryLater".to_owned(),
        5 => "sigRequired".to_owned(),
        6 => "unauthorized".to_owned(),
        other => format!("status {other}"),
    };
    Err(Unavailable(format!("the OCSP responder gives no answer: {said}")))
}
