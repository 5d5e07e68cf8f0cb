//! Python tools, each set in a virtual environment of its own since their pins disagree.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{layout::Layout, prerequisites::Prerequisites, process::run_logged};

/// A set of tools that agree on their dependencies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tools {
    name: &'static str,
    packages: &'static [&'static str],
}

/// The local AWS. The launcher rests on this very version; its `CloudWatch` speaks CBOR, for which it brings nothing.
pub(crate) const MINISTACK: Tools =
    Tools { name: "ministack", packages: &["ministack[full]==1.5.33", "cbor2==6.3.0"] };
/// Packages and deploys the template.
pub(crate) const AWS_CLI: Tools =
    Tools { name: "awscli", packages: &["awscli==1.46.3", "botocore==1.43.106"] };
/// Checks the templates.
pub(crate) const CFN_LINT: Tools = Tools { name: "cfn-lint", packages: &["cfn-lint==1.58.0"] };
/// Checks the template the way that `sam deploy` does.
pub(crate) const SAM_CLI: Tools = Tools { name: "sam", packages: &["aws-sam-cli==1.170.0"] };

/// Checks the workflows for what lets a stranger in.
pub(crate) const ZIZMOR: Tools = Tools { name: "zizmor", packages: &["zizmor==1.32.0"] };

/// Builds the functions for AWS: cargo's own subcommand, and the linker for processors that this machine is not.
pub(crate) const CARGO_LAMBDA: Tools =
    Tools { name: "cargo-lambda", packages: &["cargo-lambda==1.9.2", "ziglang==0.17.1"] };

/// Holds the API against its document.
pub(crate) const SCHEMATHESIS: Tools = Tools { name: "schemathesis", packages: &["schemathesis==4.32.5"] };

impl Tools {
    /// The pinned version of its first package.
    pub(crate) fn version(self) -> &'static str {
        self.packages.first().and_then(|pin| pin.split("==").nth(1)).unwrap_or("unknown")
    }

    /// Installs the set unless it is there. Returns the folder of its programs.
    pub(crate) fn install(self, layout: &Layout, prerequisites: &Prerequisites) -> Result<PathBuf> {
        self.install_with(layout, &prerequisites.python)
    }

    /// The same, for what needs nothing but this Python.
    pub(crate) fn install_with(self, layout: &Layout, python: &str) -> Result<PathBuf> {
        let folder = self.folder(layout);
        let complete = folder.join("complete");
        if !complete.exists() {
            let log = layout.cache().join(format!("{}.log", self.name));
            run_logged(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder), &log)?;
            let pip = folder.join("bin/pip");
            run_logged(Command::new(pip).args(["install", "--quiet"]).args(self.packages), &log)?;
            std::fs::write(complete, self.packages.join("\n"))?;
        }
        Ok(folder.join("bin"))
    }

    /// The folder of its programs, if it is installed.
    pub(crate) fn bin(self, layout: &Layout) -> PathBuf {
        self.folder(layout).join("bin")
    }

    fn folder(self, layout: &Layout) -> PathBuf {
        layout.cache().join(format!("{}-{}", self.name, self.fingerprint()))
    }

    /// The versions in a form that a folder's name takes: other pins, another folder.
    fn fingerprint(self) -> String {
        let versions = self.packages.iter().filter_map(|package| package.rsplit("==").next());
        versions.collect::<Vec<_>>().join("-")
    }
}

/// A program of an installed set.
pub(crate) fn program(bin: &Path, name: &str) -> Command {
    Command::new(bin.join(name))
}
