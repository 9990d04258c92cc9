//! The page at `/`.

use crate::environment::Environment;
use crate::form::archive;
use crate::world::{Answer, World};

const BROWSER: &str = "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

/// The name and the password `ann`, and so for `bob`.
const ANN: &str = "Authorization: Basic YW5uOmFubg==";
const BOB: &str = "Authorization: Basic Ym9iOmJvYg==";

fn with_rules() -> World {
    let test = Environment::new();
    let hash = |user: &str| format!("{user}:{}\n", bcrypt::hash(user, 4).unwrap());
    test.write("users", hash("ann") + &hash("bob"));
    test.write(
        "config.yaml",
        "auth:\n  htpasswd: users\n  rules:\n  - {spaces: '*', users: ann, actions: [read, push]}\n  \
         - {spaces: [open, team], users: bob, actions: read}\n",
    );
    for space in ["open", "team", "hidden"] {
        test.chart_in(&format!("charts/{space}"), &format!("of-{space}"), "1.0.0");
        test.ok(&["save", &format!("charts/{space}"), &format!("{space}/of-{space}")]);
    }
    World::with(test, &["-c", "config.yaml"])
}

fn page(world: &World, headers: &[&str]) -> Answer {
    world.ask("GET /", headers, b"")
}

#[test]
fn it_says_what_is_served_and_how_to_use_it() {
    let world = World::start();
    let empty = world.get("/");
    assert_eq!(empty.header("content-type"), "text/plain; charset=utf-8");
    assert!(empty.text().contains("There are none yet."), "{}", empty.text());
    for (space, name) in [("", "web"), ("/team", "api")] {
        let bytes = archive(&world.test, name, "1.0.0", "");
        let line = format!("POST /api{space}/charts");
        assert_eq!(world.send_form(&line, &[("chart", &bytes)]).status, 201);
    }
    let host = world.address();
    for (headers, link) in [(&[][..], "library"), (&[BROWSER][..], "href=\"/team/index.yaml\"")] {
        let page = page(&world, headers);
        for text in [
            concat!("hreg ", env!("CARGO_PKG_VERSION")),
            &format!("helm repo add NAME http://{host}"),
            &format!("helm pull oci://{host}/library/web --plain-http"),
            &format!("hreg pull {host}/library/web"),
            &format!("helm push web-1.0.0.tgz oci://{host}/library"),
            "api",
            "team",
            link,
        ] {
            assert!(page.text().contains(text), "{text} is not in {}", page.text());
        }
        assert!(!page.text().contains("login"), "nobody can log in");
    }
}

#[test]
fn commands_name_the_host_that_the_client_knows() {
    let world = World::start();
    let page = page(&world, &["Host: charts.example:8080"]);
    assert!(page.text().contains("helm repo add NAME http://charts.example:8080\n"));
    assert!(page.text().contains("oci://charts.example:8080/library/mychart --plain-http\n"));
    let odd = self::page(&world, &["Host: <b>;$(x)"]);
    assert!(!odd.text().contains("$(x)"), "{}", odd.text());
}

#[test]
fn a_browser_is_sent_nothing_that_runs() {
    let world = World::start();
    let page = page(&world, &[BROWSER]);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let text = page.text();
    for part in ["<script", "http-equiv", "style=", "src=", "@import", "url("] {
        assert!(!text.contains(part), "{part}");
    }
    assert!(text.contains("<html lang=\"en\">") && text.contains("name=\"viewport\""));
    // The policy names the style that is there.
    let (_, style) = text.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    use base64::Engine as _;
    use sha2::Digest as _;
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style));
    assert!(policy.contains(&format!("'sha256-{hash}'")), "{policy}");
}

#[test]
fn names_of_charts_are_text() {
    let world = World::start();
    world.test.chart_in("odd", "<b>x&\"'", "1.0.0");
    world.test.ok(&["save", "odd"]);
    let text = page(&world, &[BROWSER]).text().to_owned();
    assert!(text.contains("&lt;b&gt;x&amp;&quot;&#39;"), "{text}");
    assert!(!text.contains("<b>"), "{text}");
}

#[test]
fn one_sees_what_one_may_read() {
    let world = with_rules();
    let seen = |header: &str| {
        let page = page(&world, &[header]);
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
        let text = page.text().to_owned();
        ["of-open", "of-team", "of-hidden", "helm push of-"].map(|name| text.contains(name))
    };
    assert_eq!(seen(ANN), [true, true, true, true]);
    assert_eq!(seen(BOB), [true, true, false, false]);
    let known = page(&world, &[BOB]).text().to_owned();
    assert!(known.contains("You are known as bob."), "{known}");
}

#[test]
fn who_may_read_nothing_is_told_how_to_log_in() {
    let world = with_rules();
    let wrong = "Authorization: Basic YW5uOndyb25n";
    for headers in [&[][..], &[BROWSER], &[wrong], &[wrong, BROWSER]] {
        let page = page(&world, headers);
        assert_eq!(page.status, 401);
        assert!(page.header("www-authenticate").starts_with("Basic "), "browsers ask then");
        assert_eq!(page.header("cache-control"), "no-store");
        let login = format!("helm registry login {}", world.address());
        assert!(page.text().contains(&login), "{}", page.text());
        for secret in ["of-", "open", "team", "hidden", env!("CARGO_PKG_VERSION")] {
            assert!(!page.text().contains(secret), "{secret} is in {}", page.text());
        }
    }
}

#[test]
fn where_anybody_may_read_some_it_says_that_there_may_be_more() {
    let test = Environment::new();
    test.write("users", format!("ann:{}\n", bcrypt::hash("ann", 4).unwrap()));
    let world = World::with(test, &["--htpasswd", "users", "--allow-anonymous", "read"]);
    let page = page(&world, &[]);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("helm registry login"), "{}", page.text());
    assert!(!page.text().contains("helm push mychart"), "{}", page.text());
    assert!(!self::page(&world, &[ANN]).text().contains("helm registry login"));
}

#[test]
fn it_is_sent_again_only_when_it_has_changed() {
    let world = World::start();
    let first = page(&world, &[BROWSER]);
    assert_eq!((first.status, first.header("cache-control")), (200, "no-cache"));
    let known = format!("If-None-Match: {}", first.header("etag"));
    let same = page(&world, &[BROWSER, &known]);
    assert_eq!((same.status, same.body.len()), (304, 0));
    assert_eq!(page(&world, &[&known]).status, 200, "as text it is another");
    world.test.chart_in("new", "new", "1.0.0");
    world.test.ok(&["save", "new"]);
    assert_eq!(page(&world, &[BROWSER, &known]).status, 200);
    let head = world.ask("HEAD /", &[BROWSER], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(world.ask("POST /", &[], b"x").status, 405);
}
