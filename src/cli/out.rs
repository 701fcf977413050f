//! What commands print. Whoever reads may stop: a closed pipe ends the printing quietly. A device that takes nothing more
//! is an error, told when the command ends.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

use anstream::AutoStream;

use super::Exit;

/// Why nothing more is printed.
static ENDED: OnceLock<io::Error> = OnceLock::new();

/// A line for people, with colours where they are wanted.
macro_rules! say {
    () => { $crate::cli::out::write_line(format_args!("")) };
    ($($words:tt)*) => { $crate::cli::out::write_line(format_args!($($words)*)) };
}

/// A line for programs, byte by byte.
macro_rules! data {
    ($($words:tt)*) => { $crate::cli::out::write_data(format_args!($($words)*)) };
}

/// A line on stderr.
macro_rules! note {
    ($($words:tt)*) => { $crate::cli::out::write_note(format_args!("{}\n", format_args!($($words)*))) };
}

pub(crate) use {data, note, say};

pub fn write_line(line: Arguments) {
    print(|| writeln!(AutoStream::auto(io::stdout()).lock(), "{line}"));
}

pub fn write_data(line: Arguments) {
    print(|| writeln!(io::stdout().lock(), "{line}"));
}

/// Where stderr takes nothing there is nobody left to tell.
pub fn write_note(words: Arguments) {
    let _ = write!(AutoStream::auto(io::stderr()).lock(), "{words}");
}

fn print(write: impl FnOnce() -> io::Result<()>) {
    if !has_ended()
        && let Err(error) = write()
    {
        let _ = ENDED.set(error);
    }
}

/// Whether nobody sees what else is printed: a command that does nothing but print can stop.
pub fn has_ended() -> bool {
    ENDED.get().is_some()
}

/// How a command ended that would have ended with `exit` had all been printed.
pub fn finish(exit: Exit) -> Exit {
    print(|| io::stdout().flush());
    match ENDED.get() {
        Some(error) if error.kind() != ErrorKind::BrokenPipe => {
            note!(
                "{}",
                super::terminal::error(&anyhow::anyhow!("cannot print: {error}"))
            );
            Exit::CouldNotRun
        }
        _ => exit,
    }
}
