//! The header `Authorization`: a password, or a token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The most bytes of a header with a password.
const MAX_PASSWORD_BYTES: usize = 4 << 10;

/// The most bytes of a token, which lists all that it is good for.
pub(super) const MAX_TOKEN_BYTES: usize = 16 << 10;

/// Is what a client says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    /// A name and a password (RFC 7617).
    Password(String, String),
    /// A token (RFC 6750).
    Token(String),
}

impl Credentials {
    /// Reads a header; none if it is not written as it should be.
    pub(super) fn read(header: &[u8]) -> Option<Credentials> {
        let header = std::str::from_utf8(header).ok()?;
        let (scheme, rest) = header.split_once(' ')?;
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("basic") && header.len() <= MAX_PASSWORD_BYTES {
            let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
            let (user, password) = pair.split_once(':')?;
            return Some(Credentials::Password(user.to_owned(), password.to_owned()));
        }
        let is_token = scheme.eq_ignore_ascii_case("bearer") && rest.len() <= MAX_TOKEN_BYTES;
        (is_token && !rest.is_empty()).then(|| Credentials::Token(rest.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn a_name_and_a_password_are_read_as_the_rfc_has_them() {
        let read = |header: &str| Credentials::read(header.as_bytes());
        let pair = |user: &str, password: &str| {
            Some(Credentials::Password(user.to_owned(), password.to_owned()))
        };
        assert_eq!(read(&encoded("ann:se:cret")), pair("ann", "se:cret"));
        assert_eq!(read(&encoded("ann:").replace("Basic", "bASIC")), pair("ann", ""));
        assert_eq!(read(&encoded("änn:ß")), pair("änn", "ß"));
        assert_eq!(read(&encoded(":")), pair("", ""));
        for header in ["", "Basic", "Basic !", "Digest YTpi", &encoded("ann"), "YTpi", "Bearer "] {
            assert_eq!(read(header), None, "{header}");
        }
        assert_eq!(Credentials::read(b"Basic \xff"), None);
        assert_eq!(read(&encoded(&format!("a:{}", "b".repeat(4000)))), None);
    }

    #[test]
    fn a_token_may_be_longer_than_a_password() {
        let read = |token: &str| Credentials::read(format!("bearer {token}").as_bytes());
        for length in [1, MAX_TOKEN_BYTES] {
            let token = "x".repeat(length);
            assert_eq!(read(&token), Some(Credentials::Token(token)));
        }
        assert_eq!(read(&"x".repeat(MAX_TOKEN_BYTES + 1)), None);
    }
}
