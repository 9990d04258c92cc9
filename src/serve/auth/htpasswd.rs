//! The file of users: what `htpasswd -B` writes, a user and a hash on each line.
//!
//! Only bcrypt is read: all else that htpasswd writes can be guessed too fast.

use std::collections::HashMap;
use std::path::Path;

use super::verified::Verified;
use crate::disk;
use crate::serve::Error;

/// The most bytes that the file may have.
const MAX_BYTES: u64 = 4 << 20;

/// The most that a hash may cost: 16 takes about six seconds.
const MAX_COST: u32 = 16;

/// Is checked for a user that is not there, where there is none at all.
const NOBODY: &str = "$2y$10$LIJN8gXTU8lH0zkpGi5mJOyQwGDqVRom3EsIOfewXVpfW/UtGqLxi";

/// Holds the users of a file, and what was found out about their passwords since it was read.
pub(super) struct Users {
    hashes: HashMap<String, String>,
    /// The dearest of all hashes: with it a user that is not there takes as long as any other.
    dearest: String,
    verified: Verified,
}

impl Users {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Users, Error> {
        let bytes = disk::read(path, MAX_BYTES)?;
        Users::parse(&bytes).map_err(|(line, reason)| Error::Passwords {
            path: path.to_owned(),
            line,
            reason: reason.to_owned(),
        })
    }

    /// Reads the text of a file; what is wrong is said with its line, and never with the line's text.
    fn parse(bytes: &[u8]) -> Result<Users, (usize, &'static str)> {
        let text = std::str::from_utf8(bytes).map_err(|_| (1, "it is no UTF-8"))?;
        let mut hashes = HashMap::new();
        let mut dearest = (0, NOBODY.to_owned());
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (user, hash) = entry(line).map_err(|reason| (index + 1, reason))?;
            let cost = cost(hash).map_err(|reason| (index + 1, reason))?;
            if cost > dearest.0 {
                dearest = (cost, hash.to_owned());
            }
            if hashes.insert(user.to_owned(), hash.to_owned()).is_some() {
                return Err((index + 1, "the user is there already"));
            }
        }
        Ok(Users { hashes, dearest: dearest.1, verified: Verified::new() })
    }

    /// Tells whether there is such a user.
    pub(super) fn has(&self, user: &str) -> bool {
        self.hashes.contains_key(user)
    }

    /// Tells whether a password was checked lately, and was right.
    pub(super) fn remembers(&self, user: &str, password: &str) -> bool {
        self.verified.has(user, password)
    }

    /// Checks a password. Whether there is such a user makes no difference to the time it takes.
    pub(super) fn check(&self, user: &str, password: &str) -> bool {
        // Others may have asked the same meanwhile.
        if self.remembers(user, password) {
            return true;
        }
        let hash = self.hashes.get(user);
        let fits = bcrypt::verify(password, hash.unwrap_or(&self.dearest)).unwrap_or(false);
        let is_right = fits && hash.is_some();
        if is_right {
            self.verified.insert(user, password);
        }
        is_right
    }
}

fn entry(line: &str) -> Result<(&str, &str), &'static str> {
    let (user, hash) = line.split_once(':').ok_or("a line is USER:HASH")?;
    if user.is_empty() || user.chars().any(char::is_control) {
        return Err("a user has a name without control characters");
    }
    if user == super::Rule::KNOWN || user == super::Rule::ANONYMOUS {
        return Err("this name means other users in rules");
    }
    Ok((user, hash))
}

/// Finds what it costs to check a hash, as a power of two.
fn cost(hash: &str) -> Result<u32, &'static str> {
    let is_known = ["$2y$", "$2b$", "$2a$"].iter().any(|start| hash.starts_with(start));
    let parts: Option<bcrypt::HashParts> = hash.parse().ok().filter(|_| is_known);
    let parts = parts.ok_or("only bcrypt is read: make the line with htpasswd -B")?;
    match parts.get_cost() {
        cost if cost > MAX_COST => Err("a password with this cost takes too long to check"),
        cost => Ok(cost),
    }
}

#[cfg(test)]
mod tests {
    use super::{NOBODY, Users};

    fn line(user: &str, password: &str) -> String {
        format!("{user}:{}\n", bcrypt::hash(password, 4).unwrap())
    }

    #[test]
    fn a_password_fits_its_own_user() {
        let text = format!("# users\n\n{}{}", line("ann", "one"), line("bob", "two"));
        let users = Users::parse(text.as_bytes()).ok().unwrap();
        for _ in 0..2 {
            assert!(users.check("ann", "one"));
            assert!(users.check("bob", "two"));
            for (user, password) in [("ann", "two"), ("ann", ""), ("eve", "one"), ("", "")] {
                assert!(!users.check(user, password), "{user}");
            }
        }
        assert!(users.remembers("ann", "one") && !users.remembers("ann", "two"));
    }

    #[test]
    fn what_htpasswd_writes_is_read() {
        // Made with `htpasswd -nbB -C 4 ann secret`, of Apache 2.4.
        let line = "ann:$2y$04$Dd5n99PUWl6dT5zK95GjOe/hUNmDLLwVc2TxZGUrXOLxpH52qEsmy\n";
        assert!(Users::parse(line.as_bytes()).ok().unwrap().check("ann", "secret"));
    }

    #[test]
    fn nobody_is_known_in_an_empty_file() {
        assert!(super::cost(NOBODY).is_ok());
        assert!(!Users::parse(b"").ok().unwrap().check("ann", ""));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_line() {
        let ann = line("ann", "one");
        for (text, line, reason) in [
            ("ann", 1, "USER:HASH"),
            ("\nann:", 2, "bcrypt"),
            ("ann:plain", 1, "bcrypt"),
            ("ann:$apr1$x$y", 1, "bcrypt"),
            ("ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", 1, "bcrypt"),
            (&ann.replace("$04$", "$31$"), 1, "too long"),
            (&format!("{ann}{ann}"), 2, "already"),
            (&ann.replace("ann:", "*:"), 1, "other users"),
            (&ann.replace("ann:", "anonymous:"), 1, "other users"),
            (&ann.replace("ann:", ":"), 1, "a name"),
        ] {
            let (number, told) = Users::parse(text.as_bytes()).err().unwrap();
            assert_eq!(number, line, "{text}");
            assert!(told.contains(reason), "{text}: {told}");
        }
        assert!(Users::parse(b"\xff").is_err());
    }
}
