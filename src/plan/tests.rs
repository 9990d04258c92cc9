//! Plans carried out in memory.

mod arranging;
mod charts;
mod random;
mod refusing;
mod writing;
