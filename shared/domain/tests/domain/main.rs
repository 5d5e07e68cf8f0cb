//! Every rule of the bank at its border, and what holds for every history.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests stop where they fail"
)]

mod accounts;
mod given;
mod holders;
mod money;
mod properties;
mod transfers;
mod words;
