//! Query parameters, read one by one: what is left over was never a parameter, and is refused by name.

use std::{collections::BTreeMap, ops::RangeInclusive, str::FromStr};

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use domain::{Decimal, Timestamp};

use super::amount;
use crate::{Problem, problem::Code};

/// The largest number of a parameter or a body: what every language's long integers hold.
pub(crate) const NUMBER_MAX: u64 = i64::MAX.unsigned_abs();

/// The parameters that are not read yet.
pub(crate) struct Parameters(BTreeMap<String, String>);

/// What the parameters of a query have to be.
pub(crate) trait FromParameters: Sized {
    /// Reads it from them.
    fn read(parameters: &mut Parameters) -> Result<Self, Problem>;
}

/// The parameters of a query, and no others.
pub(crate) struct Asked<P>(pub(crate) P);

impl FromParameters for () {
    fn read(_: &mut Parameters) -> Result<Self, Problem> {
        Ok(())
    }
}

impl<S: Send + Sync, P: FromParameters> FromRequestParts<S> for Asked<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let malformed = |_| Problem::new(Code::MalformedRequest, "the query string is malformed");
        let Query(pairs) =
            Query::<Vec<(String, String)>>::from_request_parts(parts, state).await.map_err(malformed)?;
        let mut parameters = BTreeMap::new();
        for (name, value) in pairs {
            if parameters.insert(name.clone(), value).is_some() {
                return Err(Problem::parameter(&name, "is given twice"));
            }
        }
        let mut parameters = Parameters(parameters);
        let read = P::read(&mut parameters)?;
        match parameters.0.into_keys().next() {
            Some(name) => Err(Problem::parameter(&name, "is not a parameter of this query")),
            None => Ok(Self(read)),
        }
    }
}

impl Parameters {
    /// A parameter as it is.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        match self.0.remove(name) {
            Some(text) if text.is_empty() => Err(Problem::parameter(name, "is empty: leave it away")),
            text => Ok(text),
        }
    }

    /// A parameter as what it has to be.
    pub(crate) fn parsed<T: FromStr>(&mut self, name: &str, what: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Problem::parameter(name, format!("has to be {what}")))
    }

    /// A moment.
    pub(crate) fn time(&mut self, name: &str) -> Result<Option<Timestamp>, Problem> {
        self.parsed(name, "a time in RFC 3339, like 2026-11-24T09:30:00Z")
    }

    /// An amount, as in a body.
    pub(crate) fn amount(&mut self, name: &str) -> Result<Option<Decimal>, Problem> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        amount::parse(&text).map(Some).ok_or_else(|| Problem::parameter(name, amount::WHAT_IT_IS))
    }

    /// A number of these.
    pub(crate) fn number<N>(&mut self, name: &str, range: RangeInclusive<N>) -> Result<Option<N>, Problem>
    where
        N: FromStr + PartialOrd + std::fmt::Display,
    {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        // `parse` takes a plus as well.
        let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok()).filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| {
            let detail = format!("has to be a number from {} to {}", range.start(), range.end());
            Problem::parameter(name, detail)
        })
    }
}
