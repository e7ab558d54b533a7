//! A document as a flat tree of elements, texts and comments, its namespaces resolved.

use super::text::Cursor;
use crate::der::tlv::{Malformed, Problem};

/// Elements, texts and comments of one document: a record of sixty-four timestamps has some thousand.
const MAX_NODES: usize = 200_000;

/// Elements inside elements: evidence records have seven.
const MAX_DEPTH: usize = 32;

/// Attributes and declarations of one element: each is compared with the others.
const MAX_ATTRIBUTES: usize = 16;

/// The namespace of the prefix `xml` (Namespaces in XML §3).
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// A node of a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NodeId(usize);

/// A document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    nodes: Vec<Node>,
    root: NodeId,
}

/// What a node is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Node {
    /// An element.
    Element(Box<Element>),
    /// Characters, references resolved.
    Text(String),
    /// A comment.
    Comment(String),
}

/// An element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Element {
    /// Its name.
    pub name: Name,
    /// The element around it; none for the outermost.
    pub parent: Option<NodeId>,
    /// The namespaces that it declares: prefix, empty for the default, and name.
    pub declarations: Vec<(String, String)>,
    /// Its other attributes.
    pub attributes: Vec<(Name, String)>,
    /// What is inside, in order.
    pub children: Vec<NodeId>,
}

/// A qualified name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Name {
    /// The name of its namespace; empty if it is in none.
    pub namespace: String,
    /// The part behind the colon.
    pub local: String,
    /// The part before it; empty if there is none.
    pub prefix: String,
}

impl Name {
    /// As it stands in the document.
    pub fn qualified(&self) -> String {
        match self.prefix.as_str() {
            "" => self.local.clone(),
            prefix => format!("{prefix}:{}", self.local),
        }
    }
}

impl Document {
    /// Reads a document in UTF-8.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(bytes).map_err(|_| malformed(Problem::Value))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // XML 1.0 §2.11: whoever reads sees one line feed, however the line ends.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut cursor = Cursor::new(&text);
        cursor.prolog()?;
        let mut reading = Reading { nodes: Vec::new(), open: Vec::new() };
        let root = reading.element(&mut cursor)?;
        cursor.epilog()?;
        Ok(Self { nodes: reading.nodes, root })
    }

    /// The outermost element.
    pub const fn root(&self) -> NodeId {
        self.root
    }

    /// The node of that number.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0)
    }

    /// The node, if it is an element.
    pub fn element(&self, id: NodeId) -> Option<&Element> {
        match self.node(id)? {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Comment(_) => None,
        }
    }

    /// The elements inside an element, in order.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Element)> {
        let inside = self.element(id).map(|element| element.children.as_slice());
        let inside = inside.unwrap_or_default().iter();
        inside.filter_map(|child| Some((*child, self.element(*child)?)))
    }

    /// The characters of an element that holds nothing else; comments do not count.
    pub fn text(&self, id: NodeId) -> Option<String> {
        let mut text = String::new();
        for child in &self.element(id)?.children {
            match self.node(*child)? {
                Node::Text(characters) => text.push_str(characters),
                Node::Comment(_) => {}
                Node::Element(_) => return None,
            }
        }
        Some(text)
    }

    /// The namespace that a prefix stands for inside an element; empty if it is declared away or, for the
    /// empty prefix, never declared.
    pub fn namespace(&self, at: NodeId, prefix: &str) -> Option<&str> {
        namespace(&self.nodes, Some(at), prefix)
    }
}

fn namespace<'a>(nodes: &'a [Node], mut at: Option<NodeId>, prefix: &str) -> Option<&'a str> {
    if prefix == "xml" {
        return Some(XML);
    }
    while let Some(id) = at {
        let Node::Element(element) = nodes.get(id.0)? else { return None };
        let declared = element.declarations.iter().find(|(known, _)| known == prefix);
        if let Some((_, name)) = declared {
            return Some(name);
        }
        at = element.parent;
    }
    prefix.is_empty().then_some("")
}

const fn malformed(problem: Problem) -> Malformed {
    Malformed::new("XML", problem)
}

/// A document under way.
struct Reading {
    nodes: Vec<Node>,
    open: Vec<NodeId>,
}

/// What stands between two angle brackets at the beginning of an element.
pub(super) struct StartTag {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) is_empty: bool,
}

/// The next piece of what is inside an element.
pub(super) enum Piece {
    Start(StartTag),
    End(String),
    Text(String),
    Comment(String),
}

impl Reading {
    /// The outermost element with all that is in it.
    fn element(&mut self, cursor: &mut Cursor<'_>) -> Result<NodeId, Malformed> {
        let Piece::Start(tag) = cursor.piece()? else { return Err(malformed(Problem::Unknown)) };
        let root = self.begin(tag)?;
        while !self.open.is_empty() {
            match cursor.piece()? {
                Piece::Start(tag) => drop(self.begin(tag)?),
                Piece::End(name) => self.end(&name)?,
                Piece::Text(text) => drop(self.push(Node::Text(text))?),
                Piece::Comment(text) => drop(self.push(Node::Comment(text))?),
            }
        }
        Ok(root)
    }

    fn begin(&mut self, tag: StartTag) -> Result<NodeId, Malformed> {
        if self.open.len() >= MAX_DEPTH {
            return Err(malformed(Problem::TooDeep));
        }
        if tag.attributes.len() > MAX_ATTRIBUTES {
            return Err(malformed(Problem::TooLarge));
        }
        let is_declaration = |name: &str| name == "xmlns" || name.starts_with("xmlns:");
        let (declared, others): (Vec<_>, Vec<_>) =
            tag.attributes.into_iter().partition(|(name, _)| is_declaration(name));
        let prefix = |name: String| name.strip_prefix("xmlns:").unwrap_or_default().to_owned();
        let declarations: Vec<(String, String)> =
            declared.into_iter().map(|(name, uri)| (prefix(name), uri)).collect();
        let parent = self.open.last().copied();
        let element = Element {
            name: Name { namespace: String::new(), local: tag.name, prefix: String::new() },
            parent,
            declarations,
            attributes: Vec::new(),
            children: Vec::new(),
        };
        let id = self.push(Node::Element(Box::new(element)))?;
        self.resolve(id, others)?;
        if !tag.is_empty {
            self.open.push(id);
        }
        Ok(id)
    }

    /// Names the element and its attributes by namespace; two attributes of one name are refused, and so
    /// are two declarations of one prefix.
    fn resolve(&mut self, id: NodeId, others: Vec<(String, String)>) -> Result<(), Malformed> {
        let Some(Node::Element(element)) = self.nodes.get(id.0) else { return Ok(()) };
        let name = self.qualified(id, &element.name.local, Unprefixed::Default)?;
        let mut attributes = Vec::new();
        for (attribute, value) in others {
            let name = self.qualified(id, &attribute, Unprefixed::Nowhere)?;
            let same = |(known, _): &(Name, String)| {
                (&known.namespace, &known.local) == (&name.namespace, &name.local)
            };
            if attributes.iter().any(same) {
                return Err(malformed(Problem::Value));
            }
            attributes.push((name, value));
        }
        let declared = element.declarations.iter().enumerate();
        let twice = |(at, (prefix, uri)): (usize, &(String, String))| {
            let undeclared = uri.is_empty() && !prefix.is_empty();
            let reserved = prefix == "xml" || prefix == "xmlns" || uri == XML;
            let earlier = element.declarations.iter().take(at);
            undeclared || reserved || earlier.into_iter().any(|(known, _)| known == prefix)
        };
        if declared.into_iter().any(twice) {
            return Err(malformed(Problem::Value));
        }
        if let Some(Node::Element(element)) = self.nodes.get_mut(id.0) {
            element.name = name;
            element.attributes = attributes;
        }
        Ok(())
    }

    fn qualified(&self, at: NodeId, name: &str, default: Unprefixed) -> Result<Name, Malformed> {
        let bad = || malformed(Problem::Value);
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if local.is_empty() || local.contains(':') || (prefix.is_empty() && name.contains(':')) {
            return Err(bad());
        }
        let namespace = match (prefix, default) {
            ("", Unprefixed::Nowhere) => "",
            (prefix, _) => namespace(&self.nodes, Some(at), prefix).ok_or_else(bad)?,
        };
        let (namespace, local) = (namespace.to_owned(), local.to_owned());
        Ok(Name { namespace, local, prefix: prefix.to_owned() })
    }

    fn end(&mut self, name: &str) -> Result<(), Malformed> {
        let open = self.open.pop().and_then(|id| self.nodes.get(id.0));
        match open {
            Some(Node::Element(element)) if element.name.qualified() == name => Ok(()),
            Some(_) | None => Err(malformed(Problem::Value)),
        }
    }

    fn push(&mut self, node: Node) -> Result<NodeId, Malformed> {
        if self.nodes.len() >= MAX_NODES {
            return Err(malformed(Problem::TooLarge));
        }
        let id = NodeId(self.nodes.len());
        self.nodes.push(node);
        let parent = self.open.last().and_then(|parent| self.nodes.get_mut(parent.0));
        if let Some(Node::Element(parent)) = parent {
            parent.children.push(id);
        }
        Ok(id)
    }
}

/// Where names without a prefix belong.
#[derive(Clone, Copy)]
enum Unprefixed {
    /// To the default namespace: elements.
    Default,
    /// To none: attributes.
    Nowhere,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(text: &str) -> Problem {
        Document::parse(text.as_bytes()).unwrap_err().problem()
    }

    #[test]
    fn what_depends_on_its_reader_is_refused() {
        for text in [
            "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
            "<a>&e;</a>",
            "<?xml version='1.0' encoding='Shift_JIS'?><a/>",
            "<?xml version='1.1'?><a/>",
            "<a><?php x?></a>",
        ] {
            assert_eq!(problem(text), Problem::Unknown, "{text}");
        }
        assert!(
            Document::parse(
                b"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><a/>\n"
            )
            .is_ok()
        );
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in [
            "<a",
            "<a></b>",
            "<a><b></a></b>",
            "<a x=1/>",
            "<a x='1' x='2'/>",
            "<a x='<'/>",
            "<p:a/>",
            "<a xmlns:p=''/>",
            "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>",
            "<a>]]></a>",
            "<a/><b/>",
            "<a xmlns:xml='urn:x'/>",
            "<a>\u{1}</a>",
            "<a>&#1;</a>",
            "<a><!-- -- --></a>",
            "",
            "text",
            "<a x='1'y='2'/>",
            "<1/>",
            "<a:b:c xmlns:a='u'/>",
        ] {
            assert!(Document::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Document::parse(b"<a>\xff</a>").is_err());
    }

    #[test]
    fn depth_and_width_have_an_end() {
        let deep = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
        assert!(Document::parse(deep(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(problem(&deep(MAX_DEPTH + 1)), Problem::TooDeep);
        let wide = |n: usize| {
            let attributes: String = (0..n).map(|n| format!(" a{n}=''")).collect();
            format!("<a{attributes}/>")
        };
        assert!(Document::parse(wide(MAX_ATTRIBUTES).as_bytes()).is_ok());
        assert_eq!(problem(&wide(MAX_ATTRIBUTES + 1)), Problem::TooLarge);
        assert_eq!(problem(&format!("<a>{}</a>", "<b/>".repeat(MAX_NODES))), Problem::TooLarge);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_the_reader_panic(text in "[<>/!?a-c:='\"& \\-\\[\\]#x;]{0,60}") {
            let _ = Document::parse(text.as_bytes());
            let _ = Document::parse(format!("<a>{text}</a>").as_bytes());
        }
    }
}
