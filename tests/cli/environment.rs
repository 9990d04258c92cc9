//! A folder for one test: a store, a place to work in, charts, and runs of the program.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hreg::chart::{folder, pack};
use serde_json::Value;
use tempfile::TempDir;

/// The time in archives that the tests pack: the first second of 1980.
const MODIFIED: u64 = 315_532_800;

/// Holds one test's files until the test ends.
pub(crate) struct Environment {
    folder: TempDir,
}

impl Environment {
    /// Makes a folder with nothing but an empty place to work in.
    pub(crate) fn new() -> Environment {
        let environment = Environment { folder: TempDir::new().unwrap() };
        fs::create_dir(environment.work()).unwrap();
        environment
    }

    /// Makes a folder with a store that holds `mychart` 1.0.0.
    pub(crate) fn with_chart() -> Environment {
        let environment = Environment::new();
        environment.chart("mychart", "1.0.0");
        environment.ok(&["save", "mychart"]);
        environment
    }

    /// Gives the folder that the program runs in.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Gives the path of a file to work with.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.work().join(relative)
    }

    /// Gives the path of something in the store.
    pub(crate) fn store(&self, relative: &str) -> PathBuf {
        self.folder.path().join("store").join(relative)
    }

    /// Writes a file, and the folders that it is in.
    pub(crate) fn write(&self, relative: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Reads a file as text.
    pub(crate) fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap()
    }

    /// Writes a small chart into the folder of its name.
    pub(crate) fn chart(&self, name: &str, version: &str) {
        self.chart_in(name, name, version);
    }

    /// Writes a small chart into a folder.
    pub(crate) fn chart_in(&self, folder: &str, name: &str, version: &str) {
        let metadata = format!(
            "apiVersion: v2\nname: {name}\nversion: {version}\ndescription: A chart for tests\n"
        );
        self.write(&format!("{folder}/Chart.yaml"), metadata);
        self.write(&format!("{folder}/values.yaml"), "# How many\nreplicas: 1\n");
        self.write(&format!("{folder}/templates/x.yaml"), "replicas: {{ .Values.replicas }}\n");
    }

    /// Packs a chart folder into an archive.
    pub(crate) fn archive(&self, folder: &str, archive: &str) {
        let files = folder::list(&self.path(folder)).unwrap();
        let root = Path::new(folder).file_name().unwrap().to_str().unwrap();
        let mut bytes = Vec::new();
        pack::pack(root, &files, MODIFIED, &mut bytes).unwrap();
        self.write(archive, bytes);
    }

    /// Writes an archive with files by their full paths in it, in this order, alike or not.
    pub(crate) fn archive_of(&self, archive: &str, files: &[(&str, &str)]) {
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gzip);
        for (path, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        self.write(archive, tar.into_inner().unwrap().finish().unwrap());
    }

    /// Writes a provenance file that gives a checksum for an archive; nobody has signed it.
    pub(crate) fn provenance(&self, archive: &str, digest: &str) {
        let name = Path::new(archive).file_name().unwrap().to_str().unwrap();
        let text = format!(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nname: mychart\n\n...\n\
             files:\n  {name}: {digest}\n\
             -----BEGIN PGP SIGNATURE-----\n\nwsBc\n-----END PGP SIGNATURE-----\n"
        );
        self.write(&format!("{archive}.prov"), text);
    }

    /// Prepares a run in a clean environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hreg"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path().join("home"))
            .env("HREG_STORE", self.folder.path().join("store"))
            .current_dir(self.work())
            .stdin(Stdio::null());
        command
    }

    /// Prepares a run by a user whom permissions bind: by another one, if this is root.
    ///
    /// That user gets all files of the test, and a copy of the program, since the folder that it
    /// was built in may be closed to others.
    pub(crate) fn bound_command(&self, arguments: &[&str]) -> Command {
        const NOBODY: u32 = 65534;
        let command = self.command(arguments);
        if !rustix::process::geteuid().is_root() {
            return command;
        }
        let program = self.folder.path().join("hreg");
        if !program.exists() {
            // By another process: one that a test beside this starts meanwhile would have the file open for
            // writing for a moment, and what is open so cannot be run.
            let mut copy = Command::new("cp");
            assert!(copy.arg(command.get_program()).arg(&program).status().unwrap().success());
        }
        for entry in walkdir::WalkDir::new(self.folder.path()) {
            lchown(entry.unwrap().path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mut bound = Command::new(program);
        bound.args(arguments).env_clear().stdin(Stdio::null()).current_dir(self.work());
        bound.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        bound.uid(NOBODY).gid(NOBODY);
        bound
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.finish(&mut self.command(arguments))
    }

    /// Runs the program with further variables.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
        self.finish(self.command(arguments).envs(variables.iter().copied()))
    }

    /// Runs a prepared command.
    pub(crate) fn finish(&self, command: &mut Command) -> Run {
        self.finished(command.output().unwrap())
    }

    /// Runs a prepared command with something on its standard input.
    pub(crate) fn finish_with(&self, command: &mut Command, input: &[u8]) -> Run {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        // The program need not read all of it.
        let _ = child.stdin.take().unwrap().write_all(input);
        self.finished(child.wait_with_output().unwrap())
    }

    fn finished(&self, output: Output) -> Run {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Run {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            code: output.status.code(),
            folder: self.folder.path().to_str().unwrap().to_owned(),
        }
    }

    /// Runs a prepared command with its standard output going elsewhere.
    pub(crate) fn finish_into(&self, command: &mut Command, stdout: impl Into<Stdio>) -> Run {
        let child = command.stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        Run {
            stdout: String::new(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
            folder: self.folder.path().to_str().unwrap().to_owned(),
        }
    }

    /// Runs the program, which must succeed; gives its standard output as it is.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(0), "hreg {arguments:?}\n{run}");
        run.stdout
    }

    /// Runs the program, which must succeed; reads its standard output as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.ok(&[arguments, &["-o", "json"]].concat());
        serde_json::from_str(&output).unwrap()
    }

    /// Gives the digest of a part of a stored chart: `digest`, `meta` or `content`.
    pub(crate) fn digest(&self, reference: &str, part: &str) -> String {
        let manifest: Value =
            serde_json::from_str(&self.ok(&["show", "manifest", reference])).unwrap();
        let digest = match part {
            "meta" => manifest["config"]["digest"].clone(),
            "content" => manifest["layers"][0]["digest"].clone(),
            _ => self.json(&["version", "show", reference])["digest"].clone(),
        };
        digest.as_str().unwrap().to_owned()
    }

    /// Gives the path of a blob, made writable so that a test can damage it.
    pub(crate) fn blob(&self, digest: &str) -> PathBuf {
        let path = self.store("blobs").join(digest.replace(':', "/"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        path
    }

    /// Lists all that is in the store but lock files: names, with links' targets or files' bytes.
    pub(crate) fn tree(&self) -> BTreeMap<PathBuf, Node> {
        tree(&self.store(""))
    }
}

/// Is one thing in a folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Folder,
    Link(PathBuf),
    File { mode: u32, bytes: Vec<u8> },
}

/// Lists all that is in a folder, by relative path.
pub(crate) fn tree(root: &Path) -> BTreeMap<PathBuf, Node> {
    let walk = walkdir::WalkDir::new(root).min_depth(1).into_iter();
    walk.map(|entry| {
        let entry = entry.unwrap();
        let path = entry.path();
        let node = match entry.file_type() {
            kind if kind.is_dir() => Node::Folder,
            kind if kind.is_symlink() => Node::Link(fs::read_link(path).unwrap()),
            _ => {
                let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
                Node::File { mode, bytes: fs::read(path).unwrap() }
            }
        };
        (path.strip_prefix(root).unwrap().to_owned(), node)
    })
    .collect()
}

/// Is what a run of the program wrote, and its exit code.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
    folder: String,
}

impl Run {
    /// Gives the standard output as it is kept in snapshots.
    pub(crate) fn settled_stdout(&self) -> String {
        settled(&self.stdout, &self.folder)
    }
}

/// Shows a run as it is kept in snapshots: what differs between runs is taken out.
impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&settled(&self.stdout, &self.folder))?;
        if !self.stderr.is_empty() {
            write!(formatter, "--- stderr ---\n{}", settled(&self.stderr, &self.folder))?;
        }
        match self.code {
            Some(0) => Ok(()),
            Some(code) => write!(formatter, "[exit code {code}]"),
            None => write!(formatter, "[killed]"),
        }
    }
}

/// Writes the test's folder as `$TEST`, times and temporary names as what they are, and digests by
/// their first digits.
fn settled(text: &str, folder: &str) -> String {
    let text = text.replace(folder, "$TEST");
    let mut settled = String::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let temporary = temporary(rest);
        let length = match temporary {
            Some(length) => length,
            None if is_time(rest) => TIME.len(),
            None => digits.max(first.len_utf8()),
        };
        let (token, after) = rest.split_at(length);
        settled += match token {
            _ if temporary.is_some() => "<temporary>",
            _ if is_time(token) => "<time>",
            _ if digits == 64 => &token[..7],
            _ => token,
        };
        if digits == 64 {
            settled.push('…');
        }
        rest = after;
    }
    settled
}

/// Gives the length of a temporary file's name: process, nanoseconds and count.
fn temporary(text: &str) -> Option<usize> {
    let length = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'-').count();
    let parts: Vec<&str> = text[..length].split('-').collect();
    let is_name = parts.len() == 3 && parts[1].len() > 15 && !parts[2].is_empty();
    is_name.then_some(length)
}

/// The shape of a time as the program writes it.
const TIME: &str = "0000-00-00T00:00:00Z";

fn is_time(text: &str) -> bool {
    let matches = |(expected, found): (u8, u8)| match expected {
        b'0' => found.is_ascii_digit(),
        other => found == other,
    };
    text.len() >= TIME.len() && TIME.bytes().zip(text.bytes()).all(matches)
}
