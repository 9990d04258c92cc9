//! What Helm asks of a Chart.yaml, and how it cleans its text.

use std::collections::HashSet;

use super::printable::is_printable;
use super::{Dependency, Error, Maintainer, Metadata};
use crate::name::Precedence;

impl Metadata {
    /// Cleans the text fields and checks the rest, exactly as Helm 3.17.3 does.
    ///
    /// White space becomes spaces, what cannot be printed goes; version and annotations stay as
    /// they are. One name more is refused than Helm does: `/`.
    pub fn validate(&mut self) -> Result<(), Error> {
        self.sanitize();
        self.check_names()?;
        self.maintainers.iter_mut().for_each(Maintainer::sanitize);
        let mut names = HashSet::new();
        for dependency in &mut self.dependencies {
            dependency.validate()?;
            if !names.insert(dependency.name_or_alias()) {
                return Err(Error::SameName { name: dependency.name_or_alias().to_owned() });
            }
        }
        Ok(())
    }

    fn sanitize(&mut self) {
        for text in [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ] {
            sanitize(text);
        }
        self.sources.iter_mut().for_each(sanitize);
        self.keywords.iter_mut().for_each(sanitize);
    }

    fn check_names(&self) -> Result<(), Error> {
        if self.api_version.is_empty() {
            return invalid("chart.metadata.apiVersion is required");
        }
        if self.name.is_empty() {
            return invalid("chart.metadata.name is required");
        }
        if self.name.contains('/') {
            return invalid(format!("chart.metadata.name {:?} is invalid", self.name));
        }
        if self.version.is_empty() {
            return invalid("chart.metadata.version is required");
        }
        if Precedence::parse(&self.version).is_err() {
            return invalid(format!("chart.metadata.version {:?} is invalid", self.version));
        }
        if !matches!(&*self.kind, "" | "application" | "library") {
            return invalid("chart.metadata.type must be application or library");
        }
        Ok(())
    }
}

impl Maintainer {
    fn sanitize(&mut self) {
        for text in [&mut self.name, &mut self.email, &mut self.url] {
            sanitize(text);
        }
    }
}

impl Dependency {
    fn validate(&mut self) -> Result<(), Error> {
        for text in [&mut self.name, &mut self.version, &mut self.repository, &mut self.condition] {
            sanitize(text);
        }
        self.tags.iter_mut().for_each(sanitize);
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !self.alias.bytes().all(is_allowed) {
            let name = &self.name;
            return invalid(format!("dependency {name:?} has disallowed characters in the alias"));
        }
        Ok(())
    }
}

fn invalid<T>(reason: impl Into<String>) -> Result<T, Error> {
    Err(Error::Invalid(reason.into()))
}

/// Turns white space into spaces and drops what cannot be printed.
fn sanitize(text: &mut String) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return;
    }
    let kept = text.chars().filter_map(|character| {
        if character.is_whitespace() {
            return Some(' ');
        }
        is_printable(character).then_some(character)
    });
    *text = kept.collect();
}
