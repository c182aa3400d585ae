//! The parts of a `multipart/form-data` body, one after the other, as they come.
//!
//! Written here because what is read must have bounds of its own for each thing: the crates that
//! there are hold the head of a part in memory however long it is. Source: RFC 7578 and RFC 2046.

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::StreamExt;
use memchr::memmem::Finder;
use rolecall_gate::{Body, BodyError, BodyStream};

/// The longest boundary, in bytes: 70. Source: RFC 2046, section 5.1.1.
pub(super) const BOUNDARY_BYTES_MAX: usize = 70;

/// The longest head of a part, in bytes: that of a name of 8 KB, and of a file's. Source: OSS
/// `PostObject`, `FieldItemTooLong`.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// The longest name of a field, in bytes: 8 KB. Source: OSS `PostObject`, `FieldItemTooLong`.
const NAME_BYTES_MAX: usize = 8 * 1024;

/// Why the parts could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum PartError {
    /// A name or a value is longer than it may be.
    #[error("read a form: a name or a value is too long")]
    TooLong,
    /// It is no form.
    #[error("read a form: {0}")]
    Malformed(&'static str),
    /// The body failed.
    #[error("read a form")]
    Body(#[from] BodyError),
}

/// What is said of a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FieldHead {
    /// The field's name.
    pub(super) name: String,
    /// The name of the file, if it has one.
    pub(super) filename: Option<String>,
    /// The type of the file, if it has one.
    pub(super) content_type: Option<String>,
}

/// A body, read up to some place between or within its parts.
pub(super) struct Parts {
    stream: BodyStream,
    /// Bytes that have come and are not yet given.
    buffer: BytesMut,
    /// What ends a part: a line's end, two hyphens and the boundary.
    delimiter: Vec<u8>,
    finder: Finder<'static>,
}

/// What has been found of a part.
enum Found {
    /// Bytes of it.
    Some(Bytes),
    /// It is over.
    End,
}

impl Parts {
    pub(super) fn new(boundary: &str, body: Body) -> Self {
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        // So that a boundary at the very beginning is found like any other.
        let buffer = BytesMut::from(&b"\r\n"[..]);
        let finder = Finder::new(&delimiter).into_owned();
        Self { stream: body.into_stream(), buffer, delimiter, finder }
    }

    /// The head of the next part. `None`: there is none any more. What stands before the first
    /// part, and what is left of the one before, is passed over.
    pub(super) async fn next_head(&mut self) -> Result<Option<FieldHead>, PartError> {
        while let Found::Some(_) = self.next_bytes().await? {}
        self.buffer.advance(self.delimiter.len());
        while self.buffer.len() < 2 {
            self.fill().await?;
        }
        if self.buffer.starts_with(b"--") {
            return Ok(None);
        }
        let end = loop {
            if let Some(end) = memchr::memmem::find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            if self.buffer.len() > HEAD_BYTES_MAX {
                return Err(PartError::TooLong);
            }
            self.fill().await?;
        };
        if end > HEAD_BYTES_MAX {
            return Err(PartError::TooLong);
        }
        let head = self.buffer.split_to(end);
        self.buffer.advance(4);
        read_head(&head).map(Some)
    }

    /// What is left of a part that is a value, up to `longest` bytes.
    pub(super) async fn value(&mut self, longest: usize) -> Result<Vec<u8>, PartError> {
        let mut value = Vec::new();
        while let Found::Some(bytes) = self.next_bytes().await? {
            if value.len().saturating_add(bytes.len()) > longest {
                return Err(PartError::TooLong);
            }
            value.extend_from_slice(&bytes);
        }
        Ok(value)
    }

    /// What is left of a part, as it comes, and of the body, which must come to its end.
    pub(super) fn into_file(self) -> Body {
        let stream = futures_util::stream::unfold(Some(self), |parts| async move {
            let mut parts = parts?;
            match parts.next_bytes().await {
                Ok(Found::Some(bytes)) => Some((Ok(bytes), Some(parts))),
                Ok(Found::End) => parts.drain().await.err().map(|error| (Err(error), None)),
                Err(PartError::Body(error)) => Some((Err(error), None)),
                Err(other) => Some((Err(BodyError::Broken(Box::new(other))), None)),
            }
        });
        Body::stream(None, Box::pin(stream))
    }

    /// Bytes of the part, or that its delimiter stands at the beginning of the buffer.
    async fn next_bytes(&mut self) -> Result<Found, PartError> {
        loop {
            match self.finder.find(&self.buffer) {
                Some(0) => return Ok(Found::End),
                Some(at) => return Ok(Found::Some(self.buffer.split_to(at).freeze())),
                None => {}
            }
            // The end may be the beginning of a delimiter.
            let kept = self.delimiter.len().saturating_sub(1);
            let sure = self.buffer.len().saturating_sub(kept);
            if sure > 0 {
                return Ok(Found::Some(self.buffer.split_to(sure).freeze()));
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<(), PartError> {
        let piece = self.stream.next().await.ok_or(BodyError::Incomplete)??;
        self.buffer.extend_from_slice(&piece);
        Ok(())
    }

    /// Reads what stands behind the file, which says nothing; a body that breaks off there was not
    /// sent as a whole.
    async fn drain(mut self) -> Result<(), BodyError> {
        let behind = self.delimiter.len();
        self.buffer.advance(behind);
        let mut told = self.buffer.len();
        while let Some(piece) = self.stream.next().await {
            told = told.saturating_add(piece?.len());
        }
        // At least the two hyphens, or a further part.
        if told < 2 { Err(BodyError::Incomplete) } else { Ok(()) }
    }
}

/// Reads the lines of a head, which follow the rest of the delimiter's own line.
fn read_head(head: &[u8]) -> Result<FieldHead, PartError> {
    let text =
        std::str::from_utf8(head).map_err(|_| PartError::Malformed("a head is not UTF-8"))?;
    let mut lines = text.split("\r\n");
    if lines.next().is_none_or(|rest| !rest.trim_matches([' ', '\t']).is_empty()) {
        return Err(PartError::Malformed("something stands behind a boundary"));
    }
    let (mut disposition, mut content_type) = (None, None);
    for line in lines {
        let (name, value) =
            line.split_once(':').ok_or(PartError::Malformed("a line of a head has no colon"))?;
        let seen = match name.to_ascii_lowercase().as_str() {
            "content-disposition" => &mut disposition,
            "content-type" => &mut content_type,
            _ => continue,
        };
        if seen.replace(value.trim().to_owned()).is_some() {
            return Err(PartError::Malformed("a line of a head stands twice"));
        }
    }
    let disposition = disposition.ok_or(PartError::Malformed("a part has no disposition"))?;
    let (kind, parameters) = disposition.split_once(';').unwrap_or((&disposition, ""));
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err(PartError::Malformed("a part is no form data"));
    }
    let name = parameter(parameters, "name").ok_or(PartError::Malformed("a field has no name"))?;
    if name.len() > NAME_BYTES_MAX {
        return Err(PartError::TooLong);
    }
    Ok(FieldHead { name, filename: parameter(parameters, "filename"), content_type })
}

/// A parameter of a header: `name=value` or `name="value"`, in which a backslash stands before a
/// quote or a backslash. One that stands twice, or has no end, is none.
pub(super) fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut found = None;
    let mut rest = text.trim_start_matches([';', ' ', '\t']);
    while !rest.is_empty() {
        let (name, behind) = rest.split_once('=')?;
        let (value, behind) = if let Some(quoted) = behind.strip_prefix('"') {
            unquoted(quoted)?
        } else {
            let (value, behind) = behind.split_once(';').unwrap_or((behind, ""));
            (value.trim().to_owned(), behind)
        };
        if name.trim().eq_ignore_ascii_case(wanted) && found.replace(value).is_some() {
            return None;
        }
        rest = behind.trim_start_matches([';', ' ', '\t']);
    }
    found
}

fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, quoted.get(at.checked_add(1)?..)?)),
            '\\' => match characters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    None
}
