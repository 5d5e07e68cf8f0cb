//! Prints the figures of docs/SCALE.md and its picture, as JSON: `cargo xtask scale` puts them there.

#![expect(clippy::print_stdout, reason = "a command line tool answers on the standard output")]

fn main() {
    println!("{:#}", scale::report());
}
