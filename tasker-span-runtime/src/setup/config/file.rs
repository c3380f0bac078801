//! Reads the bytes of the file, and decodes their text. TOML is parsed in `syntax`.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Kind};
use crate::setup::config::mistakes::Mistakes;

/// The content of the file or the error of reading it. Equal contents mean an unchanged file.
pub(in crate::setup) type Content = Result<Vec<u8>, String>;

/// A file of this length is not a configuration.
const LONGEST: u64 = 1024 * 1024;

pub(in crate::setup) fn read(path: &Path) -> Content {
    try_read(path).unwrap_or_else(|error| Err(error.to_string()))
}

/// The same, and nothing if there is no such file.
pub(super) fn read_if_present(path: &Path) -> Content {
    match try_read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        result => result.unwrap_or_else(|error| Err(error.to_string())),
    }
}

fn try_read(path: &Path) -> io::Result<Content> {
    let file = open(path)?;
    // Of the opened file: another one may have taken the path since. A pipe or a device may have no end.
    if !file.metadata()?.is_file() {
        return Ok(Err("it is not a regular file".to_owned()));
    }
    let mut bytes = Vec::new();
    // The length in the metadata may be that of another moment.
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Ok(Err("it is longer than 1 MiB".to_owned()));
    }
    Ok(Ok(bytes))
}

/// Opens without waiting: the writer of a named pipe may never come. No terminal becomes that of this process.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    File::options().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Decodes the text, without the byte order mark of some editors.
pub(super) fn text<'c>(name: &Arc<str>, content: &'c Content) -> Result<&'c str, Error> {
    let bytes = content.as_ref().map_err(|problem| {
        let message = format!("cannot read the configuration file `{name}`: {problem}");
        Error::new(Kind::Configuration, message)
    })?;
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        let valid = std::str::from_utf8(valid).unwrap_or_default();
        let byte = rest.first().copied().unwrap_or_default();
        let message = format!("the byte 0x{byte:02x} is not UTF-8: expected a TOML file, which is in UTF-8");
        let place = Mistakes::new(Arc::clone(name), valid).place(valid.len());
        Error::new(Kind::Configuration, format!("{place}: {message}"))
    })
}

#[cfg(all(test, unix))]
mod tests;
