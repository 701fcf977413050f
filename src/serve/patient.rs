//! A connection whose client may be slow, but not for ever.
//!
//! Three waits end: for the first byte of a request (idle), for the rest of its head, and for a client that takes nothing
//! of an answer. One timer serves all three; it is set again only when it went off too early, so that a busy connection
//! never touches it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How long a client may keep a connection waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a whole head, from its first byte.
    pub head: Duration,
    /// Between requests, and before the first.
    pub idle: Duration,
    /// For the client to take more of an answer.
    pub taking: Duration,
}

/// What those who answer tell the connection: one more for each head that was read, and one for each that is answered.
/// While it is odd, the client waits and not the server.
#[derive(Clone, Debug, Default)]
pub struct Turns(Arc<AtomicU64>);

impl Turns {
    /// It is the other side's turn.
    pub fn pass(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A connection with patience.
pub struct Patient<S> {
    stream: S,
    patience: Patience,
    turns: Turns,
    /// The turns that are known here.
    seen: u64,
    /// Bytes of a head have come.
    has_begun: bool,
    /// When the wait for the first bytes of a head began, or that for the rest. Not known before there is a wait: most
    /// heads come as a whole, and need no clock.
    reading_since: Option<Instant>,
    writing_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    /// A connection that was just accepted.
    pub fn new(stream: S, patience: Patience, turns: Turns) -> Self {
        Self {
            stream,
            patience,
            turns,
            seen: 0,
            has_begun: false,
            reading_since: None,
            writing_since: None,
            timer: None,
        }
    }

    fn end_of_wait(&mut self) -> Instant {
        // What is written matters: who does not take the answer cannot be expected to ask again.
        if let Some(since) = self.writing_since {
            return since + self.patience.taking;
        }
        let since = *self.reading_since.get_or_insert_with(Instant::now);
        match self.has_begun {
            true => since + self.patience.head,
            false => since + self.patience.idle,
        }
    }

    /// Ready when the client has been waited for long enough.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let end = self.end_of_wait();
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        if timer.deadline() > end {
            timer.as_mut().reset(end);
        }
        while timer.as_mut().poll(context).is_ready() {
            if Instant::now() >= end {
                return Poll::Ready(());
            }
            timer.as_mut().reset(end);
        }
        Poll::Pending
    }

    fn note_turns(&mut self) {
        let turns = self.turns.0.load(Ordering::Relaxed);
        if turns != self.seen {
            self.seen = turns;
            self.has_begun = false;
            self.reading_since = None;
        }
    }

    fn written<T>(&mut self, context: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            if self.writing_since.take().is_some() {
                self.reading_since = None;
            }
            return result;
        }
        self.writing_since.get_or_insert_with(Instant::now);
        match self.poll_patience(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.note_turns();
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(result) => {
                if buffer.filled().len() > before && !self.has_begun {
                    self.has_begun = true;
                    self.reading_since = None;
                }
                Poll::Ready(result)
            }
            Poll::Pending if self.seen % 2 == 1 => Poll::Pending,
            Poll::Pending if self.poll_patience(context).is_ready() => {
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // An answer without a body is one slice, which costs the kernel less when it is no list.
        if let [slice] = slices {
            return self.poll_write(context, slice);
        }
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(context, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(context);
        self.written(context, result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_waits_for_its_answer_is_not_idle() {
        let patience = Patience {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            taking: Duration::from_secs(30),
        };
        let (mut client, server) = tokio::io::duplex(64);
        let turns = Turns::default();
        let mut patient = Patient::new(server, patience, turns.clone());
        client.write_all(b"GET").await.unwrap();
        patient.read_exact(&mut [0; 3]).await.unwrap();
        turns.pass();
        let hour = Duration::from_secs(3600);
        let answering = tokio::time::timeout(hour, patient.read(&mut [0])).await;
        assert!(answering.is_err());
        turns.pass();
        let answered = Instant::now();
        let error = patient.read(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(answered.elapsed(), patience.idle);
    }
}
