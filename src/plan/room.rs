//! How much the result of a plan may hold: a few lines may ask for one large chart many times.

use crate::chart::load::Chart;

/// How many charts the result may be made of: more could not be loaded.
const MAX_CHARTS: usize = 256;

/// How many bytes its files may have: no packed chart may have more than half of that.
const MAX_BYTES: usize = 200 << 20;

/// Counts down what the result may still hold.
#[derive(Debug)]
pub(super) struct Room {
    charts: usize,
    bytes: usize,
}

impl Default for Room {
    fn default() -> Room {
        Room { charts: MAX_CHARTS, bytes: MAX_BYTES }
    }
}

impl Room {
    /// Takes what a chart needs without those in it; tells why there is no room for it.
    pub(super) fn take(&mut self, chart: &Chart) -> Result<(), String> {
        let too_many = || format!("there would be more than {MAX_CHARTS} charts in all");
        self.charts = self.charts.checked_sub(1).ok_or_else(too_many)?;
        let bytes = chart.files.iter().map(|file| file.data.len() + file.name.len()).sum();
        let too_large = || format!("all charts together would be larger than {MAX_BYTES} bytes");
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(too_large)?;
        Ok(())
    }

    /// Takes what a chart and all in it need.
    pub(super) fn take_all(&mut self, chart: &Chart) -> Result<(), String> {
        self.take(chart)?;
        chart.subcharts.iter().try_for_each(|subchart| self.take_all(subchart))
    }
}
