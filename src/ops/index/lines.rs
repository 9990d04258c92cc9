//! The lines of one chart in an index, in blocks: one version more costs its block, not all of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::Entry;
use super::scope::Found;
use crate::chart::index::{Piece, heading};
use crate::chart::record::Timestamp;
use crate::digest::Digest;
use crate::name::{ChartName, Repository, Version};

/// How many versions a block has, in the mean.
const BLOCK: u32 = 128;

/// Holds what an index says of one chart.
#[derive(Debug, Default)]
pub(super) struct Chart {
    heading: Arc<Piece>,
    blocks: Vec<Arc<Block>>,
    digest: Option<Digest>,
    size: usize,
    /// What could not be listed, and why.
    pub(super) failed: BTreeMap<Version, String>,
}

/// Is the text of versions that follow each other, the highest first.
#[derive(Debug)]
struct Block {
    piece: Arc<Piece>,
    digest: Digest,
    latest: Timestamp,
    lines: Vec<Line>,
}

/// Knows where one version is.
#[derive(Debug, Clone)]
struct Line {
    found: Found,
    created: Timestamp,
    place: Range<usize>,
}

/// Is where a version stood before: which block, and which line of it.
type Place = (usize, usize);

/// Is a version that is to be listed.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) found: Found,
    place: Option<Place>,
}

impl Listed {
    /// Tells whether its lines have to be made.
    pub(super) fn is_new(&self) -> bool {
        self.place.is_none()
    }
}

/// Is a version with its lines, or where these are.
enum Item {
    Old(Place),
    New(Found, Entry),
}

impl Chart {
    /// Tells whether no version is listed.
    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Gives what the chart's part of an index is made of, in order.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &Arc<Piece>> {
        std::iter::once(&self.heading).chain(self.blocks.iter().map(|block| &block.piece))
    }

    /// Gives the number of bytes of the text.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Gives what tells the text from others.
    pub(super) fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Gives when the last of the versions was added.
    pub(super) fn latest(&self) -> Option<&Timestamp> {
        self.blocks.iter().map(|block| &block.latest).max_by_key(|time| time.as_str())
    }

    /// Tells whether it lists something, and that is of a repository, where all is of one.
    pub(super) fn is_of(&self, repository: &Repository) -> bool {
        self.lines().next().is_some_and(|(_, line)| *line.found.repository == *repository)
    }

    /// Finds sorted versions, the highest first, among those that are listed; nothing if the chart
    /// lists just these and nothing was left out.
    pub(super) fn compare(&self, versions: Vec<Found>) -> Option<Vec<Listed>> {
        let mut before = self.lines().peekable();
        let (mut listed, mut is_same) = (Vec::with_capacity(versions.len()), true);
        for found in versions.into_iter().rev() {
            while before.next_if(|(_, line)| line.found.version > found.version).is_some() {
                is_same = false;
            }
            let line = before.next_if(|(_, line)| line.found.version == found.version);
            let place = line.filter(|(_, line)| line.found == found).map(|(place, _)| place);
            is_same &= place.is_some();
            listed.push(Listed { found, place });
        }
        is_same &= before.next().is_none() && self.failed.is_empty();
        (!is_same).then_some(listed)
    }

    fn lines(&self) -> impl Iterator<Item = (Place, &Line)> {
        let of = |(at, block): (usize, &'_ Arc<Block>)| (at, block.lines.len());
        let places = self.blocks.iter().enumerate().map(of);
        let places = places.flat_map(|(block, count)| (0..count).map(move |line| (block, line)));
        places.map(|place| (place, self.line(place)))
    }

    fn line(&self, (block, line): Place) -> &Line {
        &self.blocks[block].lines[line]
    }
}

/// Collects the versions of a chart, the highest first, and keeps what stood there before.
pub(super) struct Assembly<'a> {
    before: &'a Chart,
    blocks: Vec<Arc<Block>>,
    items: Vec<Item>,
    failed: BTreeMap<Version, String>,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(before: &'a Chart) -> Assembly<'a> {
        let (blocks, items, failed) = (Vec::new(), Vec::new(), BTreeMap::new());
        Assembly { before, blocks, items, failed }
    }

    /// Adds a version whose lines are there already.
    pub(super) fn keep(&mut self, listed: &Listed) {
        if let Some(place) = listed.place {
            self.add(&listed.found.version, Item::Old(place));
        }
    }

    /// Adds a version with its lines.
    pub(super) fn list(&mut self, listed: &Listed, entry: Entry) {
        self.add(&listed.found.version, Item::New(listed.found.clone(), entry));
    }

    /// Leaves a version out; tells whether that was not so before for the same reason.
    pub(super) fn leave_out(&mut self, listed: &Listed, reason: String) -> bool {
        let is_new = self.before.failed.get(&listed.found.version) != Some(&reason);
        self.failed.insert(listed.found.version.clone(), reason);
        is_new
    }

    fn add(&mut self, version: &Version, item: Item) {
        self.items.push(item);
        if ends_block(version) {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        let items = std::mem::take(&mut self.items);
        let block = self.same(&items).or_else(|| make(self.before, items).map(Arc::new));
        self.blocks.extend(block);
    }

    /// Gives the block of before that has just these versions.
    fn same(&self, items: &[Item]) -> Option<Arc<Block>> {
        let Some(Item::Old((first, _))) = items.first() else { return None };
        let block = &self.before.blocks[*first];
        let is_its = |item: &Item| matches!(item, Item::Old((other, _)) if other == first);
        let is_same = items.len() == block.lines.len() && items.iter().all(is_its);
        is_same.then(|| block.clone())
    }

    /// Gives the chart.
    pub(super) fn end(mut self, name: &ChartName) -> Chart {
        self.end_block();
        let heading = heading(name.as_str()).into_bytes();
        let size = self.blocks.iter().map(|block| block.piece.text().len()).sum::<usize>();
        let size = size + heading.len();
        let mut parts = heading.clone();
        for block in &self.blocks {
            parts.extend(block.digest.to_string().bytes());
        }
        let Assembly { blocks, failed, .. } = self;
        let (heading, digest) = (Arc::new(Piece::new(heading)), Some(Digest::of(&parts)));
        Chart { heading, blocks, digest, size, failed }
    }
}

/// Tells whether a block ends behind a version. That the version itself decides it (by FNV-1a, a hash that
/// spreads well) makes the blocks, and so the bytes of what is compressed, the same whatever came first.
fn ends_block(version: &Version) -> bool {
    let bytes = version.as_str().bytes();
    let hash = bytes
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash >> 8) % BLOCK == 0
}

/// Makes a block; none of nothing.
fn make(before: &Chart, items: Vec<Item>) -> Option<Block> {
    let (mut text, mut lines) = (Vec::new(), Vec::with_capacity(items.len()));
    for item in items {
        let start = text.len();
        let line = match item {
            Item::New(found, entry) => {
                text.extend(entry.text.into_bytes());
                Line { found, created: entry.created, place: start..text.len() }
            }
            Item::Old(place) => {
                let line = before.line(place);
                text.extend(&before.blocks[place.0].piece.text()[line.place.clone()]);
                Line { place: start..text.len(), ..line.clone() }
            }
        };
        lines.push(line);
    }
    let latest = lines.iter().map(|line| &line.created).max_by_key(|time| time.as_str())?.clone();
    let digest = Digest::of(&text);
    Some(Block { piece: Arc::new(Piece::new(text)), digest, latest, lines })
}
