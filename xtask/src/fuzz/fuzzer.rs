//! Builds the targets with a look at every branch, runs them, and says what they have found.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use super::Target;
use crate::{
    layout::{Layout, remove_folder},
    process::{output_of, run_logged, tail},
    progress::step,
};
use anyhow::{Context, Result, bail, ensure};

/// The largest input. The API takes bodies of up to 16 KiB, and has to refuse larger ones.
const INPUT_BYTES_MAX: u32 = 24 * 1024;

/// An input that takes longer is a finding too: each is done in milliseconds.
const INPUT_SECONDS_MAX: u32 = 10;

/// What tells libFuzzer how far an input has come. They are the flags of cargo-fuzz without a sanitizer, and all of them
/// are stable: the pinned compiler needs no nightly beside it, and the code is safe Rust, in which a sanitizer would
/// find nothing. cargo-fuzz itself would bring no more than these to a build that has to know its own folders.
const COVERAGE: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// The targets, built.
pub(crate) struct Fuzzer {
    layout: Layout,
    programs: PathBuf,
}

impl Fuzzer {
    /// Builds all targets, in a folder of their own: everything in it has the flags.
    pub(crate) fn build(layout: Layout) -> Result<Self> {
        ensure!(
            Command::new("c++").arg("--version").output().is_ok_and(|output| output.status.success()),
            "this machine lacks a C++ compiler, which libFuzzer is built by (Debian: `apt-get install g++`)"
        );
        let version = output_of(Command::new("rustc").arg("-vV").current_dir(&layout.root))?;
        let host =
            version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc has no host")?;
        let target_folder = layout.target().join("fuzz");
        let mut cargo = layout.cargo();
        cargo.env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}"));
        cargo.args(["build", "--release", "--locked", "--manifest-path", "fuzz/Cargo.toml"]);
        // With a target named, the flags are not for what runs during the build.
        cargo.args(["--target", host, "--target-dir"]).arg(&target_folder);
        step("build the fuzz targets", || run_logged(&mut cargo, &layout.local().join("fuzz/build.log")))?;
        Ok(Self { programs: target_folder.join(host).join("release"), layout })
    }

    /// Looks for new inputs, from the committed ones and from what earlier runs have found.
    pub(super) fn explore(&self, target: Target, seconds: u32) -> Result<()> {
        let learned = self.folder(target).join("learned");
        std::fs::create_dir_all(&learned)?;
        self.fuzz(target, seconds, None, &learned)
    }

    /// The same search each time: from the committed inputs alone, by the same chances. What it finds on the way is not
    /// kept, unless it is wrong.
    pub(crate) fn prove(&self, seconds: u32, seed: u32) -> Result<()> {
        for target in Target::ALL {
            let fresh = self.folder(target).join("fresh");
            remove_folder(&fresh)?;
            std::fs::create_dir_all(&fresh)?;
            self.fuzz(target, seconds, Some(seed), &fresh)?;
        }
        Ok(())
    }

    fn fuzz(&self, target: Target, seconds: u32, seed: Option<u32>, learned: &Path) -> Result<()> {
        let (name, folder) = (target.name(), self.folder(target));
        let (log, found) = (folder.join("log"), folder.join("found"));
        std::fs::create_dir_all(&found)?;
        let output = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        let mut program = Command::new(self.programs.join(name));
        program.current_dir(&self.layout.root).env("RUST_BACKTRACE", "1");
        program.arg(format!("-artifact_prefix={}/", found.display()));
        program.arg(format!("-max_total_time={seconds}")).args(seed.map(|seed| format!("-seed={seed}")));
        program.arg(format!("-max_len={INPUT_BYTES_MAX}")).arg(format!("-timeout={INPUT_SECONDS_MAX}"));
        program.arg("-print_final_stats=1").arg(learned).arg(format!("fuzz/corpus/{name}"));
        program.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        step(&format!("fuzz {name} for {seconds} s"), || {
            let status = program.status().with_context(|| format!("{name} cannot be started"))?;
            if status.success() {
                return Ok(());
            }
            let said = read(&log);
            let Some(input) = found_input(&said) else {
                bail!("{name} failed ({status}); the end of {}:\n{}", log.display(), tail(&log));
            };
            bail!(
                "{name} has found an input that is taken wrong: {input}\n{}\n\
                 Run it again by `cargo xtask fuzz {name} --input {input}`. Once it is mended, keep it as a file in \
                 fuzz/corpus/{name}.",
                complaint(&said),
            )
        })?;
        eprintln!("      {}", figures(&read(&log)));
        Ok(())
    }

    /// One input once more, in plain sight.
    pub(super) fn again(&self, target: Target, input: &Path) -> Result<ExitCode> {
        let input = input.canonicalize().with_context(|| format!("there is no {}", input.display()))?;
        let mut program = Command::new(self.programs.join(target.name()));
        program.env("RUST_BACKTRACE", "1").arg(format!("-timeout={INPUT_SECONDS_MAX}")).arg(input);
        let status = program.status().with_context(|| format!("{} cannot be started", target.name()))?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// What a target learns, finds and says.
    fn folder(&self, target: Target) -> PathBuf {
        self.layout.local().join("fuzz").join(target.name())
    }
}

/// What a target has said; not all of it is text.
fn read(log: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned()
}

/// The file in which a target has left what it found.
fn found_input(said: &str) -> Option<&str> {
    said.lines().find_map(|line| Some(line.split_once("Test unit written to ")?.1))
}

/// What a target says is wrong: the panic's message, or libFuzzer's own word for what took too long or too much.
fn complaint(said: &str) -> String {
    let from_panic = said.lines().skip_while(|line| !line.contains(" panicked at "));
    let message: Vec<&str> = from_panic.take_while(|line| !line.starts_with("stack backtrace")).collect();
    if message.is_empty() {
        return said.lines().find(|line| line.contains("ERROR: libFuzzer")).unwrap_or_default().to_owned();
    }
    message.join("\n")
}

/// How much a target has tried, in libFuzzer's own figures.
fn figures(said: &str) -> String {
    let inputs = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let last = said.lines().rfind(|line| line.contains("\tDONE "));
    let branches = last.and_then(|line| line.split("cov: ").nth(1)?.split(' ').next());
    let unknown = "an unknown number of";
    format!("{} inputs, {} branches", inputs.map_or(unknown, str::trim), branches.unwrap_or(unknown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_a_run_are_found_in_what_it_says() {
        let said = "#5\tINITED cov: 212 ft: 268 corp: 4/140b exec/s: 0 rss: 27Mb\n\
            #1412892\tDONE   cov: 741 ft: 1843 corp: 915/60Kb lim: 4595 exec/s: 128444 rss: 28Mb\n\
            stat::number_of_executed_units: 1412892\nstat::average_exec_per_sec:     128444\n";
        assert_eq!(figures(said), "1412892 inputs, 741 branches");
    }

    #[test]
    fn what_is_wrong_is_said_without_what_stands_around_it() {
        let panic =
            "thread '<unnamed>' (1) panicked at fuzz_targets/cursor.rs:23:5:\nnot the same\n  left: 1";
        assert_eq!(complaint(&format!("#2\tINITED\n\n{panic}\nstack backtrace:\n   0: std\n")), panic);
        let written = "artifact_prefix='found/'; Test unit written to found/crash-1\nBase64: AA==\n";
        assert_eq!(found_input(written), Some("found/crash-1"));
        let timeout = "==1== ERROR: libFuzzer: timeout after 10 seconds";
        assert_eq!(complaint(&format!("#2\tINITED\n{timeout}\n    #0 main\n")), timeout);
    }
}
