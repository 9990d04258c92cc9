//! Compresses a stream into one gzip member (RFC 1952), on several threads but always alike.
//!
//! The stream is cut into chunks of a fixed size. Each is compressed for itself, with the 32 KiB
//! before it as a dictionary, and ends at a byte border, so that the results can be strung
//! together: where the cuts are, and so every byte, does not depend on the threads. A stream of one chunk is
//! compressed on the calling thread.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::mem;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope};

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use super::Error;
use crate::parallel;

/// Gives the bytes that are compressed for themselves. Measured on 60 MB of templates and two cores,
/// 64 KiB to 1 MiB are equally fast and differ by 0.1 % in size, so the size of the small chart
/// decides, which is to need no threads.
const CHUNK_BYTES: usize = 512 << 10;

/// Gives the bytes a chunk can refer back to: the window of deflate.
const WINDOW_BYTES: usize = 32 << 10;

/// Limits the threads, and with them the chunks in memory.
const MAX_THREADS: usize = 8;

const LEVEL: Compression = Compression::new(6);

/// The fixed header: no name, no time, operating system unknown.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Compresses what `fill` writes into the writer it is given, on so many threads; on all cores if
/// no number is given.
pub(super) fn compress(
    threads: Option<usize>,
    out: &mut dyn Write,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
) -> Result<(), Error> {
    out.write_all(&HEADER).map_err(Error::Write)?;
    thread::scope(|scope| {
        let mut stream = Stream::new(scope, threads, out);
        fill(&mut stream)?;
        stream.finish().map_err(Error::Write)
    })
}

/// Cuts what is written to it into chunks, and writes them out compressed and in order.
struct Stream<'scope, 'env, 'out> {
    scope: &'scope Scope<'scope, 'env>,
    threads: Option<usize>,
    workers: Option<Workers>,
    out: &'out mut dyn Write,
    chunk: Vec<u8>,
    dictionary: Vec<u8>,
    /// The results to come, in the order of the chunks.
    pending: VecDeque<Receiver<io::Result<Done>>>,
    crc: Crc,
}

struct Job {
    chunk: Vec<u8>,
    dictionary: Vec<u8>,
    is_last: bool,
}

struct Done {
    bytes: Vec<u8>,
    crc: Crc,
}

impl<'scope, 'env, 'out> Stream<'scope, 'env, 'out> {
    fn new(
        scope: &'scope Scope<'scope, 'env>,
        threads: Option<usize>,
        out: &'out mut dyn Write,
    ) -> Self {
        Stream {
            scope,
            threads,
            workers: None,
            out,
            chunk: Vec::new(),
            dictionary: Vec::new(),
            pending: VecDeque::new(),
            crc: Crc::new(),
        }
    }

    fn finish(mut self) -> io::Result<()> {
        let job = self.cut(true);
        match self.workers.is_some() {
            true => self.send(job)?,
            false => self.compress_here(job)?,
        }
        while self.write_oldest()? {}
        self.out.write_all(&self.crc.sum().to_le_bytes())?;
        self.out.write_all(&self.crc.amount().to_le_bytes())
    }

    fn cut(&mut self, is_last: bool) -> Job {
        let chunk = mem::take(&mut self.chunk);
        let window = chunk[chunk.len().saturating_sub(WINDOW_BYTES)..].to_vec();
        Job { dictionary: mem::replace(&mut self.dictionary, window), chunk, is_last }
    }

    /// Hands a chunk to a thread; where none can be had, compresses it here.
    fn send(&mut self, job: Job) -> io::Result<()> {
        let (scope, threads) = (self.scope, self.threads);
        let workers = self.workers.get_or_insert_with(|| {
            // Only a large chart needs to know the number of cores, which is a dozen system calls.
            let threads = threads.unwrap_or_else(parallel::cores).clamp(1, MAX_THREADS);
            Workers::start(scope, threads)
        });
        if workers.count == 0 {
            return self.compress_here(job);
        }
        let full = 2 * workers.count;
        let (reply, result) = mpsc::channel();
        workers.jobs.send((job, reply)).map_err(|_| lost())?;
        self.pending.push_back(result);
        if self.pending.len() >= full {
            self.write_oldest()?;
        }
        Ok(())
    }

    fn compress_here(&mut self, job: Job) -> io::Result<()> {
        let done = job.run()?;
        self.write(done)
    }

    /// Waits for the oldest chunk and writes it; tells whether there was one.
    fn write_oldest(&mut self) -> io::Result<bool> {
        let Some(result) = self.pending.pop_front() else { return Ok(false) };
        self.write(result.recv().map_err(|_| lost())??)?;
        Ok(true)
    }

    fn write(&mut self, done: Done) -> io::Result<()> {
        self.crc.combine(&done.crc);
        self.out.write_all(&done.bytes)
    }
}

impl Write for Stream<'_, '_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.len() == CHUNK_BYTES && !bytes.is_empty() {
            let job = self.cut(false);
            self.send(job)?;
        }
        let count = bytes.len().min(CHUNK_BYTES - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Task = (Job, Sender<io::Result<Done>>);

/// Keeps threads that compress until the sender of their jobs is dropped.
struct Workers {
    jobs: Sender<Task>,
    count: usize,
}

impl Workers {
    fn start<'scope>(scope: &'scope Scope<'scope, '_>, threads: usize) -> Workers {
        let (jobs, queue) = mpsc::channel::<Task>();
        let queue = Arc::new(Mutex::new(queue));
        let start = |_: &usize| {
            let queue = Arc::clone(&queue);
            thread::Builder::new().spawn_scoped(scope, move || work(&queue)).is_ok()
        };
        let count = if threads > 1 { (0..threads).take_while(start).count() } else { 0 };
        Workers { jobs, count }
    }
}

fn work(queue: &Mutex<Receiver<Task>>) {
    loop {
        let task = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((job, reply)) = task else { return };
        // Nobody waits for the result any more where writing an earlier one failed.
        let _ = reply.send(job.run());
    }
}

fn lost() -> io::Error {
    io::Error::other("a compressing thread ended early")
}

impl Job {
    fn run(self) -> io::Result<Done> {
        let mut crc = Crc::new();
        crc.update(&self.chunk);
        let mut deflate = Compress::new(LEVEL, false);
        if !self.dictionary.is_empty() {
            deflate.set_dictionary(&self.dictionary).map_err(io::Error::other)?;
        }
        let flush = if self.is_last { FlushCompress::Finish } else { FlushCompress::Sync };
        let mut bytes = Vec::with_capacity(self.chunk.len() / 2 + 64);
        loop {
            let rest = &self.chunk[deflate.total_in() as usize..];
            let status = deflate.compress_vec(rest, &mut bytes, flush).map_err(io::Error::other)?;
            let all_in = deflate.total_in() == self.chunk.len() as u64;
            // A flush is complete once it leaves room.
            if status == Status::StreamEnd
                || !self.is_last && all_in && bytes.len() < bytes.capacity()
            {
                return Ok(Done { bytes, crc });
            }
            bytes.reserve(bytes.capacity());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::bufread::GzDecoder;

    use super::*;

    fn compressed(threads: usize, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let fill = |stream: &mut dyn Write| stream.write_all(bytes).map_err(Error::Write);
        compress(Some(threads), &mut out, fill).unwrap();
        out
    }

    /// Makes bytes that compress, with lines that come again across the chunks.
    fn text(size: usize) -> Vec<u8> {
        let mut state = 1u32;
        let mut line = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            format!("  key-{}: value {}\n", state >> 24, state >> 20).into_bytes()
        };
        let mut bytes: Vec<u8> = Vec::new();
        while bytes.len() < size {
            bytes.extend(line());
        }
        bytes.truncate(size);
        bytes
    }

    #[test]
    fn one_member_gives_the_bytes_back_whatever_the_threads() {
        for size in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 7 * CHUNK_BYTES / 2] {
            let bytes = text(size);
            let packed = compressed(1, &bytes);
            for threads in [2, 3, 8, 100] {
                assert!(compressed(threads, &bytes) == packed, "{size} bytes, {threads} threads");
            }
            let mut rest = packed.as_slice();
            let mut unpacked = Vec::new();
            GzDecoder::new(&mut rest).read_to_end(&mut unpacked).unwrap();
            assert!(unpacked == bytes && rest.is_empty(), "{size} bytes");
        }
    }

    #[test]
    fn bytes_that_do_not_compress_fit_too() {
        let mut state = 1u64;
        let random = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        });
        let random: Vec<u8> = random.take(2 * CHUNK_BYTES + 5).collect();
        let mut unpacked = Vec::new();
        GzDecoder::new(compressed(2, &random).as_slice()).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == random);
    }

    #[test]
    fn the_bytes_are_pinned() {
        let digest = crate::digest::Digest::of(&compressed(2, &text(3 * CHUNK_BYTES)));
        assert_eq!(digest.short(), "4ec1e39", "packed charts would change their digests");
    }

    #[test]
    fn a_writer_that_fails_ends_the_work() {
        let mut room = [0; 1_000];
        let mut out = room.as_mut_slice();
        let bytes = text(5 * CHUNK_BYTES);
        let fill = |stream: &mut dyn Write| stream.write_all(&bytes).map_err(Error::Write);
        assert!(matches!(compress(Some(2), &mut out, fill), Err(Error::Write(_))));
    }
}
