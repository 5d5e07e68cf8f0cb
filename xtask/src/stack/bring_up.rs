//! From nothing to a deployed stack, with its sample imported. Whatever fails on the way, nothing is left running.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{
    build::{self, Built},
    deploy::Deployment,
    description::{self, Description},
    import, ports,
    processes::Processes,
    services::{self, Service},
};
use crate::{
    layout::Layout,
    prerequisites::Prerequisites,
    progress::step,
    tools::{self, opensearch::Data},
};

/// A stack to be brought up.
#[derive(Debug)]
pub(crate) struct BringUp {
    pub(crate) layout: Layout,
    pub(crate) prerequisites: Prerequisites,
    /// The folder of the stack.
    pub(crate) stack: PathBuf,
    /// The port of the AWS endpoint, if it has to be this one.
    pub(crate) aws_port: Option<u16>,
    /// An endpoint that runs already, instead of one of our own.
    pub(crate) endpoint_url: Option<String>,
    /// Where the functions look for DynamoDB, if not at the AWS endpoint itself: a proxy before it.
    pub(crate) dynamodb_url: Option<String>,
    /// An OpenSearch that runs already, instead of one of our own.
    pub(crate) opensearch_url: Option<String>,
    /// A Valkey or Redis that runs already, instead of one of our own.
    pub(crate) cache_url: Option<String>,
    /// What is deployed; what was packaged has to be there.
    pub(crate) built: Built,
    /// Whether the sample is imported.
    pub(crate) with_sample: bool,
}

/// Where the servers of a stack are.
#[derive(Debug)]
pub(crate) struct Servers {
    pub(crate) endpoint_url: String,
    pub(crate) opensearch_url: String,
    pub(crate) cache_url: String,
}

impl BringUp {
    /// With nothing that is given, and nothing in it.
    pub(crate) fn new(layout: &Layout, prerequisites: &Prerequisites, stack: &Path) -> Self {
        Self {
            layout: layout.clone(),
            prerequisites: prerequisites.clone(),
            stack: stack.to_owned(),
            aws_port: None,
            endpoint_url: None,
            dynamodb_url: None,
            opensearch_url: None,
            cache_url: None,
            built: Built::Debug,
            with_sample: false,
        }
    }

    /// Brings it up.
    pub(crate) fn run(&self) -> Result<Description> {
        std::fs::create_dir_all(self.stack.join("logs"))?;
        let outcome = self.try_run();
        if outcome.is_err() {
            Processes::of(&self.stack).stop()?;
        }
        outcome
    }

    fn try_run(&self) -> Result<Description> {
        match self.built {
            Built::Debug => self.install_and_build()?,
            Built::Packaged => self.install_servers()?,
        }
        let Servers { endpoint_url, opensearch_url, cache_url } = self.start()?;
        let deployment = Deployment {
            layout: &self.layout,
            prerequisites: &self.prerequisites,
            stack: &self.stack,
            endpoint_url: &endpoint_url,
            opensearch_url: &opensearch_url,
            cache_url: &cache_url,
        };
        let mut description = step("deploy template.yaml through CloudFormation", || {
            deployment.deploy(&build::stage(&self.layout, &self.stack, self.built)?)
        })?;
        description.write(&self.stack)?;
        if self.with_sample {
            description.sample_account = Some(self.import_sample()?);
            description.write(&self.stack)?;
        }
        Ok(description)
    }

    /// Brings up the servers alone, for whoever deploys by other means.
    pub(crate) fn servers(&self) -> Result<Servers> {
        std::fs::create_dir_all(self.stack.join("logs"))?;
        self.install_servers()?;
        let outcome = self.start();
        if outcome.is_err() {
            Processes::of(&self.stack).stop()?;
        }
        outcome
    }

    /// Starts what was not given, and waits until all of it answers.
    fn start(&self) -> Result<Servers> {
        let (aws, opensearch, redis) = (self.start_aws()?, self.start_opensearch()?, self.start_redis()?);
        step("start the local AWS, OpenSearch and Redis", || {
            aws.iter().chain(&opensearch).chain(&redis).try_for_each(Service::wait)
        })?;
        let url = |service: Option<Service>, given: &Option<String>| {
            service.map(|service| service.url).or(given.clone()).context("a service was chosen")
        };
        Ok(Servers {
            endpoint_url: url(aws, &self.endpoint_url)?,
            opensearch_url: url(opensearch, &self.opensearch_url)?,
            cache_url: url(redis, &self.cache_url)?,
        })
    }

    /// What is not on the machine yet.
    fn install(&self) -> Result<()> {
        let Self { layout, prerequisites, .. } = self;
        tools::python::AWS_CLI.install(layout, prerequisites)?;
        if self.endpoint_url.is_none() {
            tools::python::MINISTACK.install(layout, prerequisites)?;
        }
        if self.opensearch_url.is_none() {
            tools::opensearch::install(layout, prerequisites)?;
        }
        Ok(())
    }

    fn install_servers(&self) -> Result<()> {
        step("bring in the local AWS and OpenSearch", || self.install())
    }

    /// The first time, downloads run beside the build: both take minutes, one of the network, one of the processor.
    fn install_and_build(&self) -> Result<()> {
        std::thread::scope(|scope| {
            let installed = scope.spawn(|| self.install());
            eprintln!("  … build the functions (the local AWS and OpenSearch are brought in meanwhile)");
            build::build(&self.layout)?;
            step("bring in the local AWS and OpenSearch", || {
                installed.join().unwrap_or_else(|_| anyhow::bail!("the installation panicked"))
            })
        })
    }

    fn start_aws(&self) -> Result<Option<Service>> {
        if self.endpoint_url.is_some() {
            return Ok(None);
        }
        // Not before now: a port that was free before a build of minutes may be another stack's by the end of it.
        let port = self.aws_port.map_or_else(|| ports::choose(ports::AWS), ports::insist)?;
        let dynamodb_url = self.dynamodb_url.as_deref();
        services::ministack(&self.layout, &self.prerequisites, &self.stack, port, dynamodb_url).map(Some)
    }

    fn start_opensearch(&self) -> Result<Option<Service>> {
        if self.opensearch_url.is_some() {
            return Ok(None);
        }
        let port = ports::choose(ports::OPENSEARCH)?;
        services::opensearch(&self.layout, &self.prerequisites, &self.stack, port, Data::None).map(Some)
    }

    fn start_redis(&self) -> Result<Option<Service>> {
        if self.cache_url.is_some() {
            return Ok(None);
        }
        services::redis(&self.prerequisites, &self.stack, ports::choose(ports::REDIS)?).map(Some)
    }

    fn import_sample(&self) -> Result<String> {
        let sample = import::sample(&self.layout);
        step("import real transactions of 1993", || import::import(&self.layout, &self.stack, &sample))?;
        step("wait until the read models show them", || {
            import::wait_for_read_models(&self.layout, &self.stack, &sample)
        })
    }
}

/// Whether the stack in this folder is up: described, and each of its processes running.
pub(crate) fn is_up(stack: &Path) -> bool {
    let processes = Processes::of(stack).all();
    let all_run = processes.iter().all(crate::process::Started::is_running);
    !processes.is_empty() && all_run && description::path(stack).exists()
}
