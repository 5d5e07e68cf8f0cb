//! How an explanation is given: part by part, so that no long account has to be kept. As one document in JSON, or in
//! words for people.

use anyhow::Result;
use domain::AccountId;
use serde_json::json;

use super::{
    AccountAt,
    event::Step,
    lines, remedies,
    standing::{Standings, Trail},
};
use crate::{
    output::{self, BAD, FAINT, HEADING, styled},
    table::text,
};

/// What takes an explanation in.
pub(super) trait Printer {
    fn begin(&mut self, account_id: &AccountId, now: &AccountAt) -> Result<()>;
    fn step(&mut self, step: &Step) -> Result<()>;
    fn end(&mut self, account_id: &AccountId, trail: &Trail, standings: &Standings) -> Result<()>;
}

/// JSON, an event a line.
#[derive(Default)]
pub(super) struct Document {
    has_events: bool,
}

/// Words.
pub(super) struct Words;

impl Printer for Document {
    fn begin(&mut self, account_id: &AccountId, now: &AccountAt) -> Result<()> {
        let (account_id, state) = (json!(account_id), &now.state);
        let begin =
            format!("\"account_id\": {account_id}, \"version\": {}, \"state\": {state},", now.version);
        Ok(output::text(&format!("{{{begin}\n\"events\": ["))?)
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        let separator = if self.has_events { "," } else { "" };
        self.has_events = true;
        Ok(output::text(&format!("{separator}\n{}", serde_json::to_string(step)?))?)
    }

    fn end(&mut self, _: &AccountId, _: &Trail, standings: &Standings) -> Result<()> {
        let Standings { is_admin, projections } = standings;
        let projections = serde_json::to_string(projections)?;
        Ok(output::line(format!("\n],\n\"is_admin\": {is_admin},\n\"projections\": {projections}}}"))?)
    }
}

impl Printer for Words {
    fn begin(&mut self, account_id: &AccountId, now: &AccountAt) -> Result<()> {
        let AccountAt { version, state } = now;
        let [kind, currency, owner, status, balance] =
            ["account_type", "currency", "user_id", "status", "balance"].map(|name| text(state, name));
        output::line(styled(HEADING, format!("account {account_id}")))?;
        let words = format!("{kind} of {owner}, {status}, {balance} {currency} at version {version}");
        Ok(output::line(format!("{words}\n"))?)
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        Ok(output::text(&lines::of(step))?)
    }

    fn end(&mut self, account_id: &AccountId, trail: &Trail, standings: &Standings) -> Result<()> {
        if let Some(rest) = lines::rest(trail) {
            output::line(rest)?;
        }
        let newest = trail.newest_version;
        output::line(styled(HEADING, format!("\nthe projections, with the events at version {newest}")))?;
        output::text(&remedies::table(standings))?;
        if !standings.is_admin {
            let words = "only an admin sees this: what is parked, and how far the projections are as a whole (--user)";
            output::line(styled(FAINT, words))?;
        }
        for remedy in
            standings.projections.iter().filter_map(|standing| remedies::remedy(account_id, standing))
        {
            output::line(format!("\n{}", styled(BAD, remedy)))?;
        }
        Ok(())
    }
}
