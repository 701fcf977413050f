//! Telling the service manager how the daemon is doing: sd_notify(3), a datagram with `NAME=value` lines.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

/// The way to the service manager, if there is one.
pub(super) struct Notifier {
    socket: Option<(UnixDatagram, SocketAddr)>,
    /// How often to say that it is alive; half of what the manager waits.
    pulse: Option<Duration>,
    next: Instant,
    status: String,
}

impl Notifier {
    /// What the environment says: `NOTIFY_SOCKET` is a path, or `@` and an abstract name; `WATCHDOG_USEC` holds for the
    /// process with the id `WATCHDOG_PID`, if that is there.
    pub(super) fn new(variable: &dyn Fn(&str) -> Option<std::ffi::OsString>) -> Self {
        let socket = variable("NOTIFY_SOCKET").and_then(|name| match connect(&name) {
            Ok(socket) => Some(socket),
            Err(error) => {
                warn!(%error, "NOTIFY_SOCKET cannot be used; the service manager is told nothing");
                None
            }
        });
        let number = |name| variable(name)?.to_str()?.parse::<u64>().ok();
        let is_ours = number("WATCHDOG_PID").is_none_or(|id| id == u64::from(std::process::id()));
        let patience = number("WATCHDOG_USEC").filter(|micros| is_ours && *micros > 0);
        Self {
            pulse: patience
                .filter(|_| socket.is_some())
                .map(|micros| Duration::from_micros(micros) / 2),
            socket,
            next: Instant::now(),
            status: String::new(),
        }
    }

    /// How long the loop may sleep at most.
    pub(super) fn pulse(&self) -> Option<Duration> {
        self.pulse
    }

    pub(super) fn ready(&self) {
        self.send("READY=1");
    }

    /// `MONOTONIC_USEC` tells the manager which reload this is about.
    pub(super) fn reloading(&self) {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let micros = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
    }

    pub(super) fn stopping(&self) {
        self.send("STOPPING=1\nSTATUS=Stopping: what was polled is being stored");
    }

    /// One line for people; said only when it is another one.
    pub(super) fn status(&mut self, status: String) {
        if status != self.status {
            self.send(&format!("STATUS={}", status.replace(['\n', '\r'], " ")));
            self.status = status;
        }
    }

    /// The loop is alive: it comes by here.
    pub(super) fn alive(&mut self) {
        let Some(pulse) = self.pulse else { return };
        let now = Instant::now();
        if now >= self.next {
            self.send("WATCHDOG=1");
            // Early rather than late: the loop's own sleep comes on top.
            self.next = now + pulse / 2;
        }
    }

    fn send(&self, text: &str) {
        let Some((socket, to)) = &self.socket else { return };
        // It must never wait for the manager, and a lost message is no reason to end.
        if let Err(error) = socket.send_to_addr(text.as_bytes(), to) {
            tracing::debug!(%error, "the service manager could not be told");
        }
    }
}

fn connect(name: &OsStr) -> io::Result<(UnixDatagram, SocketAddr)> {
    let to = match name.as_bytes().split_first() {
        Some((b'@', rest)) => abstract_name(rest)?,
        Some((b'/', _)) => SocketAddr::from_pathname(name)?,
        Some(_) | None => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is neither a path nor an abstract name",
            ));
        }
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    Ok((socket, to))
}

#[cfg(target_os = "linux")]
fn abstract_name(name: &[u8]) -> io::Result<SocketAddr> {
    <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_name(_: &[u8]) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(socket: &UnixDatagram) -> Vec<String> {
        socket.set_nonblocking(true).unwrap();
        let mut heard = Vec::new();
        let mut buffer = [0; 4_096];
        while let Ok(length) = socket.recv(&mut buffer) {
            heard.push(String::from_utf8(buffer[..length].to_vec()).unwrap());
        }
        heard
    }

    fn notifier(socket: &str, watchdog: &[(&str, &str)]) -> Notifier {
        Notifier::new(&|name| match name {
            "NOTIFY_SOCKET" => Some(socket.into()),
            _ => watchdog
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.into()),
        })
    }

    #[test]
    fn it_speaks_to_paths_and_abstract_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let by_path = UnixDatagram::bind(&path).unwrap();
        notifier(path.to_str().unwrap(), &[]).ready();
        assert_eq!(heard(&by_path), ["READY=1"]);

        let name = format!("feedmill-test-{}", std::process::id());
        let by_name = UnixDatagram::bind_addr(&abstract_name(name.as_bytes()).unwrap()).unwrap();
        let mut notifier = notifier(&format!("@{name}"), &[]);
        notifier.reloading();
        notifier.status("two\nlines".into());
        notifier.status("two\nlines".into());
        notifier.stopping();
        let heard = heard(&by_name);
        assert_eq!(heard.len(), 3, "{heard:?}");
        let micros = heard[0].strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(micros.parse::<u64>().unwrap() > 0);
        assert_eq!(heard[1], "STATUS=two lines");
        assert!(heard[2].starts_with("STOPPING=1\nSTATUS="));
    }

    #[tokio::test(start_paused = true)]
    async fn the_watchdog_hears_a_pulse_and_only_if_it_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let path = path.to_str().unwrap();
        let usec = ("WATCHDOG_USEC", "10000000");
        let own = std::process::id().to_string();
        let mut ours = notifier(path, &[usec, ("WATCHDOG_PID", &own)]);
        assert_eq!(ours.pulse(), Some(Duration::from_secs(5)));
        for _ in 0..20 {
            ours.alive();
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let pulses = heard(&socket);
        assert_eq!(
            pulses, ["WATCHDOG=1"; 7],
            "every 2.5 s, seen once a second, in 20 s"
        );

        let mut others = notifier(path, &[usec, ("WATCHDOG_PID", "1")]);
        others.alive();
        assert_eq!((others.pulse(), heard(&socket)), (None, Vec::new()));
    }

    #[test]
    fn without_a_manager_nothing_happens() {
        let mut alone = Notifier::new(&|_| None);
        alone.ready();
        alone.alive();
        assert_eq!(alone.pulse(), None);
        assert!(notifier("relative", &[]).socket.is_none());
    }
}
