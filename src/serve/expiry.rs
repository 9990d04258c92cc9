//! Removing uploads that their clients have given up.

use std::time::Duration;

use tokio::time::interval;

use super::state::State;

/// How often that is done; uploads are kept for many times as long.
const INTERVAL: Duration = Duration::from_secs(3600);

/// Removes them for as long as the server runs, beginning at once; one that only reads removes none.
pub(super) async fn run(state: State) {
    if state.settings().read_only {
        return;
    }
    let mut turns = interval(INTERVAL);
    loop {
        turns.tick().await;
        if let Ok(Err(error)) = state.write(|store| store.expire_uploads()).await {
            state.report(&error);
        }
    }
}
