//! Which pages may link to the objects of a bucket. Source: the page "Hotlink protection" of OSS,
//! and OSS `PutBucketReferer`.

use rolecall_api::ApiError;
use rolecall_crypto::RequestHead;
use rolecall_policy::Glob;

use crate::code;
use crate::record::RefererConfiguration;

impl RefererConfiguration {
    /// Refuses a request for an object that comes from a page which may not link to it. Only what
    /// a page can send is looked at: requests without a signature, and signed URLs.
    pub(crate) fn admit(&self, head: &RequestHead) -> Result<(), ApiError> {
        if head.has_header("authorization") {
            return Ok(());
        }
        let listed = self.referer_list.as_ref().map_or(&[][..], |list| &list.referer);
        let sent = head.header("referer").unwrap_or_default();
        if sent.is_empty() {
            // Without a list of pages there is nothing that a request could name instead.
            let admitted = self.allow_empty_referer || listed.is_empty();
            return refuse_unless(admitted, &code::REFERER_MISSING);
        }
        let page = self.truncated(sent);
        let banned = self.referer_blacklist.as_ref().map_or(&[][..], |list| &list.referer);
        refuse_unless(!is_among(banned, page), &code::REFERER_FORBIDDEN)?;
        refuse_unless(listed.is_empty() || is_among(listed, page), &code::REFERER_UNKNOWN)
    }

    /// What is compared of an address: without its query or, if it is so set, its path.
    fn truncated<'a>(&self, address: &'a str) -> &'a str {
        let end = if self.truncate_path == Some(true) {
            let host = address.find("://").map_or(0, |at| at.saturating_add(3));
            let path = address.get(host..).and_then(|rest| rest.find(['/', '?', '#']));
            path.map(|at| host.saturating_add(at))
        } else if self.allow_truncate_query_string == Some(false) {
            None
        } else {
            address.find('?')
        };
        end.and_then(|end| address.get(..end)).unwrap_or(address)
    }
}

fn refuse_unless(admitted: bool, code: &'static rolecall_api::Code) -> Result<(), ApiError> {
    if admitted { Ok(()) } else { Err(ApiError::new(code)) }
}

/// Whether an address begins with one of these.
fn is_among(beginnings: &[String], address: &str) -> bool {
    beginnings.iter().any(|beginning| Glob::new(&format!("{beginning}*")).matches(address))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(
        configuration: &serde_json::Value,
        headers: &[(&str, &str)],
    ) -> Result<(), &'static str> {
        let configuration: RefererConfiguration =
            serde_json::from_value(configuration.clone()).unwrap();
        let headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
        let head = RequestHead::decode("GET", "/b/k", headers.collect::<Vec<_>>()).unwrap();
        configuration.checked().unwrap().admit(&head).map_err(|error| code::ec(&error))
    }

    const MISSING: Result<(), &str> = Err("0003-00000501");
    const BANNED: Result<(), &str> = Err("0003-00000502");
    const UNKNOWN: Result<(), &str> = Err("0003-00000503");

    #[test]
    fn pages_are_those_of_the_lists() {
        let lists = json!({
            "AllowEmptyReferer": false,
            "RefererList": {"Referer": ["http://*.aliyun.com", "http://a?c.com/x"]},
            "RefererBlacklist": {"Referer": ["http://bad.aliyun.com"]},
        });
        for (page, expected) in [
            ("http://www.aliyun.com", Ok(())),
            ("http://www.aliyun.com/any/path?query", Ok(())),
            ("http://www.aliyun.com.cn", Ok(())),
            ("http://abc.com/xyz", Ok(())),
            ("http://abc.com/y", UNKNOWN),
            ("http://abbc.com/x", UNKNOWN),
            ("https://www.aliyun.com", UNKNOWN),
            ("http://evil.com/?http://www.aliyun.com", UNKNOWN),
            ("http://bad.aliyun.com/x", BANNED),
        ] {
            assert_eq!(check(&lists, &[("referer", page)]), expected, "{page}");
        }
        assert_eq!(check(&lists, &[]), MISSING);
        assert_eq!(check(&lists, &[("referer", "")]), MISSING);
        let signed = [("referer", "http://evil.com"), ("authorization", "OSS a:b")];
        assert_eq!(check(&lists, &signed), Ok(()));
    }

    #[test]
    fn empty_lists_name_nobody() {
        let empty = json!({"AllowEmptyReferer": false, "RefererList": {"Referer": []}});
        assert_eq!(check(&empty, &[]), Ok(()));
        assert_eq!(check(&empty, &[("referer", "http://any.com")]), Ok(()));
        let banned = json!({
            "AllowEmptyReferer": true, "RefererBlacklist": {"Referer": ["http://bad.com"]},
        });
        assert_eq!(check(&banned, &[]), Ok(()));
        assert_eq!(check(&banned, &[("referer", "http://good.com")]), Ok(()));
        assert_eq!(check(&banned, &[("referer", "http://bad.com")]), BANNED);
    }

    #[test]
    fn addresses_are_cut_as_it_is_set() {
        let of = |query: Option<bool>, path: Option<bool>, listed: &str| {
            json!({
                "AllowEmptyReferer": true, "AllowTruncateQueryString": query,
                "TruncatePath": path, "RefererList": {"Referer": [listed]},
            })
        };
        let page = [("referer", "http://a.com/p/?q=1")];
        let with_query = "http://a.com/p/?q";
        assert_eq!(check(&of(None, None, with_query), &page), UNKNOWN);
        assert_eq!(check(&of(Some(false), None, with_query), &page), Ok(()));
        assert_eq!(check(&of(None, None, "http://a.com/p"), &page), Ok(()));
        assert_eq!(check(&of(None, Some(true), "http://a.com/p"), &page), UNKNOWN);
        assert_eq!(check(&of(None, Some(true), "http://a.com"), &page), Ok(()));
    }
}
