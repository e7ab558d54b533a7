//! `inkan cert check`

use super::given::{Given, Opened};
use super::{Format, Stores};
use crate::cli::options::{self, Judging, Saving};
use crate::cli::verify::{exit_of, report_failure, style};
use crate::cli::{Exit, Failure, Out};
use crate::der::certificate::Certificate;
use crate::evidence::EvidenceSet;
use crate::oid::Oid;
use crate::policy::path::{AcceptablePolicies, AnyPolicy, ExplicitPolicy, PolicyMapping};
use crate::policy::{ContentCheck, PathSettings, Profile};
use crate::report::certificate::{Form, PathShown, Telling};
use crate::report::{Catalogue, Language};
use crate::task::bundle::NoCertificate;
use crate::task::certify::{Bench, Call, CertificateReport, Issuers, Revocation, Tally};
use crate::time::Instant;
use std::io::BufWriter;
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

    #[command(flatten)]
    saving: Saving,
}

/// Judges and reports, certificate by certificate.
pub(super) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    let revocation = if args.no_revocation { Revocation::NotAsked } else { Revocation::Asked };
    let bench = Bench::new(args.judging.trust()?, args.settings()?, revocation)?;
    let asked = args.profile.as_deref().map(|name| named(&bench, name)).transpose()?;
    let call = Call {
        at: options::time(args.at.as_deref())?,
        asked: args.profile.clone(),
        offline: args.judging.offline,
        revocation,
        anchors: bench.anchors(),
    };
    let mut evidence = args.judging.evidence()?;
    let given = gather(args, &mut evidence)?;
    let out = BufWriter::with_capacity(1 << 16, Out::default());
    let begun = Telling::begin(args.form(), &call, Catalogue::load(language), out);
    let mut telling = begun.map_err(report_failure)?;
    let mut tally = Tally { passed_over: given.passed_over.clone(), ..Tally::default() };
    let mut source = args.judging.source();
    for file in given.each() {
        let (path, opened) = file?;
        let judged = |certificate: &Certificate| {
            bench.judge(path, certificate, asked, call.at, &mut evidence, source.as_mut())
        };
        for report in reports(path, opened, call.at, judged) {
            telling.tell(&report).map_err(report_failure)?;
            tally.count(&report);
        }
    }
    telling.end(&tally).map_err(report_failure)?;
    args.saving.save(&evidence, bench.policy(), call.at, None)?;
    Ok(exit_of(tally.indication()))
}

/// Certificates named together may help one another to a path; none is trusted for it.
fn gather(args: &Args, evidence: &mut EvidenceSet) -> Result<Given, Failure> {
    let mut issuers = Issuers::default();
    let given = Given::look(&args.files, args.stores.passwords()?, |number, opened| {
        let certificates = opened.iter().flat_map(|bundle| &bundle.certificates);
        certificates.for_each(|certificate| issuers.note(number, certificate));
        let lists = opened.iter().flat_map(|bundle| &bundle.crls);
        lists.for_each(|list| evidence.add_crl(list.clone()));
    })?;
    for number in issuers.files() {
        let certificates = given.open(number)?.map(|bundle| bundle.certificates);
        let certificates = certificates.into_iter().flatten();
        certificates.filter(|c| issuers.helps(c)).for_each(|c| evidence.add_certificate(c));
    }
    Ok(given)
}

/// One report for each certificate of a file, and for each thing that should be one. They are made
/// when they are asked for.
fn reports(
    path: &str,
    opened: Opened,
    at: Instant,
    mut judged: impl FnMut(&Certificate) -> CertificateReport,
) -> impl Iterator<Item = CertificateReport> {
    let (certificates, unreadable) = match opened {
        // A store may hold keys alone.
        Ok(bundle) if bundle.is_empty() => (Vec::new(), vec![NoCertificate::Nothing]),
        Ok(bundle) => {
            let errors = bundle.unreadable.into_iter().map(NoCertificate::Malformed);
            (bundle.certificates, errors.collect())
        }
        Err(error) => (Vec::new(), vec![error]),
    };
    let judged = certificates.into_iter().map(move |certificate| judged(&certificate));
    let unreadable: Vec<NoCertificate> = unreadable;
    let broken = move |error| CertificateReport::unreadable(path, &error, at);
    judged.chain(unreadable.into_iter().map(broken))
}

impl Args {
    fn form(&self) -> Form {
        let path = if self.path { PathShown::Tree } else { PathShown::No };
        match self.format {
            Format::Text => Form::Text(style(self.full), path),
            Format::Json => Form::Json,
            Format::Sarif => Form::Sarif(style(self.full).detail),
        }
    }

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
