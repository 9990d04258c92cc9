//! The reference registry (CNCF distribution), on a free port.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use hreg::digest::Digest;
use hreg::oci::Descriptor;
use serde_json::Value;
use tempfile::TempDir;

use crate::helm::Helm;
use crate::peer;
use crate::run::Said;

/// The user that a guarded registry knows, and the password.
pub(crate) const USER: (&str, &str) = ("hreg", "correct horse");

/// Is a running registry; it ends when this is dropped.
pub(crate) struct Registry {
    process: Child,
    address: String,
    folder: TempDir,
}

impl Registry {
    /// Starts a registry, or says that what needs it is skipped.
    pub(crate) fn start() -> Option<Registry> {
        Registry::start_with(TempDir::new().unwrap(), "")
    }

    /// Starts a registry that only lets [`USER`] in.
    pub(crate) fn start_guarded() -> Option<Registry> {
        let htpasswd = peer::find("htpasswd")?;
        let folder = TempDir::new().unwrap();
        let line = Said::of(Command::new(htpasswd).args(["-Bbn", USER.0, USER.1])).bytes();
        let file = folder.path().join("htpasswd");
        std::fs::write(&file, line).unwrap();
        let auth = format!("auth: {{htpasswd: {{realm: test, path: {}}}}}\n", file.display());
        Registry::start_with(folder, &auth)
    }

    /// Starts a registry with a certificate, which only [`Registry::ca`] vouches for.
    pub(crate) fn start_with_tls() -> Option<Registry> {
        let folder = TempDir::new().unwrap();
        let names = another_name().into_iter().chain(["127.0.0.1".to_owned()]);
        let made = rcgen::generate_simple_self_signed(names.collect::<Vec<_>>()).unwrap();
        let (certificate, key) = (folder.path().join("ca.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let (certificate, key) = (certificate.display(), key.display());
        let tls = format!("tls: {{certificate: {certificate}, key: {key}}}");
        Registry::start_with(folder, &tls)
    }

    fn start_with(folder: TempDir, more: &str) -> Option<Registry> {
        let program = peer::find("docker-registry")?;
        let config = folder.path().join("config.yml");
        let (tls, auth) = if more.starts_with("tls") { (more, "") } else { ("", more) };
        let comma = if tls.is_empty() { "" } else { ", " };
        let text = format!(
            "version: 0.1\nlog: {{level: info, accesslog: {{disabled: true}}}}\n\
             storage: {{inmemory: {{}}, delete: {{enabled: true}}}}\n\
             http: {{addr: '127.0.0.1:0'{comma}{tls}}}\n{auth}"
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(program);
        command.arg("serve").arg(&config).current_dir(folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let address = read_address(&mut process);
        Some(Registry { process, address, folder })
    }

    /// Gives host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Gives the file of who vouches for the registry's certificate.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Pushes an archive with Helm, and gives the manifest that the registry then has.
    pub(crate) fn push(&self, helm: &Helm, archive: &Path, space: &str) -> Result<Value, String> {
        let target = format!("oci://{}/{space}", self.address);
        let said = helm.run_over_http(["push", archive.to_str().unwrap(), &target]);
        if !said.success {
            return Err(said.stderr);
        }
        // Helm 3 says it on standard error, Helm 4 on standard output.
        let told = said.stderr + &String::from_utf8_lossy(&said.stdout);
        let pushed = told.lines().find_map(|line| line.strip_prefix("Pushed: "));
        let pushed = pushed.unwrap_or_else(|| panic!("no reference in {told}"));
        let (_, path) = pushed.split_once('/').unwrap();
        let (repository, tag) = path.rsplit_once(':').unwrap();
        let body = self.get(&format!("/v2/{repository}/manifests/{tag}"));
        Ok(serde_json::from_slice(&body).unwrap())
    }

    /// Reads a document over plain HTTP.
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        let accept = "application/vnd.oci.image.manifest.v1+json";
        self.ask("GET", path, &format!("Accept: {accept}"), b"").1
    }

    /// Puts a blob into a repository.
    pub(crate) fn put_blob(&self, repository: &str, bytes: &[u8]) -> Descriptor {
        let digest = Digest::of(bytes);
        let (head, _) = self.ask("POST", &format!("/v2/{repository}/blobs/uploads/"), "X: y", b"");
        let location = head.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap();
        let (_, path) = location.split_once(&self.address).unwrap();
        let target = format!("{path}&digest={digest}");
        self.ask("PUT", &target, "Content-Type: application/octet-stream", bytes);
        Descriptor::new("", digest, bytes.len() as u64)
    }

    /// Puts a manifest under a tag.
    pub(crate) fn put_manifest(&self, repository: &str, tag: &str, kind: &str, manifest: &Value) {
        let path = format!("/v2/{repository}/manifests/{tag}");
        let bytes = serde_json::to_vec(manifest).unwrap();
        self.ask("PUT", &path, &format!("Content-Type: {kind}"), &bytes);
    }

    /// Removes what a tag stands for.
    pub(crate) fn delete(&self, repository: &str, tag: &str) {
        let manifest = self.get(&format!("/v2/{repository}/manifests/{tag}"));
        let path = format!("/v2/{repository}/manifests/{}", Digest::of(&manifest));
        self.ask("DELETE", &path, "X: y", b"");
    }

    fn ask(&self, method: &str, path: &str, header: &str, body: &[u8]) -> (String, Vec<u8>) {
        ask(&self.address, method, path, header, body)
    }
}

/// Sends a request to a server that speaks plain HTTP and must do it, and gives head and body of the
/// answer.
pub(crate) fn ask(
    address: &str,
    method: &str,
    path: &str,
    header: &str,
    body: &[u8],
) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    // HTTP/1.0: the body comes in one piece, and the connection ends with it.
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\n{header}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let body = answer.split_off(end + 4);
    let head = String::from_utf8_lossy(&answer).into_owned();
    assert!(head.contains(" 20"), "{method} {path}: {head} {}", String::from_utf8_lossy(&body));
    (head, body)
}

/// Finds a name of this machine that is not localhost.
pub(crate) fn another_name() -> Option<String> {
    let hosts = std::fs::read_to_string("/etc/hosts").ok()?;
    let names = hosts.lines().filter_map(|line| line.strip_prefix("127.0.0.1"));
    let mut names = names.flat_map(str::split_whitespace);
    names.find(|name| !name.contains("localhost")).map(str::to_owned)
}

/// Waits until the registry tells where it listens, and then keeps its log from filling up.
fn read_address(process: &mut Child) -> String {
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let mut log = String::new();
    let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
        log += &format!("{line}\n");
        let (_, rest) = line.split_once("listening on ")?;
        Some(rest.split(['"', ' ', ',']).next()?.to_owned())
    });
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    address.unwrap_or_else(|| panic!("the registry did not start:\n{log}"))
}

impl Drop for Registry {
    fn drop(&mut self) {
        // Nothing is lost where it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
