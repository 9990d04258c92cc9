//! The rules of a .helmignore file, as Helm 3.17.3 reads them.
//!
//! They look like Git's and are not: see [`Rules::ignores`] for `!`. Walking a folder under them is
//! left to `folder`. The source is Helm's `pkg/ignore/rules.go`.

use super::glob::{self, Pattern};
use crate::error::{Classified, Kind};

/// Names the file that holds the rules; only the one at the top of a chart counts.
pub const FILE_NAME: &str = ".helmignore";

/// Limits a line, in bytes: what Go's `bufio.Scanner` takes.
const MAX_LINE_BYTES: usize = 64 << 10;

/// Holds the rules for one chart folder.
#[derive(Debug)]
pub struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    negated: bool,
    only_folders: bool,
    whole_path: bool,
    /// Nothing where the rule cannot be compiled any more without its `!` or slash.
    pattern: Option<Pattern>,
}

/// Says why a .helmignore file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A line holds two stars in a row.
    #[error("{FILE_NAME}, line {line}: double-star (**) syntax is not supported")]
    DoubleStar {
        /// The line's number, from 1.
        line: usize,
    },
    /// A line is no pattern.
    #[error("{FILE_NAME}, line {line}")]
    Pattern {
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        source: glob::Error,
    },
    /// A line is longer than Helm reads.
    #[error("{FILE_NAME}, line {line}: token too long (over {MAX_LINE_BYTES} bytes)")]
    LineTooLong {
        /// The line's number, from 1.
        line: usize,
    },
}

impl Classified for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

impl Default for Rules {
    /// Gives the rule that holds for every chart: no hidden files directly in `templates/`.
    fn default() -> Rules {
        let pattern = Pattern::parse("templates/.?*").expect("the pattern is well formed");
        Rules(vec![Rule {
            negated: false,
            only_folders: false,
            whole_path: true,
            pattern: Some(pattern),
        }])
    }
}

impl Rules {
    /// Reads the bytes of a .helmignore file, and adds the rule that holds for every chart.
    ///
    /// Bytes that are no UTF-8 match no file.
    pub fn parse(bytes: &[u8]) -> Result<Rules, Error> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut rules = Vec::new();
        for (index, text) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = index + 1;
            if text.len() >= MAX_LINE_BYTES {
                return Err(Error::LineTooLong { line });
            }
            rules.extend(Rule::parse(String::from_utf8_lossy(text).trim(), line)?);
        }
        rules.extend(Rules::default().0);
        Ok(Rules(rules))
    }

    /// Tells whether a file or folder is left out; `path` is `/`-separated, in the chart.
    ///
    /// The first rule that speaks decides. A rule `!p` speaks for everything that does *not* match
    /// `p`, and leaves it out: `!*.yaml` ignores all other files, and no rule brings a file back.
    pub fn ignores(&self, path: &str, is_folder: bool) -> bool {
        self.0.iter().any(|rule| rule.ignores(path, is_folder))
    }
}

impl Rule {
    fn parse(text: &str, line: usize) -> Result<Option<Rule>, Error> {
        if text.is_empty() || text.starts_with('#') {
            return Ok(None);
        }
        if text.contains("**") {
            return Err(Error::DoubleStar { line });
        }
        // So far does Helm look; what is malformed behind that makes a rule that matches nothing.
        glob::check_on(text, "abc").map_err(|source| Error::Pattern { line, source })?;
        let (negated, text) = strip(text.strip_prefix('!'), text);
        let (only_folders, text) = strip(text.strip_suffix('/'), text);
        let whole_path = text.contains('/');
        // All of them: Helm takes one more away each time it asks the rule.
        let text = text.trim_start_matches('/');
        Ok(Some(Rule { negated, only_folders, whole_path, pattern: Pattern::parse(text).ok() }))
    }

    fn ignores(&self, path: &str, is_folder: bool) -> bool {
        if self.only_folders && !is_folder {
            return self.negated;
        }
        let name = path.rsplit('/').next().filter(|_| !self.whole_path).unwrap_or(path);
        let matches = self.pattern.as_ref().is_some_and(|pattern| pattern.matches(name));
        matches != self.negated
    }
}

/// Gives the text without a part of it, and tells whether the part was there.
fn strip<'t>(stripped: Option<&'t str>, text: &'t str) -> (bool, &'t str) {
    (stripped.is_some(), stripped.unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells which of some paths are left out; those that end in a slash are folders.
    fn ignored<'p>(rules: &str, paths: &[&'p str]) -> Vec<&'p str> {
        let rules = Rules::parse(rules.as_bytes()).unwrap();
        let is_ignored =
            |path: &&&str| rules.ignores(path.trim_end_matches('/'), path.ends_with('/'));
        paths.iter().filter(is_ignored).copied().collect()
    }

    const PATHS: [&str; 8] = [
        "Chart.yaml",
        "a.txt",
        "docs/",
        "docs/a.txt",
        "docs/b.txt",
        "templates/.hidden",
        "templates/sub/.hidden",
        "charts/b/docs/",
    ];

    #[test]
    fn matches_names_paths_and_folders() {
        let all = |rules| ignored(rules, &PATHS);
        assert_eq!(all(""), ["templates/.hidden"]);
        assert_eq!(all("a.txt"), ["a.txt", "docs/a.txt", "templates/.hidden"]);
        assert_eq!(all("/a.txt"), ["a.txt", "templates/.hidden"]);
        assert_eq!(all("//a.txt"), all("/a.txt"));
        assert_eq!(all("docs/a.*"), ["docs/a.txt", "templates/.hidden"]);
        assert_eq!(all("docs/"), ["docs/", "templates/.hidden", "charts/b/docs/"]);
        assert_eq!(all("/docs/"), ["docs/", "templates/.hidden"]);
        assert_eq!(all("*/*.txt"), ["docs/a.txt", "docs/b.txt", "templates/.hidden"]);
    }

    #[test]
    fn an_exclamation_mark_ignores_everything_else() {
        assert_eq!(ignored("!*.txt", &["Chart.yaml", "a.txt", "b/"]), ["Chart.yaml", "b/"]);
        assert_eq!(ignored("!docs/", &["Chart.yaml", "docs/", "b/"]), ["Chart.yaml", "b/"]);
        assert_eq!(ignored("*.txt\n!a.txt", &["a.txt", "Chart.yaml"]), ["a.txt", "Chart.yaml"]);
    }

    #[test]
    fn reads_lines_as_helm_does() {
        assert_eq!(ignored("\u{feff} a.txt \r\n\r\n# b.txt\r\n", &["a.txt", "b.txt"]), ["a.txt"]);
        assert_eq!(ignored("a.txt # no comment", &["a.txt"]), Vec::<&str>::new());
        let error = Rules::parse(b"a\nb/**/c").unwrap_err().to_string();
        assert!(error.contains("line 2: double-star (**) syntax is not supported"), "{error}");
        let error = Rules::parse(b"[a-").unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.starts_with("syntax error in pattern"), "{source}");
        let long = vec![b'a'; MAX_LINE_BYTES];
        assert!(matches!(Rules::parse(&long), Err(Error::LineTooLong { line: 1 })));
    }

    #[test]
    fn a_rule_that_breaks_without_its_slash_matches_nothing() {
        assert_eq!(ignored("\\/", &["a/", "\\/"]), Vec::<&str>::new());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            if let Ok(rules) = Rules::parse(&bytes) {
                rules.ignores("templates/a.yaml", false);
            }
        }
    }
}
