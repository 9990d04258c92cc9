//! Spaces and their policies.

use serde::{Deserialize, Serialize};

use super::nearest::nearest;
use super::{Error, Store, Writer};
use crate::name::{Repository, SpaceName};
use crate::storage::{ChartLocks, ChartState, Mode, Removal};

/// Says what may be done in a space; the record that is kept of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// Versions cannot be overwritten; tags still move.
    #[serde(default)]
    pub immutable: bool,
    /// Only charts are taken, no other artifacts.
    #[serde(default)]
    pub charts_only: bool,
}

/// Describes a space.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Space {
    /// The name.
    pub name: SpaceName,
    /// What may be done in it.
    #[serde(flatten)]
    pub policy: Policy,
    /// How many charts it has.
    pub charts: usize,
    /// How many versions these have.
    pub versions: usize,
}

impl Store {
    /// Lists the names of all spaces, sorted.
    pub fn space_names(&self) -> Result<Vec<SpaceName>, Error> {
        Ok(self.driver.spaces()?)
    }

    /// Lists all spaces, sorted by name.
    pub fn spaces(&self) -> Result<Vec<Space>, Error> {
        let mut spaces = Vec::new();
        for name in self.driver.spaces()? {
            match self.space(&name) {
                // Removed since it was listed.
                Err(Error::NotFound { .. }) => {}
                result => spaces.push(result?),
            }
        }
        Ok(spaces)
    }

    /// Describes one space.
    pub fn space(&self, name: &SpaceName) -> Result<Space, Error> {
        let policy = self.require_policy(name)?;
        let mut space = Space { name: name.clone(), policy, charts: 0, versions: 0 };
        for repository in self.driver.repositories_of(name)? {
            let names = self.driver.names(&repository)?;
            space.charts += usize::from(!names.is_empty());
            space.versions += names.versions.len();
        }
        Ok(space)
    }

    /// Lists the charts of a space that have a name, sorted.
    pub fn charts(&self, space: &SpaceName) -> Result<Vec<Repository>, Error> {
        self.require_policy(space)?;
        let mut charts = Vec::new();
        for repository in self.driver.repositories_of(space)? {
            if !self.driver.names(&repository)?.is_empty() {
                charts.push(repository);
            }
        }
        Ok(charts)
    }

    /// Lists the charts of a space that may have versions, sorted, each with the state of their
    /// names; nothing if there is no such space.
    pub fn chart_states(&self, name: &SpaceName) -> Result<Option<Vec<ChartState>>, Error> {
        match self.driver.space(name)? {
            Some(_) => Ok(Some(self.driver.chart_states(name)?)),
            None => Ok(None),
        }
    }

    /// Creates a space.
    pub fn create_space(&self, name: &SpaceName, policy: Policy) -> Result<(), Error> {
        match self.writer()?.create_space(name, policy)? {
            true => Ok(()),
            false => Err(Error::SpaceExists { space: name.clone() }),
        }
    }

    /// Removes a space; one with charts only when `with_charts` is given. Gives the charts.
    pub fn remove_space(
        &self,
        name: &SpaceName,
        with_charts: bool,
    ) -> Result<Vec<Repository>, Error> {
        // Asked first without a lock, so that a name that is not there creates nothing.
        self.require_policy(name)?;
        let lock = self.driver.lock_store(Mode::Exclusive, self.wait())?;
        let charts = self.charts(name)?;
        if !charts.is_empty() && !with_charts {
            return Err(Error::SpaceNotEmpty { space: name.clone(), charts: charts.len() });
        }
        let repositories = self.driver.repositories_of(name)?;
        let mut removal = Removal::default();
        for repository in &repositories {
            self.add_whole_chart(repository, &mut removal)?;
        }
        self.driver.remove(&ChartLocks::all(&lock), &removal)?;
        // A removal that was interrupted may have left less to remove than to sync.
        self.driver.sync()?;
        self.driver.remove_space(&lock, name)?;
        Ok(charts)
    }

    pub(super) fn is_charts_only(&self, name: &SpaceName) -> Result<bool, Error> {
        Ok(self.policy(name)?.is_some_and(|policy| policy.charts_only))
    }

    pub(super) fn policy(&self, name: &SpaceName) -> Result<Option<Policy>, Error> {
        let Some(record) = self.driver.space(name)? else { return Ok(None) };
        serde_json::from_slice(&record)
            .map(Some)
            .map_err(|error| Error::SpaceRecord { space: name.clone(), reason: error.to_string() })
    }

    fn require_policy(&self, name: &SpaceName) -> Result<Policy, Error> {
        match self.policy(name)? {
            Some(policy) => Ok(policy),
            None => {
                let all = self.driver.spaces()?;
                let near = nearest(&name.to_string(), all.iter().map(SpaceName::to_string));
                Err(Error::NotFound { what: "space", name: name.to_string(), near })
            }
        }
    }
}

impl Writer<'_> {
    /// Creates a space, and tells whether it was not there before.
    pub(super) fn create_space(&self, name: &SpaceName, policy: Policy) -> Result<bool, Error> {
        Ok(self.store.driver.create_space(&self.lock, name, &Writer::record(policy))?)
    }

    /// Makes sure that there is a space. That one which is there survives a loss of power is left to
    /// the commit of what comes into it.
    pub(super) fn ensure_space(&self, name: &SpaceName) -> Result<(), Error> {
        if self.store.driver.space(name)?.is_none() {
            self.create_space(name, Policy::default())?;
        }
        Ok(())
    }

    /// Writes down a policy, as it is kept.
    pub(super) fn record(policy: Policy) -> Vec<u8> {
        let mut record = serde_json::to_vec(&policy).expect("two booleans are written as JSON");
        record.push(b'\n');
        record
    }
}
