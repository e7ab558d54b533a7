//! Serves a lab over HTTP on loopback, one thread for each connection.

use super::answer::answer;
use super::http::{Delivery, Reply, Request};
use super::tls::{Clients, secured};
use super::{Lab, LabError};
use crate::time::Instant;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A client that says nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// More connections at once than any test opens.
const MAX_CONNECTIONS: usize = 128;

/// A loopback port that waits for its lab: certificates carry the address, so it comes first.
#[derive(Debug)]
pub struct LabPort {
    listener: TcpListener,
    base_url: String,
    tls: Option<Arc<ServerConfig>>,
}

/// A lab being served. It stops when dropped; requests under way are not waited for.
pub struct LabServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    lab: Lab,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
    tls: Option<Arc<ServerConfig>>,
    asked: Mutex<BTreeMap<String, u32>>,
    stopping: AtomicBool,
    connections: AtomicUsize,
}

impl LabServer {
    /// Takes any free port on 127.0.0.1.
    pub fn bind() -> Result<LabPort, LabError> {
        Self::bind_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// Takes this address, which must be a loopback address.
    pub fn bind_at(address: SocketAddr) -> Result<LabPort, LabError> {
        if !address.ip().is_loopback() {
            return Err(LabError::NotLoopback(address));
        }
        let failed = |source| LabError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        let base_url = format!("http://{}", listener.local_addr().map_err(failed)?);
        Ok(LabPort { listener, base_url, tls: None })
    }

    /// Takes the address that the certificates of a lab carry.
    pub fn bind_for(lab: &Lab) -> Result<LabPort, LabError> {
        let address = lab.base_url().strip_prefix("http://").and_then(|text| text.parse().ok());
        let address: SocketAddr = address.ok_or_else(|| LabError::Listen {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            source: io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("'{}' is no http://ADDRESS:PORT", lab.base_url()),
            ),
        })?;
        Self::bind_at(address)
    }

    /// The lab being served.
    pub fn lab(&self) -> &Lab {
        &self.shared.lab
    }

    /// Where it is served.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl LabPort {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// Secures the connections: with the `tls-server` of that PKI ([`super::Declaration::tls`]), and for
    /// the clients whom its root vouches for, if only those are let in.
    pub fn secured(self, pki: &Lab, clients: Clients) -> Result<Self, LabError> {
        let base_url = self.base_url.replacen("http:", "https:", 1);
        Ok(Self { tls: Some(secured(pki, clients)?), base_url, ..self })
    }

    /// Serves the lab here, by this clock, until the server is dropped.
    pub fn serve(
        self,
        lab: Lab,
        clock: impl Fn() -> Instant + Send + Sync + 'static,
    ) -> Result<LabServer, LabError> {
        let unknown = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let failed = |source| LabError::Listen { address: unknown, source };
        let listener = self.listener;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared {
            lab,
            clock: Box::new(clock),
            tls: self.tls,
            asked: Mutex::default(),
            stopping: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
        });
        let accepting = thread::Builder::new()
            .name("lab".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || accept(&listener, &shared)
            })
            .map_err(failed)?;
        Ok(LabServer { shared, address, accepting: Some(accepting) })
    }
}

impl Drop for LabServer {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // The accepting thread waits for a connection: here is one. If none can be made, the
        // thread is left behind rather than waited for without end.
        let woken = TcpStream::connect_timeout(&self.address, PATIENCE).is_ok();
        if let Some(accepting) = self.accepting.take().filter(|_| woken) {
            let _ = accepting.join();
        }
    }
}

impl fmt::Debug for LabServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LabServer({})", self.address)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else {
            // Out of file handles, most likely: some connections must end first.
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        let place = Place::take(shared);
        // A thread that does not start drops the stream, which the client sees as a closed connection.
        let _ = thread::Builder::new().name("lab connection".to_owned()).spawn(move || {
            let _ = converse(stream, &place);
        });
    }
}

/// One of the connections that are open at once.
struct Place {
    shared: Arc<Shared>,
    taken_before: usize,
}

impl Place {
    fn take(shared: &Arc<Shared>) -> Self {
        let taken_before = shared.connections.fetch_add(1, Ordering::SeqCst);
        Self { shared: Arc::clone(shared), taken_before }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.connections.fetch_sub(1, Ordering::SeqCst);
    }
}

fn converse(stream: TcpStream, place: &Place) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    match &place.shared.tls {
        None => converse_over(stream, place),
        Some(config) => {
            let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
            let mut stream = StreamOwned::new(connection, stream);
            converse_over(&mut stream, place)?;
            stream.conn.send_close_notify();
            stream.flush()
        }
    }
}

fn converse_over(stream: impl io::Read + io::Write, place: &Place) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    if place.taken_before >= MAX_CONNECTIONS {
        return Reply::text(503, "too many connections").send(stream.get_mut(), Delivery::Whole);
    }
    match Request::read(&mut stream)? {
        Err(reply) => reply.send(stream.get_mut(), Delivery::Whole),
        Ok(request) => {
            let now = (place.shared.clock)();
            let asked = place.shared.count(&request.path);
            let answer = answer(&place.shared.lab, &request, now, asked);
            thread::sleep(answer.delay);
            answer.reply.send(stream.get_mut(), answer.delivery)
        }
    }
}

impl Shared {
    /// How often that path was asked for before.
    fn count(&self, path: &str) -> u32 {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let count = asked.entry(path.to_owned()).or_default();
        let before = *count;
        *count = count.saturating_add(1);
        before
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{TRIAL, fetch};
    use super::super::{Declaration, WARNING};
    use super::*;
    use crate::edge::clock::now;

    const QUERY: &str = "application/timestamp-query";

    fn ask(faults: &str) -> Option<super::super::trial::Response> {
        let url = TRIAL.faulty(faults, &TRIAL.lab().tsa_url("tsa-ec"));
        let imprint = crate::digest::DigestAlgorithm::Sha256.digest(b"record");
        TRIAL.post(&url, QUERY, &crate::der::tsp::request(&imprint, &[1]))
    }

    #[test]
    fn the_front_page_warns_and_lists() {
        let page = TRIAL.get(TRIAL.lab().base_url()).unwrap();
        let text = String::from_utf8(page.body).unwrap();
        assert!(text.starts_with(WARNING));
        assert!(text.contains(&TRIAL.lab().tsa_url("tsa-ec")) && text.contains("BAD: expired"));
    }

    #[test]
    fn certificates_are_where_the_access_extension_says() {
        let urls =
            TRIAL.member("ec-physician").certificate().access_urls(crate::oid::AD_CA_ISSUERS);
        let response = TRIAL.get(&urls[0]).unwrap();
        assert_eq!(response.content_type, "application/pkix-cert");
        assert_eq!(response.body, TRIAL.member("ec-ca").certificate().der().as_ref());
    }

    #[test]
    fn faults_of_the_transport_are_what_they_are_called() {
        assert_eq!(ask("500").unwrap().status, 500);
        assert!(ask("close").is_none());
        let cut = ask("truncate").unwrap();
        assert!(cut.announced > 0 && cut.body.len() == cut.announced / 2);
        assert_eq!(ask("wrong-content-type").unwrap().content_type, "text/html");
        let garbage = ask("garbage").unwrap();
        assert_eq!(garbage.content_type, "application/timestamp-reply");
        assert!(crate::der::tsp::TimeStampResponse::parse(&garbage.body).is_err());
    }

    #[test]
    fn a_slow_answer_takes_its_time_and_keeps_nobody_else_waiting() {
        let begun = std::time::Instant::now();
        let slow = thread::spawn(|| ask("slow=2000").unwrap());
        assert_eq!(ask("slow=0").unwrap().status, 200);
        assert!(!slow.is_finished(), "the quick answer came while the slow one was still waiting");
        assert_eq!(slow.join().unwrap().status, 200);
        assert!(begun.elapsed() >= Duration::from_secs(2));
    }

    #[test]
    fn what_is_not_there_or_not_asked_rightly_is_refused() {
        let lab = TRIAL.lab();
        let status = |method, path: &str, kind| {
            fetch(method, &format!("{}{path}", lab.base_url()), kind, b"x").unwrap().status
        };
        assert_eq!(status("POST", "/tsa/nobody", QUERY), 404);
        assert_eq!(status("POST", "/tsa/ec-physician", QUERY), 404);
        assert_eq!(status("POST", "/tsa/tsa-ec", "text/plain"), 415);
        assert_eq!(status("PUT", "/tsa/tsa-ec", QUERY), 405);
        assert_eq!(status("GET", "/crl/../pki.toml", ""), 404);
        assert_eq!(status("GET", "/aia/ec-ca.key", ""), 404);
        assert_eq!(status("POST", "/fault/explode/tsa/tsa-ec", QUERY), 400);
    }

    #[test]
    fn only_loopback_is_served() {
        let outside = SocketAddr::from(([0, 0, 0, 0], 0));
        assert!(matches!(LabServer::bind_at(outside).unwrap_err(), LabError::NotLoopback(_)));
    }

    #[test]
    fn a_server_that_is_dropped_gives_its_port_back() {
        let declaration = Declaration::parse("password = 'p'\nentity = []").unwrap();
        let port = LabServer::bind().unwrap();
        let lab = Lab::build(declaration.clone(), port.base_url(), now()).unwrap();
        let server = port.serve(lab, now).unwrap();
        let (address, base) = (server.address(), server.lab().base_url().to_owned());
        assert_eq!(fetch("GET", &base, "", &[]).unwrap().status, 200);
        drop(server);
        assert!(TcpStream::connect(address).is_err());
        let again = Lab::build(declaration, base.clone(), now()).unwrap();
        assert_eq!(LabServer::bind_for(&again).unwrap().base_url(), base);
    }
}
