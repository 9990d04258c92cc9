//! What a chart and those in it say of themselves, and nothing else of them.

use std::io::{self, Read};

use super::Counted;
use crate::chart::load::{Error, Keep, Parts, assemble_archive};
use crate::chart::metadata::{self, Metadata};

/// Holds the Chart.yaml of a chart, and of each chart in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// What the chart's own Chart.yaml and requirements.yaml say, cleaned and valid.
    pub metadata: Metadata,
    /// The charts in `charts/`, sorted by the name of their folder or archive there.
    pub subcharts: Vec<Family>,
}

impl Family {
    /// Reads an archive as [`Outline`](super::Outline) does.
    ///
    /// All that is held is what Chart.yaml files say, which may be 2 MiB together.
    pub fn of_archive(reader: impl Read) -> Result<Family, Error> {
        assemble_archive::<Heads>(reader)
    }
}

/// Keeps nothing but what every chart says of itself.
#[derive(Default)]
struct Heads(Counted);

impl Keep for Heads {
    type Values = ();
    type Chart = Family;
    type Subchart = Family;

    fn take(&mut self, path: &str, mode: u32, reader: &mut dyn Read) -> io::Result<u64> {
        self.0.take(path, mode, reader)
    }

    fn take_values(
        &mut self,
        mode: u32,
        reader: &mut dyn Read,
    ) -> io::Result<Result<(), metadata::Error>> {
        self.0.take_values(mode, reader)
    }

    fn finish(self, parts: Parts<Heads>) -> Family {
        Family { metadata: parts.metadata, subcharts: parts.subcharts }
    }
}
