//! DynamoDB Local, AWS's own, from Maven Central: the event store's real semantics without an account.

use std::{path::Path, path::PathBuf, process::Command};

use anyhow::Result;

use super::once;
use crate::{
    layout::Layout,
    prerequisites::Prerequisites,
    process::{Started, run_logged},
};

pub(crate) const VERSION: &str = "3.1.0";
const MAIN_CLASS: &str = "software.amazon.dynamodb.services.local.main.ServerRunner";

/// Maven resolves the dependencies of a project, so this is one that depends on nothing else.
const POM: &str = r#"<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>passbook</groupId><artifactId>dynamodb-local</artifactId><version>1</version>
<dependencies><dependency><groupId>software.amazon.dynamodb</groupId><artifactId>DynamoDBLocal</artifactId>
<version>VERSION</version></dependency></dependencies></project>
"#;

/// Brings the server and what it depends on into the cache.
pub(crate) fn install(layout: &Layout) -> Result<PathBuf> {
    once(&layout.cache().join(format!("dynamodb-local-{VERSION}")), |folder| {
        let pom = folder.join("pom.xml");
        std::fs::write(&pom, POM.replace("VERSION", VERSION))?;
        let mut maven = Command::new("mvn");
        maven.args(["--quiet", "--batch-mode", "--file"]).arg(&pom);
        maven.arg("org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies");
        maven.arg(format!("-DoutputDirectory={}", folder.join("lib").display()));
        run_logged(&mut maven, &layout.cache().join("dynamodb-local.log"))
    })
}

/// Starts a server that forgets everything when it ends, on this port.
pub(crate) fn start(
    folder: &Path,
    prerequisites: &Prerequisites,
    stack: &Path,
    port: u16,
) -> Result<Started> {
    let mut java = Command::new(prerequisites.java_home.join("bin/java"));
    java.current_dir(folder)
        .args(["-Xmx512m", "-Djava.library.path=lib", "-cp", "lib/*", MAIN_CLASS])
        .args(["-inMemory", "-sharedDb", "-disableTelemetry", "-port", &port.to_string()]);
    Started::spawn("dynamodb-local", &mut java, &stack.join("logs"))
}
