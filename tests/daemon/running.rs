//! A `feedmill run` that is running, and what can be done to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::program::Program;

/// Nothing that is waited for here takes so long, on the slowest machine.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// Killed at the end of the test, if it still runs.
pub struct Running {
    child: Child,
    pub address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts it on a free port and waits until it serves.
    pub fn start(program: &Program) -> Self {
        Self::with(program, &[])
    }

    pub fn with(program: &Program, variables: &[(&str, &str)]) -> Self {
        let mut child = program
            .prepare(&["run", "--listen", "127.0.0.1:0"])
            .envs(variables.iter().copied())
            .spawn()
            .unwrap();
        let log = listen(child.stderr.take().unwrap());
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("serving on http://");
        let address = address.unwrap_or_else(|| panic!("{line:?}: {}", log.lock().unwrap()));
        Self {
            address: address.trim_end_matches('/').parse().unwrap(),
            child,
            log,
        }
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// How it ended, and after how long.
    pub fn wait(&mut self) -> (ExitStatus, Duration) {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, started.elapsed());
            }
            assert!(started.elapsed() < PATIENCE, "it does not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Status and text of an answer.
    pub fn get(&self, path: &str) -> (u16, String) {
        get(self.address, path)
    }

    /// The head of an answer.
    pub fn head(&self, path: &str) -> String {
        let answer = whole(self.address, path);
        answer.split_once("\r\n\r\n").unwrap().0.to_owned()
    }

    /// Asks again and again until the text of an answer is as it should be.
    pub fn shows(&self, path: &str, is_right: impl Fn(u16, &str) -> bool) -> String {
        let mut last = (0, String::new());
        eventually(
            || {
                last = self.get(path);
                is_right(last.0, &last.1).then(|| last.1.clone())
            },
            || format!("{path} does not change; log:\n{}", self.log()),
        )
    }

    /// Waits until something is in the log.
    pub fn says(&self, words: &str) {
        eventually(
            || self.log().contains(words).then_some(()),
            || format!("no {words:?} in the log:\n{}", self.log()),
        );
    }
}

/// What is written, as it comes.
pub fn listen(mut from: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let log = Arc::new(Mutex::new(String::new()));
    let written = log.clone();
    std::thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            written.lock().unwrap().push_str(&text);
        }
    });
    log
}

/// Looks again and again until there is something, which must not take too long.
pub fn eventually<T>(mut look: impl FnMut() -> Option<T>, complain: impl Fn() -> String) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "{}", complain());
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let answer = whole(address, path);
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    (status, body)
}

#[expect(clippy::disallowed_methods, reason = "a test asks the server it started")]
fn whole(address: SocketAddr, path: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: feeds.example\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
