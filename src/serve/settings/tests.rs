use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{
    Access, DriverKind, File, Flags, Limits, LogFlags, LogFormat, LogSettings, MetricsSettings,
    Rate, Settings,
};
use crate::serve::auth::{Action, Pattern, Rule};
use crate::serve::logs::Level;

const ORIGINAL: &str = "\
listen: \":8099\"
manager:
  name: \"simple\"
  parameters:
    resourcelocker: memory
    locktimeout: 5000
    storagedriver: filesystem
    rootdirectory: ./data
";

fn parse(text: &str) -> Result<File, String> {
    File::parse(Path::new("config.yaml"), text.as_bytes()).map_err(|error| error.to_string())
}

fn resolve(flags: Flags, file: Option<File>) -> Settings {
    Settings::resolve(flags, file).unwrap()
}

#[test]
fn the_original_file_is_read_with_its_meaning() {
    let settings = resolve(Flags::default(), Some(parse(ORIGINAL).unwrap()));
    assert_eq!(settings.listen, ":8099");
    assert_eq!(settings.store.driver, DriverKind::Filesystem);
    assert_eq!(settings.store.root, Some(PathBuf::from("./data")));
    assert_eq!(settings.store.lock_timeout, Some(Duration::from_secs(5)));
    let hasty = parse(&ORIGINAL.replace("    locktimeout: 5000\n", "")).unwrap();
    assert_eq!(hasty.lock_timeout, Some(Duration::ZERO));
    let memory = parse(&ORIGINAL.replace("filesystem", "inmemory")).unwrap();
    assert_eq!(memory.driver, DriverKind::Memory);
}

#[test]
fn plans_are_built_by_the_rules_that_the_file_names() {
    let read = |text: &str| parse(text).map(|file| file.semantics);
    let caicloud = Some(crate::plan::Semantics::Caicloud);
    assert_eq!(read("orchestration:\n  semantics: caicloud\n"), Ok(caicloud));
    assert_eq!(read(ORIGINAL), Ok(None));
    let error = read("orchestration:\n  semantics: other\n").unwrap_err();
    assert!(error.contains("line 2: orchestration.semantics must be helm or caicloud"), "{error}");
}

#[test]
fn flags_come_before_the_file() {
    let flags = Flags {
        listen: Some("127.0.0.1:1".to_owned()),
        root: Some(PathBuf::from("elsewhere")),
        lock_timeout: Some(Duration::from_secs(1)),
        ..Flags::default()
    };
    let file = parse(&ORIGINAL.replace("filesystem", "inmemory")).unwrap();
    let settings = resolve(flags, Some(file));
    assert_eq!(settings.listen, "127.0.0.1:1");
    assert_eq!(settings.store.driver, DriverKind::Filesystem);
    assert_eq!(settings.store.root, Some(PathBuf::from("elsewhere")));
    assert_eq!(settings.store.lock_timeout, Some(Duration::from_secs(1)));
}

#[test]
fn without_a_file_only_this_machine_is_listened_to() {
    for empty in [None, Some(parse("").unwrap()), Some(parse("listen:\n").unwrap())] {
        let settings = resolve(Flags::default(), empty);
        assert_eq!(settings.listen, "127.0.0.1:8099");
        assert_eq!(settings.store.lock_timeout, None);
    }
}

#[test]
fn what_is_not_known_is_refused_with_its_line() {
    for (text, expected) in [
        ("listen: x\nlisten2: x\n", "line 2: listen2 is no setting that is known"),
        (
            "manager:\n  name: simple\n  parameters:\n    lockTimeout: 1\n",
            "line 4: manager.parameters.lockTimeout is no setting that is known",
        ),
        ("# name\nmanager:\n  name: other\n", "line 3: manager.name must be simple"),
        (
            "manager:\n  parameters:\n    storagedriver: s3\n",
            "line 3: manager.parameters.storagedr",
        ),
        (
            "manager:\n  parameters:\n    locktimeout: -1\n",
            "line 3: manager.parameters.locktimeout",
        ),
        ("manager:\n\n  parameters: [1]\n", "line 3: manager.parameters must be a map"),
        ("listen: [1]\n", "line 1: listen must be text"),
        ("- a\n", "line 1: must be a map"),
        ("{listen: x, oops: 1}\n", "line 1: oops is no setting"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
    assert!(parse("a: [").unwrap_err().starts_with("cannot read the configuration config.yaml"));
}

#[test]
fn an_address_that_others_reach_has_to_be_opened() {
    let check = |address: &str, allow_anonymous| {
        let settings = resolve(Flags { allow_anonymous, ..Flags::default() }, None);
        let htpasswd = Some(PathBuf::from("users"));
        let asking = resolve(Flags { htpasswd, ..Flags::default() }, None);
        assert!(asking.check_exposure(&[address.parse().unwrap()]).is_ok());
        settings.check_exposure(&[address.parse().unwrap()]).is_ok()
    };
    for (address, anonymous, expected) in [
        ("127.0.0.1:1", None, true),
        ("[::1]:1", None, true),
        ("0.0.0.0:1", None, false),
        ("[::]:1", None, false),
        ("192.0.2.1:1", None, false),
        ("0.0.0.0:1", Some(Access::Read), true),
        ("0.0.0.0:1", Some(Access::Write), true),
    ] {
        assert_eq!(check(address, anonymous), expected, "{address}");
    }
}

#[test]
fn rules_are_read_in_their_order() {
    let file = parse(
        "auth:\n  htpasswd: users\n  rules:\n  - spaces: [team, team/*]\n    users: ann\n    \
         actions: [read, push]\n  - spaces: '*'\n    users: anonymous\n    actions: read\n",
    );
    let settings = resolve(Flags::default(), Some(file.unwrap()));
    assert_eq!(settings.auth.htpasswd, Some(PathBuf::from("users")));
    let rules = settings.rules();
    assert_eq!(rules.len(), 2);
    assert_eq!(rules[0].spaces, [Pattern::new("team"), Pattern::new("team/*")]);
    assert_eq!(rules[0].users, ["ann"]);
    assert_eq!(rules[0].actions, [Action::Read, Action::Push]);
    assert_eq!(rules[1], Rule::everywhere(Rule::ANONYMOUS, &[Action::Read]));
}

#[test]
fn tokens_are_read_with_what_holds_otherwise() {
    let auth = |text: &str| parse(&format!("auth:\n  {text}\n")).map(|file| file.auth);
    let plain = auth("tokens:").unwrap().tokens.unwrap();
    assert_eq!((plain.key, plain.lifetime), (None, Duration::from_secs(300)));
    assert_eq!((plain.service.as_str(), plain.realm), ("hreg", None));
    let own = "tokens: {key: k, lifetime: 60, service: s, realm: 'https://a/v2/token'}";
    let own = auth(own).unwrap().tokens.unwrap();
    assert_eq!((own.key, own.lifetime), (Some(PathBuf::from("k")), Duration::from_secs(60)));
    assert_eq!((own.service.as_str(), own.realm.as_deref()), ("s", Some("https://a/v2/token")));
    let issuer = "issuer: {name: x, key: k.pem, audience: a, realm: 'https://a/t'}";
    let file = parse(&format!("auth:\n  {issuer}\n")).unwrap();
    let settings = resolve(Flags::default(), Some(file));
    assert_eq!(settings.auth.issuer.as_ref().unwrap().key, PathBuf::from("k.pem"));
    assert_eq!(settings.rules(), [Rule::everywhere(Rule::KNOWN, &Action::ALL)]);
}

#[test]
fn settings_of_tokens_that_cannot_be_meant_are_refused_with_their_line() {
    for (text, expected) in [
        ("tokens:\n    lifetime: 59", "line 3: auth.tokens.lifetime must be a minute to a day"),
        ("tokens:\n    lifetime: long", "line 3: auth.tokens.lifetime must be a time such as"),
        ("tokens:\n    secret: x", "line 3: auth.tokens.secret is no setting"),
        ("tokens:\n    realm: example.com", "line 3: auth.tokens.realm must begin with https://"),
        ("tokens:\n    service: 'a\"b'", "line 3: auth.tokens.service must be ASCII"),
        ("tokens:\n    service: ''", "line 3: auth.tokens.service must be ASCII"),
        ("issuer:\n    name: a", "auth.issuer.key is missing"),
        ("issuer: {name: a, key: k, audience: b}", "auth.issuer.realm is missing"),
    ] {
        let error = parse(&format!("auth:\n  {text}\n")).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn without_rules_users_may_do_everything_and_others_nothing() {
    let rules = |htpasswd: Option<&str>, allow_anonymous| {
        let htpasswd = htpasswd.map(PathBuf::from);
        resolve(Flags { htpasswd, allow_anonymous, ..Flags::default() }, None).rules()
    };
    let known = Rule::everywhere(Rule::KNOWN, &Action::ALL);
    let reading = Rule::everywhere(Rule::ANONYMOUS, &[Action::Read]);
    let writing = Rule::everywhere(Rule::ANONYMOUS, &Action::ALL);
    assert_eq!(rules(Some("users"), None), std::slice::from_ref(&known));
    assert_eq!(rules(Some("users"), Some(Access::Read)), [known, reading.clone()]);
    assert_eq!(rules(None, None), [writing]);
    assert_eq!(rules(None, Some(Access::Read)), [reading]);
    let none = parse("auth:\n  rules: []\n").unwrap();
    assert_eq!(resolve(Flags::default(), Some(none)).rules(), []);
}

#[test]
fn a_rule_that_cannot_be_meant_is_refused_with_its_line() {
    for (rules, expected) in [
        (
            "- spaces: a\n    users: b\n    actions: [read, write]",
            "line 5: auth.rules.actions must be",
        ),
        ("- spaces: a\n    user: b\n    actions: read", "line 3: auth.rules.users is missing"),
        ("- spaces: a\n    users: [1]\n    actions: read", "line 4: auth.rules.users must be text"),
        ("- {}", "line 3: auth.rules.spaces is missing"),
        ("a", "line 2: auth.rules must be a list"),
        ("[a]", "line 2: auth.rules must be a map"),
        (
            "- spaces: a\n    users: b\n    actions: read\n  - spaces: a\n    users: b\n    \
             actions: oops",
            "line 8: auth.rules.actions must be",
        ),
    ] {
        let text = format!("auth:\n  rules:\n  {rules}\n");
        let text = if rules.starts_with('-') { text } else { format!("auth:\n  rules: {rules}\n") };
        let error = parse(&text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn limits_are_read_with_their_units() {
    let text = "\
limits:
  connections: 10
  connectionsPerClient: 5
  requestsPerSecond: 20
  burst: 40
  headerTimeout: 5
  bodyTimeout: 10s
  sendTimeout: 1m
  minimumRate: 2Ki
  idleTimeout: 500ms
  stopTimeout: 1m 30s
  blobSize: 1Gi
  manifestSize: 1Mi
  uploads: 4
  uploadsPerUser: 3
  uploadsPerRepository: 2
  pageSize: 7
";
    let settings = resolve(Flags::default(), Some(parse(text).unwrap()));
    let expected = Limits {
        connections: 10,
        connections_per_client: 5,
        requests: Some(Rate { per_second: 20, burst: 40 }),
        header_timeout: Duration::from_secs(5),
        body_timeout: Duration::from_secs(10),
        send_timeout: Duration::from_secs(60),
        minimum_rate: 2048,
        idle_timeout: Duration::from_millis(500),
        stop_timeout: Duration::from_secs(90),
        blob_bytes: 1 << 30,
        manifest_bytes: 1 << 20,
        uploads: 4,
        uploads_per_user: 3,
        uploads_per_repository: 2,
        page: 7,
    };
    assert_eq!(settings.limits, expected);
    let without = resolve(Flags::default(), Some(parse("limits:\n").unwrap()));
    assert_eq!(without.limits, Limits::default());
    let rate = parse("limits:\n  requestsPerSecond: 3\n").unwrap().limits.requests;
    assert_eq!(rate, Some(Rate { per_second: 3, burst: 30 }));
}

#[test]
fn a_limit_that_cannot_be_meant_is_refused_with_its_line() {
    for (line, expected) in [
        ("connections: 0", "limits.connections must be a number from 1 to 1073741824, not 0"),
        ("pageSize: many", "limits.pageSize must be a number from 1 to"),
        ("blobSize: 16GB", "limits.blobSize must be a number of bytes such as 4Mi, not \"16GB\""),
        ("manifestSize: 5Mi", "limits.manifestSize must be at most 4194304 bytes"),
        ("headerTimeout: 0", "limits.headerTimeout must be a time such as 30s, not 0"),
        ("idleTimeout: soon", "limits.idleTimeout must be a time such as 30s"),
        ("burst: 5", "limits.burst is no setting that is known"),
        ("conections: 5", "limits.conections is no setting that is known"),
    ] {
        let error = parse(&format!("limits:\n  uploads: 1\n  {line}\n")).unwrap_err();
        assert!(error.contains(&format!("line 3: {expected}")), "{line}: {error}");
    }
}

#[test]
fn proxies_are_networks() {
    for (text, expected) in [
        ("proxies: [10.0.0.0/8, \"::1\"]", 2),
        ("proxies: 127.0.0.1", 1),
        ("proxies:", 0),
        ("listen: x", 0),
    ] {
        assert_eq!(parse(text).unwrap().proxies.len(), expected, "{text}");
    }
    for (text, expected) in [
        ("proxies: [10.0.0.0/8, here]", "line 1: proxies \"here\" is no address"),
        ("listen: x\nproxies: 5", "line 2: proxies must be text, not 5"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_is_logged_and_where_metrics_are_is_said_by_flags_or_file() {
    let text =
        "log:\n  level: warn\n  format: json\n  requests: true\nmetrics:\n  listen: here:1\n";
    let over = |flags: Flags| resolve(flags, Some(parse(text).unwrap()));
    let settings = over(Flags::default());
    let log = LogSettings { level: Level::Warn, format: LogFormat::Json, requests: true };
    assert_eq!(settings.log, log);
    assert_eq!(settings.metrics.listen.as_deref(), Some("here:1"));
    let log = LogFlags { level: Some(Level::Error), format: Some(LogFormat::Text), requests: None };
    let metrics = MetricsSettings { listen: Some("there:1".to_owned()) };
    let settings = over(Flags { log, metrics, ..Flags::default() });
    let log = LogSettings { level: Level::Error, format: LogFormat::Text, requests: true };
    assert_eq!(settings.log, log);
    assert_eq!(settings.metrics.listen.as_deref(), Some("there:1"));
    assert_eq!(resolve(Flags::default(), None).log, LogSettings::default());
    for (text, expected) in [
        ("log:\n  level: debug\n", "line 2: log.level must be error or warn or info, not"),
        ("log:\n  requests: yes please\n", "line 2: log.requests must be true or false, not"),
        ("metrics:\n  port: 1\n", "line 2: metrics.port is no setting"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn the_page_shows_files_that_can_be_used_and_the_limits_as_they_are() {
    let page = include_str!("../../../docs/serve.md");
    let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split_once("```"));
    // One is for Prometheus.
    let blocks = blocks.filter(|(text, _)| !text.starts_with("scrape_configs:"));
    let files: Vec<File> = blocks.map(|(text, _)| parse(text).unwrap()).collect();
    assert!(files.len() > 3, "only {} files were found", files.len());
    let section = page.split_once("## Limits\n").unwrap().1.split("\n## ").next().unwrap();
    let limits = section.split_once("```yaml\n").unwrap().1.split_once("```").unwrap().0;
    assert_eq!(parse(limits).unwrap().limits, Limits::default());
    let count = limits.lines().count() - 1;
    // Without a limit on requests there is nothing to show.
    let settings = section.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(count + 2, settings, "each setting has a line");
}
