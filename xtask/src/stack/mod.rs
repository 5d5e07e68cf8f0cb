//! The local stack: ministack in AWS's place, a real OpenSearch, and the project's own template deployed to them.

pub(crate) mod bring_up;
pub(crate) mod build;
pub(crate) mod deploy;
pub(crate) mod description;
pub(crate) mod down;
mod http;
mod import;
pub(crate) mod own;
pub(crate) mod ports;
pub(crate) mod processes;
pub(crate) mod restart;
pub(crate) mod services;
pub(crate) mod status;
pub(crate) mod up;
