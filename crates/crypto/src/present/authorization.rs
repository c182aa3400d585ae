//! The grammar of `Authorization` in ACS3 and OSS V4: `ALGORITHM Name=value,Name=value`.

use super::PresentError;

/// The fields of such a header. Order and spaces vary by client.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields<'a> {
    pub credential: &'a str,
    /// The list of header names, as sent.
    pub headers: Option<&'a str>,
    pub signature: &'a str,
}

/// Parses what stands behind the algorithm; the list of headers is called `headers_name`.
pub(super) fn fields<'a>(text: &'a str, headers_name: &str) -> Result<Fields<'a>, PresentError> {
    let (mut credential, mut headers, mut signature) = (None, None, None);
    for piece in text.split(',') {
        let (name, value) =
            piece.trim().split_once('=').ok_or(PresentError::MalformedAuthorization)?;
        let field = match name {
            "Credential" => &mut credential,
            "Signature" => &mut signature,
            name if name == headers_name => &mut headers,
            _ => return Err(PresentError::MalformedAuthorization),
        };
        if field.replace(value.trim()).is_some() {
            return Err(PresentError::MalformedAuthorization);
        }
    }
    match (credential, signature) {
        (Some(credential), Some(signature)) if !credential.is_empty() && !signature.is_empty() => {
            Ok(Fields { credential, headers, signature })
        }
        _ => Err(PresentError::MalformedAuthorization),
    }
}

/// Splits a `;`-joined list of header names, in lower case and sorted. An empty list has none; an
/// empty name or a repeated one is refused.
pub(super) fn header_names(list: &str) -> Result<Vec<String>, PresentError> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let mut names: Vec<String> =
        list.split(';').map(|name| name.trim().to_ascii_lowercase()).collect();
    names.sort_unstable();
    let repeated = names.windows(2).any(|pair| matches!(pair, [left, right] if left == right));
    if repeated || names.iter().any(String::is_empty) {
        return Err(PresentError::MalformedAuthorization);
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_spaces_vary() {
        let expected = Fields { credential: "a/b", headers: Some("h;g"), signature: "c=" };
        for text in [
            "Credential=a/b,AdditionalHeaders=h;g,Signature=c=",
            "Credential=a/b, Signature=c=, AdditionalHeaders=h;g",
            " Signature=c= ,AdditionalHeaders=h;g,  Credential=a/b",
        ] {
            assert_eq!(fields(text, "AdditionalHeaders").as_ref(), Ok(&expected), "{text}");
        }
        assert_eq!(fields("Credential=a,Signature=b", "SignedHeaders").unwrap().headers, None);
    }

    #[test]
    fn everything_else_is_malformed() {
        for text in [
            "",
            "Credential=a",
            "Signature=b",
            "Credential=,Signature=b",
            "Credential=a,Signature=",
            "Credential=a,Signature=b,",
            "Credential=a,Signature=b,Signature=b",
            "Credential=a,credential=a,Signature=b",
            "Credential=a,Signature=b,Other=c",
            "Credential=a,Signature=b,AdditionalHeaders=h",
            "Credential=a;Signature=b",
        ] {
            let result = fields(text, "SignedHeaders");
            assert_eq!(result, Err(PresentError::MalformedAuthorization), "{text}");
        }
    }

    #[test]
    fn lists_of_names() {
        assert_eq!(header_names("").unwrap(), [""; 0]);
        assert_eq!(header_names("b;A").unwrap(), ["a", "b"]);
        for list in ["a;a", "a;A", ";", "a;", ";a"] {
            assert_eq!(header_names(list), Err(PresentError::MalformedAuthorization), "{list}");
        }
    }
}
