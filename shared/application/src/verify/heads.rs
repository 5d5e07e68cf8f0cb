//! Where streams were at one time: what an auditor keeps, or of which they write down but the one digest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::hex;
use crate::Hash;

/// The form of the file.
const FORMAT: u16 = 1;

/// Where one stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its last version.
    pub version: u64,
    /// The hash of its last commit, and so of all before it.
    pub hash: Hash,
}

/// The heads of streams, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heads(pub BTreeMap<String, Head>);

/// A text that holds no heads.
#[derive(Debug, thiserror::Error)]
pub enum InvalidHeads {
    /// It is no file of heads.
    #[error("this is no file of heads")]
    Malformed(#[from] serde_json::Error),
    /// It is of a form that this build does not know.
    #[error("the file of heads has the form {0}, and this build knows {FORMAT}")]
    Form(u16),
    /// A hash in it is none.
    #[error("the hash of {0} is malformed")]
    Hash(String),
    /// The file itself was changed.
    #[error("the digest in the file is not that of its heads: the file was changed")]
    Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    form: u16,
    digest: String,
    heads: BTreeMap<String, StoredHead>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredHead {
    version: u64,
    hash: String,
}

impl Heads {
    /// One digest over all of them: SHA-256 over a line `stream version hash` for each, sorted by name.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let mut hasher = Sha256::new();
        for (stream, head) in &self.0 {
            hasher.update(format!("{stream} {} {}\n", head.version, hex(&head.hash)));
        }
        hasher.finalize().into()
    }

    /// The heads as a file's text.
    ///
    /// # Errors
    /// [`InvalidHeads::Malformed`] if they cannot be written as JSON.
    pub fn to_text(&self) -> Result<String, InvalidHeads> {
        let stored = |head: &Head| StoredHead { version: head.version, hash: hex(&head.hash) };
        let heads = self.0.iter().map(|(stream, head)| (stream.clone(), stored(head))).collect();
        Ok(serde_json::to_string_pretty(&File { form: FORMAT, digest: hex(&self.digest()), heads })?)
    }

    /// The heads in a file's text.
    ///
    /// # Errors
    /// [`InvalidHeads`] if it is no such file, or one that was changed.
    pub fn from_text(text: &str) -> Result<Self, InvalidHeads> {
        let file: File = serde_json::from_str(text)?;
        if file.form != FORMAT {
            return Err(InvalidHeads::Form(file.form));
        }
        let mut heads = Self::default();
        for (stream, stored) in file.heads {
            let hash = unhex(&stored.hash).ok_or_else(|| InvalidHeads::Hash(stream.clone()))?;
            heads.0.insert(stream, Head { version: stored.version, hash });
        }
        if hex(&heads.digest()) == file.digest { Ok(heads) } else { Err(InvalidHeads::Digest) }
    }
}

fn unhex(text: &str) -> Option<Hash> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let bytes: Vec<u8> =
        digits?.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit)).collect();
    if text.len() == 64 { bytes.try_into().ok() } else { None }
}
