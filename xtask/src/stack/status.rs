//! `cargo xtask status`: what runs, and where.

use std::{path::Path, process::ExitCode};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{bring_up::is_up, description::Description, processes::Processes, up::STACK};
use crate::{layout::Layout, tools::python::AWS_CLI};

/// Say what runs, and where.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let layout = Layout::find()?;
    let stack = layout.stack(STACK);
    let (up, running) = (is_up(&stack), Processes::of(&stack).running());
    let description = Description::read(&stack).filter(|_| up);
    if arguments.json {
        println!("{:#}", json!({ "up": up, "processes": running, "stack": description }));
    } else if let Some(description) = description {
        println!("API         {}", description.api_url);
        println!("AWS         {}", description.endpoint_url);
        println!("OpenSearch  {}", description.opensearch_url);
        for process in running {
            println!("process     {} (pid {}, log {})", process.name, process.pid, process.log.display());
        }
        println!("\nFor `aws` in this shell, as docs/RUNBOOK.md has it, paste:\n");
        let aws = AWS_CLI.bin(&layout).join("aws");
        println!("{}", aws_function(&aws, &description.endpoint_url, &description.region));
    } else {
        println!("Passbook is not up: `cargo xtask up` starts it.");
    }
    Ok(if up { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A function for a shell by which `aws` asks the stack. It is told where that is twice: by its environment alone this
/// AWS CLI does not know it for SQS, and by the option alone not for what `cloudformation package` uploads.
fn aws_function(aws: &Path, endpoint_url: &str, region: &str) -> String {
    format!(
        "aws() {{ AWS_ENDPOINT_URL='{endpoint_url}' AWS_DEFAULT_REGION='{region}' AWS_ACCESS_KEY_ID=test \
         AWS_SECRET_ACCESS_KEY=test AWS_PAGER= '{}' --endpoint-url '{endpoint_url}' \"$@\"; }}",
        aws.display()
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_takes_the_function_and_aws_is_told_where_the_stack_is() {
        let function = aws_function(Path::new("/bin/echo"), "http://127.0.0.1:4566", "us-east-1");
        let script = format!("{function}; aws sqs list-queues --queue-name-prefix 'a b'");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(printed, "--endpoint-url http://127.0.0.1:4566 sqs list-queues --queue-name-prefix a b\n");
    }
}
