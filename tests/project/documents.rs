//! The pages: every link in them leads somewhere, and every page is led to.

use std::collections::BTreeSet;
use std::path::Path;

use crate::root;

/// Is a page of the documentation.
pub(crate) struct Page {
    /// The path from the package's folder.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Reads README.md and all of docs/ with the folders in it, sorted.
pub(crate) fn pages() -> Vec<Page> {
    let listed = walkdir::WalkDir::new(root().join("docs")).into_iter();
    let relative = |entry: walkdir::DirEntry| {
        entry.path().strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
    };
    let mut paths: Vec<String> = listed.map(|entry| relative(entry.unwrap())).collect();
    paths.push("README.md".to_owned());
    paths.sort();
    let read = |path: String| {
        let text = std::fs::read_to_string(root().join(&path)).unwrap();
        Page { path, text }
    };
    paths.into_iter().filter(|path| path.ends_with(".md")).map(read).collect()
}

/// Lists the targets of the links in a page that lead to files, with their lines.
fn links(page: &Page) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for (index, line) in page.text.lines().enumerate() {
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let targets = targets.map(|(target, _)| target).filter(|target| !target.contains("://"));
        links.extend(targets.map(|target| (index + 1, target.to_owned())));
    }
    links
}

/// Gives the name that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

/// Says what is wrong with a link, if anything.
fn check(page: &Page, target: &str) -> Option<String> {
    let (file, part) = target.split_once('#').unwrap_or((target, ""));
    let folder = Path::new(&page.path).parent().unwrap();
    let path = root().join(folder).join(file);
    let text = match file {
        "" => page.text.clone(),
        _ if !path.exists() => return Some(format!("{target} is not there")),
        _ => std::fs::read_to_string(&path).unwrap_or_default(),
    };
    let known = part.is_empty() || anchors(&text).contains(part);
    (!known).then(|| format!("{target}: there is no such heading"))
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        for (line, target) in links(&page) {
            wrong.extend(check(&page, &target).map(|why| format!("{}:{line}: {why}", page.path)));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Finds the page that leads to another: the README.md of the nearest folder above it.
fn leading<'a>(pages: &'a [Page], page: &Page) -> (&'a Page, String) {
    let own = Path::new(&page.path).parent().unwrap();
    let above = if page.path.ends_with("/README.md") { own.parent().unwrap() } else { own };
    let mut found = above.ancestors().filter_map(|folder| {
        let path = folder.join("README.md");
        let readme = pages.iter().find(|page| Path::new(&page.path) == path)?;
        let link = Path::new(&page.path).strip_prefix(folder).unwrap();
        Some((readme, link.to_str().unwrap().to_owned()))
    });
    found.next().unwrap()
}

#[test]
fn every_page_is_led_to_from_the_readme_above_it() {
    let pages = pages();
    for page in pages.iter().filter(|page| page.path != "README.md") {
        let (readme, link) = leading(&pages, page);
        assert!(readme.text.contains(&format!("({link})")), "{} is not", page.path);
    }
}

#[test]
fn a_page_is_led_to_from_the_nearest_folder() {
    let page = |path: &str| Page { path: path.to_owned(), text: String::new() };
    let pages = ["README.md", "docs/a.md", "docs/b/README.md", "docs/b/c/README.md"].map(page);
    let leading = |index: usize| {
        let (readme, link) = leading(&pages, &pages[index]);
        (readme.path.as_str(), link)
    };
    assert_eq!(leading(1), ("README.md", "docs/a.md".to_owned()));
    assert_eq!(leading(2), ("README.md", "docs/b/README.md".to_owned()));
    assert_eq!(leading(3), ("docs/b/README.md", "c/README.md".to_owned()));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let text = "# One two\n[a](b.md) [c](#one-two)\n[d](#three) [e](https://example.com)";
    let page = Page { path: "docs/x.md".to_owned(), text: text.to_owned() };
    let wrong: Vec<usize> = links(&page)
        .into_iter()
        .filter(|(_, target)| check(&page, target).is_some())
        .map(|(line, _)| line)
        .collect();
    assert_eq!(wrong, [2, 3]);
}

#[test]
fn the_readme_fits_on_a_screen() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 60, "{} lines", readme.lines().count());
}
