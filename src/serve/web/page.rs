//! What stands on the page, apart from how it is written.

use axum::http::StatusCode;

use crate::name::SpaceName;
use crate::serve::auth::Denied;
use crate::serve::origin::Origin;
use crate::store::Glance;

/// Is a part of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// The title of all.
    Title(String),
    /// The title of what follows.
    Heading(&'static str),
    /// A paragraph.
    Text(String),
    /// Commands to paste, one a line.
    Commands(Vec<String>),
    /// What is listed, and what there is to say of it.
    List(Vec<Item>),
}

/// Is a line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) name: String,
    /// A path of this server that the name leads to.
    pub(super) link: Option<String>,
    pub(super) text: String,
}

/// Says who looks at the page.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asker<'a> {
    pub(super) name: Option<&'a str>,
    /// Whether the asker is nobody known, and there are users.
    pub(super) may_log_in: bool,
    pub(super) may_push: bool,
    /// The registry that is served, if it is one elsewhere: all its charts are at the root.
    pub(super) registry: Option<&'a str>,
}

/// Gives the page of somebody who may read.
pub(super) fn of(origin: &Origin, asker: &Asker<'_>, glance: &Glance) -> Vec<Block> {
    let title = format!("hreg {}", env!("CARGO_PKG_VERSION"));
    let mut blocks = vec![Block::Title(title), Block::Text(what(asker))];
    blocks.push(Block::Heading("Commands"));
    blocks.push(Block::Commands(commands(origin, asker, &example(glance))));
    if asker.may_log_in {
        blocks.push(Block::Text("With a user and a password there may be more:".to_owned()));
        blocks.push(Block::Commands(logins(origin)));
    }
    blocks.push(Block::Heading("Charts"));
    blocks.extend(charts(glance, asker.registry.is_some()));
    blocks.push(Block::Heading("Doors"));
    blocks.push(Block::List(doors(asker.registry.is_some())));
    blocks
}

/// Gives the page of somebody who may not read.
pub(super) fn denied(origin: &Origin, denied: Denied) -> Vec<Block> {
    let mut blocks = vec![Block::Title("hreg".to_owned()), Block::Text(sentence(denied.message()))];
    if denied.status() == StatusCode::UNAUTHORIZED {
        blocks.push(Block::Heading("Commands"));
        blocks.push(Block::Commands(logins(origin)));
    }
    blocks
}

fn what(asker: &Asker<'_>) -> String {
    let source =
        asker.registry.map_or("one store".to_owned(), |place| format!("the registry {place}"));
    let what = format!("Helm charts and other OCI artifacts, from {source} by several protocols.");
    match asker.name {
        Some(name) => format!("{what} You are known as {name}."),
        None => what,
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

fn logins(origin: &Origin) -> Vec<String> {
    let Origin { host, .. } = origin;
    vec![
        // Helm 3 has no other option for it.
        format!("helm registry login {host} --username NAME"),
        format!("helm repo add NAME {} --username NAME", origin.url("")),
        format!("hreg login {host} --username NAME{}", origin.plain_http()),
    ]
}

fn commands(origin: &Origin, asker: &Asker<'_>, (space, chart): &(String, String)) -> Vec<String> {
    let (Origin { host, .. }, plain) = (origin, origin.plain_http());
    let is_at_root = space == SpaceName::DEFAULT || asker.registry.is_some();
    let path = if is_at_root { String::new() } else { format!("/{space}") };
    let user = asker.name.map_or("", |_| " --username NAME");
    let mut commands = vec![
        format!("helm repo add NAME {}{user}", origin.url(&path)),
        format!("helm pull oci://{host}/{space}/{chart}{plain}"),
        format!("hreg pull {host}/{space}/{chart}{plain}"),
    ];
    if asker.may_push {
        commands.push(format!("helm push {chart}-1.0.0.tgz oci://{host}/{space}{plain}"));
        commands.push(format!("hreg push {chart}-1.0.0.tgz oci://{host}/{space}{plain}"));
    }
    commands
}

/// Gives a space and a chart that commands can be shown with: the first whose names can stand in a
/// command and in OCI's paths as they are.
fn example(glance: &Glance) -> (String, String) {
    let named = glance.spaces.iter().flat_map(|(_, charts)| charts);
    let names = named.map(|chart| (chart.space.to_string(), chart.chart.as_str().to_owned()));
    let is_plain = |text: &str| is_path(text) && !text.contains(|c: char| c.is_ascii_uppercase());
    let mut plain = names.filter(|(space, chart)| is_plain(space) && is_plain(chart));
    plain.next().unwrap_or_else(|| (SpaceName::DEFAULT.to_owned(), "mychart".to_owned()))
}

/// Tells whether a name can stand in a path, and in a command, as it is.
fn is_path(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().all(is_plain)
}

/// Lists spaces, each with its charts.
fn charts(glance: &Glance, has_all_at_root: bool) -> Vec<Block> {
    let items = glance.spaces.iter().map(|(space, charts)| {
        let names: Vec<&str> = charts.iter().map(|chart| chart.chart.as_str()).collect();
        let name = space.to_string();
        let link = match name == SpaceName::DEFAULT && !has_all_at_root {
            true => Some("/index.yaml".to_owned()),
            false => is_path(&name).then(|| format!("/{name}/index.yaml")),
        };
        Item { name, link, text: names.join(", ") }
    });
    let items: Vec<Item> = items.collect();
    let mut blocks = match items.is_empty() {
        true => vec![Block::Text("There are none yet.".to_owned())],
        false => vec![Block::List(items)],
    };
    let more = [(glance.more_charts, "charts"), (glance.more_spaces, "spaces")];
    let more: Vec<String> = more
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} more {what}"))
        .collect();
    if !more.is_empty() {
        blocks.push(Block::Text(format!("And {}.", more.join(", and "))));
    }
    blocks
}

fn doors(has_all_at_root: bool) -> Vec<Item> {
    let item = |name: &str, link: &str, text: &str| Item {
        name: name.to_owned(),
        link: (!link.is_empty()).then(|| link.to_owned()),
        text: text.to_owned(),
    };
    let (oci, classic, museum) = match has_all_at_root {
        false => ("helm push and pull", "chart repository", "ChartMuseum's API: helm cm-push"),
        true => ("helm pull", "chart repository of all spaces", "ChartMuseum's API, to read"),
    };
    vec![
        item("/v2/", "", &format!("OCI registry: {oci} with oci://, oras, crane, skopeo")),
        item("/index.yaml", "/index.yaml", &format!("{classic}; that of a space is at /SPACE")),
        item("/api/v1", "/apidocs.json", "spaces, charts and versions, described by OpenAPI"),
        item("/api/charts", "", museum),
        item("/health", "/health", "whether the server runs; /ready whether it can answer"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Repository;

    fn glance(charts: &[&str]) -> Glance {
        let mut glance = Glance::default();
        for chart in charts {
            let chart = Repository::parse(chart).unwrap();
            glance.spaces.push((chart.space.clone(), vec![chart]));
        }
        glance
    }

    #[test]
    fn a_command_has_no_name_that_a_shell_would_read() {
        for (charts, expected) in [
            (&[][..], "library/mychart"),
            (&["library/$(x)", "library/Web", "localhost:1/a", "team/web"], "team/web"),
            (&["library/-x"], "library/mychart"),
        ] {
            let (space, chart) = example(&glance(charts));
            assert_eq!(format!("{space}/{chart}"), expected, "{charts:?}");
        }
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let more = Glance { more_charts: 2, more_spaces: 1, ..glance(&["library/web"]) };
        let last = charts(&more, false).pop().unwrap();
        assert_eq!(last, Block::Text("And 2 more charts, and 1 more spaces.".to_owned()));
        assert_eq!(charts(&glance(&["library/web"]), false).len(), 1);
    }
}
