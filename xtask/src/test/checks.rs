//! The parts of the proof.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::{
    client, contract,
    fire::Fire,
    fuzz::Fuzzer,
    layout::Layout,
    prerequisites::Prerequisites,
    process::output_of,
    progress::step,
    simulate::{SEEDS, Side, simulate},
    stack::{bring_up::BringUp, build, description, ports, services},
    tools::{
        cargo_deny,
        opensearch::Data,
        python::{AWS_CLI, CFN_LINT, MINISTACK, SAM_CLI, ZIZMOR, program},
    },
};

/// How many requests of each kind an operation gets, and which: `cargo xtask contract` sends more, and others.
const CONTRACT_EXAMPLES: u32 = 10;
const CONTRACT_SEED: u64 = 1;
/// The tests on a stack with the sample in it. `deployment` has one of its own.
const TARGETS: [&str; 6] = ["acceptance", "observability", "authorization", "faults", "rebuild", "outages"];

/// How long the bank is on fire here: a minute or so. `cargo xtask fire` goes on.
const FIRE: Fire = Fire { operations: 400, schedules: 2, accounts: 12, seed: 1 };

/// How long each fuzz target runs here: long enough to find what is plainly wrong. `cargo xtask fuzz` looks longer.
const FUZZ_SECONDS: u32 = 10;

/// The chances of the fuzzer: the same ones, so that a run without a change looks where the run before looked.
const FUZZ_SEED: u32 = 1;

/// What the checks need.
#[derive(Debug)]
pub(super) struct Checks {
    pub(super) layout: Layout,
    pub(super) prerequisites: Prerequisites,
    /// The folder of the stack for tests.
    pub(super) stack: PathBuf,
    /// Only tests whose names contain this.
    pub(super) filter: Option<String>,
}

impl Checks {
    pub(super) fn formatting(&self) -> Result<()> {
        show(
            self.layout.cargo().args(["fmt", "--all", "--check"]),
            "the code is not formatted: `cargo fmt --all` does it",
        )?;
        show(
            self.layout.cargo().args(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]),
            "the fuzz targets are not formatted: `cargo fmt --manifest-path fuzz/Cargo.toml` does it",
        )
    }

    pub(super) fn clippy(&self) -> Result<()> {
        let mut clippy = self.layout.cargo();
        clippy.args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
        show(&mut clippy, "clippy has objections")
    }

    pub(super) fn templates_and_dependencies(&self) -> Result<()> {
        let Self { layout, prerequisites, .. } = self;
        let cfn_lint = step("bring in cfn-lint", || CFN_LINT.install(layout, prerequisites))?;
        let sam = step("bring in the SAM CLI", || SAM_CLI.install(layout, prerequisites))?;
        let cargo_deny = step("bring in cargo-deny", || cargo_deny::install(layout))?;
        let mut templates = vec![layout.root.join("template.yaml")];
        for entry in std::fs::read_dir(layout.root.join("infra"))?.flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "yaml") {
                templates.push(entry.path());
            }
        }
        show(program(&cfn_lint, "cfn-lint").args(&templates), "cfn-lint has objections")?;
        let mut validate = program(&sam, "sam");
        validate.args(["validate", "--lint", "--region", "us-east-1", "--template"]).arg(&templates[0]);
        validate.current_dir(&layout.root).env("SAM_CLI_TELEMETRY", "0");
        show(&mut validate, "`sam validate --lint` has objections")?;
        let zizmor = step("bring in zizmor", || ZIZMOR.install(layout, prerequisites))?;
        let mut workflows = program(&zizmor, "zizmor");
        workflows.current_dir(&layout.root).args(["--offline", "--quiet", ".github/workflows"]);
        show(&mut workflows, "zizmor has objections")?;
        let deny = |arguments: &[&str]| {
            let mut deny = Command::new(&cargo_deny);
            deny.current_dir(&layout.root).arg("--locked").args(arguments);
            deny
        };
        show(&mut deny(&["check", "bans", "licenses", "sources"]), "cargo-deny has objections")?;
        // The one thing here that only a host of its own has, and that changes from day to day: where it cannot be
        // reached, all else is still worth proving.
        if let Err(error) =
            step("fetch the database of advisories", || output_of(&mut deny(&["fetch", "db"])))
        {
            eprintln!("warning: ADVISORIES WERE NOT CHECKED: {error:#}");
            return Ok(());
        }
        show(&mut deny(&["--offline", "check", "advisories"]), "there are advisories against dependencies")
    }

    pub(super) fn unit_tests(&self) -> Result<()> {
        let Self { layout, prerequisites, stack, .. } = self;
        let (dynamodb, opensearch, redis) = step("start DynamoDB Local, OpenSearch and Redis", || {
            let dynamodb =
                services::dynamodb_local(layout, prerequisites, stack, ports::choose(ports::DYNAMODB)?)?;
            let port = ports::choose(ports::OPENSEARCH)?;
            let opensearch = services::opensearch(layout, prerequisites, stack, port, Data::None)?;
            let redis = services::redis(prerequisites, stack, ports::choose(ports::REDIS)?)?;
            dynamodb.wait()?;
            opensearch.wait()?;
            redis.wait()?;
            Ok((dynamodb, opensearch, redis))
        })?;
        let mut test = self.layout.cargo();
        test.args(["test", "--no-fail-fast", "--workspace", "--exclude", "acceptance"]).args(&self.filter);
        test.env("PASSBOOK_DYNAMODB_URL", &dynamodb.url).env("PASSBOOK_OPENSEARCH_URL", &opensearch.url);
        test.env("PASSBOOK_REDIS_URL", &redis.url).env("PASSBOOK_REDIS_SERVER", prerequisites.redis_server);
        show(&mut test, "a test fails")
    }

    pub(super) fn fuzz_targets(&self) -> Result<()> {
        Fuzzer::build(self.layout.clone())?.prove(FUZZ_SECONDS, FUZZ_SEED)
    }

    pub(super) fn simulation(&self) -> Result<()> {
        for side in Side::ALL {
            ensure!(simulate(&self.layout, side, 0, SEEDS)?, "a seed of the simulator is wrong");
        }
        Ok(())
    }

    pub(super) fn contract(&self) -> Result<()> {
        let Self { layout, prerequisites, stack, .. } = self;
        self.bring_up()?;
        client::test(layout, stack)?;
        contract::hold(layout, prerequisites, stack, CONTRACT_EXAMPLES, Some(CONTRACT_SEED))
    }

    pub(super) fn acceptance_tests(&self) -> Result<()> {
        let Self { layout, prerequisites, .. } = self;
        self.bring_up()?;
        let mut test = self.layout.cargo();
        // What a test has counted is worth reading, also when it is right.
        test.args(["test", "--package", "acceptance"]);
        for target in TARGETS {
            test.args(["--test", target]);
        }
        test.args(&self.filter).args(["--", "--show-output"]);
        test.env("PASSBOOK_STACK", description::path(&self.stack));
        test.env("PASSBOOK_CLI", build::command_line(&self.layout));
        // DuckDB comes with the local AWS, and reads the files of the analytics by itself.
        let (ministack, aws) =
            (MINISTACK.install(layout, prerequisites)?, AWS_CLI.install(layout, prerequisites)?);
        test.env("PASSBOOK_DUCKDB_PYTHON", ministack.join("python")).env("PASSBOOK_AWS", aws.join("aws"));
        show(&mut test, "an acceptance test fails")
    }

    pub(super) fn fire(&self) -> Result<()> {
        let report = FIRE.set(&self.layout, &self.prerequisites, &self.stack)?;
        println!("{}", report.text());
        ensure!(report.is_right(), "the bank is not right under faults: `cargo xtask fire` looks longer");
        Ok(())
    }

    /// A bank with the sample in it.
    fn bring_up(&self) -> Result<()> {
        self.servers()?.run().map(|_| ())
    }

    /// Servers of its own, and what is to come into them.
    pub(super) fn servers(&self) -> Result<BringUp> {
        let empty = BringUp::new(&self.layout, &self.prerequisites, &self.stack);
        Ok(BringUp { with_sample: true, ..empty })
    }
}

/// Runs a command in plain sight.
pub(super) fn show(command: &mut Command, failure: &'static str) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status =
        command.stdin(Stdio::null()).status().with_context(|| format!("{program} cannot be started"))?;
    ensure!(status.success(), failure);
    Ok(())
}
