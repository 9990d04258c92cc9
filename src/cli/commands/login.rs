//! `hreg login` and `hreg logout`

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use anyhow::Context as _;
use clap::Args;

use crate::cli::context::Context;
use crate::cli::remote::{Remote, password_from_stdin};
use crate::cli::{Outcome, Result, WrongUsage, interrupt, output, report};
use crate::name::Host;
use crate::ops::{self, login};
use crate::remote::Credential;

/// Logs in to a registry.
#[derive(Debug, Args)]
pub struct Login {
    /// The registry: HOST[:PORT], or with a path what is below it only
    #[arg(value_name = "HOST", value_parser = place)]
    place: (Host, String),
    #[command(flatten)]
    remote: Remote,
}

impl Login {
    pub(crate) fn run(self, context: &Context) -> Result {
        let (host, path) = &self.place;
        let credential = self.credential()?;
        let client = self.remote.client_with(context, host, credential.clone())?;
        let files = self.remote.files()?;
        login::login(&client, &files, host, path, &credential, context.wait())?;
        output::text("Login Succeeded\n")?;
        Ok(Outcome::Done)
    }

    /// Takes name and password from the options, or asks for what is missing.
    fn credential(&self) -> Result<Credential> {
        let Remote { username, password, password_stdin, .. } = &self.remote;
        if password.is_some() {
            report::warning("--password can be seen by other users; --password-stdin is safer");
        }
        let username = match username {
            Some(username) => username.clone(),
            None if *password_stdin => {
                return Err(WrongUsage::error("--password-stdin needs --username"));
            }
            None => ask("Username: ")?,
        };
        let password = match (password, password_stdin) {
            (Some(password), _) => password.clone(),
            (None, true) => password_from_stdin()?,
            (None, false) => ask_password()?,
        };
        match (username.is_empty(), password.is_empty()) {
            (_, true) => anyhow::bail!("the password is empty"),
            (true, false) => Ok(Credential::IdentityToken { token: password }),
            (false, false) => Ok(Credential::Basic { username, password }),
        }
    }
}

/// Logs out from a registry.
#[derive(Debug, Args)]
pub struct Logout {
    /// The registry, as it was given to `hreg login`
    #[arg(value_name = "HOST", value_parser = place)]
    place: (Host, String),
    #[command(flatten)]
    remote: Remote,
}

impl Logout {
    pub(crate) fn run(self, context: &Context) -> Result {
        let (host, path) = &self.place;
        login::logout(&self.remote.files()?, host, path, context.wait())?;
        output::text(&format!("Removed the login to {host}\n"))?;
        Ok(Outcome::Done)
    }
}

/// Reads a host, perhaps with a path; `oci://` and `https://` in front say nothing more.
fn place(text: &str) -> std::result::Result<(Host, String), ops::Error> {
    let bare = ["oci://", "https://", "http://"];
    let bare = bare.iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    Ok((Host::parse(host)?, path.trim_matches('/').to_owned()))
}

fn ask(question: &str) -> Result<String> {
    if !std::io::stdin().is_terminal() {
        let text = "there is no terminal to ask on: use --username and --password-stdin";
        return Err(WrongUsage::error(text));
    }
    let mut stderr = std::io::stderr();
    write!(stderr, "{question}").and_then(|()| stderr.flush()).context("cannot ask")?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("cannot read the answer")?;
    Ok(answer.trim().to_owned())
}

fn ask_password() -> Result<String> {
    let answer = interrupt::ask(|| rpassword::prompt_password("Password: "));
    answer.map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::Interrupted => {
            // Nobody has ended the line.
            let _ = writeln!(std::io::stderr());
            anyhow::anyhow!("the password is empty")
        }
        _ => anyhow::Error::new(error)
            .context("there is no terminal to ask for the password on: use --password-stdin"),
    })
}
