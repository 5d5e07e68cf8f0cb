//! Objects in S3: strongly consistent, with conditional writes.

use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata as _, SdkError},
    operation::get_object::GetObjectError,
    primitives::{ByteStream, DateTime},
    types::{Delete, ObjectIdentifier},
};
use bytes::Bytes;
use domain::Timestamp;

use super::{Listed, Object, ObjectError, Objects, Tag};
use crate::summary::Written;

/// The codes by which S3 says that the object is another one, or another write of it under way.
const MOVED: [&str; 3] = ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"];

/// The objects of one bucket.
#[derive(Clone, Debug)]
pub struct S3Objects {
    client: Client,
    bucket: String,
}

impl S3Objects {
    /// The objects of this bucket.
    #[must_use]
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }
}

impl Objects for S3Objects {
    async fn get(&self, key: &str) -> Result<Option<Object>, ObjectError> {
        let object = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => object,
            Err(error) if matches!(error.as_service_error(), Some(GetObjectError::NoSuchKey(_))) => {
                return Ok(None);
            }
            Err(error) => return Err(failed(error)),
        };
        let tag = Tag(object.e_tag.ok_or_else(|| missing("ETag"))?);
        let modified_at = timestamp(object.last_modified)?;
        let bytes = object.body.collect().await.map_err(failed)?.into_bytes();
        Ok(Some(Object { bytes, tag, modified_at }))
    }

    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), ObjectError> {
        let request = self.client.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(bytes));
        request.send().await.map(|_| ()).map_err(failed)
    }

    async fn put_if(&self, key: &str, bytes: Bytes, seen: Option<&Tag>) -> Result<Written, ObjectError> {
        let request = self.client.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(bytes));
        let request = match seen {
            Some(Tag(tag)) => request.if_match(tag),
            None => request.if_none_match("*"),
        };
        match request.send().await {
            Ok(_) => Ok(Written::Done),
            Err(SdkError::ServiceError(error))
                if error.err().code().is_some_and(|code| MOVED.contains(&code)) =>
            {
                Ok(Written::Lost)
            }
            Err(error) => Err(failed(error)),
        }
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>, ObjectError> {
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let page = request.set_start_after(after.map(str::to_owned)).send().await.map_err(failed)?;
        let listed = |object: aws_sdk_s3::types::Object| {
            let key = object.key.ok_or_else(|| missing("Key"))?;
            Ok(Listed { key, modified_at: timestamp(object.last_modified)? })
        };
        page.contents.unwrap_or_default().into_iter().map(listed).collect()
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ObjectError> {
        let identifier = |key: &String| ObjectIdentifier::builder().key(key).build();
        let identifiers = keys.iter().map(identifier).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let delete = Delete::builder().set_objects(Some(identifiers)).quiet(true).build().map_err(failed)?;
        let answer = self.client.delete_objects().bucket(&self.bucket).delete(delete).send().await;
        let errors = answer.map_err(failed)?.errors.unwrap_or_default();
        match errors.first() {
            Some(error) => Err(ObjectError(format!("{error:?}").into())),
            None => Ok(()),
        }
    }
}

fn timestamp(at: Option<DateTime>) -> Result<Timestamp, ObjectError> {
    let at = at.ok_or_else(|| missing("LastModified"))?;
    let micros = at.as_nanos() / 1_000;
    let timestamp = i64::try_from(micros).ok().and_then(|micros| Timestamp::from_micros(micros).ok());
    timestamp.ok_or_else(|| missing("LastModified that the calendar has"))
}

fn missing(what: &str) -> ObjectError {
    ObjectError(format!("S3 answered without {what}").into())
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> ObjectError {
    ObjectError(error.into())
}
