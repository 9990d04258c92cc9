//! What a chart may ask for with all its subcharts, whose archives have limits of their own anew.

use std::io::{self, Read};

use super::{Error, archive};

/// How many charts may be in each other.
pub(super) const MAX_DEPTH: usize = 32;

/// How many charts a chart may be made of.
pub(super) const MAX_CHARTS: usize = 256;

/// How many bytes the files of a chart and all its subcharts may have.
pub(super) const MAX_BYTES: u64 = 256 << 20;

/// How many bytes Chart.yaml, requirements.yaml and a lock may have each.
pub(super) const MAX_TEXT_BYTES: u64 = 1 << 20;

/// How many bytes they may have together in a chart and all its subcharts, with the names of the
/// subcharts' folders and archives, as all are held.
pub(super) const MAX_TEXTS_BYTES: u64 = 2 << 20;

/// How many bytes the tar streams of a chart and of all archives in it may have, headers included.
pub(super) const MAX_STREAM_BYTES: u64 = 2 * archive::MAX_STREAM_BYTES;

/// How many bytes values.yaml may have together in a chart and all its subcharts: what is read of
/// them takes many times their size in memory.
pub(super) const MAX_VALUES_BYTES: u64 = 8 << 20;

/// Counts down what a chart and all its subcharts may still ask for.
pub(super) struct Budget {
    charts: usize,
    bytes: u64,
    text_bytes: u64,
    values_bytes: u64,
    stream_bytes: u64,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            charts: MAX_CHARTS,
            bytes: MAX_BYTES,
            text_bytes: MAX_TEXTS_BYTES,
            values_bytes: MAX_VALUES_BYTES,
            stream_bytes: MAX_STREAM_BYTES,
        }
    }
}

impl Budget {
    /// Takes off what one more chart needs, at its depth in the others.
    pub(super) fn take_chart(&mut self, depth: usize) -> Result<(), Error> {
        if depth >= MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        self.charts = self.charts.checked_sub(1).ok_or(Error::TooManyCharts)?;
        Ok(())
    }

    /// Takes off the bytes of a file.
    pub(super) fn take_bytes(&mut self, size: u64) -> Result<(), Error> {
        self.bytes = self.bytes.checked_sub(size).ok_or(Error::TooLarge)?;
        Ok(())
    }

    /// Tells how many bytes the next archive's stream may have.
    pub(super) fn stream_bytes(&self) -> u64 {
        self.stream_bytes.min(archive::MAX_STREAM_BYTES)
    }

    /// Takes off the bytes of an archive's stream.
    pub(super) fn take_stream_bytes(&mut self, size: u64) -> Result<(), Error> {
        self.stream_bytes = self.stream_bytes.checked_sub(size).ok_or(Error::TooLarge)?;
        Ok(())
    }

    /// Reads a values.yaml with `read`, which reads to the end, and takes off its bytes.
    pub(super) fn read_values<V>(
        &mut self,
        reader: &mut dyn Read,
        read: impl FnOnce(&mut dyn Read) -> io::Result<V>,
    ) -> Result<V, Error> {
        let allowance = self.values_bytes + 1;
        let mut limited = reader.take(allowance);
        let values = read(&mut limited).map_err(archive::Error::from)?;
        let size = allowance - limited.limit();
        self.values_bytes = self.values_bytes.checked_sub(size).ok_or(Error::ValuesTooLarge)?;
        self.take_bytes(size)?;
        Ok(values)
    }

    /// Reads a file that is held until the chart is whole.
    pub(super) fn read_text(
        &mut self,
        file: &'static str,
        reader: &mut dyn Read,
    ) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let mut limited = reader.take(MAX_TEXT_BYTES + 1);
        limited.read_to_end(&mut bytes).map_err(archive::Error::from)?;
        if bytes.len() as u64 > MAX_TEXT_BYTES {
            return Err(Error::TextTooLarge { file });
        }
        self.take_text_bytes(bytes.len())?;
        Ok(bytes)
    }

    /// Takes off the bytes of a text that is held until the chart is whole.
    pub(super) fn take_text_bytes(&mut self, size: usize) -> Result<(), Error> {
        let left = self.text_bytes.checked_sub(size as u64);
        self.text_bytes = left.ok_or(Error::TextsTooLarge)?;
        Ok(())
    }
}
