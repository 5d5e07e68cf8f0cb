//! The real OpenSearch, from Maven Central, without Docker.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use super::{once, unprivileged};
use crate::{
    layout::{Layout, remove_folder},
    prerequisites::Prerequisites,
    process::{Started, run_logged},
};

/// The pinned version.
pub(crate) const VERSION: &str = "3.6.0";
const SHA256: &str = "a91faa1dc1cadc78cb278b4f63847e19e1627a4e9de698e14e7efc14ee37b286";

/// The modules that a transaction history needs; the distribution has twenty-two.
const MODULES: [&str; 5] =
    ["transport-netty4", "mapper-extras", "reindex", "lang-painless", "analysis-common"];

/// Enough for some millions of transactions.
const HEAP: &str = "384m";

/// Brings the distribution into the cache.
pub(crate) fn install(layout: &Layout, prerequisites: &Prerequisites) -> Result<PathBuf> {
    once(&layout.cache().join(format!("opensearch-{VERSION}")), |folder| {
        let log = layout.cache().join("opensearch.log");
        let artifact = format!("org.opensearch.distribution.integ-test-zip:opensearch:{VERSION}:zip");
        let mut maven = Command::new("mvn");
        maven
            .args(["--quiet", "--batch-mode", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"])
            .arg(format!("-Dartifact={artifact}"))
            .arg(format!("-DoutputDirectory={}", folder.display()));
        run_logged(&mut maven, &log)?;
        let archive = folder.join(format!("opensearch-{VERSION}.zip"));
        verify(&archive)?;
        let mut unzip = Command::new(&prerequisites.python);
        run_logged(unzip.args(["-m", "zipfile", "-e"]).arg(&archive).arg(folder), &log)?;
        std::fs::remove_file(&archive)?;
        keep_only_modules(&home(folder).join("modules"))
    })
}

fn home(folder: &Path) -> PathBuf {
    folder.join(format!("opensearch-{VERSION}"))
}

fn verify(archive: &Path) -> Result<()> {
    let bytes = std::fs::read(archive).with_context(|| format!("{} cannot be read", archive.display()))?;
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(digest == SHA256, "{} has the SHA-256 {digest}, not {SHA256}", archive.display());
    Ok(())
}

fn keep_only_modules(modules: &Path) -> Result<()> {
    for entry in std::fs::read_dir(modules)? {
        let entry = entry?;
        if !MODULES.iter().any(|module| entry.file_name() == *module) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    // The archive has these folders within a module, and the node refuses what it does not know there.
    for stray in ["parent-join", "transport-netty4"] {
        remove_folder(&modules.join("reindex").join(stray))?;
    }
    Ok(())
}

/// What a node begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// Nothing: a stack begins empty.
    None,
    /// What the node of this stack before it has left on disk.
    Left,
}

/// Starts a node of its own for a stack, on this port of the loopback.
pub(crate) fn start(
    folder: &Path,
    prerequisites: &Prerequisites,
    stack: &Path,
    port: u16,
    begin_with: Data,
) -> Result<Started> {
    let (home, data) = (home(folder), stack.join("opensearch"));
    if begin_with == Data::None {
        remove_folder(&data)?;
    }
    configure(&data, port)?;
    let mut node = unprivileged(&prerequisites.java_home.join("bin/java"), &home.join("lib"), &data)?;
    node.current_dir(&home)
        .args([format!("-Xms{HEAP}"), format!("-Xmx{HEAP}")])
        .args(["-XX:+UseSerialGC", "-XX:+IgnoreUnrecognizedVMOptions", "-XX:TieredStopAtLevel=1"])
        .arg(format!("-Djava.io.tmpdir={}", data.join("tmp").display()))
        .args(["-Djava.awt.headless=true", "-Dfile.encoding=UTF-8", "-Dio.netty.noUnsafe=true"])
        .args(["-Djna.nosys=true", "-Dio.netty.allocator.type=unpooled", "-Dlog4j2.disable.jmx=true"])
        .arg(format!("-Xbootclasspath/a:{}", agent_bootstrap(&home)?.display()))
        .arg(format!("-Dopensearch.path.home={}", home.display()))
        .arg(format!("-Dopensearch.path.conf={}", data.join("config").display()))
        .args(["-Dopensearch.distribution.type=zip", "-Dopensearch.bundled_jdk=false"])
        .args(["-cp", &format!("{}/lib/*", home.display()), "org.opensearch.bootstrap.OpenSearch"]);
    Started::spawn("opensearch", &mut node, &stack.join("logs"))
}

fn agent_bootstrap(home: &Path) -> Result<PathBuf> {
    let agents = std::fs::read_dir(home.join("agent"))?;
    let is_bootstrap = |path: &PathBuf| path.to_string_lossy().contains("opensearch-agent-bootstrap");
    agents.flatten().map(|entry| entry.path()).find(is_bootstrap).context("the distribution has no agent")
}

fn configure(data: &Path, port: u16) -> Result<()> {
    for folder in ["data", "logs", "tmp", "config"] {
        std::fs::create_dir_all(data.join(folder))?;
    }
    let settings = format!(
        "cluster.name: passbook\nnode.name: local\nnetwork.host: 127.0.0.1\nhttp.port: {port}\ntransport.port: 0\n\
         discovery.type: single-node\npath.data: {data}/data\npath.logs: {data}/logs\n\
         action.auto_create_index: false\ncluster.routing.allocation.disk.threshold_enabled: false\n",
        data = data.display()
    );
    std::fs::write(data.join("config/opensearch.yml"), settings)?;
    let logging = "status = error\nappender.console.type = Console\nappender.console.name = console\n\
         appender.console.layout.type = PatternLayout\n\
         appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n\n\
         rootLogger.level = info\nrootLogger.appenderRef.console.ref = console\n";
    std::fs::write(data.join("config/log4j2.properties"), logging)?;
    Ok(())
}
