//! hreg beside the real programs: Helm, a registry, GnuPG.
//!
//! A peer is looked for in the folder `$HREG_PEERS/bin` and then through PATH. Where one is
//! missing, the tests that need it say so and pass, unless `HREG_REQUIRE_PEERS=1` asks them to
//! fail. Real charts are read from `$HREG_TEST_CHARTS`, or from `../shared/charts` beside the
//! project.

#![allow(clippy::unwrap_used)]

mod adapting;
mod archive_cases;
mod carrying;
mod charts;
mod cm_push;
mod compare;
mod completing;
mod conforming;
mod dependencies;
mod deploying;
mod digests;
mod folder;
mod folder_cases;
mod folders;
mod generations;
mod guarded;
mod helm;
mod hreg;
mod ignore_cases;
mod metadata_cases;
mod orchestrating;
mod peer;
mod registry;
mod rendering;
mod repositories;
mod run;
mod schemas;
mod secured;
#[path = "../cli/server.rs"]
mod server;
mod serving;
mod showing;
mod signatures;
mod subchart_cases;
mod tape;
mod telling;
mod tokens;
mod values;
mod verdict;
