//! Instants, as date operators compare them.

use jiff::civil::{Date, DateTime, Time};

/// An instant. Two spellings of the same instant are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Instant {
    /// Nanoseconds since the beginning of 1970. Wider than a timestamp: policies name the last
    /// moment of the year 9999, in any offset, for "always".
    nanoseconds: i128,
}

impl Instant {
    /// Reads `2019-08-12T17:00:00+08:00`: a date of the years 0000 to 9999, `T`, hours and
    /// minutes, if need be seconds with up to nine decimals, and `Z` or an offset `±hh`, `±hhmm`
    /// or `±hh:mm`. `None` for everything else, leap seconds and the hour 24 included.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = Rest(text.as_bytes());
        let year = rest.digits(4)?;
        let month = rest.behind(b'-')?.digits(2)?;
        let day = rest.behind(b'-')?.digits(2)?;
        let hour = rest.behind(b'T')?.digits(2)?;
        let minute = rest.behind(b':')?.digits(2)?;
        let (mut second, mut fraction) = (0, 0);
        if rest.behind(b':').is_some() {
            second = rest.digits(2)?;
            if rest.behind(b'.').is_some() {
                fraction = rest.fraction()?;
            }
        }
        let ahead = rest.offset()?;
        if !rest.0.is_empty() {
            return None;
        }
        let part = |number: i32| i8::try_from(number).ok();
        let date = Date::new(i16::try_from(year).ok()?, part(month)?, part(day)?).ok()?;
        let time = Time::new(part(hour)?, part(minute)?, part(second)?, fraction).ok()?;
        let local = DateTime::from_parts(date, time)
            .duration_since(DateTime::from_parts(Date::constant(1970, 1, 1), Time::midnight()));
        let ahead = i128::from(ahead).checked_mul(1_000_000_000)?;
        Some(Self { nanoseconds: local.as_nanos().checked_sub(ahead)? })
    }
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// Takes one byte, if it is there.
    fn behind(&mut self, byte: u8) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(self)
    }

    /// Takes a number of so many digits, nine at most.
    fn digits(&mut self, count: usize) -> Option<i32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let mut number = 0_i32;
        for digit in digits {
            let digit = digit.is_ascii_digit().then(|| digit.saturating_sub(b'0'))?;
            number = number.checked_mul(10)?.checked_add(i32::from(digit))?;
        }
        self.0 = rest;
        Some(number)
    }

    /// Takes one to nine decimals; the result is in nanoseconds.
    fn fraction(&mut self) -> Option<i32> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let missing = 9_usize.checked_sub(count).filter(|_| count > 0)?;
        let scale = 10_i32.checked_pow(u32::try_from(missing).ok()?)?;
        self.digits(count)?.checked_mul(scale)
    }

    /// Takes `Z` or an offset; the result is in seconds ahead of UTC.
    fn offset(&mut self) -> Option<i32> {
        if self.behind(b'Z').is_some() {
            return Some(0);
        }
        let sign = if self.behind(b'+').is_some() { 1 } else { self.behind(b'-').map(|_| -1)? };
        let hours = self.digits(2)?;
        let minutes =
            if self.behind(b':').is_some() || !self.0.is_empty() { self.digits(2)? } else { 0 };
        if hours > 23 || minutes > 59 {
            return None;
        }
        hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60 * sign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Instant {
        Instant::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn spellings_of_one_instant_are_equal() {
        for (one, other) in [
            ("2019-08-12T17:00:00+08:00", "2019-08-12T09:00:00Z"),
            ("2019-08-12T17:00+0800", "2019-08-12T09:00:00.000Z"),
            ("2019-08-12T17:00+08", "2019-08-12T01:00:00-08:00"),
            ("2019-08-12T00:00:00.5-00:30", "2019-08-12T00:30:00.500000000Z"),
            ("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.0-2359"),
        ] {
            assert_eq!(instant(one), instant(other), "{one} {other}");
        }
    }

    #[test]
    fn the_first_and_the_last_year_are_read() {
        let ordered = [
            "0000-01-01T00:00:00+23:59",
            "0000-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999999999Z",
            "1970-01-01T00:00:00Z",
            "9999-12-30T22:00:00Z",
            "9999-12-30T22:00:01Z",
            "9999-12-31T23:59:59+08:00",
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59.999999999Z",
            "9999-12-31T23:59:59-23:59",
        ];
        assert!(ordered.map(instant).is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn other_texts_are_no_instants() {
        for text in [
            "",
            "2019-08-12",
            "2019-08-12T17:00:00",
            "2019-08-12T17Z",
            "2019-08-12T17:00:Z",
            "2019-08-12T17:00:00.Z",
            "2019-08-12T17:00:00,5Z",
            "2019-08-12T17:00.5Z",
            "2019-08-12T17:00:00.1234567890Z",
            "2019-08-12 17:00:00Z",
            "2019-08-12t17:00:00Z",
            "2019-08-12T17:00:00z",
            "2019-08-12T17:00:00Z ",
            "2019-08-12T17:00:00Z[UTC]",
            "2019-08-12T17:00:00+8",
            "2019-08-12T17:00:00+08:",
            "2019-08-12T17:00:00+08:0",
            "2019-08-12T17:00:00+080",
            "2019-08-12T17:00:00+08:00:00",
            "2019-08-12T17:00:00+24:00",
            "2019-08-12T17:00:00+08:60",
            "2019-08-12T24:00:00Z",
            "2019-08-12T17:60:00Z",
            "2019-08-12T17:00:60Z",
            "2019-13-12T17:00:00Z",
            "2019-00-12T17:00:00Z",
            "2019-02-29T17:00:00Z",
            "10000-01-01T00:00:00Z",
            "-001-01-01T00:00:00Z",
            "20190812T170000Z",
            "2019-8-12T17:00:00Z",
            "２019-08-12T17:00:00Z",
        ] {
            assert_eq!(Instant::parse(text), None, "{text:?}");
        }
    }
}
