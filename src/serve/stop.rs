//! Telling a server to end.

use std::sync::Arc;

use tokio::sync::watch;

/// Tells a server to take no more requests and to end with those that run.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    /// Makes one that nobody has asked for yet.
    pub fn new() -> Stop {
        Stop(Arc::new(watch::Sender::new(false)))
    }

    /// Asks the server to stop; it may be asked from any thread, and more than once.
    pub fn request(&self) {
        self.0.send_replace(true);
    }

    /// Tells whether the server is stopping.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the server is asked to stop.
    pub(super) async fn requested(&self) {
        let mut asked = self.0.subscribe();
        // The sender is held by `self`, so it cannot be gone.
        let _ = asked.wait_for(|asked| *asked).await;
    }
}

impl Default for Stop {
    fn default() -> Stop {
        Stop::new()
    }
}
