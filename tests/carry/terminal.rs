//! A terminal for a program that asks its user: what it shows is read, what is typed is written.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::termios::{LocalFlags, tcgetattr};

/// How long a program may take to read what is typed unseen; it takes no time, but that of others.
const PATIENCE: Duration = Duration::from_secs(60);

/// Is a program on a terminal of its own.
pub(crate) struct Terminal {
    master: PtyMaster,
    child: Child,
    shown: String,
}

impl Terminal {
    /// Starts a prepared command on a new terminal, which becomes its controlling one.
    ///
    /// A terminal becomes that of the first process of a session that opens it: `setsid` begins the
    /// session, and the shell opens the terminal.
    pub(crate) fn start(command: &Command) -> Terminal {
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let script = "exec \"$@\" <>\"$0\" >&0 2>&0";
        let mut session = Command::new("setsid");
        session.args(["sh", "-c", script, &ptsname_r(&master).unwrap()]);
        session.arg(command.get_program()).args(command.get_args()).env_clear();
        session.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        session.env("PATH", std::env::var_os("PATH").unwrap());
        session.current_dir(command.get_current_dir().unwrap());
        session.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = session.spawn().expect("setsid (util-linux) starts");
        Terminal { master, child, shown: String::new() }
    }

    /// Reads until something is shown that has not been awaited yet.
    pub(crate) fn await_text(&mut self, text: &str) {
        while !self.shown.ends_with(text) {
            assert!(self.read(), "{text:?} never came, but {:?}", self.shown);
        }
    }

    /// Waits until what is typed is no longer shown.
    pub(crate) fn await_silence(&self) {
        let start = Instant::now();
        while self.echoes() {
            assert!(start.elapsed() < PATIENCE, "what is typed is shown: {:?}", self.shown);
            sleep(Duration::from_millis(1));
        }
    }

    /// Tells whether the terminal shows what is typed.
    pub(crate) fn echoes(&self) -> bool {
        tcgetattr(&self.master).unwrap().local_flags.contains(LocalFlags::ECHO)
    }

    /// Types something.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
    }

    /// Waits for the program's end; gives its exit code, or the negative signal, and all it showed.
    pub(crate) fn finish(&mut self) -> (i32, String) {
        while self.read() {}
        let status: ExitStatus = self.child.wait().unwrap();
        let code = status.code().or(status.signal().map(|signal| -signal));
        (code.unwrap(), self.shown.replace("\r\n", "\n"))
    }

    /// Reads what there is; the terminal has none any more when nobody has it open.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.master.read(&mut buffer) {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.shown.push_str(str::from_utf8(&buffer[..count]).unwrap());
                true
            }
        }
    }
}
