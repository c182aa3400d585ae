//! Answers of the metadata service, good and bad.

use rolecall_gate::Outbound;

/// A value.
pub(crate) fn text(body: impl Into<bytes::Bytes>) -> Outbound {
    Outbound::new(200, "text/plain", body)
}

/// A listing: a line for each child, directories with a slash.
pub(crate) fn listing<'a>(lines: impl IntoIterator<Item = &'a str>) -> Outbound {
    text(lines.into_iter().collect::<Vec<_>>().join("\n"))
}

/// A refusal, laid out as the live service does it.
pub fn refused(status: u16) -> Outbound {
    let title = match status {
        400 => "Missing or Invalid Parameters",
        401 => "Unauthorized",
        403 => "Forbidden",
        405 => "Method Not Allowed",
        404 => "Not Found",
        429 => "Too Many Requests",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Internal Server Error",
    };
    let heading = format!("{status} - {title}");
    let body = format!(
        r#"<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
         "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>{heading}</title>
 </head>
 <body>
  <h1>{heading}</h1>
 </body>
</html>
"#
    );
    Outbound::new(status, "text/html", body)
}
