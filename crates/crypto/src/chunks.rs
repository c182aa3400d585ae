//! Bodies that come in chunks with signatures of their own, as Amazon's clients stream them.
//! Source: the page "Signature calculations: transferring payload in multiple chunks" of Amazon S3.

use std::fmt;

use aws_lc_rs::hmac;

use crate::hash::{EMPTY_SHA256, ct_eq, hex};
use crate::present::PresentError;

/// How a body in chunks is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunks {
    /// Each chunk is signed over the one before it.
    pub signed: bool,
    /// Fields stand behind the last chunk.
    pub trailer: bool,
}

impl Chunks {
    /// What a payload line says; `None`: the body comes as it is.
    pub(crate) fn of_payload(payload: &str) -> Result<Option<Self>, PresentError> {
        let chunks = |signed, trailer| Ok(Some(Self { signed, trailer }));
        match payload {
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => chunks(true, false),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => chunks(true, true),
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => chunks(false, true),
            other if other.starts_with("STREAMING-") => Err(PresentError::SignatureMethod),
            _ => Ok(None),
        }
    }
}

/// Checks the signatures of chunks, one after the other. Its `Debug` shows nothing of the key.
pub struct ChunkSignatures {
    key: hmac::Key,
    timestamp: String,
    scope: String,
    /// The signature before: of the request, then of each chunk.
    previous: String,
}

impl ChunkSignatures {
    pub(crate) fn new(key: hmac::Key, timestamp: &str, scope: &str, request: &str) -> Self {
        let [timestamp, scope, previous] = [timestamp, scope, request].map(str::to_owned);
        Self { key, timestamp, scope, previous }
    }

    /// Whether the next chunk, of this SHA-256 in lower-case hexadecimal, is signed so.
    pub fn next(&mut self, sha256: &str, signature: &str) -> bool {
        let hashes = [EMPTY_SHA256.as_str(), sha256].join("\n");
        self.check("AWS4-HMAC-SHA256-PAYLOAD", &hashes, signature)
    }

    /// Whether the fields behind the last chunk, of this SHA-256, are signed so.
    pub fn trailer(&mut self, sha256: &str, signature: &str) -> bool {
        self.check("AWS4-HMAC-SHA256-TRAILER", sha256, signature)
    }

    fn check(&mut self, algorithm: &str, hashes: &str, signature: &str) -> bool {
        let text = [algorithm, &self.timestamp, &self.scope, &self.previous, hashes].join("\n");
        let expected = hex(hmac::sign(&self.key, text.as_bytes()).as_ref());
        let holds = ct_eq(expected.as_bytes(), signature.as_bytes());
        self.previous = expected;
        holds
    }
}

impl fmt::Debug for ChunkSignatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkSignatures").field("scope", &self.scope).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rolecall_types::Secret;

    use super::*;
    use crate::canonical::v4::{Family, Scope, signing_key};
    use crate::hash::sha256_hex;

    /// The example of the page that describes the chunks.
    fn example() -> ChunkSignatures {
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned());
        let scope = Scope::new(Family::Amazon, "20130524", "us-east-1", "s3").unwrap();
        let request = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
        let key = signing_key(&secret, &scope);
        ChunkSignatures::new(key, "20130524T000000Z", scope.as_str(), request)
    }

    const SIGNATURES: [(usize, &str); 3] = [
        (65_536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        (1_024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    ];

    fn hash(length: usize) -> String {
        sha256_hex(&vec![b'a'; length])
    }

    #[test]
    fn the_published_chunks_hold_in_their_order() {
        let mut signatures = example();
        for (length, signature) in SIGNATURES {
            assert!(signatures.next(&hash(length), signature), "{length}");
        }
        assert!(!format!("{signatures:?}").contains("b6c6ea"));
    }

    #[test]
    fn a_chunk_left_out_changed_or_moved_does_not_hold() {
        let [first, second, _] = SIGNATURES;
        assert!(!example().next(&hash(second.0), second.1));
        assert!(!example().next(&hash(first.0 + 1), first.1));
        assert!(!example().trailer(&hash(first.0), first.1));
        let mut signatures = example();
        assert!(signatures.next(&hash(first.0), first.1));
        assert!(!signatures.next(&hash(first.0), first.1));
    }

    #[test]
    fn payload_lines() {
        let chunks = |signed, trailer| Ok(Some(Chunks { signed, trailer }));
        for (payload, expected) in [
            ("UNSIGNED-PAYLOAD", Ok(None)),
            ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", chunks(true, false)),
            ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", chunks(true, true)),
            ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", chunks(false, true)),
            ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", Err(PresentError::SignatureMethod)),
        ] {
            assert_eq!(Chunks::of_payload(payload), expected, "{payload}");
        }
    }
}
