//! The report as one HTML file that needs nothing else: no script, no network, no font.

use super::ReportError;
use super::catalogue::{Catalogue, escaped};
use super::view;
use crate::digest::DigestAlgorithm;
use crate::task::verify::VerifyReport;
use base64ct::{Base64, Encoding as _};
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

/// Its name ends in `.html`, which is what turns the escaping of every value on.
const TEMPLATE: &str = "verify.html";

/// The one style sheet, named by its hash in the content security policy.
const STYLE: &str = include_str!("html/verify.css");

/// A picture to show beside the verdict, such as the page that was signed.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What it shows.
    pub caption: String,
    /// Its media type, `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// What the template is given.
#[derive(Serialize)]
struct Page<'a> {
    lang: &'static str,
    style: &'static str,
    style_hash: String,
    at: String,
    policy: String,
    offline: bool,
    anchors: usize,
    overall: view::Word,
    file_count: String,
    files: Vec<view::FileView>,
    pictures: Vec<(String, String)>,
    made_by: &'a str,
}

/// Renders a report.
pub fn verify(
    report: &VerifyReport,
    catalogue: &Catalogue,
    pictures: &[Picture],
) -> Result<String, ReportError> {
    let count = report.files.len().to_string();
    let style_hash = DigestAlgorithm::Sha256.digest(STYLE.as_bytes());
    let page = Page {
        lang: catalogue.language().tag(),
        style: STYLE,
        style_hash: Base64::encode_string(style_hash.value()),
        at: catalogue.time(report.at),
        policy: escaped(&report.policy),
        offline: report.offline,
        anchors: report.anchors,
        overall: view::word(report.indication(), None, catalogue),
        file_count: catalogue.label_with("of-files", &[("count", &count)]),
        files: view::files(report, view::Detail::Full, catalogue),
        pictures: pictures.iter().map(shown).collect(),
        made_by: &catalogue.label_with("made-by", &[("version", env!("CARGO_PKG_VERSION"))]),
    };
    let environment = environment(catalogue)?;
    Ok(environment.get_template(TEMPLATE)?.render(Serde(&page))?)
}

/// The template, and the labels that it asks for by key.
fn environment(catalogue: &Catalogue) -> Result<Environment<'static>, ReportError> {
    let labels = catalogue.tables().get("label").cloned().unwrap_or_default();
    let mut environment = Environment::new();
    environment.add_function("label", move |key: String| labels.get(&key).cloned().unwrap_or(key));
    environment.add_template(TEMPLATE, include_str!("html/verify.html"))?;
    Ok(environment)
}

/// The caption, and the picture as the address of an image.
fn shown(picture: &Picture) -> (String, String) {
    let data = Base64::encode_string(&picture.bytes);
    (escaped(&picture.caption), format!("data:{};base64,{data}", picture.media_type))
}
