//! The head of a request, and the encodings that it is made of.

use rolecall_crypto::{
    MAX_PARAMETERS, Pair, RequestHead, decode_form, decode_path, percent_encode,
    percent_encode_path,
};

/// A request as its text: the method and the target, headers, an empty line, the body. Line feeds
/// end the lines; what is missing is empty.
pub(super) struct Sent<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: &'a [u8],
}

impl<'a> Sent<'a> {
    /// Cuts a text; `None` if its first line is not UTF-8.
    pub(super) fn read(data: &'a [u8]) -> Option<Self> {
        let end = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
        let (head, body) = data.split_at(end);
        let mut lines = head.split(|byte| *byte == b'\n');
        let first = std::str::from_utf8(lines.next()?).ok()?;
        let (method, target) = first.split_once(' ').unwrap_or((first, "/"));
        let headers = lines
            .map(|line| {
                let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
                let (name, value) = line.split_at(colon);
                let value = value.get(1..).unwrap_or_default().trim_ascii().to_vec();
                (String::from_utf8_lossy(name).into_owned(), value)
            })
            .collect();
        Some(Self { method, target, headers, body: body.get(2..).unwrap_or_default() })
    }

    /// The decoded head.
    pub(super) fn head(&self) -> Option<RequestHead> {
        RequestHead::decode(self.method, self.target, self.headers.clone()).ok()
    }

    /// The parameters of the body; none if it is not a form.
    pub(super) fn form(&self) -> Vec<Pair> {
        decode_form(self.body).unwrap_or_default()
    }
}

/// Parameters as a client writes them.
pub(super) fn encoded<T: AsRef<str>>(parameters: &[(T, T)]) -> String {
    let text = |text: &T| percent_encode(text.as_ref().as_bytes());
    let pair = |(name, value): &(T, T)| format!("{}={}", text(name), text(value));
    parameters.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// What was decoded and is encoded again is decoded to the same.
pub fn request_head(data: &[u8]) {
    let Some(sent) = Sent::read(data) else { return };
    if let Ok(form) = decode_form(sent.body) {
        assert!(form.len() <= MAX_PARAMETERS);
        assert_eq!(decode_form(encoded(&form).as_bytes()), Ok(form));
    }
    let Some(head) = sent.head() else { return };
    assert!(head.headers.iter().all(|(name, _)| !name.bytes().any(|b| b.is_ascii_uppercase())));
    assert!(head.path == "*" || head.path.starts_with('/'), "{}", head.path);
    assert!(!head.path.contains(['?', '#', ' ']), "{}", head.path);
    assert!(!head.host.bytes().any(|byte| byte <= b' '), "{}", head.host);
    assert!(head.query.len() <= MAX_PARAMETERS);
    if let Ok(path) = decode_path(&head.path) {
        assert_eq!(decode_path(&percent_encode(path.as_bytes())).as_ref(), Ok(&path));
        assert_eq!(decode_path(&percent_encode_path(path.as_bytes())).as_ref(), Ok(&path));
    }
    if head.path.starts_with('/') {
        let target = format!("{}?{}", head.path, encoded(&head.query));
        let again = RequestHead::decode(&head.method, &target, head.headers.clone());
        let host = again.as_ref().map(|again| again.host.clone()).unwrap_or_default();
        assert!(host == head.host || host.is_empty());
        assert_eq!(again, Ok(RequestHead { host, ..head }), "{target}");
    }
}
