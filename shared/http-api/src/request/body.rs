//! A JSON object, read field by field, so that all that is wrong with it is said at once and where.

use std::fmt;

use axum::{body::to_bytes, extract::Request, http::header};
use domain::{AccountId, Decimal, Text};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value};

use super::{NUMBER_MAX, amount};
use crate::{
    Problem,
    problem::{Code, ErrorBody},
};

/// The largest body. The longest fields together have a twentieth of it.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// The fields of a body that are not read yet, and what is wrong with those that were.
#[derive(Debug)]
pub(crate) struct Body {
    fields: Map<String, Value>,
    errors: Vec<FieldError>,
}

#[derive(Debug)]
struct FieldError {
    field: String,
    detail: String,
    is_about_an_amount: bool,
}

impl Body {
    /// Reads a request's body.
    pub(super) async fn read(request: Request) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = content_type.and_then(|value| value.split(';').next()).map(str::trim);
        if !media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json")) {
            let detail = "send the body as JSON: Content-Type: application/json";
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        let bytes = to_bytes(request.into_body(), BODY_BYTES_MAX).await.map_err(|_| {
            let detail = format!("a body has at most {BODY_BYTES_MAX} bytes");
            Problem::new(Code::BodyTooLarge, detail)
        })?;
        let malformed = |_| Problem::new(Code::MalformedRequest, "the body has to be one JSON object").at("");
        let Fields { fields, repeated } = serde_json::from_slice(&bytes).map_err(malformed)?;
        let mut body = Self { fields, errors: Vec::new() };
        for field in repeated {
            body.error(&field, "is there more than once".to_owned(), false);
        }
        Ok(body)
    }

    /// The whole of it in one form, whatever the order of its fields, and whether one is null or not there at all.
    pub(super) fn canonical(&self) -> String {
        let fields = self.fields.iter().filter(|(_, value)| !value.is_null());
        Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect()).to_string()
    }

    /// A decimal string of digits, with or without a fraction.
    pub(crate) fn amount(&mut self, field: &str) -> Option<Decimal> {
        let problem = match self.fields.remove(field) {
            None | Some(Value::Null) => "is missing",
            Some(Value::Number(_)) => "money is a string, like \"250.00\", and never a JSON number",
            Some(Value::String(text)) => match amount::parse(&text) {
                Some(amount) => return Some(amount),
                None => amount::WHAT_IT_IS,
            },
            Some(_) => amount::WHAT_IT_IS,
        };
        self.error(field, problem.to_owned(), true);
        None
    }

    /// A text that has to be there.
    pub(crate) fn text(&mut self, field: &str) -> Option<Text> {
        let text = self.string(field)?;
        self.parsed(field, text.try_into())
    }

    /// A text that may be absent.
    pub(crate) fn optional_text(&mut self, field: &str) -> Option<Text> {
        let text = self.optional_string(field)?;
        self.parsed(field, text.try_into())
    }

    /// An account id that has to be there.
    pub(crate) fn account_id(&mut self, field: &str) -> Option<AccountId> {
        let text = self.string(field)?;
        self.parsed(field, text.try_into())
    }

    /// An account id that may be absent.
    pub(crate) fn optional_account_id(&mut self, field: &str) -> Option<AccountId> {
        let text = self.optional_string(field)?;
        self.parsed(field, text.try_into())
    }

    /// A string that has to be there.
    pub(crate) fn string(&mut self, field: &str) -> Option<String> {
        if matches!(self.fields.get(field), None | Some(Value::Null)) {
            self.fields.remove(field);
            self.error(field, "is missing".to_owned(), false);
            return None;
        }
        self.optional_string(field)
    }

    /// A string that may be absent.
    pub(crate) fn optional_string(&mut self, field: &str) -> Option<String> {
        match self.fields.remove(field)? {
            Value::String(text) => Some(text),
            Value::Null => None,
            _ => {
                self.error(field, "has to be a string".to_owned(), false);
                None
            }
        }
    }

    /// A whole number that may be absent.
    pub(crate) fn optional_number(&mut self, field: &str) -> Option<u64> {
        let value = self.fields.remove(field).filter(|value| !value.is_null())?;
        let number = value.as_u64().filter(|number| *number <= NUMBER_MAX);
        if number.is_none() {
            self.error(field, format!("has to be a whole number from 0 to {NUMBER_MAX}"), false);
        }
        number
    }

    /// True or false, or absent.
    pub(crate) fn optional_flag(&mut self, field: &str) -> Option<bool> {
        let value = self.fields.remove(field).filter(|value| !value.is_null())?;
        if value.as_bool().is_none() {
            self.error(field, "has to be true or false".to_owned(), false);
        }
        value.as_bool()
    }

    /// A field that was read, if what it became is right.
    pub(crate) fn parsed<T, E: std::fmt::Display>(&mut self, field: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.error(field, error.to_string(), false)).ok()
    }

    /// What was read, if nothing was wrong and nothing is left over.
    pub(crate) fn finish<T>(mut self, read: Option<T>) -> Result<T, Problem> {
        let unknown: Vec<String> = self.fields.keys().cloned().collect();
        for field in unknown {
            self.error(&field, "is not a field of this request".to_owned(), false);
        }
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            _ => Err(self.problem()),
        }
    }

    fn error(&mut self, field: &str, detail: String, is_about_an_amount: bool) {
        self.errors.push(FieldError { field: field.to_owned(), detail, is_about_an_amount });
    }

    fn problem(self) -> Problem {
        let only_amounts =
            !self.errors.is_empty() && self.errors.iter().all(|error| error.is_about_an_amount);
        let code = if only_amounts { Code::InvalidAmount } else { Code::MalformedRequest };
        let detail: Vec<String> =
            self.errors.iter().map(|error| format!("{}: {}", error.field, error.detail)).collect();
        let error = |error: &FieldError| ErrorBody::pointer(&pointer(&error.field), &error.detail);
        let errors = self.errors.iter().map(error).collect();
        Problem::new(code, detail.join("; ")).listing(errors)
    }
}

/// A JSON object that tells which of its names came more than once: two readers may take it for different ones.
struct Fields {
    fields: Map<String, Value>,
    repeated: Vec<String>,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Fields, A::Error> {
                let (mut fields, mut repeated) = (Map::new(), Vec::new());
                while let Some((name, value)) = object.next_entry::<String, Value>()? {
                    if fields.insert(name.clone(), value).is_some() {
                        repeated.push(name);
                    }
                }
                Ok(Fields { fields, repeated })
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A JSON pointer (RFC 6901) to a field of the body.
fn pointer(field: &str) -> String {
    format!("/{}", field.replace('~', "~0").replace('/', "~1"))
}
