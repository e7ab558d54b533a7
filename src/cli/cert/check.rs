//! `inkan cert check`

use super::{Format, Given, Stores, failure};
use crate::cli::options::{self, Judging};
use crate::cli::verify::{exit_of, report_failure, style};
use crate::cli::{Exit, Failure};
use crate::evidence::EvidenceSet;
use crate::oid::Oid;
use crate::policy::path::{AcceptablePolicies, AnyPolicy, ExplicitPolicy, PolicyMapping};
use crate::policy::{ContentCheck, PathSettings, Profile};
use crate::report::certificate::{self, PathShown};
use crate::report::{Catalogue, Language};
use crate::task::bundle::NoCertificate;
use crate::task::certify::{Bench, CertificateReport, CertifyReport, Revocation};
use crate::time::Instant;
use std::path::PathBuf;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Certificates (PEM, DER), bundles (.p7b, CMS), PKCS #12 stores, directories of them, or `-` for
    /// standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The profile to judge under (`inkan policy list`); without it, that of the kind that each
    /// certificate is recognised as.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Judge as of this time (RFC 3339) instead of now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,

    /// Show the path to the trusted certificate.
    #[arg(long)]
    path: bool,

    /// Do not ask whether the certificates are revoked. The report says so.
    #[arg(long)]
    no_revocation: bool,

    /// A certificate policy that is acceptable for the path, dotted; may be given several times
    /// (RFC 5280 user-initial-policy-set). Without this, every policy is.
    #[arg(long, value_name = "OID")]
    policy: Vec<String>,

    /// Demand that the path is valid for an acceptable policy (initial-explicit-policy).
    #[arg(long)]
    require_explicit_policy: bool,

    /// Do not let CAs map their policies to those of others (initial-policy-mapping-inhibit).
    #[arg(long)]
    inhibit_policy_mapping: bool,

    /// Do not let anyPolicy stand for every policy (initial-any-policy-inhibit).
    #[arg(long)]
    inhibit_any_policy: bool,

    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    /// Show every finding, met ones too.
    #[arg(long)]
    full: bool,

    #[command(flatten)]
    stores: Stores,

    #[command(flatten)]
    judging: Judging,
}

/// Judges and reports.
pub(super) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    let revocation = if args.no_revocation { Revocation::NotAsked } else { Revocation::Asked };
    let bench = Bench::new(args.judging.trust()?, args.settings()?, revocation)?;
    let asked = args.profile.as_deref().map(|name| named(&bench, name)).transpose()?;
    let at = options::time(args.at.as_deref())?;
    let given = Given::read(&args.files, &args.stores)?;
    let passed_over = given.passed_over.clone();
    let report = CertifyReport {
        at,
        asked: args.profile.clone(),
        offline: args.judging.offline,
        revocation,
        anchors: bench.anchors(),
        certificates: judged(args, given, &bench, asked, at)?,
        passed_over,
    };
    crate::cli::print(&render(&report, args, language)?)?;
    Ok(exit_of(report.indication()))
}

impl Args {
    fn settings(&self) -> Result<PathSettings, Failure> {
        let dotted = |text: &String| {
            Oid::new(text).map_err(|_| {
                let error = format!("'{text}' is no object identifier");
                Failure::new(error, "write the policy dotted, as in 1.2.392.100495.1.5.1.1.3.1")
            })
        };
        let policies = self.policy.iter().map(dotted).collect::<Result<Vec<_>, _>>()?;
        Ok(PathSettings {
            policies: AcceptablePolicies::of(policies),
            explicit: match self.require_explicit_policy {
                true => ExplicitPolicy::Required,
                false => ExplicitPolicy::NotRequired,
            },
            mapping: match self.inhibit_policy_mapping {
                true => PolicyMapping::Inhibited,
                false => PolicyMapping::Allowed,
            },
            any_policy: match self.inhibit_any_policy {
                true => AnyPolicy::Inhibited,
                false => AnyPolicy::Allowed,
            },
        })
    }
}

fn named<'a>(bench: &'a Bench, name: &str) -> Result<&'a Profile<ContentCheck>, Failure> {
    bench.profile(name).ok_or_else(|| {
        let all: Vec<&str> = bench.kinds().profiles().iter().map(|p| p.name.as_str()).collect();
        let error = format!("there is no certificate profile named '{name}'");
        Failure::new(error, format!("the profiles are {}", all.join(", ")))
    })
}

/// Certificates named together may help one another to a path; none is trusted for it.
fn judged(
    args: &Args,
    given: Given,
    bench: &Bench,
    asked: Option<&Profile<ContentCheck>>,
    at: Instant,
) -> Result<Vec<CertificateReport>, Failure> {
    let mut evidence: EvidenceSet = args.judging.evidence()?;
    for bundle in given.files.iter().filter_map(|(_, opened)| opened.as_ref().ok()) {
        bundle.certificates.iter().cloned().for_each(|c| evidence.add_certificate(c));
        bundle.crls.iter().cloned().for_each(|crl| evidence.add_crl(crl));
    }
    let mut source = args.judging.source();
    let mut reports = Vec::new();
    for (path, opened) in given.files {
        let bundle = match opened {
            Ok(bundle) if bundle.is_empty() => {
                reports.push(CertificateReport::unreadable(&path, &NoCertificate::Nothing, at));
                continue;
            }
            Ok(bundle) => bundle,
            Err(error @ NoCertificate::Pkcs12(_)) => return Err(failure(&path, &error)),
            Err(error) => {
                reports.push(CertificateReport::unreadable(&path, &error, at));
                continue;
            }
        };
        for certificate in &bundle.certificates {
            let source = source.as_mut();
            reports.push(bench.judge(&path, certificate, asked, at, &mut evidence, source));
        }
        for error in bundle.unreadable {
            let error = NoCertificate::Malformed(error);
            reports.push(CertificateReport::unreadable(&path, &error, at));
        }
    }
    Ok(reports)
}

fn render(report: &CertifyReport, args: &Args, language: Language) -> Result<String, Failure> {
    let catalogue = Catalogue::load(language);
    let path = if args.path { PathShown::Tree } else { PathShown::No };
    Ok(match args.format {
        Format::Text => certificate::render(report, catalogue, style(args.full), path),
        Format::Json => {
            let report = certificate::json::render(report, catalogue);
            report.to_text().map_err(report_failure)?
        }
    })
}
