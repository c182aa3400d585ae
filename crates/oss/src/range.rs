//! Which bytes a `Range` header asks for.

use std::ops::Range;

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ranged {
    /// Everything, as if nothing had been asked: status 200.
    Whole,
    /// These bytes: status 206.
    Part(Range<u64>),
    /// Nothing: status 416.
    Unsatisfiable,
}

/// What a single range of a header says.
enum Spec {
    /// From the first byte through the last one.
    FromTo(u64, u64),
    /// From the first byte on.
    From(u64),
    /// The last bytes.
    Last(u64),
}

/// Reads a `Range` header for an object of `size` bytes.
///
/// By default a range that does not lie within the object is none, and everything is sent; with
/// `x-oss-range-behavior: standard` it is cut to the object, or refused where it begins behind its
/// end. Of several ranges the first counts. Source: OSS `GetObject`, "Range".
pub(crate) fn resolve(header: Option<&str>, standard: bool, size: u64) -> Ranged {
    let Some(spec) = header.and_then(parse) else { return Ranged::Whole };
    let outside = |part: Ranged| if standard { part } else { Ranged::Whole };
    match spec {
        Spec::FromTo(first, _) | Spec::From(first) if first >= size => {
            outside(Ranged::Unsatisfiable)
        }
        Spec::FromTo(first, last) if last >= size => outside(Ranged::Part(first..size)),
        Spec::FromTo(first, last) => Ranged::Part(first..last.saturating_add(1)),
        Spec::From(first) => Ranged::Part(first..size),
        Spec::Last(0) => outside(Ranged::Unsatisfiable),
        // The last bytes of nothing are nothing, which no `Content-Range` can tell.
        Spec::Last(_) if size == 0 => Ranged::Whole,
        Spec::Last(length) if length > size => outside(Ranged::Part(0..size)),
        Spec::Last(length) => Ranged::Part(size.saturating_sub(length)..size),
    }
}

fn parse(header: &str) -> Option<Spec> {
    let (unit, ranges) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = ranges.split(',').next()?.trim().split_once('-')?;
    match (first, last) {
        ("", length) => Some(Spec::Last(digits(length)?)),
        (first, "") => Some(Spec::From(digits(first)?)),
        (first, last) => {
            let (first, last) = (digits(first)?, digits(last)?);
            (first <= last).then_some(Spec::FromTo(first, last))
        }
    }
}

/// Decimal digits; a number too large is the largest, which lies behind every object's end.
fn digits(text: &str) -> Option<u64> {
    let well_formed = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The vendor's table for an object of 1,000 bytes: the header, then what is sent by default
    /// and by the standard.
    const TABLE: &[(&str, &str, &str)] = &[
        ("bytes=0-499", "0..500", "0..500"),
        ("bytes=500-", "500..1000", "500..1000"),
        ("bytes=-500", "500..1000", "500..1000"),
        ("bytes=500-2000", "whole", "500..1000"),
        ("bytes=0-1000", "whole", "0..1000"),
        ("bytes=0-999", "0..1000", "0..1000"),
        ("bytes=999-999", "999..1000", "999..1000"),
        ("bytes=1000-2000", "whole", "416"),
        ("bytes=1000-", "whole", "416"),
        ("bytes=-2000", "whole", "0..1000"),
        ("bytes=-1000", "0..1000", "0..1000"),
        ("bytes=-0", "whole", "416"),
        ("byte=0-1", "whole", "whole"),
        ("bytes=9-1", "whole", "whole"),
        ("bytes=0-9,20-29", "0..10", "0..10"),
        ("bytes=0-9, 20-29", "0..10", "0..10"),
        ("Bytes=0-9", "0..10", "0..10"),
        ("bytes=", "whole", "whole"),
        ("bytes=-", "whole", "whole"),
        ("bytes=a-b", "whole", "whole"),
        ("bytes=+1-2", "whole", "whole"),
        ("bytes=0--1", "whole", "whole"),
        ("bytes 0-9", "whole", "whole"),
        // The edges of the integers that such a number might be kept in.
        ("bytes=0-2147483648", "whole", "0..1000"),
        ("bytes=0-4294967296", "whole", "0..1000"),
        ("bytes=0-9007199254740992", "whole", "0..1000"),
        ("bytes=0-9223372036854775807", "whole", "0..1000"),
        ("bytes=0-18446744073709551615", "whole", "0..1000"),
        ("bytes=0-18446744073709551616", "whole", "0..1000"),
        ("bytes=18446744073709551615-", "whole", "416"),
        ("bytes=18446744073709551615-18446744073709551615", "whole", "416"),
        ("bytes=-18446744073709551615", "whole", "0..1000"),
        ("bytes=-99999999999999999999", "whole", "0..1000"),
    ];

    fn check(header: &str, standard: bool) -> String {
        match resolve(Some(header), standard, 1000) {
            Ranged::Whole => "whole".to_owned(),
            Ranged::Part(part) => format!("{part:?}"),
            Ranged::Unsatisfiable => "416".to_owned(),
        }
    }

    #[test]
    fn the_vendors_table() {
        for (header, default, standard) in TABLE {
            assert_eq!(check(header, false), *default, "{header}");
            assert_eq!(check(header, true), *standard, "{header}, standard");
        }
        assert_eq!(resolve(None, true, 1000), Ranged::Whole);
    }

    #[test]
    fn of_an_empty_object() {
        for header in ["bytes=0-", "bytes=0-0", "bytes=5-"] {
            assert_eq!(resolve(Some(header), false, 0), Ranged::Whole);
            assert_eq!(resolve(Some(header), true, 0), Ranged::Unsatisfiable);
        }
        assert_eq!(resolve(Some("bytes=-5"), true, 0), Ranged::Whole);
    }

    proptest! {
        #[test]
        fn a_part_is_never_empty_and_lies_within(
            header in "(bytes=)?[0-9]{0,20}-?[0-9]{0,20}(,.*)?",
            standard: bool,
            size in 0..2000_u64,
        ) {
            if let Ranged::Part(range) = resolve(Some(&header), standard, size) {
                prop_assert!(range.start < range.end && range.end <= size);
            }
        }
    }
}
