//! What a load uses of each service.

use domain::Decimal;

use super::{
    Search,
    bill::{
        Cause::{Commands, Fixed, Queries},
        Uses,
    },
    flow::{Flow, Load},
    functions,
    usage::Usage,
};

const KB: i64 = 1_024;
const GB: i64 = 1_024 * 1_024 * 1_024;
const HOURS_A_DAY: i64 = 24;
const MINUTES_A_DAY: i64 = 24 * 60;

/// How long queries use an answer about generations again, in seconds.
const CATALOG_SECONDS: i64 = read_models::generations::LIFETIME_SECONDS;

pub(super) fn uses(load: &Load, usage: &Usage) -> Uses {
    let (mut uses, flow) = (Uses::default(), Flow::of(load, usage));
    writes(&mut uses, &flow, usage);
    reads(&mut uses, load, &flow, usage);
    tables(&mut uses, load, &flow, usage);
    functions::add(&mut uses, load, &flow, usage);
    api(&mut uses, &flow, usage);
    queues_and_files(&mut uses, load, &flow, usage);
    operations(&mut uses, load, &flow, usage);
    search(&mut uses, load, &flow, usage);
    uses
}

fn writes(uses: &mut Uses, flow: &Flow, usage: &Usage) {
    let commands = flow.deposits * *usage.deposit.write_units + flow.transfers * *usage.transfer.write_units;
    uses.add("dynamodb_writes", "commits and records of commands", Commands, commands);
    let summaries = flow.commits * *usage.summary.account_write_units;
    uses.add("dynamodb_writes", "account summaries", Commands, summaries);
    let relay = &usage.relay;
    let block_kb = ((*relay.block_bytes + flow.batch * *relay.entry_bytes) / Decimal::from(KB)).ceil();
    let of_batch = *relay.batch_write_units + block_kb * *relay.block_kb_write_units;
    let journal = flow.batches * of_batch + flow.commits * *relay.commit_write_units;
    uses.add("dynamodb_writes", "journal", Commands, journal);
}

fn reads(uses: &mut Uses, load: &Load, flow: &Flow, usage: &Usage) {
    let commands = flow.deposits * *usage.deposit.read_units + flow.transfers * *usage.transfer.read_units;
    uses.add("dynamodb_reads", "commands", Commands, commands);
    let messages = if load.search == Search::None { Decimal::ZERO } else { flow.batches };
    let projectors = flow.batches * (*usage.summary.batch_read_units + *usage.relay.batch_read_units)
        + flow.commits * (*usage.summary.account_read_units + *usage.relay.commit_read_units)
        + messages * *usage.history.batch_read_units;
    uses.add("dynamodb_reads", "projectors", Commands, projectors);
    let compactor = flow.commits * rewrites(flow, usage) * *usage.compactor.commit_read_units;
    uses.add("dynamodb_reads", "compaction of the analytics", Commands, compactor);
    let looks = flow.days * Decimal::from(MINUTES_A_DAY);
    uses.add("dynamodb_reads", "monitor", Fixed, looks * *usage.monitor.look_read_units);

    let from_events = match load.search {
        Search::None => *usage.history_from_events.read_units,
        Search::Domain | Search::Serverless => Decimal::ZERO,
    };
    // One instance asks the catalog once in some seconds; as many are at work as queries are at a time.
    let at_a_time = flow.queries() * functions::query_ms(load, usage) / Decimal::from(1_000) / flow.seconds;
    let catalog = flow.seconds / Decimal::from(CATALOG_SECONDS) * at_a_time.max(Decimal::ONE);
    let queries = flow.account_queries * *usage.account_query.read_units
        + flow.history_queries * (*usage.history_query.read_units + from_events)
        + catalog.min(flow.queries()) * *usage.account_query.catalog_read_units;
    uses.add("dynamodb_reads", "queries", Queries, queries);
}

/// How often a commit is compacted, at most: with as much as came before, until that is large enough.
pub(super) fn rewrites(flow: &Flow, usage: &Usage) -> Decimal {
    let an_hour = (flow.commits / (flow.days * Decimal::from(HOURS_A_DAY))).max(Decimal::ONE);
    let (mut rewrites, mut size) = (Decimal::ONE, an_hour);
    while size * Decimal::TWO <= *usage.compactor.compaction_positions_max {
        size *= Decimal::TWO;
        rewrites += Decimal::ONE;
    }
    rewrites
}

/// What the period adds, as if it were there from its beginning; and what is there whenever a bank goes on so.
fn tables(uses: &mut Uses, load: &Load, flow: &Flow, usage: &Usage) {
    let of_item = *usage.stack.item_bytes;
    let events = flow.deposits * (*usage.deposit.event_bytes + of_item)
        + flow.transfers * (*usage.transfer.event_bytes + Decimal::TWO * of_item);
    let of_commit = *usage.relay.entry_bytes + *usage.relay.end_bytes + of_item;
    let journal = flow.batches * (*usage.relay.block_bytes + of_item) + flow.commits * of_commit;
    let records = flow.deposits * *usage.deposit.record_bytes
        + flow.transfers * *usage.transfer.record_bytes
        + flow.commands() * of_item;
    let records = records / flow.days * *usage.queues.record_days;
    for (bytes, what) in [
        (events * Decimal::from(load.kept), "events"),
        (journal * Decimal::from(load.kept), "journal"),
        (records, "records of commands"),
    ] {
        let gb_months = bytes / Decimal::from(GB) * flow.months;
        uses.add("dynamodb_storage", what, Commands, gb_months);
        uses.add("dynamodb_recovery", what, Commands, gb_months);
    }
}

fn api(uses: &mut Uses, flow: &Flow, usage: &Usage) {
    uses.add("api_requests", "commands", Commands, flow.commands());
    uses.add("api_requests", "queries", Queries, flow.queries());
    let headers = *usage.stack.headers_bytes;
    let answers = flow.deposits * (*usage.deposit.answer_bytes + headers)
        + flow.transfers * (*usage.transfer.answer_bytes + headers);
    uses.add("transfer_out", "answers to commands", Commands, answers / Decimal::from(GB));
    let answers = flow.account_queries * (*usage.account_query.answer_bytes + headers)
        + flow.history_queries * (*usage.history_query.answer_bytes + headers);
    uses.add("transfer_out", "answers to queries", Queries, answers / Decimal::from(GB));
}

fn queues_and_files(uses: &mut Uses, load: &Load, flow: &Flow, usage: &Usage) {
    // Each chunk is sent and received, and the message deleted; a message by itself is the dearest.
    let of_message = flow.chunks(usage) * Decimal::TWO + Decimal::ONE;
    uses.add("sqs_requests", "blocks on their way", Commands, flow.batches * flow.queues * of_message);
    let mapped = *usage.queues.mapped - (Decimal::TWO - flow.queues);
    let idle = mapped * *usage.queues.idle_receives_a_minute * flow.days * Decimal::from(MINUTES_A_DAY);
    uses.add("sqs_requests", "polling of queues", Fixed, idle);

    uses.add(
        "s3_puts",
        "recent files of the analytics",
        Commands,
        flow.batches * *usage.analytics.block_puts,
    );
    let runs = flow.days * Decimal::from(HOURS_A_DAY);
    uses.add("s3_puts", "compaction of the analytics", Fixed, runs * *usage.compactor.run_requests);
    let rows = flow.commits * *usage.analytics.row_bytes * Decimal::from(load.kept) / Decimal::from(GB);
    uses.add("s3_storage", "files of the analytics", Commands, rows * flow.months);
}

fn operations(uses: &mut Uses, load: &Load, flow: &Flow, usage: &Usage) {
    let alarms = match load.search {
        Search::None => *usage.stack.alarms - *usage.stack.history_alarms,
        Search::Domain | Search::Serverless => *usage.stack.alarms,
    };
    uses.add("metrics", "metrics", Fixed, *usage.stack.metrics * flow.months);
    uses.add("alarms", "alarms", Fixed, alarms * flow.months);
    uses.add("dashboards", "dashboard", Fixed, *usage.stack.dashboards * flow.months);
}

fn search(uses: &mut Uses, load: &Load, flow: &Flow, usage: &Usage) {
    let hours = flow.days * Decimal::from(HOURS_A_DAY);
    let documents = flow.commits * *usage.history.document_bytes * Decimal::from(load.kept);
    let documents = documents / Decimal::from(GB);
    match load.search {
        Search::Domain => {
            let disk = *usage.stack.search_gb;
            uses.add("opensearch_node", "domain", Fixed, hours);
            uses.add("opensearch_disk", "disk of the domain", Fixed, disk * flow.months);
            let more = (documents - disk).max(Decimal::ZERO);
            uses.add("opensearch_disk", "documents beyond it", Commands, more * flow.months);
        }
        Search::Serverless => {
            uses.add("opensearch_ocu", "collection", Fixed, hours * *usage.stack.search_units);
            uses.add("opensearch_collection_storage", "documents", Commands, documents * flow.months);
        }
        Search::None => {}
    }
}
