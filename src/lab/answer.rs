//! What the lab answers to a request at a moment: a function, without sockets.

use super::certificate::key_id;
use super::crl::{CrlDraft, Revoked};
use super::declaration::{CrlService, Purpose, Scope};
use super::fault::{Fault, Faults};
use super::http::{Delivery, Reply, Request, percent_decoded};
use super::ocsp::Responder;
use super::tsa::Authority;
use super::{Lab, LabError, Member, WARNING};
use crate::edge::entropy::random;
use crate::key::{KeyError, SigningKey};
use crate::time::Instant;
use base64ct::{Base64, Encoding as _};
use std::fmt::Write as _;
use std::time::Duration;

/// A reply and how it is delivered.
#[derive(Debug)]
pub(super) struct Answer {
    pub reply: Reply,
    pub delay: Duration,
    pub delivery: Delivery,
}

/// Answers a request as the clock stands. The very same path was asked for that often before.
pub(super) fn answer(lab: &Lab, request: &Request, now: Instant, asked: u32) -> Answer {
    let whole = |reply| Answer { reply, delay: Duration::ZERO, delivery: Delivery::Whole };
    let Some(path) = percent_decoded(&request.path) else {
        return whole(Reply::text(400, "the path is not percent-encoded"));
    };
    let (faults, path) = match split_faults(&path) {
        Ok(split) => split,
        Err(reply) => return whole(reply),
    };
    let path = match admitted(lab, request, path) {
        Ok(path) => path,
        Err(reply) => return whole(reply),
    };
    if faults.is_busy(asked) {
        return whole(Reply::text(503, "asked to be busy"));
    }
    let now = now.plus_seconds(faults.clock_shift());
    let reply = route(lab, request, path, now, &faults).unwrap_or_else(|error| match error {
        Unanswered::Reply(reply) => reply,
        Unanswered::Lab(error) => Reply::text(500, &error.to_string()),
    });
    let delivery = if faults.has(Fault::Close) {
        Delivery::Nothing
    } else if faults.has(Fault::Truncate) {
        Delivery::HalfTheBody
    } else {
        Delivery::Whole
    };
    Answer { reply: spoilt(reply, &faults), delay: faults.delay(), delivery }
}

/// The list that a service publishes at a moment.
pub(super) fn crl(
    lab: &Lab,
    service: &CrlService,
    now: Instant,
    faults: &Faults,
) -> Result<Vec<u8>, LabError> {
    let issuer = known(lab, &service.issuer)?;
    let lifetime = service.lifetime.seconds();
    let staleness = if faults.has(Fault::StaleCrl) { lifetime } else { 0 };
    let this_update = now.plus_seconds(-service.age.seconds() - staleness);
    let age_of_lab = now.unix().saturating_sub(lab.made_at.unix());
    let draft = CrlDraft {
        issuer: issuer.certificate.subject().der(),
        issuer_key_id: &key_id(issuer.certificate.public_key()),
        this_update,
        next_update: this_update.plus_seconds(lifetime),
        number: service.number.saturating_add(u64::try_from(age_of_lab).unwrap_or(0)),
        only_ca: service.scope == Scope::Ca,
        point: service.point.as_ref().map(super::name::DistinguishedName::to_der),
        entries: revoked(lab, issuer, service.scope, this_update),
    };
    let key = signing_key(lab, issuer, faults)?;
    draft.sign(key).map_err(|source| LabError::Key { name: issuer.name().to_owned(), source })
}

/// Why there is no ordinary reply.
enum Unanswered {
    Reply(Reply),
    Lab(LabError),
}

impl From<LabError> for Unanswered {
    fn from(error: LabError) -> Self {
        Self::Lab(error)
    }
}

/// Takes `/fault/…` off the path.
fn split_faults(path: &str) -> Result<(Faults, &str), Reply> {
    let Some(rest) = path.strip_prefix("/fault/") else {
        return Ok((Faults::default(), path));
    };
    let at = rest.find('/').unwrap_or(rest.len());
    let (faults, path) = rest.split_at_checked(at).unwrap_or((rest, ""));
    let faults =
        faults.parse().map_err(|e: super::UnknownFault| Reply::text(400, &e.to_string()))?;
    Ok((faults, path))
}

/// The user whom `/auth/…` lets in, with the password of the lab.
const USER: &str = "hospital";

/// Takes `/auth` off the path, for whoever has the password (RFC 7617).
fn admitted<'a>(lab: &Lab, request: &Request, path: &'a str) -> Result<&'a str, Reply> {
    let Some(rest) = path.strip_prefix("/auth/") else { return Ok(path) };
    let pair = format!("{USER}:{}", lab.declaration.password);
    let wanted = format!("Basic {}", Base64::encode_string(pair.as_bytes()));
    if request.authorization == wanted { Ok(rest) } else { Err(Reply::text(401, "who are you?")) }
}

fn route(
    lab: &Lab,
    request: &Request,
    path: &str,
    now: Instant,
    faults: &Faults,
) -> Result<Reply, Unanswered> {
    let not_found =
        || Unanswered::Reply(Reply::text(404, "nothing here; GET / lists what there is"));
    let (kind, name) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
    match (request.method.as_str(), kind) {
        ("GET", "") if path.is_empty() || path == "/" => Ok(Reply::text(200, &listing(lab))),
        ("POST", "tsa") => {
            demand(request, "application/timestamp-query")?;
            tsa(lab, name, &request.body, now, faults)?.ok_or_else(not_found)
        }
        ("POST", "ocsp") => {
            demand(request, "application/ocsp-request")?;
            ocsp(lab, name, &request.body, now, faults)?.ok_or_else(not_found)
        }
        ("GET", "ocsp") => {
            // RFC 6960 appendix A.1: the request in base64, itself full of slashes.
            let (name, base64) = name.split_once('/').ok_or_else(not_found)?;
            let question = Base64::decode_vec(base64)
                .map_err(|_| Unanswered::Reply(Reply::text(400, "the path ends in no base64")))?;
            ocsp(lab, name, &question, now, faults)?.ok_or_else(not_found)
        }
        ("GET", "crl" | "aia") if faults.has(Fault::Reject) => {
            Ok(Reply::text(403, "asked to reject"))
        }
        ("GET", "crl") => {
            let name = name.strip_suffix(".crl").ok_or_else(not_found)?;
            let service = lab.declaration.crls.iter().find(|service| service.name == name);
            let body = crl(lab, service.ok_or_else(not_found)?, now, faults)?;
            Ok(Reply { status: 200, content_type: "application/pkix-crl", body })
        }
        ("GET", "aia") => {
            let member = name.strip_suffix(".der").and_then(|name| lab.member(name));
            let body = member.ok_or_else(not_found)?.certificate.der().to_vec();
            Ok(Reply { status: 200, content_type: "application/pkix-cert", body })
        }
        ("GET", _) => Err(not_found()),
        _ => {
            Err(Unanswered::Reply(Reply::text(405, "POST to /tsa and /ocsp, GET everything else")))
        }
    }
}

fn demand(request: &Request, content_type: &str) -> Result<(), Unanswered> {
    let sent = request.content_type.split(';').next().unwrap_or_default().trim();
    if sent.eq_ignore_ascii_case(content_type) {
        return Ok(());
    }
    Err(Unanswered::Reply(Reply::text(415, &format!("send Content-Type: {content_type}"))))
}

fn tsa(
    lab: &Lab,
    name: &str,
    query: &[u8],
    now: Instant,
    faults: &Faults,
) -> Result<Option<Reply>, LabError> {
    let Some(service) = lab.declaration.tsas.iter().find(|service| service.entity == name) else {
        return Ok(None);
    };
    let member = known(lab, name)?;
    let mut chain = vec![member.certificate.clone()];
    chain.extend(lab.chain(member).into_iter().map(|issuer| issuer.certificate.clone()));
    let authority = Authority {
        service,
        certificate: &member.certificate,
        chain: &chain,
        key: signing_key(lab, member, faults)?,
        now,
        faults,
    };
    let failed = |source| LabError::Key { name: name.to_owned(), source };
    let body = authority.answer(query).map_err(failed)?;
    Ok(Some(Reply { status: 200, content_type: "application/timestamp-reply", body }))
}

fn ocsp(
    lab: &Lab,
    name: &str,
    question: &[u8],
    now: Instant,
    faults: &Faults,
) -> Result<Option<Reply>, LabError> {
    let Some(service) = lab.declaration.responders.iter().find(|service| service.entity == name)
    else {
        return Ok(None);
    };
    let member = known(lab, name)?;
    // A responder that nobody delegated answers for itself.
    let issuer = member.entity.issuer.as_deref().map_or(Ok(member), |issuer| known(lab, issuer))?;
    let responder = Responder {
        issuer: &issuer.certificate,
        issued: issued_by(lab, issuer).map(|member| member.certificate.serial()).collect(),
        revoked: revoked(lab, issuer, Scope::All, now),
        certificate: &member.certificate,
        key: signing_key(lab, member, faults)?,
        now,
        lifetime: service.lifetime.seconds(),
        faults,
    };
    let failed = |source| LabError::Key { name: name.to_owned(), source };
    let body = responder.answer(question).map_err(failed)?;
    Ok(Some(Reply { status: 200, content_type: "application/ocsp-response", body }))
}

fn issued_by<'a>(lab: &'a Lab, issuer: &'a Member) -> impl Iterator<Item = &'a Member> {
    let name = Some(issuer.entity.name.as_str());
    lab.members.iter().filter(move |member| member.entity.issuer.as_deref() == name)
}

/// What an issuer has revoked by a moment.
fn revoked<'a>(lab: &'a Lab, issuer: &'a Member, scope: Scope, by: Instant) -> Vec<Revoked<'a>> {
    let in_scope =
        issued_by(lab, issuer).filter(|m| scope == Scope::All || m.purpose() == Purpose::Ca);
    let entries = in_scope.filter_map(|member| {
        let revocation = member.entity.revoked?;
        let at = revocation.at.from(lab.made_at);
        let serial = member.certificate.serial();
        (at <= by).then(|| Revoked { serial, at, reason: revocation.reason.code() })
    });
    entries.collect()
}

fn known<'a>(lab: &'a Lab, name: &str) -> Result<&'a Member, LabError> {
    let missing = || KeyError::Unsupported("there is no such entity".to_owned());
    lab.member(name).ok_or_else(|| LabError::Key { name: name.to_owned(), source: missing() })
}

/// Somebody's key; or, where that is the fault asked for, another key that signs in the same way.
fn signing_key<'a>(
    lab: &'a Lab,
    member: &'a Member,
    faults: &Faults,
) -> Result<&'a dyn SigningKey, LabError> {
    let key = member.key(lab)?;
    if !faults.has(Fault::WrongSigner) {
        return Ok(key);
    }
    let own = member.certificate.public_key();
    let other = lab.members.iter().find(|other| {
        let theirs = other.certificate.public_key();
        other.has_key() && theirs != own && theirs.kind() == own.kind()
    });
    match other {
        Some(other) => Ok(other.key(lab)?),
        None => Err(LabError::Key {
            name: member.name().to_owned(),
            source: KeyError::Unsupported("no other key signs in the same way".to_owned()),
        }),
    }
}

/// The reply after the faults that touch any reply.
fn spoilt(reply: Reply, faults: &Faults) -> Reply {
    if faults.has(Fault::ServerError) {
        return Reply::text(500, "asked to fail");
    }
    if faults.has(Fault::Forbid) {
        return Reply::text(403, "asked to forbid");
    }
    if faults.has(Fault::Redirect) {
        return Reply::text(302, "asked to send elsewhere");
    }
    let mut reply = reply;
    if faults.has(Fault::Garbage) {
        // Without randomness any bytes that are no DER will do.
        reply.body = random::<512>().unwrap_or([0xff; 512]).to_vec();
    }
    if faults.has(Fault::WrongContentType) {
        reply.content_type = "text/html";
    }
    reply
}

/// What there is, for people.
fn listing(lab: &Lab) -> String {
    let mut text = format!("{WARNING}\n\nServices\n");
    let declared = &lab.declaration;
    let tsas = declared.tsas.iter().map(|s| ("POST", lab.tsa_url(&s.entity)));
    let responders = declared.responders.iter().map(|s| ("POST", lab.ocsp_url(&s.entity)));
    let lists = declared.crls.iter().map(|s| ("GET ", lab.crl_url(&s.name)));
    for (method, url) in tsas.chain(responders).chain(lists) {
        let _ = writeln!(text, "  {method} {url}");
    }
    text.push_str("\nCertificates, at /aia/NAME.der\n");
    for member in &lab.members {
        let what = member
            .defect()
            .map_or_else(|| member.note().to_owned(), |defect| format!("BAD: {defect}"));
        let _ = writeln!(text, "  {:<26} {what}", member.name());
    }
    text.push_str("\nPut /auth before a path to be asked for user and password\n");
    text.push_str("\nFaults: put /fault/FAULT[,FAULT] before any path\n");
    text
}
