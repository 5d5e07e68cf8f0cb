//! What the functions are billed for: how often they run, for how long, and what they log.
//!
//! Nobody has seen them on AWS, so their time is modelled: own work at their share of a processor, round trips at an
//! assumed latency, and cold starts.

use domain::Decimal;

use super::{
    Search,
    bill::{
        Cause::{self, Commands, Fixed, Queries},
        Uses,
    },
    flow::{Flow, Load},
    usage::{Command, Usage},
    uses,
};

const MS_A_SECOND: i64 = 1_000;
const GB: i64 = 1_024 * 1_024 * 1_024;
const MINUTES_A_DAY: i64 = 24 * 60;
const HOURS_A_DAY: i64 = 24;

/// How many accounts of a batch the summary projector has under way at once.
const ACCOUNTS_AT_ONCE: i64 = 10;

/// A row is read, and written.
const ROW_TRIPS: i64 = 2;

/// Runs of one kind.
struct Runs {
    what: &'static str,
    cause: Cause,
    count: Decimal,
    ms: Decimal,
    gb: Decimal,
    /// Of own lines, each; Lambda's come to them.
    log_bytes: Decimal,
}

pub(super) fn add(uses: &mut Uses, load: &Load, flow: &Flow, usage: &Usage) {
    for Runs { what, cause, count, ms, gb, log_bytes } in all(load, flow, usage) {
        uses.add("lambda_requests", what, cause, count);
        uses.add("lambda_duration", what, cause, count * ms * gb / Decimal::from(MS_A_SECOND));
        let bytes = count * (log_bytes + *usage.logs.platform_bytes);
        uses.add("log_ingestion", what, cause, bytes / Decimal::from(GB));
        // Kept for thirty days, which is a month.
        uses.add("log_storage", what, cause, bytes / Decimal::from(GB));
    }
}

/// How long a query takes, on average.
pub(super) fn query_ms(load: &Load, usage: &Usage) -> Decimal {
    let (history, latency) = (load.history, &usage.latency);
    let history_ms = match load.search {
        // Where the period ends, where it begins, and what is between.
        Search::None => *latency.item_ms * Decimal::from(3),
        Search::Domain | Search::Serverless => *latency.search_ms,
    };
    request_ms(usage) + *latency.item_ms + history * history_ms
}

fn all(load: &Load, flow: &Flow, usage: &Usage) -> Vec<Runs> {
    let (gb, latency, logs) = (*usage.work.function_gb, &usage.latency, &usage.logs);
    let spans = |count: Decimal| count * *logs.span_bytes * load.traced;
    let per_commit = flow.batch * (*logs.commit_bytes + spans(Decimal::ONE));
    let of_batch = *logs.batch_bytes + per_commit;
    let command = |what, count, of: &Command, commits: Decimal| Runs {
        what,
        cause: Commands,
        count,
        ms: command_ms(of, usage),
        gb,
        log_bytes: *logs.request_bytes + *logs.access_bytes + spans(Decimal::ONE + commits),
    };
    let batch = |what, ms: Decimal| Runs {
        what,
        cause: Commands,
        count: flow.batches,
        ms: batch_ms(flow, usage) + ms,
        gb,
        log_bytes: of_batch,
    };
    let groups = (flow.batch / Decimal::from(ACCOUNTS_AT_ONCE)).ceil();
    let summary = *latency.item_ms * (Decimal::ONE + Decimal::from(ROW_TRIPS) * groups);
    let relay = *usage.relay.item_trips * *latency.item_ms + *latency.queue_ms;
    let mut runs = vec![
        command("deposits", flow.deposits, &usage.deposit, Decimal::ONE),
        command("transfers", flow.transfers, &usage.transfer, Decimal::TWO),
        Runs {
            what: "queries",
            cause: Queries,
            count: flow.queries(),
            ms: query_ms(load, usage),
            gb,
            log_bytes: *logs.request_bytes + *logs.access_bytes + spans(Decimal::ONE),
        },
        batch("summary-projector", summary),
        batch("relay", relay),
        batch("analytics-projector", *latency.object_ms),
    ];
    if load.search != Search::None {
        runs.push(batch("history-projector", *latency.item_ms + *latency.search_ms));
    }
    runs.extend(by_schedule(flow, usage));
    runs
}

fn by_schedule(flow: &Flow, usage: &Usage) -> [Runs; 2] {
    let compactions = flow.days * Decimal::from(HOURS_A_DAY);
    [
        Runs {
            what: "monitor",
            cause: Fixed,
            count: flow.days * Decimal::from(MINUTES_A_DAY),
            ms: *usage.monitor.look_trips * *usage.latency.item_ms,
            gb: *usage.work.function_gb,
            log_bytes: *usage.logs.batch_bytes * Decimal::from(3),
        },
        Runs {
            what: "analytics-compactor",
            cause: Commands,
            count: compactions,
            ms: flow.batches
                * uses::rewrites(flow, usage)
                * *usage.compactor.block_trips
                * *usage.latency.item_ms
                / compactions,
            gb: *usage.work.compactor_gb,
            log_bytes: *usage.logs.batch_bytes,
        },
    ]
}

/// Own work and the share of a cold start, without round trips.
fn request_ms(usage: &Usage) -> Decimal {
    let work = &usage.work;
    *work.request_ms / *work.processor_share + *work.init_ms * *work.init_share
}

fn command_ms(command: &Command, usage: &Usage) -> Decimal {
    let trips = *command.item_trips * *usage.latency.item_ms
        + *command.transaction_trips * *usage.latency.transaction_ms;
    request_ms(usage) + trips
}

fn batch_ms(flow: &Flow, usage: &Usage) -> Decimal {
    let work = &usage.work;
    (*work.batch_ms + flow.batch * *work.commit_ms) / *work.processor_share
}
