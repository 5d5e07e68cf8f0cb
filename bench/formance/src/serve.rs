//! Our side as a server: the routes of `command-api` and `query-api`, over HTTP/1.1 on the loopback, in one process.

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::Result;
use application::commands::{Caller, Commands};
use axum::{
    extract::Request,
    http::header::AUTHORIZATION,
    middleware::{self, Next},
    response::Response,
};
use clap::Args;
use http_api::{command_routes, router};
use lambda_kit::SystemEnvironment;

use crate::stores::Stores;

/// Serve the routes of the API's functions over new tables.
#[derive(Args)]
pub struct Arguments {
    /// Where DynamoDB Local listens.
    #[arg(long)]
    dynamodb_url: String,
    /// Where OpenSearch listens.
    #[arg(long)]
    opensearch_url: String,
    /// Where to listen, on the loopback.
    #[arg(long)]
    port: u16,
}

pub async fn run(arguments: &Arguments) -> Result<()> {
    let stores = Stores::create(&arguments.dynamodb_url, &arguments.opensearch_url).await?;
    let commands = Commands::new(stores.commands(), SystemEnvironment);
    let routes = command_routes(Arc::new(commands)).merge(stores.routes());
    let router = router(routes).layer(middleware::from_fn(take_at_their_word));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await?;
    Ok(axum::serve(
        axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))),
        router,
    )
    .await?)
}

/// In the place of API Gateway, which checks tokens before a function hears of a request: a bearer is who it says.
async fn take_at_their_word(mut request: Request, next: Next) -> Response {
    let bearer =
        request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if let Some(user_id) = bearer.and_then(|user| user.parse().ok()) {
        request.extensions_mut().insert(Caller { user_id, is_admin: false });
    }
    next.run(request).await
}
