//! Sending an object: its pieces one after the other.

use std::collections::VecDeque;
use std::ops::Range;

use bytes::Bytes;
use futures_util::StreamExt;
use rolecall_gate::{Body, BodyError, BodyStream};

use crate::blobs::BlobStream;
use crate::error::ObjectError;
use crate::pieces::{Hold, Pieces};
use crate::record::{Object, Piece};

/// A part of a piece for each of the pieces that a range of an object is made of.
pub(crate) type Parts = VecDeque<(Piece, Range<u64>)>;

/// The bytes of parts of an object's pieces. They are held if there are several: all will be read.
///
/// The first bytes are read here, so that an object whose bytes are missing is an error of the
/// answer. A later failure breaks the body off: the client sees fewer bytes than it was told, and
/// none that were not written.
pub(crate) async fn send(
    pieces: &Pieces,
    object: &Object,
    parts: Parts,
    hold: Option<Hold>,
) -> Result<Body, ObjectError> {
    let lengths = parts.iter().map(|(_, range)| range.end.saturating_sub(range.start));
    let length = lengths.fold(0, u64::saturating_add);
    let mut sending = Sending {
        pieces: pieces.clone(),
        parts,
        _hold: hold,
        current: None,
        left: length,
        object: format!("{}/{}", object.bucket.as_str(), object.key.as_str().escape_debug()),
    };
    let Some(first) = sending.next().await? else { return Ok(Body::empty()) };
    if sending.left == 0 {
        return Ok(Body::full(first));
    }
    Ok(Body::stream(Some(length), sending.into_stream(first)))
}

/// The parts of pieces that a range is made of.
pub(crate) fn parts(object: &Object, range: &Range<u64>) -> Parts {
    let mut begins = 0_u64;
    let mut parts = VecDeque::new();
    for piece in &object.pieces {
        let ends = begins.saturating_add(piece.length);
        let (from, to) = (range.start.max(begins), range.end.min(ends));
        if from < to {
            let within = from.saturating_sub(begins)..to.saturating_sub(begins);
            parts.push_back((piece.clone(), within));
        }
        begins = ends;
    }
    parts
}

struct Sending {
    pieces: Pieces,
    parts: Parts,
    _hold: Option<Hold>,
    current: Option<BlobStream>,
    /// How many bytes are still to come.
    left: u64,
    /// For the log.
    object: String,
}

impl Sending {
    /// The next bytes.
    async fn next(&mut self) -> Result<Option<Bytes>, ObjectError> {
        loop {
            if let Some(current) = &mut self.current {
                if let Some(bytes) = current.next().await {
                    let bytes = bytes?;
                    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                    self.left = self.left.saturating_sub(length);
                    return Ok(Some(bytes));
                }
                self.current = None;
            }
            let Some((piece, range)) = self.parts.pop_front() else { return Ok(None) };
            let opened = self.pieces.open(&piece, range).await?;
            self.current = Some(opened.ok_or(ObjectError::BlobMissing)?);
        }
    }

    fn into_stream(self, first: Bytes) -> BodyStream {
        let rest = futures_util::stream::unfold(Some(self), |sending| async move {
            let mut sending = sending?;
            match sending.next().await {
                Ok(bytes) => bytes.map(|bytes| (Ok(bytes), Some(sending))),
                Err(error) => {
                    tracing::error!(object = sending.object, %error, "an object broke off");
                    Some((Err(BodyError::Broken(Box::new(error))), None))
                }
            }
        });
        Box::pin(futures_util::stream::iter([Ok(first)]).chain(rest))
    }
}
