//! What has to be on the machine already. All that is missing is said at once, with what to install.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

/// OpenSearch and DynamoDB Local need this Java.
const JAVA_MIN: u32 = 21;
/// Ministack needs this Python.
const PYTHON_MIN: (u32, u32) = (3, 10);

/// The TypeScript client needs this Node.js.
const NODE_MIN: u32 = 20;

/// The tools that were found.
#[derive(Clone, Debug)]
pub(crate) struct Prerequisites {
    pub(crate) python: String,
    /// The home of a JDK that is new enough; the `java` on the path may be older.
    pub(crate) java_home: PathBuf,
    /// The server of the cache: Valkey or Redis, whichever is there.
    pub(crate) redis_server: &'static str,
}

/// The servers of the cache, which differ in nothing that matters here.
const REDIS_SERVERS: [&str; 2] = ["valkey-server", "redis-server"];

const PYTHON_MISSING: &str =
    "Python ≥ 3.10 with venv and pip (Debian: `apt-get install python3 python3-venv`)";

/// What this machine lacks, in words for whoever installs it. A type, so that who does several things can go on with the next.
#[derive(Debug)]
pub(crate) struct Lacking(pub(crate) String);

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Lacking {}

/// Looks for Python alone.
pub(crate) fn python() -> Result<String> {
    find_python().with_context(|| format!("this machine lacks {PYTHON_MISSING}"))
}

/// Looks for everything.
pub(crate) fn check() -> Result<Prerequisites> {
    let mut missing = Vec::new();
    let python = find_python();
    if python.is_none() {
        missing.push(PYTHON_MISSING);
    }
    let java_home = find_java();
    if java_home.is_none() {
        missing.push("a JDK ≥ 21 (Temurin or OpenJDK; set JAVA_HOME if it lies in an unusual place)");
    }
    if !answers("mvn", &["--version"]) {
        missing.push("Maven (Debian: `apt-get install maven`), which brings OpenSearch and DynamoDB Local");
    }
    let redis_server = REDIS_SERVERS.into_iter().find(|program| answers(program, &["--version"]));
    if redis_server.is_none() {
        missing
            .push("Valkey or Redis (Debian: `apt-get install redis-server`, macOS: `brew install valkey`)");
    }
    if !has_node() {
        missing.push("Node.js ≥ 20 with npm (nodejs.org, or Debian: `apt-get install nodejs npm`)");
    }
    match (python, java_home, redis_server, missing.is_empty()) {
        (Some(python), Some(java_home), Some(redis_server), true) => {
            Ok(Prerequisites { python, java_home, redis_server })
        }
        _ => bail!(Lacking(format!("this machine lacks:\n  - {}", missing.join("\n  - ")))),
    }
}

fn answers(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

fn has_node() -> bool {
    let Ok(output) = Command::new("node").arg("--version").output() else { return false };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version =
        text.trim().trim_start_matches('v').split('.').next().and_then(|number| number.parse::<u32>().ok());
    version >= Some(NODE_MIN) && answers("npm", &["--version"])
}

fn find_python() -> Option<String> {
    const CHECK: &str = "import sys, venv, ensurepip; print('%d %d' % sys.version_info[:2])";
    let new_enough = |program: &&str| {
        let Ok(output) = Command::new(program).args(["-c", CHECK]).output() else { return false };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut numbers = text.split_whitespace().map(|number| number.parse::<u32>().unwrap_or_default());
        output.status.success() && (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= PYTHON_MIN
    };
    ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"]
        .iter()
        .find(|program| new_enough(program))
        .map(|program| (*program).to_owned())
}

/// The newest JDK that is new enough: `JAVA_HOME`, the one on the path, and those in the usual places.
fn find_java() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let folders =
        [PathBuf::from("/usr/lib/jvm"), PathBuf::from("/opt"), home.join(".sdkman/candidates/java")];
    let mac =
        children(Path::new("/Library/Java/JavaVirtualMachines")).map(|folder| folder.join("Contents/Home"));
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let on_path = on_path
        .filter_map(|folder| folder.join("java").canonicalize().ok()?.ancestors().nth(2).map(Path::to_owned));
    std::env::var_os("JAVA_HOME")
        .map(PathBuf::from)
        .into_iter()
        .chain(on_path)
        .chain(folders.iter().flat_map(|folder| children(folder)))
        .chain(mac)
        .filter_map(|home| Some((java_version(&home)?, home)))
        .filter(|(version, _)| *version >= JAVA_MIN)
        .max_by_key(|(version, _)| *version)
        .map(|(_, home)| home)
}

fn children(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn java_version(home: &Path) -> Option<u32> {
    let output = Command::new(home.join("bin/java")).arg("-version").output().ok()?;
    parse_java_version(&String::from_utf8_lossy(&output.stderr))
}

/// The major version in what `java -version` says; `1.8` is 8.
fn parse_java_version(text: &str) -> Option<u32> {
    let version = text.split('"').nth(1)?;
    let mut numbers = version.split(['.', '-', '+', '_']).map(str::parse::<u32>);
    match numbers.next()?.ok()? {
        1 => numbers.next()?.ok(),
        major => Some(major),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_java_version;

    #[test]
    fn reads_the_major_version_of_every_java() {
        for (said, version) in [
            ("openjdk version \"25.0.1\" 2025-10-21 LTS", Some(25)),
            ("openjdk version \"17.0.15\" 2025-04-15", Some(17)),
            ("openjdk version \"26-ea\" 2026-03-17", Some(26)),
            ("java version \"1.8.0_401\"", Some(8)),
            ("no java here", None),
        ] {
            assert_eq!(parse_java_version(said), version, "{said}");
        }
    }
}
