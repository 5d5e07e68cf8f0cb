//! Formance Ledger, built from its source by Go: another ledger, to be measured beside this one. None of its code is kept
//! in this repository.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use super::once;
use crate::{
    layout::Layout,
    prerequisites::Lacking,
    process::{Started, output_of, run_logged},
};

/// The pinned version, and the commit that its tag has to be.
pub(crate) const VERSION: &str = "v2.4.12";
const COMMIT: &str = "f43a7078e7e1b9f6a354307ef994431593bf57e0";

/// Where its source is, unless somebody names another repository.
pub(crate) const SOURCE: &str = "https://github.com/formancehq/ledger";

/// What only its exporters need, and what stands in for it where it cannot be fetched.
const BATCHER: &str = "go.vallahaye.net/batcher";
const STAND_IN: &str = "bench/formance/batcher";

/// As its `examples/standalone/docker-compose.yml` sets them.
pub(crate) const CONNECTIONS: &str = "40";
const IDLE_TIME: &str = "5m";

/// A ledger that can be started.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    program: PathBuf,
    /// What it is, for whoever reads the figures.
    pub(crate) note: String,
}

impl Ledger {
    /// The program that was named.
    pub(crate) fn given(program: &Path) -> Result<Self> {
        let program =
            program.canonicalize().with_context(|| format!("{} cannot be read", program.display()))?;
        let said = output_of(Command::new(&program).arg("version"))?;
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Self {
            program,
            note: format!("Formance Ledger as it was given, which says of itself \"{said}\""),
        })
    }

    /// The pinned one, which is fetched and built the first time.
    pub(crate) fn install(layout: &Layout, source: &str) -> Result<Self> {
        let folder = once(&layout.cache().join(format!("formance-ledger-{VERSION}")), |folder| {
            let made = build(layout, source, folder);
            made.with_context(|| {
                Lacking(
                    "Formance Ledger could not be built: name a repository that has its source with --source, or a \
                     ledger that was built elsewhere with --ledger"
                        .to_owned(),
                )
            })
        })?;
        let note = std::fs::read_to_string(folder.join("note"))?;
        Ok(Self { program: folder.join("ledger"), note })
    }

    /// Starts it on this port of the loopback, over an empty database; it makes its own tables.
    pub(crate) fn start(&self, stack: &Path, port: u16, database: &str) -> Result<Started> {
        let mut ledger = Command::new(&self.program);
        ledger.args(["serve", "--auto-upgrade", "--bind", &format!("127.0.0.1:{port}")]);
        ledger.args(["--postgres-uri", database, "--postgres-max-open-conns", CONNECTIONS]);
        ledger.args(["--postgres-max-idle-conns", CONNECTIONS, "--postgres-conn-max-idle-time", IDLE_TIME]);
        Started::spawn("formance-ledger", &mut ledger, &stack.join("logs"))
    }
}

fn build(layout: &Layout, source: &str, folder: &Path) -> Result<()> {
    let (go, log) = (find_go()?, layout.cache().join("formance-ledger.log"));
    let checkout = folder.join("source");
    let mut clone = Command::new("git");
    clone.args(["-c", "advice.detachedHead=false", "clone", "--quiet", "--depth", "1", "--branch", VERSION]);
    run_logged(clone.arg(source).arg(&checkout), &log)?;
    let commit = output_of(Command::new("git").arg("-C").arg(&checkout).args(["rev-parse", "HEAD"]))?;
    ensure!(commit.trim() == COMMIT, "{VERSION} of {source} is {}, not {COMMIT}", commit.trim());
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&go);
        command.current_dir(&checkout).args(arguments).env("CGO_ENABLED", "0");
        run_logged(command.env("GOFLAGS", "-buildvcs=false"), &log)
    };
    // Beside its own list of modules, so that the source stays as it is.
    let modules = folder.join("ledger.mod");
    std::fs::copy(checkout.join("go.mod"), &modules)?;
    std::fs::copy(checkout.join("go.sum"), folder.join("ledger.sum"))?;
    let modules = modules.display().to_string();
    let is_whole = run(&["mod", "download", BATCHER]).is_ok();
    if !is_whole {
        let stand_in = format!("{BATCHER}={}", layout.root.join(STAND_IN).display());
        run(&["mod", "edit", "-replace", &stand_in, &modules])?;
    }
    run(&["build", "-modfile", &modules, "-o", &folder.join("ledger").display().to_string(), "."])?;
    std::fs::remove_dir_all(&checkout)?;
    let with = if is_whole {
        String::new()
    } else {
        format!(", with a stand-in of ours (`{STAND_IN}`) for `{BATCHER}`, which only its exporters call")
    };
    let version = output_of(Command::new(&go).args(["env", "GOVERSION"]))?;
    let note = format!("Formance Ledger {VERSION} ({}), built by {}{with}", &COMMIT[..9], version.trim());
    Ok(std::fs::write(folder.join("note"), note)?)
}

fn find_go() -> Result<PathBuf> {
    let mut places = [PathBuf::from("go"), PathBuf::from("/usr/local/go/bin/go")].into_iter();
    let answers =
        |go: &PathBuf| Command::new(go).arg("version").output().is_ok_and(|said| said.status.success());
    places.find(answers).context(
        "this machine lacks Go ≥ 1.25, by which Formance Ledger is built (go.dev, or Debian: `apt-get install golang`)",
    )
}
