//! What a server asks for in the WWW-Authenticate header (RFC 9110, section 11.6.1).

use ureq::http::HeaderMap;
use ureq::http::header::WWW_AUTHENTICATE;

/// Is what a server asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A name and a password with each request.
    Basic,
    /// A token that a token server gives.
    Bearer {
        /// The address of the token server.
        realm: String,
        /// What the token server calls this server.
        service: Option<String>,
        /// What the token is to be good for.
        scope: Option<String>,
    },
}

impl Challenge {
    /// Finds out what is asked for; a token rather than a password where either will do.
    pub(super) fn of(headers: &HeaderMap) -> Option<Challenge> {
        let values = headers.get_all(WWW_AUTHENTICATE).into_iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        let all: Vec<Challenge> = texts.flat_map(parse).collect();
        let bearer = all.iter().find(|one| matches!(one, Challenge::Bearer { .. }));
        bearer.or(all.first()).cloned()
    }

    /// Gives what holds for other requests to the same server.
    pub(super) fn without_scope(&self) -> Challenge {
        match self.clone() {
            Challenge::Bearer { realm, service, .. } => {
                Challenge::Bearer { realm, service, scope: None }
            }
            Challenge::Basic => Challenge::Basic,
        }
    }
}

/// Reads all challenges of one header that are known.
fn parse(text: &str) -> Vec<Challenge> {
    let mut found: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = word(rest);
        if word.is_empty() {
            let next = rest.char_indices().nth(1).map_or(rest.len(), |(place, _)| place);
            rest = rest[next..].trim_start();
            continue;
        }
        match after.strip_prefix('=') {
            Some(after) => {
                let (value, after) = value(after);
                if let Some((_, parameters)) = found.last_mut() {
                    parameters.push((word.to_ascii_lowercase(), value));
                }
                rest = after.trim_start();
            }
            None => {
                found.push((word.to_ascii_lowercase(), Vec::new()));
                rest = after.trim_start();
            }
        }
        rest = rest.trim_start_matches([',', ' ', '\t']);
    }
    found.into_iter().filter_map(|(scheme, parameters)| known(&scheme, parameters)).collect()
}

fn known(scheme: &str, parameters: Vec<(String, String)>) -> Option<Challenge> {
    let get = |name: &str| {
        let found = parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    };
    match scheme {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer {
            realm: get("realm")?,
            service: get("service"),
            scope: get("scope"),
        }),
        _ => None,
    }
}

/// Splits off the characters of a token; RFC 9110 has a few more, which nobody uses here.
fn word(text: &str) -> (&str, &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-._~+/!#$%&'*^`|".contains(c);
    text.split_at(text.find(|c| !is_part(c)).unwrap_or(text.len()))
}

/// Splits off a value: quoted, with characters after a backslash as they are, or up to a comma.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(text.find([',', ' ']).unwrap_or(text.len()));
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[place + 1..]),
            '\\' => value.extend(characters.next().map(|(_, next)| next)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
            scope: scope.map(str::to_owned),
        }
    }

    #[test]
    fn challenges_are_read() {
        let text = "Bearer realm=\"https://auth.example.com/token\",service=\"a \\\"b\\\"\",\
                    scope=\"repository:a/b:pull,push\"";
        let expected = bearer(
            "https://auth.example.com/token",
            Some("a \"b\""),
            Some("repository:a/b:pull,push"),
        );
        assert_eq!(parse(text), [expected]);
        assert_eq!(parse("BASIC realm=\"x, y\", charset=UTF-8"), [Challenge::Basic]);
        assert_eq!(
            parse("Basic realm=x, Negotiate, bearer Realm=y"),
            [Challenge::Basic, bearer("y", None, None)]
        );
        assert_eq!(parse("Basic"), [Challenge::Basic]);
    }

    #[test]
    fn junk_is_no_challenge() {
        for text in [
            "",
            ",,,",
            "Bearer",
            "Bearer realm=\"\"",
            "=",
            "\"",
            "é=\"",
            "Digest realm=x",
            "Bearer realm",
            "realm=\"x\"",
            "Bearer realm=\"",
            "\\",
        ] {
            assert_eq!(parse(text), [], "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd(text in "[ -~é]*") {
            parse(&text);
        }
    }

    #[test]
    fn a_token_goes_before_a_password() {
        let mut headers = HeaderMap::new();
        headers.append(WWW_AUTHENTICATE, "Basic realm=x".parse().unwrap());
        assert_eq!(Challenge::of(&headers), Some(Challenge::Basic));
        headers.append(WWW_AUTHENTICATE, "Bearer realm=y".parse().unwrap());
        assert_eq!(Challenge::of(&headers), Some(bearer("y", None, None)));
        assert_eq!(Challenge::of(&HeaderMap::new()), None);
    }
}
