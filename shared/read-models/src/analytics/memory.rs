//! Objects in memory, with the same semantics as S3.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use application::ports::Environment;
use bytes::Bytes;
use domain::Timestamp;

use super::{Listed, Object, ObjectError, Objects, Tag};
use crate::summary::Written;

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How many objects a list has.
const LISTED: usize = 100;

/// Objects that live as long as the process. Clones share them.
#[derive(Clone)]
pub struct MemoryObjects {
    objects: Arc<Mutex<BTreeMap<String, Object>>>,
    clock: Clock,
}

impl MemoryObjects {
    /// No objects yet, by this environment's clock.
    #[must_use]
    pub fn new(environment: impl Environment + 'static) -> Self {
        Self { objects: Arc::default(), clock: Arc::new(move || environment.now()) }
    }

    /// All objects, by their keys.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, Bytes> {
        self.objects().iter().map(|(key, object)| (key.clone(), object.bytes.clone())).collect()
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Object>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An object as it is written now; each write has a tag of its own.
    fn object(&self, bytes: Bytes) -> Object {
        let modified_at = (self.clock)();
        Object { tag: Tag(modified_at.to_string()), bytes, modified_at }
    }
}

impl fmt::Debug for MemoryObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryObjects").field("objects", &self.objects).finish_non_exhaustive()
    }
}

impl Objects for MemoryObjects {
    async fn get(&self, key: &str) -> Result<Option<Object>, ObjectError> {
        Ok(self.objects().get(key).cloned())
    }

    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), ObjectError> {
        let object = self.object(bytes);
        self.objects().insert(key.to_owned(), object);
        Ok(())
    }

    async fn put_if(&self, key: &str, bytes: Bytes, seen: Option<&Tag>) -> Result<Written, ObjectError> {
        let object = self.object(bytes);
        let mut objects = self.objects();
        if objects.get(key).map(|object| &object.tag) != seen {
            return Ok(Written::Lost);
        }
        objects.insert(key.to_owned(), object);
        Ok(Written::Done)
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>, ObjectError> {
        let objects = self.objects();
        let from = after.map_or(Bound::Included(prefix), Bound::Excluded);
        let following = objects.range::<str, _>((from, Bound::Unbounded));
        let matching = following.take_while(|(key, _)| key.starts_with(prefix)).take(LISTED);
        let listed =
            |(key, object): (&String, &Object)| Listed { key: key.clone(), modified_at: object.modified_at };
        Ok(matching.map(listed).collect())
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ObjectError> {
        let mut objects = self.objects();
        for key in keys {
            objects.remove(key);
        }
        Ok(())
    }
}
