//! Bodies: out of their chunks, with every signature and checksum that came along checked.
//!
//! ```text
//! SIZE[;chunk-signature=…]\r\n bytes \r\n … 0[;chunk-signature=…]\r\n [name:value\r\n …] \r\n
//! ```
//!
//! A body that breaks off, or is not what was signed or summed, fails at its end at the latest, and
//! what was received of it is never seen.

use bytes::{Buf, Bytes, BytesMut};
use futures_util::StreamExt;
use rolecall_api::ApiError;
use rolecall_crypto::{BodyHash, ChunkSignatures, RequestHead, sha256_hex};
use rolecall_gate::{Body, BodyError, BodyStream, ChunkedBody};

use super::checksum::Checksum;
use super::request::length;

/// The longest line between chunks, in bytes. The longest that clients send has a size of 16 digits
/// and a signature of 64; the limit is ours.
const LINE_BYTES_MAX: usize = 1024;

/// The most lines behind the last chunk. Clients send one or two; the limit is ours.
const TRAILER_LINES_MAX: usize = 8;

/// The bytes of an object, or of a document, in a body.
pub(super) fn decode(
    head: &RequestHead,
    body: Body,
    chunked: Option<ChunkedBody>,
    checksum: Option<Checksum>,
) -> Result<Body, ApiError> {
    let Some(chunked) = chunked else { return Ok(plain(body, checksum)) };
    let announced = length(head, "x-amz-decoded-content-length")?;
    let decoder = Decoder {
        source: body.into_stream(),
        buffer: BytesMut::new(),
        state: State::Line,
        left: announced,
        trailer: chunked.chunks.trailer,
        signatures: chunked.signatures.map(|signatures| Signed {
            signatures,
            hash: BodyHash::new(),
            claimed: String::new(),
        }),
        checksum,
    };
    Ok(Body::stream(Some(announced), pieces(decoder)))
}

/// A body that comes as it is.
fn plain(body: Body, checksum: Option<Checksum>) -> Body {
    let Some(checksum) = checksum else { return body };
    let length = body.length();
    let begun = Some((body.into_stream(), checksum));
    let checked = futures_util::stream::unfold(begun, |going| async move {
        let (mut source, mut checksum) = going?;
        match source.next().await {
            Some(Ok(piece)) => {
                checksum.update(&piece);
                Some((Ok(piece), Some((source, checksum))))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None if checksum.holds() => None,
            None => Some((Err(BodyError::Mismatch), None)),
        }
    });
    Body::stream(length, Box::pin(checked))
}

fn pieces(decoder: Decoder) -> BodyStream {
    Box::pin(futures_util::stream::unfold(Some(decoder), |decoder| async move {
        let mut decoder = decoder?;
        match decoder.next().await {
            Ok(Some(piece)) => Some((Ok(piece), Some(decoder))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    }))
}

/// Where in the body the decoder is.
enum State {
    /// Before the line of a chunk.
    Line,
    /// In a chunk, of which so many bytes are still to come.
    Chunk(u64),
    /// Behind the last chunk.
    Trailer,
}

/// What checks the chunk that is being read.
struct Signed {
    signatures: ChunkSignatures,
    hash: BodyHash,
    /// The signature that its line gave.
    claimed: String,
}

struct Decoder {
    source: BodyStream,
    buffer: BytesMut,
    state: State,
    /// How many bytes of all chunks are still to come, by what the head announced.
    left: u64,
    trailer: bool,
    signatures: Option<Signed>,
    checksum: Option<Checksum>,
}

impl Decoder {
    /// The next bytes out of the chunks; `None` once all of them were there and held.
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            match self.state {
                State::Line => self.begin_chunk().await?,
                State::Chunk(0) => self.end_chunk().await?,
                State::Chunk(rest) => return self.take(rest).await.map(Some),
                State::Trailer => {
                    self.read_trailer().await?;
                    let holds = self.checksum.as_ref().is_none_or(Checksum::holds);
                    return if holds && self.left == 0 {
                        Ok(None)
                    } else {
                        Err(BodyError::Mismatch)
                    };
                }
            }
        }
    }

    async fn begin_chunk(&mut self) -> Result<(), BodyError> {
        let line = self.line().await?;
        let (size, extension) = line.split_once(';').unwrap_or((&line, ""));
        let hexadecimal = !size.is_empty() && size.bytes().all(|it| it.is_ascii_hexdigit());
        let size = u64::from_str_radix(size, 16).ok().filter(|_| hexadecimal);
        // More than was announced is refused before any of it is taken.
        let size = size.filter(|size| *size <= self.left).ok_or(BodyError::Mismatch)?;
        if let Some(signed) = &mut self.signatures {
            let signature = extension.strip_prefix("chunk-signature=");
            signature.ok_or(BodyError::Mismatch)?.clone_into(&mut signed.claimed);
        }
        if size == 0 {
            self.check_chunk()?;
            self.state = State::Trailer;
        } else {
            self.state = State::Chunk(size);
        }
        Ok(())
    }

    async fn take(&mut self, rest: u64) -> Result<Bytes, BodyError> {
        if self.buffer.is_empty() {
            self.fill().await?;
        }
        let length = usize::try_from(rest).unwrap_or(usize::MAX).min(self.buffer.len());
        let piece = self.buffer.split_to(length).freeze();
        let taken = u64::try_from(length).unwrap_or(u64::MAX);
        self.state = State::Chunk(rest.saturating_sub(taken));
        self.left = self.left.saturating_sub(taken);
        if let Some(signed) = &mut self.signatures {
            signed.hash.update(&piece);
        }
        if let Some(checksum) = &mut self.checksum {
            checksum.update(&piece);
        }
        Ok(piece)
    }

    async fn end_chunk(&mut self) -> Result<(), BodyError> {
        if !self.line().await?.is_empty() {
            return Err(BodyError::Mismatch);
        }
        self.check_chunk()?;
        self.state = State::Line;
        Ok(())
    }

    fn check_chunk(&mut self) -> Result<(), BodyError> {
        let Some(signed) = &mut self.signatures else { return Ok(()) };
        let hash = std::mem::replace(&mut signed.hash, BodyHash::new()).finish();
        if signed.signatures.next(&hash, &signed.claimed) {
            Ok(())
        } else {
            Err(BodyError::Mismatch)
        }
    }

    /// Reads the fields behind the last chunk, to the end of the body.
    async fn read_trailer(&mut self) -> Result<(), BodyError> {
        let mut signed_text = String::new();
        let mut signature = None;
        for _ in 0..TRAILER_LINES_MAX {
            let line = self.line().await?;
            if line.is_empty() && self.is_at_end().await? {
                return self.check_trailer(&signed_text, signature);
            }
            let (name, value) = line.split_once(':').ok_or(BodyError::Mismatch)?;
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
            if name == "x-amz-trailer-signature" {
                signature = Some(value.to_owned());
                continue;
            }
            let expected = self.checksum.as_mut().filter(|checksum| checksum.header() == name);
            if !self.trailer || !expected.is_some_and(|checksum| checksum.expect(value)) {
                return Err(BodyError::Mismatch);
            }
            signed_text.extend([&name, ":", value, "\n"]);
        }
        Err(BodyError::Mismatch)
    }

    fn check_trailer(&mut self, text: &str, signature: Option<String>) -> Result<(), BodyError> {
        match &mut self.signatures {
            Some(signed) if self.trailer => {
                let hash = sha256_hex(text.as_bytes());
                let holds = signature.is_some_and(|it| signed.signatures.trailer(&hash, &it));
                if holds { Ok(()) } else { Err(BodyError::Mismatch) }
            }
            _ => Ok(()),
        }
    }

    /// A line without its end.
    async fn line(&mut self) -> Result<String, BodyError> {
        loop {
            let end = self.buffer.windows(2).position(|pair| pair == b"\r\n");
            if let Some(end) = end {
                let line = self.buffer.split_to(end);
                self.buffer.advance(2);
                return String::from_utf8(line.to_vec()).map_err(|_| BodyError::Mismatch);
            }
            if self.buffer.len() > LINE_BYTES_MAX {
                return Err(BodyError::Mismatch);
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<(), BodyError> {
        let piece = self.source.next().await.ok_or(BodyError::Incomplete)??;
        self.buffer.extend_from_slice(&piece);
        Ok(())
    }

    async fn is_at_end(&mut self) -> Result<bool, BodyError> {
        if !self.buffer.is_empty() {
            return Ok(false);
        }
        match self.source.next().await {
            None => Ok(true),
            Some(piece) => {
                self.buffer.extend_from_slice(&piece?);
                Ok(self.buffer.is_empty())
            }
        }
    }
}

#[cfg(test)]
mod tests;
