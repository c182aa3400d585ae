//! Answers and the documents in them.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use rolecall_gate::Outbound;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, Vec<u8>>,
    /// What `Content-Length` would say.
    pub(crate) length: Option<u64>,
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its end.
    pub(crate) complete: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| std::str::from_utf8(value).unwrap())
    }

    /// The body's document.
    pub(crate) fn xml(&self) -> Element {
        assert_eq!(self.header("content-type"), Some("application/xml"), "{self:?}");
        Element::parse(&self.body)
    }

    /// The error's document, from the body or from the header of an answer to `HEAD`.
    pub(crate) fn error(&self) -> Element {
        match self.headers.get("x-oss-err") {
            Some(text) => Element::parse(&STANDARD.decode(text).unwrap()),
            None => self.xml(),
        }
    }

    /// The error's code, after a check that the answer has all that an error's answer has.
    pub(crate) fn code(&self) -> String {
        let error = self.error();
        assert_eq!(error.name, "Error", "{self:?}");
        for name in ["Message", "RequestId", "HostId", "EC", "RecommendDoc"] {
            assert!(!error.text(name).is_empty(), "no {name} in {self:?}");
        }
        assert_eq!(Some(error.text("RequestId")), self.header("x-oss-request-id"));
        assert_eq!(Some(error.text("EC")), self.header("x-oss-ec"));
        error.text("Code").to_owned()
    }

    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{self:?}");
    }

    #[track_caller]
    pub(crate) fn assert_status(&self, status: u16) {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
    }
}

/// An element of a document.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn parse(document: &[u8]) -> Self {
        use quick_xml::events::Event;
        let text = std::str::from_utf8(document).unwrap();
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"), "{text}");
        let mut reader = quick_xml::Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    let name = start.name().as_ref().to_owned();
                    open.push(Self { name, ..Self::default() });
                }
                Event::End(_) => {
                    let done = open.pop().unwrap();
                    open.last_mut().unwrap().children.push(done);
                }
                Event::Text(text) => open.last_mut().unwrap().text.push_str(&text),
                Event::GeneralRef(reference) => {
                    let text = match reference.resolve_char_ref().unwrap() {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&reference)
                            .unwrap()
                            .to_owned(),
                    };
                    open.last_mut().unwrap().text.push_str(&text);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let root = open.pop().unwrap();
        assert!(open.is_empty() && root.children.len() == 1, "{text}");
        root.children.into_iter().next().unwrap()
    }

    /// The first child of a name.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text at a path of names, which must be there.
    #[track_caller]
    pub(crate) fn text(&self, path: &str) -> &str {
        let mut element = self;
        for name in path.split('/') {
            element = element.find(name).unwrap_or_else(|| panic!("no {path} in {self:?}"));
        }
        &element.text
    }
}

/// Reads an answer to its end.
pub(crate) async fn read(outbound: Outbound) -> Answer {
    let Outbound { status, headers, body, transport: _ } = outbound;
    let length = body.length();
    let mut stream = body.into_stream();
    let (mut whole, mut complete) = (Vec::new(), true);
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => whole.extend_from_slice(&piece),
            Err(_) => complete = false,
        }
    }
    let mut found = BTreeMap::new();
    for (name, value) in headers {
        assert!(value.iter().all(|byte| *byte >= b' ' || *byte == b'\t'), "{name}");
        assert!(found.insert(name.to_string(), value.to_vec()).is_none(), "{name} stands twice");
    }
    Answer { status, headers: found, length, body: whole, complete }
}
