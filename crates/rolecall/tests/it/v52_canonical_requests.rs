//! V52, two readings of one request: what is routed and carried out is what was signed. A signed
//! request is changed, as bytes; where it is still accepted, a reader that shares no code with the
//! program reads the same request in it, and the program did the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rolecall_api::Product;
use rolecall_crypto::sign::{self, Credentials, ObjectCall};
use serde_json::Value;

use crate::harness::{
    ALLOW_ALL, Answer, BUCKET, Dice, Object, Request, Scheme, Server, TRUST_ACCOUNT, cases, now,
    recorded,
};

/// How many changed requests of each scheme and caller a server is sent.
const CHANGES: usize = 250;

/// The key of the object that is asked for: with all that can be written in several ways.
const KEY: &str = "dir/a b+c%d~e";

/// The query parameters that OSS V1 signs, as far as these requests have them.
const SIGNED_BY_OSS_V1: [&str; 3] = ["acl", "location", "response-content-type"];

/// What a request says, by our own reading: names and values decoded once, in an order of their
/// own.
#[derive(Debug, PartialEq, Eq)]
struct Reading {
    method: String,
    path: Vec<u8>,
    parameters: Vec<(Vec<u8>, Vec<u8>)>,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// Decodes `%XX`, and `+` where it stands for a space. What is malformed stays.
fn decoded(text: &str, plus: bool) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut out, mut index) = (Vec::new(), 0);
    while index < bytes.len() {
        let digits = bytes.get(index + 1..index + 3).and_then(|two| std::str::from_utf8(two).ok());
        let value = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        match (bytes[index], value) {
            (b'%', Some(value)) => {
                out.push(value);
                index += 2;
            }
            (b'+', _) if plus => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        index += 1;
    }
    out
}

impl Reading {
    fn of(raw: &[u8], scheme: Scheme) -> Self {
        let end = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(raw.len() - 4);
        let (head, body) = (String::from_utf8_lossy(&raw[..end]), raw[end + 4..].to_vec());
        // A line feed alone ends a line, too: RFC 9112, section 2.2.
        let mut lines = head.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let mut first = lines.next().unwrap().split(' ');
        let method = first.next().unwrap().to_owned();
        let mut target = first.next().unwrap_or_default();
        if let Some((_, rest)) = target.split_once("://") {
            target = rest.find(['/', '?']).map_or("/", |at| rest.split_at(at).1);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let signs_all = !matches!(scheme, Scheme::OssV1Header | Scheme::OssV1Query);
        let mut parameters: Vec<_> = query
            .split('&')
            .filter(|piece| !piece.is_empty())
            .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
            .filter(|(name, _)| {
                let name = String::from_utf8(decoded(name, true)).unwrap_or_default();
                signs_all || name.starts_with("x-oss-") || SIGNED_BY_OSS_V1.contains(&&*name)
            })
            .map(|(name, value)| (decoded(name, true), decoded(value, true)))
            .collect();
        parameters.sort();
        let prefix = if Scheme::RPC.contains(&scheme) { "x-acs-" } else { "x-oss-" };
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .filter(|(name, _)| {
                // RPC V1 signs no header, and ACS3 of others those that the client lists.
                let kind = prefix == "x-oss-" && name == "content-type";
                scheme != Scheme::RpcV1 && (name.starts_with(prefix) || kind)
            })
            .collect();
        // The server reads a service's path as sent, and a key once decoded.
        let path = if Scheme::RPC.contains(&scheme) {
            path.as_bytes().to_vec()
        } else {
            decoded(path, false)
        };
        Self { method, path, parameters, headers, body }
    }
}

/// The parts of a request in which changes are made.
struct Parts<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    version: &'a str,
    headers: &'a str,
    body: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(head: &'a str, body: &'a [u8]) -> Self {
        let (line, headers) = head.split_once("\r\n").unwrap();
        let (method, rest) = line.split_once(' ').unwrap();
        let (target, version) = rest.rsplit_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { method, path, query, version, headers, body }
    }

    fn bytes(&self) -> Vec<u8> {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        let Self { method, path, version, headers, .. } = self;
        let head = format!("{method} {path}{query} {version}\r\n{headers}");
        [head.as_bytes(), self.body].concat()
    }
}

fn other_path(path: &str, dice: &Dice) -> String {
    let before = dice.pick(&["/.", "/..", "/x/..", "/%2e", "/"]);
    let behind = dice.pick(&["/", "/.", "%2F", "%00", ";a", "%3Facl", "%20", "x"]);
    match dice.below(6) {
        0 => path.replacen('/', "//", 1 + dice.below(2)),
        1 => format!("{before}{path}"),
        2 => format!("{path}{behind}"),
        3 => path.replace('%', "%25"),
        4 => path.replace("%2B", "+").replace("%20", "+"),
        _ => respelled(path, dice),
    }
}

fn other_query(query: &str, dice: &Dice) -> String {
    let mut pieces: Vec<&str> = query.split('&').filter(|piece| !piece.is_empty()).collect();
    let end = dice.pick(&["&", "&&", "&=", "&=&", "&x", "&x=1"]);
    let more = dice.pick(&["acl", "acl=", "x=1", "prefix=d", "location", "x-oss-process=x"]);
    let join = dice.pick(&["", "&", "x&"]);
    match dice.below(9) {
        0 => {
            let turn = dice.below(pieces.len().max(1));
            pieces.rotate_left(turn);
            pieces.join("&")
        }
        1 => format!("{query}{end}"),
        2 => format!("={join}{query}"),
        3 => format!("{more}&{query}"),
        4 => pieces.split_off(pieces.len().min(1)).join("&"),
        5 => query.replacen('=', "", 1),
        6 => query.replace("%20", "+"),
        7 => query.replace('%', "%25"),
        _ => respelled(query, dice),
    }
}

fn other_headers(headers: &str, dice: &Dice) -> String {
    let more = dice.pick(&[
        "x-oss-acl: private",
        "x-oss-meta-a: b",
        "x-acs-more: x",
        "X-Oss-Date: x",
        "accept: */*",
        "x-acs-action: DeleteUser",
        "content-type: text/html",
        "x-forwarded-host: other",
        "x-oss-security-token: x",
        "range: bytes=0-1",
        "x-http-method-override: DELETE",
    ]);
    let fold = dice.pick(&["\r\n ", "\n", "\r\n\t"]);
    match dice.below(5) {
        0 => cased(headers, dice),
        1 => headers.replace(": ", dice.pick(&[":", ":  ", ":\t", " : "])),
        2 => format!("{more}\r\n{headers}"),
        3 => {
            let mut lines: Vec<&str> = headers.split("\r\n").collect();
            let turn = dice.below(lines.len());
            lines.rotate_left(turn);
            lines.join("\r\n")
        }
        _ => headers.replacen("\r\n", fold, 1),
    }
}

/// A request with one change: of its path, its query, its headers, its method, its form, or of one
/// bit anywhere.
fn changed(raw: &[u8], dice: &Dice) -> Vec<u8> {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(raw[..end].to_vec()).unwrap();
    let parts = Parts::of(&head, &raw[end..]);
    match dice.below(10) {
        0 | 1 => Parts { path: &other_path(parts.path, dice), ..parts }.bytes(),
        2..=4 => Parts { query: &other_query(parts.query, dice), ..parts }.bytes(),
        5 | 6 => Parts { headers: &other_headers(parts.headers, dice), ..parts }.bytes(),
        7 => {
            let method = dice.pick(&["HEAD", "PUT", "DELETE", "GET", "POST", "get", "post"]);
            Parts { method, ..parts }.bytes()
        }
        8 => {
            let host = parts.headers.lines().find_map(|line| line.strip_prefix("Host: "));
            let path = format!("http://{}{}", host.unwrap(), parts.path);
            Parts { path: &path, ..parts }.bytes()
        }
        _ => {
            let mut bytes = raw.to_vec();
            bytes[dice.below(end)] ^= 1 << dice.below(7);
            bytes
        }
    }
}

/// The same text with some characters written as `%XX`, in either case.
fn respelled(text: &str, dice: &Dice) -> String {
    let mut out = String::new();
    for (index, letter) in text.char_indices() {
        // The digits behind a percent sign stay.
        let digit = text.get(index.saturating_sub(2)..index).is_some_and(|two| two.contains('%'));
        match dice.below(8) {
            0 if letter.is_ascii_alphanumeric() && !digit => {
                write!(out, "%{:02x}", u32::from(letter)).unwrap();
            }
            1 if letter.is_ascii_alphanumeric() && !digit => {
                write!(out, "%{:02X}", u32::from(letter)).unwrap();
            }
            _ => out.push(letter),
        }
    }
    out
}

fn cased(headers: &str, dice: &Dice) -> String {
    let lines = headers.split("\r\n").map(|line| match line.split_once(':') {
        Some((name, rest)) if dice.below(2) == 0 => format!("{}:{rest}", name.to_ascii_uppercase()),
        Some((name, rest)) => format!("{}:{rest}", name.to_ascii_lowercase()),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\r\n")
}

/// A request that reads something, signed now.
fn original(server: &Server, scheme: Scheme, caller: &Credentials, dice: &Dice) -> Request {
    if Scheme::RPC.contains(&scheme) {
        let user = [("UserName", "some.user"), ("Format", "JSON")];
        return server.query_request(scheme, caller, (Product::Ram, "GetUser"), &user);
    }
    let query: &[(&str, &str)] =
        if dice.below(2) == 0 { &[] } else { &[("response-content-type", "text/x a+b")] };
    let key = if dice.below(4) == 0 { "" } else { KEY };
    let query = if key.is_empty() { &[] } else { query };
    Object { query, ..Object::new(scheme, caller, "GET", (BUCKET, key)) }.sign()
}

/// What was carried out: who did what to what, and how it was asked for.
fn deeds(records: &[Value]) -> Vec<[&Value; 4]> {
    let names = ["principal", "accessKeyId", "eventName", "checks"];
    records.iter().map(|record| names.map(|name| &record[name])).collect()
}

#[test]
fn what_is_accepted_is_what_was_signed() {
    let dice = Dice::new(52);
    let (mut accepted, mut refused, mut sent) = (0, 0, 0);
    // A server lives as long as a session does, and its audit trail is read again and again.
    while sent < cases(3_000) {
        let (more, others) = search(&dice);
        (accepted, refused) = (accepted + more, refused + others);
        sent = accepted + refused;
    }
    println!("{sent} changed requests: {accepted} accepted, {refused} refused");
    assert!(accepted > 400 && refused > 400, "{accepted} accepted, {refused} refused");
}

/// Changes of requests to one server, and how many of them were accepted and refused.
fn search(dice: &Dice) -> (usize, usize) {
    let server = Server::start();
    let user = server.user("alice", ALLOW_ALL);
    server.ram("CreateUser", &[("UserName", "some.user")]);
    server.role("admin", TRUST_ACCOUNT);
    let session = server.session(&user, "admin");
    for key in ["", KEY, "x"] {
        let put = Object::new(Scheme::OssV4Header, &server.root, "PUT", (BUCKET, key)).sign();
        assert_eq!(server.send(&put).status, 200);
    }
    let (mut accepted, mut refused) = (0, 0);
    for scheme in [Scheme::RPC.as_slice(), &Scheme::OSS].concat() {
        for caller in [&user, &session] {
            for _ in 0..CHANGES {
                let request = original(&server, scheme, caller, dice);
                let raw = request.bytes(&server.address);
                let bytes = changed(&raw, dice);
                let (answer, records) = recorded(&server, || server.exchange_and_end(&bytes));
                // Whatever came to be decided was believed, unless nobody's.
                let nobody = records.iter().all(|record| record["principal"] == "anonymous");
                if nobody {
                    assert!(answer.is_none_or(|answer| answer.status != 200), "nobody was served");
                    refused += 1;
                    continue;
                }
                accepted += 1;
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let case = format!("{scheme:?}: {text}: {answer:?}");
                assert_eq!(Reading::of(&bytes, scheme), Reading::of(&raw, scheme), "{case}");
                let again = original_again(&server, scheme, caller, &request);
                let (_, expected) = recorded(&server, || server.send(&again));
                assert_eq!(deeds(&records), deeds(&expected), "{case}");
            }
        }
    }
    (accepted, refused)
}

/// The same request, unchanged: a signature of RPC is good once, and so is made anew.
fn original_again(
    server: &Server,
    scheme: Scheme,
    caller: &Credentials,
    request: &Request,
) -> Request {
    if Scheme::RPC.contains(&scheme) {
        original(server, scheme, caller, &Dice::new(0))
    } else {
        request.clone()
    }
}

/// Parameters without a name, without a value, and without either, put into a signed request.
#[test]
fn a_parameter_without_a_name_is_signed() {
    let server = Server::start();
    let put = Object::new(Scheme::OssV4Header, &server.root, "PUT", (BUCKET, ""));
    assert_eq!(server.send(&put.sign()).status, 200);
    for scheme in [Scheme::OssV4Header, Scheme::OssV4Query] {
        for target in [("", ""), (BUCKET, "")] {
            let signed = Object::new(scheme, &server.root, "GET", target).sign();
            let send = |extra: &str| {
                let text = String::from_utf8(signed.bytes(&server.address)).unwrap();
                let sign = if signed.query.is_empty() { "?" } else { "&" };
                let text = text.replacen(" HTTP/1.1", &format!("{sign}{extra} HTTP/1.1"), 1);
                Answer::read(&server.address, text.as_bytes())
            };
            for extra in ["=", "=&=", "&=", "=x", "x", "x=", "%3D"] {
                let code = if extra == "=&=" { "InvalidArgument" } else { "SignatureDoesNotMatch" };
                assert_eq!(send(extra).code(), code, "{scheme:?} {extra}");
            }
            for nothing in ["", "&", "&&"] {
                assert_eq!(send(nothing).status, 200, "{scheme:?} {nothing:?}");
            }
        }
    }
    // Who signs it is believed.
    let query = [(String::new(), String::new())];
    let call = ObjectCall { method: "GET", resource: None, query: &query, headers: &[] };
    let headers = sign::oss_v4(&server.root, &call, "cn-hangzhou", &[], now()).unwrap();
    let signed = Request { query: query.to_vec(), headers, ..Request::plain("GET", "/") };
    assert_eq!(server.send(&signed).status, 200);
}
