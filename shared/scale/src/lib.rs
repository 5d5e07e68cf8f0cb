//! How far a design goes: commands at a rate, the stream's shards, the relays that race for the journal's end, queues and
//! an index, in virtual time, with latencies that others have published and units that this project has measured.
//!
//! **Architecture invariant:** this is a model beside the code and knows nothing of it. The program `simulate` runs the
//! real code and proves that it is right; this one says how fast it would be, and is as good as what it assumes. What it
//! copies of the code (how many requests are under way, how often a relay tries) is named where it stands.

mod agenda;
mod commands;
mod design;
mod figures;
mod hot;
mod journal;
mod latency;
mod outcome;
mod plot;
mod relay;
mod report;
mod run;
mod saturation;
mod search;
mod station;
mod usage;

pub use design::Design;
pub use figures::Percentiles;
pub use outcome::Outcome;
pub use report::report;
pub use run::run;
