//! Evidence from the network.

use super::http::HttpClient;
use crate::der::Bytes;
use crate::evidence::{EvidenceSource, Fetch, Unavailable, Want};

/// Fetches what verdicts want, where a certificate or the user says it is to be had.
#[derive(Debug, Default)]
pub struct Web {
    client: HttpClient,
}

impl EvidenceSource for Web {
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable> {
        let unavailable = |error: super::HttpError| Unavailable(error.to_string());
        match &want.fetch {
            None => Err(Unavailable("it cannot be fetched".to_owned())),
            Some(Fetch::Get(url)) => self.client.get(url).map(Bytes::from).map_err(unavailable),
            Some(Fetch::Post { url, media_type, body }) => {
                let accept =
                    media_type.replace("-request", "-response").replace("-query", "-reply");
                let answer =
                    self.client.post(url, media_type, body, &accept).map_err(unavailable)?;
                Ok(Bytes::from(answer.body))
            }
        }
    }
}
