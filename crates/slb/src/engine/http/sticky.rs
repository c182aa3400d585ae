//! Clients that come back to the server of their first request, by a cookie.

use hyper::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use rolecall_crypto::sha256_hex;
use rolecall_types::LoadBalancerId;

use crate::engine::listener::Shared;
use crate::engine::target::{Forwarded, Target};
use crate::record::StickySession;

/// The cookie of the load balancer. Source: SLB, "session persistence".
const OWN_COOKIE: &str = "SERVERID";
/// How many characters of a hash name a server.
const MARK_LENGTH: usize = 32;
/// What stands between our mark and what the server has put into its cookie.
const BETWEEN: char = '.';

/// How the clients of a listener come back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sticky<'a> {
    pub(super) balancer: &'a LoadBalancerId,
    pub(super) session: &'a StickySession,
}

impl Sticky<'_> {
    /// The server that a request's cookie names, if new traffic may go there.
    pub(super) fn server_of(&self, shared: &Shared, headers: &HeaderMap) -> Option<Forwarded> {
        let mark = match self.session {
            StickySession::Off => return None,
            StickySession::Insert(_) => cookie(headers, OWN_COOKIE)?,
            StickySession::Server(name) => cookie(headers, name)?.split_once(BETWEEN)?.0,
        };
        shared.find(|target| self.mark_of(target) == mark)
    }

    /// Takes our marks out of a request's cookies: a server finds what it has put there.
    pub(super) fn unmark(&self, headers: &mut HeaderMap) {
        let StickySession::Server(name) = self.session else { return };
        let Some(cookies) = all_cookies(headers) else { return };
        let plain = |cookie: &str| match cookie.split_once('=') {
            Some((known, value)) if known == name => {
                let own = value.split_once(BETWEEN).filter(|(mark, _)| is_mark(mark));
                format!("{known}={}", own.map_or(value, |(_, own)| own))
            }
            _ => cookie.to_owned(),
        };
        let cookies: Vec<String> = cookies.split(';').map(|it| plain(it.trim())).collect();
        if let Ok(value) = HeaderValue::try_from(cookies.join("; ")) {
            headers.insert(COOKIE, value);
        }
    }

    /// Marks an answer with the server that it comes from, where its client does not know it.
    pub(super) fn mark(&self, headers: &mut HeaderMap, target: &Target, is_known: bool) {
        match self.session {
            StickySession::Insert(seconds) if !is_known => {
                let mark = self.mark_of(target);
                let cookie = format!("{OWN_COOKIE}={mark};Path=/;Max-Age={seconds}");
                if let Ok(cookie) = HeaderValue::try_from(cookie) {
                    headers.append(SET_COOKIE, cookie);
                }
            }
            StickySession::Server(name) => {
                let set: Vec<_> = headers.get_all(SET_COOKIE).iter().cloned().collect();
                headers.remove(SET_COOKIE);
                for cookie in set {
                    let marked = self.marked(name, &cookie, target).unwrap_or(cookie);
                    headers.append(SET_COOKIE, marked);
                }
            }
            StickySession::Insert(_) | StickySession::Off => {}
        }
    }

    /// A cookie that the server sets, with our mark, if it is the one by which clients come back.
    fn marked(&self, name: &str, cookie: &HeaderValue, target: &Target) -> Option<HeaderValue> {
        let (known, rest) = cookie.to_str().ok()?.split_once('=')?;
        let marked = format!("{known}={}{BETWEEN}{rest}", self.mark_of(target));
        HeaderValue::try_from(marked).ok().filter(|_| known.trim() == name)
    }

    /// What names a server to clients, and tells them nothing of it.
    fn mark_of(&self, target: &Target) -> String {
        let port = target.address().port();
        let text = format!("{}/{}/{port}", self.balancer, target.server_id());
        let mut mark = sha256_hex(text.as_bytes());
        mark.truncate(MARK_LENGTH);
        mark
    }
}

fn is_mark(text: &str) -> bool {
    text.len() == MARK_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The value of a cookie of a request.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = texts.flat_map(|text| text.split(';')).map(str::trim);
    cookies.find_map(|cookie| {
        let (known, value) = cookie.split_once('=')?;
        (known == name).then_some(value)
    })
}

/// All cookies of a request as one text; `None` where there are none.
fn all_cookies(headers: &HeaderMap) -> Option<String> {
    let texts: Vec<&str> =
        headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}
