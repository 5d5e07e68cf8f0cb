//! The store of objects as a port: whole objects by their keys, and one conditional write.

use std::future::Future;

use bytes::Bytes;
use domain::Timestamp;

use super::ObjectError;
use crate::summary::Written;

/// Stands for one write of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(pub String);

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What is in it.
    pub bytes: Bytes,
    /// Which write left it so.
    pub tag: Tag,
    /// When that was, by the store's clock.
    pub modified_at: Timestamp,
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// When it was written last, by the store's clock.
    pub modified_at: Timestamp,
}

/// Objects by their keys. Whatever was written is seen by every read that begins afterwards.
pub trait Objects: Send + Sync {
    /// The object of this key.
    ///
    /// # Errors
    /// [`ObjectError`].
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Object>, ObjectError>> + Send;

    /// Writes an object, whatever stood there before.
    ///
    /// # Errors
    /// [`ObjectError`]; then it may be there or not.
    fn put(&self, key: &str, bytes: Bytes) -> impl Future<Output = Result<(), ObjectError>> + Send;

    /// Writes an object if it is still the one seen; `None`: if there is none.
    ///
    /// # Errors
    /// [`ObjectError`]; then it may be there or not.
    fn put_if(
        &self,
        key: &str,
        bytes: Bytes,
        seen: Option<&Tag>,
    ) -> impl Future<Output = Result<Written, ObjectError>> + Send;

    /// Some of the objects whose keys begin so, in order, from behind `after` on; an empty list is the end.
    ///
    /// # Errors
    /// [`ObjectError`].
    fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> impl Future<Output = Result<Vec<Listed>, ObjectError>> + Send;

    /// Takes objects away, at most 1,000 at a time; one that is not there is as good as gone.
    ///
    /// # Errors
    /// [`ObjectError`]; then some may be gone.
    fn delete(&self, keys: &[String]) -> impl Future<Output = Result<(), ObjectError>> + Send;
}

/// How many objects S3 takes away in one request.
pub(super) const DELETED_MAX: usize = 1_000;
