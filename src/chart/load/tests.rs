use super::*;
use crate::chart::outline::Outline;

/// Packs files under one root folder.
pub(in crate::chart) fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    for (path, data) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("root/{path}"), *data).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

const HEAD: &[u8] = b"apiVersion: v2\nname: a\nversion: 1.0.0\n";

fn file(name: &str, data: &[u8]) -> File {
    File { name: name.to_owned(), data: data.to_vec(), mode: 0o644 }
}

fn chain(error: &dyn std::error::Error) -> String {
    let source = error.source().map(|source| format!(": {}", chain(source)));
    format!("{error}{}", source.unwrap_or_default())
}

/// Loads files, as a list and as an archive and as an outline, which must all agree.
fn load(files: &[(&str, &[u8])]) -> Result<Chart, String> {
    let listed =
        Chart::from_files(&files.iter().map(|(name, data)| file(name, data)).collect::<Vec<_>>());
    let listed = listed.map_err(|error| chain(&error));
    let archive = pack(files);
    let packed = Chart::from_archive(&archive[..]).map_err(|error| chain(&error));
    let outline = Outline::of_archive(&archive[..]).map_err(|error| chain(&error));
    assert_eq!(listed, packed);
    match (&packed, &outline) {
        (Ok(chart), Ok(outline)) => assert_same(chart, outline),
        (Err(chart), Err(outline)) => assert_eq!(chart, outline),
        other => panic!("chart and outline disagree: {other:?}"),
    }
    packed
}

fn assert_same(chart: &Chart, outline: &Outline) {
    assert_eq!(chart.metadata, outline.metadata);
    assert_eq!(chart.lock, outline.lock);
    assert_eq!(chart.files.len(), outline.files);
    assert_eq!(chart.files.iter().map(|file| file.data.len() as u64).sum::<u64>(), outline.bytes);
    assert_eq!(chart.missing_dependencies(), outline.missing_dependencies());
    let names: Vec<_> = outline.subcharts.iter().map(|subchart| &*subchart.name).collect();
    assert_eq!(chart.subcharts.iter().map(Chart::name).collect::<Vec<_>>(), names);
}

fn with_head(files: &[(&str, &[u8])]) -> Result<Chart, String> {
    load(&[&[("Chart.yaml", HEAD)], files].concat())
}

#[test]
fn loads_a_chart() {
    let chart = with_head(&[
        ("values.yaml", b"a: 1 # one\n"),
        ("values.schema.json", b"{}"),
        ("Chart.lock", b"digest: x\n"),
        ("templates/a.yaml", b"{{"),
        ("templates/NOTES.txt", b""),
        ("crds/x.YAML", b""),
        ("crds/x.txt", b""),
        ("Readme.MD", b"hi"),
        ("README.txt", b"ho"),
    ])
    .unwrap();
    assert_eq!((chart.name(), chart.version()), ("a", "1.0.0"));
    assert_eq!(chart.values["a"], 1);
    assert_eq!(chart.values_bytes(), Some(&b"a: 1 # one\n"[..]));
    assert_eq!(chart.schema.as_deref(), Some(&b"{}"[..]));
    assert_eq!(chart.lock.as_ref().unwrap().digest, "x");
    assert_eq!(chart.readme().unwrap().data, b"hi");
    assert_eq!(chart.crds().len(), 1);
    assert_eq!(chart.files.len(), 10);
}

#[test]
fn refuses_what_is_no_chart() {
    let missing = "Chart.yaml file is missing";
    for (files, reason) in [
        (&[("values.yaml", &b""[..])][..], missing),
        (&[("chart.yaml", HEAD)], missing),
        (&[("Chart.lock", b"digest: x")], missing),
        (&[("requirements.yaml", b"name: a\nversion: 1.0.0")], "validation: chart.metadata.apiVer"),
        (&[("requirements.lock", b"digest: x")], "validation: chart.metadata.apiVersion"),
        (&[("Chart.yaml", b"")], "validation: chart.metadata.name is required"),
        (&[("Chart.yaml", b"[")], "cannot load Chart.yaml: error converting YAML to JSON: line"),
        (&[("values.yaml", b"["), ("Chart.yaml", b"[")], "cannot load Chart.yaml"),
        (&[("charts/b.tgz", b""), ("Chart.yaml", b"[")], "cannot load Chart.yaml"),
    ] {
        let error = load(files).unwrap_err();
        assert!(error.starts_with(reason), "{error}");
    }
    for (name, data, reason) in [
        (
            "values.yaml",
            &b"[]"[..],
            "cannot load values.yaml: error unmarshaling JSON: json: cannot",
        ),
        ("values.yaml", b"x", "cannot load values.yaml: error unmarshaling JSON"),
        ("values.yaml", b"a: .inf", "cannot load values.yaml: error converting YAML to JSON"),
        ("Chart.lock", b"generated: x", "cannot load Chart.lock: error unmarshaling JSON: parsing"),
        ("requirements.lock", b"[]", "cannot load requirements.lock"),
        ("requirements.yaml", b"[]", "cannot load requirements.yaml"),
        (
            "charts/README.md",
            b"",
            "error unpacking subchart README.md in a: Chart.yaml file is mis",
        ),
        (
            "charts/b/values.yaml",
            b"",
            "error unpacking subchart b in a: Chart.yaml file is missing",
        ),
        ("charts/b.tgz", b"x", "error unpacking subchart b.tgz in a: "),
        (
            "charts/b.tgz/Chart.yaml",
            HEAD,
            "error unpacking subchart tar in a: expected b.tgz, got b.tgz/Chart.yaml",
        ),
    ] {
        let error = with_head(&[(name, data)]).unwrap_err();
        assert!(error.starts_with(reason), "{error}");
    }
}

#[test]
fn reads_files_onto_each_other() {
    let chart = load(&[
        ("requirements.yaml", b"name: hacked\ndependencies: [{name: e}]"),
        ("Chart.yaml", b"name: a\nversion: 1.0.0\ndependencies: [{name: d, alias: q}, {name: f}]"),
        ("Chart.yaml", b"version: 2.0.0\n"),
        ("values.yaml", b"a: 1"),
        ("values.yaml", b"b: 1"),
        ("Chart.lock", b"digest: x"),
        ("requirements.lock", b""),
    ])
    .unwrap();
    assert_eq!((chart.name(), chart.version()), ("hacked", "2.0.0"));
    assert_eq!(chart.metadata.api_version, "v1");
    assert_eq!(chart.metadata.dependencies.len(), 1);
    assert_eq!(chart.metadata.dependencies[0].name_or_alias(), "q");
    assert_eq!(chart.values.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(chart.values_bytes(), Some(&b"b: 1"[..]));
    assert_eq!(chart.lock, None);
}

#[test]
fn loads_subcharts() {
    let inner = pack(&[("Chart.yaml", b"name: in\nversion: 1.0.0"), ("crds/i.json", b"1")]);
    let chart = with_head(&[
        ("charts/z/Chart.yaml", b"name: zz\nversion: 1.0.0"),
        ("charts/z/charts/in.tgz", &inner),
        ("charts/z/crds/z.yml", b"2"),
        ("charts/z", b"a file named as the folder"),
        ("charts/in.tgz", &inner),
        ("charts/in.tgz", b"ignored"),
        ("charts/in.tgz/also", b"ignored"),
        ("charts/in.tgz.prov", b"signature"),
        ("charts/_no/Chart.yaml", b"["),
        ("charts/.keep", b""),
        ("crds/a.yaml", b"0"),
    ])
    .unwrap();
    assert_eq!(chart.subcharts.iter().map(Chart::name).collect::<Vec<_>>(), ["in", "zz"]);
    assert_eq!(chart.subcharts[1].subcharts[0].name(), "in");
    let names: Vec<_> = chart.files.iter().map(|file| &*file.name).collect();
    assert_eq!(names, ["Chart.yaml", "charts/in.tgz.prov", "crds/a.yaml"]);
    let crds: Vec<_> = chart.crds().iter().map(|file| file.data[0]).collect();
    assert_eq!(crds, *b"0121");
}

#[test]
fn names_missing_dependencies() {
    let head =
        b"name: a\nversion: 1.0.0\ndependencies: [{name: b}, {name: c, alias: in}, {name: d}]";
    let chart = load(&[
        ("Chart.yaml", head),
        ("charts/any/Chart.yaml", b"name: b\nversion: 1.0.0"),
        ("charts/in/Chart.yaml", b"name: in\nversion: 1.0.0"),
    ])
    .unwrap();
    assert_eq!(chart.missing_dependencies(), ["c", "d"]);
    assert_eq!(with_head(&[]).unwrap().missing_dependencies(), Vec::<&str>::new());
}

/// Nests a chart in archives; test threads have a stack of 2 MiB.
fn nested(levels: usize) -> Vec<u8> {
    let mut archive = pack(&[("Chart.yaml", HEAD)]);
    for _ in 1..levels {
        archive = pack(&[("Chart.yaml", HEAD), ("charts/a.tgz", &archive)]);
    }
    archive
}

#[test]
fn bounds_how_deep_charts_are_nested() {
    assert!(Chart::from_archive(&nested(32)[..]).is_ok());
    assert!(Outline::of_archive(&nested(32)[..]).is_ok());
    for archive in [nested(33), nested(60)] {
        let error = chain(&Chart::from_archive(&archive[..]).unwrap_err());
        assert!(error.ends_with("charts are nested more than 32 levels deep"), "{error}");
        assert_eq!(chain(&Outline::of_archive(&archive[..]).unwrap_err()), error);
    }
    let deep = format!("{}Chart.yaml", "charts/a/".repeat(40));
    let error = Chart::from_files(&[file(&deep, HEAD)]).unwrap_err();
    assert!(matches!(error, Error::TooDeep));
}

#[test]
fn bounds_how_many_charts_there_are() {
    let folders = |count: usize| {
        let folder = |number| file(&format!("charts/c{number}/Chart.yaml"), HEAD);
        (0..count).map(folder).chain([file("Chart.yaml", HEAD)]).collect::<Vec<_>>()
    };
    assert_eq!(Chart::from_files(&folders(255)).unwrap().subcharts.len(), 255);
    assert!(matches!(Chart::from_files(&folders(256)), Err(Error::TooManyCharts)));
}

#[test]
fn bounds_what_is_held() {
    let mut large = HEAD.to_vec();
    large.resize((1 << 20) + 1, b'\n');
    let of = |data: &[u8]| load(&[("Chart.yaml", data)]);
    assert!(of(&large[..1 << 20]).is_ok());
    assert_eq!(of(&large).unwrap_err(), "Chart.yaml is larger than 1048576 bytes");
    let lock = &large[HEAD.len()..1 << 20];
    let locks = [("Chart.lock", lock); 2];
    assert!(with_head(&locks).is_ok());
    let locks = [("Chart.lock", lock); 3];
    assert!(with_head(&locks).unwrap_err().starts_with("Chart.yaml and its like are larger"));
    let name = |number| format!("charts/{number}{}.tgz", "a".repeat(700 << 10));
    let names = [name(1), name(2), name(3)];
    let archive = pack(&[("Chart.yaml", HEAD)]);
    let subcharts = names.each_ref().map(|name| (&**name, &*archive));
    assert!(with_head(&subcharts[..2]).is_ok());
    assert!(with_head(&subcharts).unwrap_err().starts_with("Chart.yaml and its like are larger"));
    // Each of the archives inside is below the limit of one archive.
    let inner = pack(
        &[("Chart.yaml", HEAD)]
            .into_iter()
            .chain([("a", &vec![0; 5 << 20][..]); 18])
            .collect::<Vec<_>>(),
    );
    let files = [("charts/a.tgz", &inner[..]), ("charts/b.tgz", &inner), ("charts/c.tgz", &inner)];
    let archive = pack(&[&[("Chart.yaml", HEAD)], &files[..]].concat());
    let error = chain(&Outline::of_archive(&archive[..]).unwrap_err());
    assert!(error.contains("are larger than 268435456 bytes"), "{error}");
    let archive = pack(&[&[("Chart.yaml", HEAD)], &files[..2]].concat());
    assert!(Outline::of_archive(&archive[..]).is_ok());
}

#[test]
fn bounds_what_values_may_ask_for() {
    let values = vec![b'\n'; 5 << 20];
    let twice = [("values.yaml", &values[..]), ("values.yaml", b"a: 1")];
    assert_eq!(with_head(&twice).unwrap().values["a"], 1);
    let subchart = [("charts/s/Chart.yaml", HEAD), ("charts/s/values.yaml", &values)];
    assert!(with_head(&subchart).is_ok());
    let both = [&subchart[..], &[("values.yaml", &values)]].concat();
    let refused = "values.yaml is larger than 8388608 bytes, with those of all subcharts";
    assert_eq!(with_head(&both).unwrap_err(), refused);
}

#[test]
fn bounds_the_streams_of_nested_archives() {
    let mut folders =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best()));
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_size(0);
    for _ in 0..(190 << 20) / 512 {
        folders.append_data(&mut header, "x/d", std::io::empty()).unwrap();
    }
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(HEAD.len() as u64);
    folders.append_data(&mut header, "x/Chart.yaml", HEAD).unwrap();
    let inner = folders.into_inner().unwrap().finish().unwrap();
    let archive = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("charts/c{number}.tgz")).collect();
        let files = names.iter().map(|name| (name.as_str(), &inner[..]));
        pack(&[("Chart.yaml", HEAD)].into_iter().chain(files).collect::<Vec<_>>())
    };
    assert!(Outline::of_archive(&archive(1)[..]).is_ok());
    let error = chain(&Outline::of_archive(&archive(4)[..]).unwrap_err());
    assert!(error.contains("larger than"), "{error}");
}
