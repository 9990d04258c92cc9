//! Source files as words, without comments, literals and test code.

use std::fmt;
use std::path::Path;

/// Is a file of the program, split into words.
pub(crate) struct Source {
    /// The path from the package's folder.
    pub(crate) path: String,
    /// The text as it is.
    pub(crate) text: String,
    /// The words outside of tests: identifiers, and other characters one by one, but `::` as one.
    pub(crate) words: Vec<Word>,
}

/// Is an identifier or a punctuation mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// Says where a rule is broken.
pub(crate) struct Violation {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) reason: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.reason)
    }
}

/// Reads all sources of the program, sorted.
pub(crate) fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    collect(&root.join("src"), &mut paths);
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let relative = path.strip_prefix(root).unwrap().to_str().unwrap();
        Source::new(relative, &std::fs::read_to_string(path).unwrap())
    };
    paths.iter().map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Source {
        let path = path.to_owned();
        let mut words = without_tests(split(&blank(text)));
        if is_test(&path) {
            words.clear();
        }
        Source { path, text: text.to_owned(), words }
    }

    /// Gives the module that the file is, as names from the crate's root on.
    pub(crate) fn module(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        path.split('/').filter(|part| !matches!(*part, "mod" | "lib" | "main")).collect()
    }

    /// Objects to a line of this file.
    pub(crate) fn violation(&self, line: usize, reason: impl Into<String>) -> Violation {
        Violation { path: self.path.clone(), line, reason: reason.into() }
    }

    /// Tells whether the words at a place are these.
    pub(crate) fn is_at(&self, place: usize, words: &[&str]) -> bool {
        let found = self.words.iter().skip(place).map(|word| word.text.as_str());
        found.take(words.len()).eq(words.iter().copied())
    }
}

/// Tells whether a file holds nothing but tests.
pub(crate) fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path == "src/storage/suite.rs"
}

impl Word {
    pub(crate) fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Replaces what is in comments and literals by spaces; line ends stay.
fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skipped(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        at = end;
    }
    out
}

/// Gives the end of the comment or literal that begins at a place; the place itself if none does.
fn skipped(chars: &[char], at: usize) -> usize {
    let next = |offset: usize| chars.get(at + offset).copied().unwrap_or('\0');
    let after_name = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match (chars[at], next(1)) {
        ('/', '/') => find(chars, at, &['\n']),
        ('/', '*') => (find(chars, at + 2, &['*', '/']) + 2).min(chars.len()),
        ('"', _) => quoted(chars, at, '"'),
        ('r', '"' | '#') if !after_name || chars[at - 1] == 'b' => raw(chars, at),
        ('\'', '\\') => quoted(chars, at, '\''),
        // A lifetime has no quote behind its first character.
        ('\'', _) if next(2) == '\'' => at + 3,
        _ => at,
    }
}

fn find(chars: &[char], from: usize, what: &[char]) -> usize {
    let found = chars.get(from..).and_then(|rest| rest.windows(what.len()).position(|w| w == what));
    found.map_or(chars.len(), |offset| from + offset)
}

fn quoted(chars: &[char], at: usize, quote: char) -> usize {
    let mut end = at + 1;
    while end < chars.len() && chars[end] != quote {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    (end + 1).min(chars.len())
}

fn raw(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + 1 + hashes) != Some(&'"') {
        return at;
    }
    let mut end = vec!['"'];
    end.resize(hashes + 1, '#');
    (find(chars, at + 2 + hashes, &end) + end.len()).min(chars.len())
}

fn split(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let in_name = |c: char| c.is_alphanumeric() || c == '_';
            let length = match first {
                _ if in_name(first) => rest.find(|c| !in_name(c)).unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                _ => first.len_utf8(),
            };
            words.push(Word { text: rest[..length].to_owned(), line: index + 1 });
            rest = rest[length..].trim_start();
        }
    }
    words
}

/// Leaves out what stands behind `#[cfg(test)]`.
fn without_tests(words: Vec<Word>) -> Vec<Word> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if words[at..].iter().take(MARK.len()).map(|word| word.text.as_str()).eq(MARK) {
            at = item_end(&words, at + MARK.len());
        } else {
            kept.push(words[at].clone());
            at += 1;
        }
    }
    kept
}

/// Gives the place behind an item: behind its `;`, or the bracket that closes its body.
pub(crate) fn item_end(words: &[Word], from: usize) -> usize {
    let mut depth = 0;
    for (place, word) in words.iter().enumerate().skip(from) {
        match word.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 && matches!(word.text.as_str(), ";" | "}") {
            return place + 1;
        }
    }
    words.len()
}

#[test]
fn comments_and_literals_are_no_words() {
    let text = "a /* b \n b */ \"c \\\" c\" r#\"d \" d\"# '\\'' 'e' &'f g // h\ni";
    let words: Vec<_> = split(&blank(text)).into_iter().map(|w| (w.text, w.line)).collect();
    let expected = [("a", 1), ("&", 2), ("'", 2), ("f", 2), ("g", 2), ("i", 3)];
    assert_eq!(words, expected.map(|(text, line)| (text.to_owned(), line)));
}

#[test]
fn tests_are_no_part_of_the_program() {
    let source = Source::new("src/a.rs", "x; #[cfg(test)] mod tests { fn a() { b; } } y");
    let words: Vec<&str> = source.words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(words, ["x", ";", "y"]);
    assert!(Source::new("src/a/tests.rs", "x").words.is_empty());
}
