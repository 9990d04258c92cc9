//! Sending a file to a connection from the system's own memory.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

/// Tells whether the system can do this at all.
pub const CAN_SEND: bool = cfg!(target_os = "linux");

/// Sends up to `count` bytes of a file, from a place in it, and tells how many were sent.
///
/// # Errors
///
/// Fails where the file ends before that place, and where the connection takes nothing now.
#[cfg(target_os = "linux")]
pub fn send(file: &File, place: u64, count: usize, to: impl AsFd) -> io::Result<usize> {
    use rustix::io::{Errno, retry_on_intr};

    let mut at = place;
    let sent = match retry_on_intr(|| rustix::fs::sendfile(&to, file, Some(&mut at), count)) {
        // Not every file system can.
        Err(Errno::INVAL | Errno::NOSYS) => copy(file, place, count, to)?,
        result => result?,
    };
    if sent == 0 && count > 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(sent) }
}

/// Sends bytes of a file by way of hreg's memory.
#[cfg(target_os = "linux")]
fn copy(file: &File, place: u64, count: usize, to: impl AsFd) -> io::Result<usize> {
    use std::os::unix::fs::FileExt as _;

    let mut buffer = [0; 64 << 10];
    let count = count.min(buffer.len());
    let count = file.read_at(&mut buffer[..count], place)?;
    Ok(rustix::io::retry_on_intr(|| rustix::io::write(&to, &buffer[..count]))?)
}

/// Refuses: only Linux is asked for this.
#[cfg(not(target_os = "linux"))]
pub fn send(_file: &File, _place: u64, _count: usize, _to: impl AsFd) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn bytes_are_sent_from_where_they_are_in_the_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let (to, mut from) = UnixStream::pair().unwrap();
        assert_eq!(send(&file, 2, 3, &to).unwrap(), 3);
        assert_eq!(copy(&file, 5, 2, &to).unwrap(), 2);
        assert_eq!(send(&file, 8, 100, &to).unwrap(), 2);
        assert_eq!(send(&file, 10, 1, &to).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(send(&file, 10, 0, &to).unwrap(), 0);
        drop(to);
        let mut text = String::new();
        from.read_to_string(&mut text).unwrap();
        assert_eq!(text, "2345689");
    }
}
