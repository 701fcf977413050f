//! What the published files hold, read back the way readers do, and what happens to them on disk.

mod files;
mod formats;
mod hostile;
mod sample;
