use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::*;

const NOT_REGULAR: &str = "it is not a regular file";

/// A directory of one test, removed when it is dropped.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);

        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tasker-span-read-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn fifo(&self, name: &str) -> PathBuf {
        let path = self.join(name);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs `work` on a thread, so that a read that hangs fails the test and not the run.
fn in_time<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    let result = receiver.recv_timeout(Duration::from_secs(30));
    result.expect("a read hangs")
}

fn read_in_time(path: &Path) -> Content {
    let path = path.to_owned();
    in_time(move || read(&path))
}

#[test]
fn a_regular_file_up_to_its_longest() {
    let directory = Directory::new();
    let longest = vec![b'#'; 1024 * 1024];
    for content in [&b""[..], b"a = 1", &longest] {
        let path = directory.file("file", content);
        assert_eq!(read_in_time(&path).unwrap(), content);
        let link = directory.join("link");
        symlink(&path, &link).unwrap();
        assert_eq!(read_in_time(&link).unwrap(), content);
        fs::remove_file(link).unwrap();
    }
}

#[test]
fn a_huge_file_is_read_up_to_the_limit() {
    let directory = Directory::new();
    let path = directory.file("file", b"");
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    for length in [LONGEST + 1, 1 << 40] {
        // A file system may not have such long files.
        if file.set_len(length).is_ok() {
            assert_eq!(read_in_time(&path).unwrap_err(), "it is longer than 1 MiB");
        }
    }
}

#[test]
fn everything_else_is_refused_at_once() {
    let directory = Directory::new();
    let fifo = directory.fifo("fifo");
    let socket = directory.join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    for path in [&directory.0, &fifo, Path::new("/dev/zero"), Path::new("/dev/null")] {
        assert_eq!(read_in_time(path).unwrap_err(), NOT_REGULAR, "{}", path.display());
    }
    let link = directory.join("link");
    for path in [&fifo, &socket, Path::new("/dev/zero"), Path::new("/dev/tty"), &link] {
        symlink(path, &link).unwrap();
        for path in [path, &link] {
            assert!(read_in_time(path).is_err(), "{}", path.display());
        }
        fs::remove_file(&link).unwrap();
    }
}

/// Whatever is moved to the path between two system calls, the reader returns.
#[test]
fn a_fifo_that_takes_the_place_of_the_file() {
    let directory = Directory::new();
    let (regular, fifo) = (directory.file("regular", b"a = 1"), directory.fifo("fifo"));
    let path = directory.join("link");
    symlink(&regular, &path).unwrap();
    let reader = path.clone();
    let stop = AtomicBool::new(false);
    let contents = thread::scope(|threads| {
        threads.spawn(|| {
            let new = directory.join("new");
            for target in [&fifo, &regular].into_iter().cycle() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                symlink(target, &new).unwrap();
                fs::rename(&new, &path).unwrap();
            }
        });
        let reads = thread::spawn(move || {
            let (begun, mut contents) = (Instant::now(), Vec::new());
            let has = |contents: &[Content], is_ok| contents.iter().any(|content| content.is_ok() == is_ok);
            while begun.elapsed() < Duration::from_secs(1) || !has(&contents, true) || !has(&contents, false) {
                contents.push(read(&reader));
            }
            contents
        });
        let begun = Instant::now();
        while !reads.is_finished() && begun.elapsed() < Duration::from_secs(30) {
            thread::sleep(Duration::from_millis(10));
        }
        // Before the assertion, which would wait for the threads for ever.
        stop.store(true, Ordering::Relaxed);
        assert!(reads.is_finished(), "a read hangs");
        reads.join().unwrap()
    });
    let is_expected = |content: &Content| match content {
        Ok(content) => content == b"a = 1",
        Err(problem) => problem == NOT_REGULAR,
    };
    assert!(contents.iter().all(is_expected), "{contents:?}");
}

/// The content is that of some moment, or too long; reading ends in both cases.
#[test]
fn a_file_that_grows_and_shrinks_during_the_read() {
    let directory = Directory::new();
    let path = directory.file("file", b"");
    let stop = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| {
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            let mut written = 0;
            while !stop.load(Ordering::Relaxed) {
                file.write_all(&[b'#'; 8192]).unwrap();
                written += 8192;
                if written > 2 * LONGEST {
                    file.set_len(0).unwrap();
                    written = 0;
                }
            }
        });
        let result = std::panic::catch_unwind(|| {
            for _ in 0..100 {
                match read_in_time(&path) {
                    Ok(content) => assert!(content.len() as u64 <= LONGEST),
                    Err(problem) => assert_eq!(problem, "it is longer than 1 MiB"),
                }
            }
        });
        stop.store(true, Ordering::Relaxed);
        result.unwrap();
    });
}
