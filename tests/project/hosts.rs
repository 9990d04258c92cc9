//! The servers that a page names, as servers of the test.

use hreg::chart::{folder, pack};
use hreg::digest::Digest;

use crate::registry::Registry;
use crate::root;
use crate::server::{Reply, Server};

/// Runs the servers of one page: a registry that wants a login, another one, and a repository.
pub(crate) struct Hosts {
    registry: Registry,
    other: Registry,
    repository: Server,
}

impl Hosts {
    pub(crate) fn start() -> Hosts {
        let archive = greeter();
        let index = format!(
            "apiVersion: v1\nentries:\n  greeter:\n  - name: greeter\n    version: 1.0.0\n    \
             digest: {}\n    urls: [greeter-1.0.0.tgz]\n",
            Digest::of(&archive)
        );
        let repository = Server::start(move |seen| match seen.target.as_str() {
            "/index.yaml" => Reply::ok(index.as_str()),
            "/greeter-1.0.0.tgz" => Reply::ok(archive.as_slice()),
            _ => Reply::new(404),
        });
        Hosts { registry: Registry::guarded(), other: Registry::start(), repository }
    }

    /// Puts the addresses of the servers in place of those on the page.
    pub(crate) fn in_command(&self, command: &str) -> String {
        self.names()
            .into_iter()
            .fold(command.to_owned(), |command, (shown, real)| command.replace(shown, &real))
    }

    /// Puts the addresses on the page in place of those of the servers.
    pub(crate) fn in_output(&self, output: &str) -> String {
        self.names()
            .into_iter()
            .fold(output.to_owned(), |output, (shown, real)| output.replace(&real, shown))
    }

    fn names(&self) -> [(&'static str, String); 3] {
        [
            ("registry.example.com", self.registry.host()),
            ("other.example.com", self.other.host()),
            ("https://charts.example.com", format!("http://{}", self.repository.host())),
        ]
    }
}

/// Packs the example chart.
fn greeter() -> Vec<u8> {
    let files = folder::list(&root().join("examples/greeter")).unwrap();
    let mut archive = Vec::new();
    pack::pack("greeter", &files, 315_532_800, &mut archive).unwrap();
    archive
}
