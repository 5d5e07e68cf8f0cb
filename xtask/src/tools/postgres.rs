//! The machine's own PostgreSQL, on data that is begun anew: what a bank without read models would ask.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::unprivileged;
use crate::{
    layout::{Layout, remove_folder},
    prerequisites::Lacking,
    process::{Started, output_of, run_logged},
};

/// Where Debian, Homebrew and Red Hat put the programs, each version in a folder of its own; others are on the PATH.
const PLACES: [&str; 4] = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr"];

/// What is needed of it. A link to one of them somewhere on the PATH is not enough.
const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_isready"];

/// What a good team changes of the stock settings, on a machine with some gigabytes to spare. Every commit is durable, as
/// it is by default.
pub(crate) const SETTINGS: [(&str, &str); 7] = [
    ("shared_buffers", "2GB"),
    ("effective_cache_size", "6GB"),
    ("work_mem", "32MB"),
    ("maintenance_work_mem", "256MB"),
    // An SSD.
    ("random_page_cost", "1.1"),
    ("effective_io_concurrency", "200"),
    // Compiling a query takes longer than all of these take.
    ("jit", "off"),
];

/// What Formance's own example changes of them.
pub(crate) const STOCK_SETTINGS: [(&str, &str); 1] = [("max_connections", "200")];

/// The same with nothing that waits for the disk: a commit is lost if the machine fails, as it is with servers in memory.
pub(crate) const UNDURABLE_SETTINGS: [(&str, &str); 4] =
    [STOCK_SETTINGS[0], ("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")];

/// Settings by their names.
pub(crate) type Settings = &'static [(&'static str, &'static str)];

/// Who owns the data.
pub(crate) const USER: &str = "postgres";

/// A server that was installed here.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    bin: PathBuf,
    /// As it says it: `postgres (PostgreSQL) 15.18`.
    pub(crate) version: String,
}

impl Postgres {
    /// The newest one of this machine.
    pub(crate) fn find() -> Result<Self> {
        let folders = PLACES.into_iter().flat_map(|place| {
            let versions = std::fs::read_dir(place).into_iter().flatten().flatten();
            versions.map(|version| version.path().join("bin"))
        });
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = folders.chain(std::env::split_paths(&path)).collect();
        let found = folders
            .into_iter()
            .filter(|bin| PROGRAMS.iter().all(|program| bin.join(program).exists()))
            .filter_map(|bin| {
                let said = output_of(Command::new(bin.join("postgres")).arg("--version")).ok()?;
                Some(Self { bin, version: said.trim().to_owned() })
            });
        let lacking = || {
            const PACKAGES: &str = "Debian: `apt-get install postgresql`, macOS: `brew install postgresql`";
            Lacking(format!("this machine lacks PostgreSQL ({PACKAGES})"))
        };
        found.max_by_key(Self::major).with_context(lacking)
    }

    fn major(&self) -> u32 {
        let number = self.version.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok());
        number.unwrap_or_default()
    }

    /// Starts a server without any data, on this port of the loopback.
    pub(crate) fn start(
        &self,
        layout: &Layout,
        stack: &Path,
        port: u16,
        settings: Settings,
    ) -> Result<Started> {
        let data = stack.join("postgres");
        remove_folder(&data)?;
        std::fs::create_dir_all(&data)?;
        let logs = stack.join("logs");
        let mut initdb = unprivileged(&self.bin.join("initdb"), &self.bin, &data)?;
        initdb.current_dir(&layout.root).arg("--pgdata").arg(&data);
        initdb.args(["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C"]);
        run_logged(&mut initdb, &logs.join("initdb.log"))?;
        let mut server = unprivileged(&self.bin.join("postgres"), &self.bin, &data)?;
        server.current_dir(&layout.root).arg("-D").arg(&data).args(["-p", &port.to_string()]);
        server.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        for (name, value) in settings {
            server.args(["-c", &format!("{name}={value}")]);
        }
        Started::spawn("postgres", &mut server, &logs)
    }

    /// Whether the server on this port takes connections.
    pub(crate) fn answers(&self, port: u16) -> bool {
        let mut ready = Command::new(self.bin.join("pg_isready"));
        ready.args(["--quiet", "--host", "127.0.0.1", "--port", &port.to_string()]);
        ready.status().is_ok_and(|status| status.success())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_server_is_known_by_its_number() {
        let of = |version: &str| Postgres { bin: PathBuf::new(), version: version.to_owned() }.major();
        assert_eq!(of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), 15);
        assert_eq!(of("postgres (PostgreSQL) 18beta1"), 0);
        assert_eq!(of("postgres (PostgreSQL) 18.1"), 18);
    }
}
