//! What an engine is: somebody who calls.
use std::sync::Arc;

use crate::files::Files;
use crate::host::{Batch, Failure};

pub trait Engine {
    /// Does the batch, and returns when every completion is filled in.
    fn run(&mut self, files: &Arc<Files>, batch: Batch) -> Result<(), Failure>;
}
