//! Tamper evidence: recomputes the hash chain and the fold of a stream from what is stored, and names the first version
//! that cannot be right.
//!
//! What a stream says of itself is not enough against somebody who cuts off its end, or who writes all of it anew with
//! hashes that fit. Against that stand [`Heads`]: where each stream was at an earlier time, kept elsewhere.

mod fault;
mod heads;

use crate::{
    Commit, Hash, StreamId,
    codec::{self, Accounts, Aggregate, CodecError, Holders},
    ports::{EventStore, StoreError, StreamCatalog},
};

pub use fault::{Fault, Reason};
pub use heads::{Head, Heads, InvalidHeads};

/// How many commits are read at a time.
const PAGE: usize = 500;

/// A stream in which nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intact {
    /// How many commits it has.
    pub commits: u64,
    /// Where it ends; none if there is nothing in it.
    pub head: Option<Head>,
}

/// Verifies one stream, and that it was where an earlier head says.
///
/// # Errors
/// [`StoreError`] if the store does not answer; what is wrong with the stream is a [`Fault`].
pub async fn verify<S: StreamCatalog>(
    store: &S,
    id: &StreamId,
    earlier: Option<&Head>,
) -> Result<Result<Intact, Fault>, StoreError> {
    // Counted before: what comes in meanwhile makes more of them, and never fewer.
    let stored = store.count(id).await?;
    let found = match id.account_id() {
        Some(_) => Verification::<Accounts>::new(earlier).run(store, id).await?,
        None => Verification::<Holders>::new(earlier).run(store, id).await?,
    };
    let found = found.and_then(|intact| match intact.commits < stored {
        true => {
            let version = intact.head.as_ref().map_or(1, |head| head.version.saturating_add(1));
            Err((version, Reason::Hidden { stored, read: intact.commits }))
        }
        false => Ok(intact),
    });
    Ok(found.map_err(|(version, reason)| Fault { stream: id.to_string(), version, reason }))
}

/// How far the verification of a stream has come.
struct Verification<'a, A: Aggregate> {
    earlier: Option<&'a Head>,
    state: Option<A::State>,
    previous: Option<Commit>,
    commits: u64,
    next: u64,
}

impl<'a, A: Aggregate> Verification<'a, A> {
    fn new(earlier: Option<&'a Head>) -> Self {
        Self { earlier, state: None, previous: None, commits: 0, next: 1 }
    }

    async fn run<S: EventStore>(
        mut self,
        store: &S,
        id: &StreamId,
    ) -> Result<Result<Intact, (u64, Reason)>, StoreError> {
        let (mut from, mut limit) = (0, PAGE);
        loop {
            let page = match store.read(id, from, limit).await {
                Ok(page) => page,
                // One of them cannot be read: it is the first if they are taken one by one.
                Err(StoreError::Unreadable(_)) if limit > 1 => {
                    limit = 1;
                    continue;
                }
                Err(StoreError::Unreadable(source)) => {
                    return Ok(Err((self.next, Reason::Unreadable { what: source.to_string() })));
                }
                Err(error) => return Err(error),
            };
            for commit in &page {
                if let Err(reason) = self.add(commit) {
                    return Ok(Err((self.next, reason)));
                }
                from = commit.version.saturating_add(1);
            }
            if page.len() < limit {
                return Ok(self.end());
            }
        }
    }

    /// One more commit, from outside inwards: its place, its bytes, then what they mean.
    fn add(&mut self, commit: &Commit) -> Result<(), Reason> {
        if commit.version != self.next {
            return Err(Reason::Place { found: commit.version });
        }
        if commit.hash != commit.chain_hash(self.previous.as_ref().map(|previous| previous.hash)) {
            return Err(Reason::Hash);
        }
        if self.previous.as_ref().is_some_and(|previous| previous.timestamp >= commit.timestamp) {
            return Err(Reason::Time);
        }
        let unreadable = |error: CodecError| Reason::Unreadable { what: error.to_string() };
        codec::metadata(commit).map_err(unreadable)?;
        for recorded in codec::events::<A>(commit).map_err(unreadable)? {
            let evolved = A::evolve(self.state.take(), &recorded.event, recorded.timestamp);
            self.state = Some(evolved.map_err(|broken| unreadable(broken.into()))?);
        }
        // A state of another schema is not read by anybody, so it cannot mislead anybody.
        let is_current = codec::state::<A>(commit).map_err(unreadable)?.is_some();
        let folded = self.state.as_ref().map(codec::state_text::<A>).transpose().map_err(unreadable)?;
        if is_current && folded.as_ref() != Some(&commit.state) {
            return Err(Reason::State);
        }
        let last = codec::last_version(commit).map_err(unreadable)?;
        if let Some(earlier) = self.earlier
            && (self.next..=last).contains(&earlier.version)
            && (last, commit.hash) != (earlier.version, earlier.hash)
        {
            return Err(Reason::Head { earlier: hex(&earlier.hash) });
        }
        (self.next, self.commits) = (last.saturating_add(1), self.commits.saturating_add(1));
        self.previous = Some(commit.clone());
        Ok(())
    }

    fn end(self) -> Result<Intact, (u64, Reason)> {
        let version = self.next.saturating_sub(1);
        if let Some(earlier) = self.earlier.filter(|earlier| earlier.version > version) {
            return Err((self.next, Reason::CutOff { earlier: earlier.version }));
        }
        let head = self.previous.map(|previous| Head { version, hash: previous.hash });
        Ok(Intact { commits: self.commits, head })
    }
}

/// A hash as people write it down.
#[must_use]
pub fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
