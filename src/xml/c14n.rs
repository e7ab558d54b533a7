//! Canonical forms of an element (Canonical XML 1.0 and 1.1, Exclusive XML Canonicalization 1.0).

use super::tree::{Document, Element, Node, NodeId, XML};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How a canonical form is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Method {
    /// Which namespaces are written.
    pub namespaces: Namespaces,
    /// What becomes of comments.
    pub comments: Comments,
}

/// Which namespaces a canonical form writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Namespaces {
    /// All that are in scope.
    InScope,
    /// Those that are used.
    Used,
}

/// What becomes of comments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comments {
    /// They are left out.
    Dropped,
    /// They are written.
    Kept,
}

impl Method {
    /// The method that an identifier names (RFC 9231 §2.4).
    pub fn from_uri(uri: &str) -> Option<Self> {
        let (base, comments) = match uri.strip_suffix("WithComments") {
            Some(base) => (base.trim_end_matches('#'), Comments::Kept),
            None => (uri.trim_end_matches('#'), Comments::Dropped),
        };
        let namespaces = match base {
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" => Namespaces::InScope,
            "http://www.w3.org/2006/12/xml-c14n11" => Namespaces::InScope,
            "http://www.w3.org/2001/10/xml-exc-c14n" => Namespaces::Used,
            _ => return None,
        };
        Some(Self { namespaces, comments })
    }
}

/// What the two versions of the inclusive form do to attributes of the namespace `xml` around the element
/// differs, and is not done here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("attributes of the namespace xml stand around the element")]
pub struct Inherited;

/// The namespaces written so far, by prefix; shared by all that stands inside one element.
type Written<'a> = Rc<BTreeMap<&'a str, &'a str>>;

/// What is still to be written.
enum Step<'a> {
    Open(NodeId, Written<'a>),
    Close(&'a Element),
}

/// The canonical form of an element, some elements inside it left out.
pub fn canonical(
    document: &Document,
    apex: NodeId,
    method: Method,
    left_out: &[NodeId],
) -> Result<Vec<u8>, Inherited> {
    if method.namespaces == Namespaces::InScope && inherits(document, apex) {
        return Err(Inherited);
    }
    let mut out = String::new();
    let mut steps = vec![Step::Open(apex, Rc::default())];
    while let Some(step) = steps.pop() {
        let (id, written) = match step {
            Step::Open(id, written) => (id, written),
            Step::Close(element) => {
                out.push_str(&format!("</{}>", element.name.qualified()));
                continue;
            }
        };
        match document.node(id) {
            None => {}
            Some(Node::Text(text)) => escape_text(text, &mut out),
            Some(Node::Comment(_)) if method.comments == Comments::Dropped => {}
            Some(Node::Comment(text)) => out.push_str(&format!("<!--{text}-->")),
            Some(Node::Element(element)) => {
                let candidates = match method.namespaces {
                    Namespaces::InScope if id == apex => in_scope(document, id),
                    // What is declared further out was written with the element around.
                    Namespaces::InScope => declared(element),
                    Namespaces::Used => used(element),
                };
                let written = open(element, candidates, written, &mut out);
                steps.push(Step::Close(element));
                let inside = element.children.iter().filter(|child| !left_out.contains(child));
                steps.extend(inside.rev().map(|child| Step::Open(*child, Rc::clone(&written))));
            }
        }
    }
    Ok(out.into_bytes())
}

fn inherits(document: &Document, apex: NodeId) -> bool {
    let mut around = document.element(apex).and_then(|element| element.parent);
    while let Some(element) = around.and_then(|id| document.element(id)) {
        if element.attributes.iter().any(|(name, _)| name.namespace == XML) {
            return true;
        }
        around = element.parent;
    }
    false
}

/// Writes a start tag; the namespaces that are written from there on.
fn open<'a>(
    element: &'a Element,
    candidates: BTreeMap<&'a str, &'a str>,
    mut written: Written<'a>,
    out: &mut String,
) -> Written<'a> {
    out.push_str(&format!("<{}", element.name.qualified()));
    for (prefix, uri) in candidates {
        // An empty default is what there is where nothing was written.
        if prefix == "xml" || written.get(prefix).copied().unwrap_or_default() == uri {
            continue;
        }
        match prefix {
            "" => out.push_str(" xmlns=\""),
            prefix => out.push_str(&format!(" xmlns:{prefix}=\"")),
        }
        escape_attribute(uri, out);
        out.push('"');
        Rc::make_mut(&mut written).insert(prefix, uri);
    }
    let mut attributes: Vec<_> = element.attributes.iter().collect();
    // By the name of the namespace, then by the local part.
    attributes.sort_by(|(a, _), (b, _)| (&a.namespace, &a.local).cmp(&(&b.namespace, &b.local)));
    for (name, value) in attributes {
        out.push_str(&format!(" {}=\"", name.qualified()));
        escape_attribute(value, out);
        out.push('"');
    }
    out.push('>');
    written
}

/// The namespaces in scope, by prefix.
fn in_scope(document: &Document, id: NodeId) -> BTreeMap<&str, &str> {
    let mut all = BTreeMap::new();
    let mut at = document.element(id);
    while let Some(element) = at {
        for (prefix, uri) in declared(element) {
            all.entry(prefix).or_insert(uri);
        }
        at = element.parent.and_then(|id| document.element(id));
    }
    all
}

fn declared(element: &Element) -> BTreeMap<&str, &str> {
    element.declarations.iter().map(|(prefix, uri)| (prefix.as_str(), uri.as_str())).collect()
}

/// The namespaces that the element's own name and those of its attributes use.
fn used(element: &Element) -> BTreeMap<&str, &str> {
    let attributes = element.attributes.iter().map(|(name, _)| name);
    let names = attributes.filter(|name| !name.prefix.is_empty()).chain([&element.name]);
    names.map(|name| (name.prefix.as_str(), name.namespace.as_str())).collect()
}

fn escape_text(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
}

fn escape_attribute(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

    /// The canonical form of the first element inside the outermost one.
    fn inner(text: &str, uri: &str) -> String {
        let document = Document::parse(text.as_bytes()).unwrap();
        let apex = document.children(document.root()).next().unwrap().0;
        let method = Method::from_uri(uri).unwrap();
        String::from_utf8(canonical(&document, apex, method, &[]).unwrap()).unwrap()
    }

    #[test]
    fn every_method_has_its_identifier_and_nothing_else_is_one() {
        for (uri, comments) in [
            (INCLUSIVE, Comments::Dropped),
            ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", Comments::Kept),
            ("http://www.w3.org/2006/12/xml-c14n11", Comments::Dropped),
            ("http://www.w3.org/2006/12/xml-c14n11#WithComments", Comments::Kept),
            (EXCLUSIVE, Comments::Dropped),
            ("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", Comments::Kept),
        ] {
            assert_eq!(Method::from_uri(uri).unwrap().comments, comments, "{uri}");
        }
        assert_eq!(Method::from_uri("http://www.w3.org/2010/xml-c14n2"), None);
    }

    #[test]
    fn namespaces_around_an_element_are_written_or_not_as_the_method_says() {
        let text =
            "<a xmlns='urn:d' xmlns:p='urn:p' xmlns:q='urn:q'><p:b x='1'><c q:y='2'/></p:b></a>";
        let written =
            r#"<p:b xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q" x="1"><c q:y="2"></c></p:b>"#;
        assert_eq!(inner(text, INCLUSIVE), written);
        let used =
            r#"<p:b xmlns:p="urn:p" x="1"><c xmlns="urn:d" xmlns:q="urn:q" q:y="2"></c></p:b>"#;
        assert_eq!(inner(text, EXCLUSIVE), used);
        let undone = "<a xmlns='urn:d'><b><c xmlns=''/></b></a>";
        let written = r#"<b xmlns="urn:d"><c xmlns=""></c></b>"#;
        assert_eq!(
            (inner(undone, INCLUSIVE), inner(undone, EXCLUSIVE)),
            (written.into(), written.into())
        );
    }

    #[test]
    fn attributes_are_sorted_and_characters_escaped() {
        let text = "<a xmlns:z='urn:a' xmlns:y='urn:b'><b y:a='1' z:b='2' c='&lt;&quot;&#9;' a='3'>&gt;\r\n&#13;<!--x--></b></a>";
        let exclusive = inner(text, EXCLUSIVE);
        let written = "<b xmlns:y=\"urn:b\" xmlns:z=\"urn:a\" a=\"3\" c=\"&lt;&quot;&#x9;\" z:b=\"2\" y:a=\"1\">&gt;\n&#xD;</b>";
        assert_eq!(exclusive, written);
        let kept = inner(text, "http://www.w3.org/2001/10/xml-exc-c14n#WithComments");
        assert!(kept.ends_with("&#xD;<!--x--></b>"), "{kept}");
    }

    #[test]
    fn attributes_of_the_namespace_xml_are_inherited_by_nobody_here() {
        let text = "<a xml:lang='ja'><b xml:space='preserve'/></a>";
        let document = Document::parse(text.as_bytes()).unwrap();
        let apex = document.children(document.root()).next().unwrap().0;
        let refused = canonical(&document, apex, Method::from_uri(INCLUSIVE).unwrap(), &[]);
        assert_eq!(refused, Err(Inherited));
        assert_eq!(inner(text, EXCLUSIVE), r#"<b xml:space="preserve"></b>"#);
    }
}
