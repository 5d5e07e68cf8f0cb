//! `passbook trace`: what one request led to, from the API to each projection, out of the functions' logs.

mod logs;
mod span;
mod tree;

use anyhow::Result;
use application::ports::Environment as _;
use clap::Args;
use lambda_kit::SystemEnvironment;
use uuid::Uuid;

use self::{logs::Logs, span::Span};
use crate::{
    exit::{Exit, Failure},
    output,
    stack::Stack,
};

const EXAMPLES: &str = "Examples:
  passbook trace 0192f7c1-5b0e-8a56-8dc3-309bd5e30b79           (a command_id, as receipts have it)
  passbook trace 4bf92f3577b34da6a3ce929d0e0e4736               (a trace's id, as logs have it)
  passbook trace 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
  passbook trace 0192f7c1-5b0e-8a56-8dc3-309bd5e30b79 --json | jq '.[] | [.service, .name, .lag_ms]'

Requests are traced by the stack's parameter TracedShare; one that comes with a traceparent header decides that itself.
It is read from the logs, which the environment's credentials have to allow, and is a few seconds behind.";

/// Show what a request led to: its commits, and each projection of them with its lag.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The id of a command or of a trace.
    id: String,
    /// Look at the logs of the last so many hours.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=8_760))]
    hours: u32,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let since = SystemEnvironment.now().plus_seconds(-3_600 * i64::from(arguments.hours));
    let logs = Logs::of(stack, since).await?;
    let trace_id = match wanted(&arguments.id)? {
        Wanted::Trace(trace_id) => trace_id,
        Wanted::Command(command_id) => logs.trace_of(command_id).await?,
    };
    let mut spans: Vec<Span> =
        logs.lines_with(&trace_id).await?.iter().flat_map(|line| span::spans(line)).collect();
    spans.retain(|span| span.trace_id == trace_id);
    spans.sort_by_key(|span| span.start_ns);
    if spans.is_empty() {
        return Err(Failure::usage(format!("nothing of the trace {trace_id} is in the logs")).into());
    }
    if json {
        output::json(&spans)?;
    } else {
        output::text(&tree::render(&trace_id, &spans))?;
    }
    Ok(Exit::Done)
}

enum Wanted {
    Command(Uuid),
    Trace(String),
}

fn wanted(id: &str) -> Result<Wanted> {
    let trace = id.split('-').nth(1).filter(|_| id.len() == 55).unwrap_or(id);
    if trace.len() == 32 && trace.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Wanted::Trace(trace.to_ascii_lowercase()));
    }
    let words = || format!("{id:?} is no command_id, no trace's id and no traceparent");
    id.parse().map(Wanted::Command).map_err(|_| Failure::usage(words()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_goes_by_its_id_by_its_context_or_by_its_command() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        for id in [trace.to_owned(), trace.to_uppercase(), format!("00-{trace}-00f067aa0ba902b7-01")] {
            assert!(matches!(wanted(&id).unwrap(), Wanted::Trace(found) if found == trace), "{id}");
        }
        let command = "0192f7c1-5b0e-8a56-8dc3-309bd5e30b79";
        assert!(matches!(wanted(command).unwrap(), Wanted::Command(id) if id.to_string() == command));
        assert!(wanted("cz-576").is_err());
    }
}
