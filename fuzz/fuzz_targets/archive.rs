//! Whatever an archive holds, both readers of it come to the same result, and what can be packed
//! again reads back as it was.

#![no_main]

use std::io::{self, Read, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use hreg::chart::archive;
use hreg::chart::load::{Chart, File};
use hreg::chart::outline::Outline;
use hreg::chart::pack;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let archive = compressed(bytes);
    match (Outline::of_archive(&*archive), Chart::from_archive(&*archive)) {
        (Ok(outline), Ok(chart)) => agree(&outline, &chart),
        (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
        (one, other) => panic!("the outline is {one:?}, the chart is {other:?}"),
    }
    pack_again(&archive);
});

/// A tar stream is compressed first: what is changed at random rarely stays gzip.
fn compressed(bytes: &[u8]) -> Vec<u8> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes.to_vec();
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).expect("it is written to memory");
    encoder.finish().expect("it is written to memory")
}

fn agree(outline: &Outline, chart: &Chart) {
    assert_eq!(outline.metadata, chart.metadata);
    assert_eq!(outline.lock, chart.lock);
    assert_eq!(outline.files, chart.files.len());
    assert_eq!(outline.missing_dependencies(), chart.missing_dependencies());
    let names: Vec<_> = outline.subcharts.iter().map(|subchart| &*subchart.name).collect();
    assert_eq!(names, chart.subcharts.iter().map(Chart::name).collect::<Vec<_>>());
}

fn pack_again(archive: &[u8]) {
    let Ok(files) = files(archive) else { return };
    let mut packed = Vec::new();
    if pack::pack("root", &files, 0, &mut packed).is_err() {
        return;
    }
    let mut files = files;
    files.sort_by_key(|file| (file.name != "Chart.yaml", file.name.clone()));
    assert_eq!(self::files(&packed).expect("what was packed is whole"), files);
}

fn files(archive: &[u8]) -> Result<Vec<File>, archive::Error> {
    let mut files = Vec::new();
    archive::visit_raw(archive, &mut |entry, reader| {
        let mut data = Vec::new();
        reader.take(archive::MAX_FILE_BYTES + 1).read_to_end(&mut data).map_err(io::Error::from)?;
        files.push(File { name: entry.path.clone(), data, mode: entry.mode });
        Ok::<(), archive::Error>(())
    })?;
    Ok(files)
}
