//! The spellings of an instant that the vendor's services use.
//!
//! Every request has some of them made or read, so they are put together from digits: a general
//! formatter takes a microsecond for what costs a tenth of it here.

use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::Offset;

/// `2015-01-23T12:33:18Z`: RAM, STS, the metadata service. Clients parse exactly this layout.
pub fn seconds(at: Timestamp) -> String {
    spell(at, "yyyy-nn-ddThh:mm:ssZ")
}

/// `2015-01-23T12:33Z`: times in ECS answers.
pub fn minutes(at: Timestamp) -> String {
    spell(at, "yyyy-nn-ddThh:mmZ")
}

/// `2015-01-23T12:33:18.000Z`: times in OSS XML. The fraction is three zeros: clients require it.
pub fn milliseconds(at: Timestamp) -> String {
    spell(at, "yyyy-nn-ddThh:mm:ss.000Z")
}

/// `Fri, 23 Jan 2015 12:33:18 GMT`: HTTP dates (RFC 1123).
pub fn http_date(at: Timestamp) -> String {
    let today = civil(at).weekday();
    let weekday = WEEKDAYS.iter().find(|(day, _)| *day == today).map(|(_, name)| *name);
    let mut text = weekday.unwrap_or_default().to_owned();
    text.push_str(&spell(at, ", dd "));
    text.push_str(month_name(at));
    text.push_str(&spell(at, " yyyy hh:mm:ss GMT"));
    text
}

/// `20150123T123318Z`: the date of OSS V4 signatures.
pub fn compact(at: Timestamp) -> String {
    spell(at, "yyyynnddThhmmssZ")
}

/// `23/Jan/2015:12:33:18 +0000`: lines of OSS access logs.
pub fn log_date(at: Timestamp) -> String {
    format!("{}/{}{}", spell(at, "dd"), month_name(at), spell(at, "/yyyy:hh:mm:ss +0000"))
}

/// `2015-01-23-12-33-18`: the keys of OSS access logs.
pub fn dashes(at: Timestamp) -> String {
    spell(at, "yyyy-nn-dd-hh-mm-ss")
}

/// Reads `2015-01-23T12:33:18Z` and nothing else.
pub fn parse_seconds(text: &str) -> Option<Timestamp> {
    read(text, "yyyy-nn-ddThh:mm:ssZ")
}

/// Reads `20150123T123318Z` and nothing else.
pub fn parse_compact(text: &str) -> Option<Timestamp> {
    read(text, "yyyynnddThhmmssZ")
}

/// Reads `Fri, 23 Jan 2015 12:33:18 GMT` and nothing else.
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    let (_, rest) = text.split_once(", ")?;
    let name = rest.get(3..6)?;
    let month = MONTHS.iter().position(|known| *known == name)?.checked_add(1)?;
    let digits = format!("{}{month:02}{}", rest.get(..3)?, rest.get(6..)?);
    // A date with the wrong day of the week is not spelled like this.
    read(&digits, "dd nn yyyy hh:mm:ss GMT").filter(|at| http_date(*at) == text)
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Mon"),
    (Weekday::Tuesday, "Tue"),
    (Weekday::Wednesday, "Wed"),
    (Weekday::Thursday, "Thu"),
    (Weekday::Friday, "Fri"),
    (Weekday::Saturday, "Sat"),
    (Weekday::Sunday, "Sun"),
];

fn month_name(at: Timestamp) -> &'static str {
    let month = usize::from(civil(at).month().unsigned_abs()).saturating_sub(1);
    MONTHS.get(month).copied().unwrap_or_default()
}

fn civil(at: Timestamp) -> DateTime {
    Offset::UTC.to_datetime(at)
}

/// Fills a layout: runs of `y`, `n` (the number of the month), `d`, `h`, `m` and `s` are digits,
/// all else stands for itself.
fn spell(at: Timestamp, layout: &str) -> String {
    let civil = civil(at);
    let mut text = String::with_capacity(layout.len());
    let mut places = layout.bytes().peekable();
    while let Some(place) = places.next() {
        let number = match place {
            b'y' => civil.year().unsigned_abs(),
            b'n' => civil.month().unsigned_abs().into(),
            b'd' => civil.day().unsigned_abs().into(),
            b'h' => civil.hour().unsigned_abs().into(),
            b'm' => civil.minute().unsigned_abs().into(),
            b's' => civil.second().unsigned_abs().into(),
            literal => {
                text.push(char::from(literal));
                continue;
            }
        };
        let mut power: u16 = 1;
        while places.next_if_eq(&place).is_some() {
            power = power.saturating_mul(10);
        }
        while power > 0 {
            let digit = u8::try_from(number / power % 10).unwrap_or(0);
            text.push(char::from(b'0'.saturating_add(digit)));
            power /= 10;
        }
    }
    text
}

/// Reads a text of a layout, and no other.
fn read(text: &str, layout: &str) -> Option<Timestamp> {
    if text.len() != layout.len() {
        return None;
    }
    let (mut year, mut month, mut day) = (0_i16, 0_i8, 0_i8);
    let (mut hour, mut minute, mut second) = (0_i8, 0_i8, 0_i8);
    for (letter, place) in text.bytes().zip(layout.bytes()) {
        let field = match place {
            b'y' => {
                year = year.checked_mul(10)?.checked_add(digit(letter)?.into())?;
                continue;
            }
            b'n' => &mut month,
            b'd' => &mut day,
            b'h' => &mut hour,
            b'm' => &mut minute,
            b's' => &mut second,
            literal if literal == letter => continue,
            _ => return None,
        };
        *field = field.checked_mul(10)?.checked_add(digit(letter)?)?;
    }
    let civil = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

fn digit(letter: u8) -> Option<i8> {
    letter.is_ascii_digit().then(|| i8::try_from(letter.wrapping_sub(b'0')).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_instant() {
        let at = Timestamp::from_second(1_422_016_398).unwrap();
        assert_eq!(seconds(at), "2015-01-23T12:33:18Z");
        assert_eq!(minutes(at), "2015-01-23T12:33Z");
        assert_eq!(milliseconds(at), "2015-01-23T12:33:18.000Z");
        assert_eq!(http_date(at), "Fri, 23 Jan 2015 12:33:18 GMT");
        assert_eq!(compact(at), "20150123T123318Z");
        assert_eq!(parse_seconds("2015-01-23T12:33:18Z"), Some(at));
        assert_eq!(parse_compact("20150123T123318Z"), Some(at));
        assert_eq!(parse_http_date("Fri, 23 Jan 2015 12:33:18 GMT"), Some(at));
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["", "2015-01-23 12:33:18", "2015-01-23T12:33:18.5Z", "2015-1-23T12:33:18Z"] {
            assert_eq!(parse_seconds(text), None, "{text}");
        }
        assert_eq!(parse_http_date("Mon, 23 Jan 2015 12:33:18 GMT"), None);
        assert_eq!(parse_http_date("Fri, 23 01 2015 12:33:18 GMT"), None);
        assert_eq!(parse_seconds("2015-02-29T12:33:18Z"), None);
        assert_eq!(parse_seconds("2015-01-23T24:00:00Z"), None);
        assert_eq!(parse_seconds("２015-01-23T12:33:1Z"), None);
        assert_eq!(parse_compact("20150123T126018Z"), None);
    }

    #[test]
    fn what_is_spelled_is_read() {
        for second in (0..4_000_000_000_i64).step_by(123_456_789) {
            let at = Timestamp::from_second(second).unwrap();
            assert_eq!(parse_seconds(&seconds(at)), Some(at));
            assert_eq!(parse_compact(&compact(at)), Some(at));
            assert_eq!(parse_http_date(&http_date(at)), Some(at));
            assert_eq!(seconds(at), at.to_string(), "as the library spells it");
        }
    }
}
