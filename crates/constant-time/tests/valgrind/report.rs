//! What memcheck reports, out of its XML (protocol 4), which has one element to a line.

use std::fmt;

/// One place where what happens depends on a secret, and how the program came there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Report {
    kind: String,
    /// Innermost first.
    pub(crate) frames: Vec<Frame>,
}

/// A function on the way, also one that was inlined.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Frame {
    /// The last part of its name, without the version in those of aws-lc and without generic arguments.
    pub(crate) function: String,
    /// Directory and file.
    pub(crate) path: String,
    line: String,
}

impl Report {
    /// For tests.
    pub(crate) fn of(functions: &[&str]) -> Self {
        let frame = |name: &&str| Frame {
            function: (*name).to_owned(),
            path: "/x/y.c".to_owned(),
            line: "1".to_owned(),
        };
        Self { kind: String::new(), frames: functions.iter().map(frame).collect() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}", self.kind)?;
        for frame in &self.frames {
            write!(f, "\n    {} ({}:{})", frame.function, frame.path, frame.line)?;
        }
        Ok(())
    }
}

/// All reports of a run that came to its end, each place once: a loop that the compiler unrolled makes several.
pub(crate) fn read(xml: &str) -> Result<Vec<Report>, String> {
    if !xml.contains("<protocoltool>memcheck</protocoltool>") || !xml.contains("</valgrindoutput>")
    {
        return Err("this is no whole report of memcheck".to_owned());
    }
    let mut places = Vec::new();
    for report in xml.split("<error>").skip(1).map(report) {
        if !places.contains(&report) {
            places.push(report);
        }
    }
    Ok(places)
}

fn report(text: &str) -> Report {
    let text = text.split("</error>").next().unwrap_or_default();
    // A second stack says where memory came from.
    let stack = text.split("</stack>").next().unwrap_or_default();
    Report {
        kind: element(text, "kind").unwrap_or_default(),
        frames: stack.split("<frame>").skip(1).map(frame).take_while(is_examined).collect(),
    }
}

/// From the case outwards it is always the same.
fn is_examined(frame: &Frame) -> bool {
    !frame.path.ends_with("crates/constant-time/src/main.rs")
}

fn frame(text: &str) -> Frame {
    let text = text.split("</frame>").next().unwrap_or_default();
    let function = element(text, "fn").unwrap_or_default();
    let part = |name| element(text, name).unwrap_or_else(|| "?".to_owned());
    Frame {
        function: without_version(&last_part(&function)).to_owned(),
        path: format!("{}/{}", part("dir"), part("file")),
        line: part("line"),
    }
}

fn element(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once(&format!("</{name}>"))?;
    Some(value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// Of `ecdsa::Signature<C>::from_scalars`, `<A as B>::from_scalars` and `from_scalars<C>`, which are the same
/// function as it is inlined or not: `from_scalars`.
fn last_part(name: &str) -> String {
    let (mut kept, mut depth, mut before) = (String::new(), 0_usize, ' ');
    for letter in name.chars() {
        match letter {
            '<' => depth += 1,
            '>' if before != '-' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(letter),
            _ => {}
        }
        before = letter;
    }
    kept.rsplit("::").next().unwrap_or_default().to_owned()
}

/// `aws_lc_0_47_0_RSA_check_key` is `RSA_check_key` in every version.
fn without_version(name: &str) -> &str {
    let rest = name.strip_prefix("aws_lc_").unwrap_or("");
    let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
    if rest.is_empty() { name } else { rest }
}

#[test]
fn a_report_is_read_with_its_frames_and_without_versions_and_generics() {
    let xml = "<protocoltool>memcheck</protocoltool>\n<error>\n<kind>UninitCondition</kind>\n<stack>\n\
               <frame>\n<fn>aws_lc_0_47_0_RSA_check_key</fn>\n<dir>/lc/rsa</dir>\n<file>rsa.c</file>\n<line>7</line>\n</frame>\n\
               <frame>\n<fn>a::B&lt;C&lt;D&gt;&gt;::sign&lt;fn() -&gt; E&gt;</fn>\n</frame>\n\
               <frame>\n<fn>&lt;A as B&gt;::go</fn>\n</frame>\n</stack>\n\
               <auxwhat>x</auxwhat><stack><frame><fn>malloc</fn></frame></stack></error></valgrindoutput>";
    let reports = read(xml).unwrap();
    let [report] = reports.as_slice() else { panic!("one report") };
    let names: Vec<&str> = report.frames.iter().map(|frame| frame.function.as_str()).collect();
    assert_eq!(names, ["RSA_check_key", "sign", "go"]);
    assert!(
        report.to_string().contains("UninitCondition\n    RSA_check_key (/lc/rsa/rsa.c:7)"),
        "{report}"
    );
    assert!(read(&xml.replace("</valgrindoutput>", "")).is_err(), "a run that was cut short");
}
