//! The answer in a worker's place, in the form in which API Gateway takes it from a function.

use std::convert::Infallible;

use lambda_http::{
    Body, IntoResponse, Request, Service, aws_lambda_events::apigw::ApiGatewayV2httpResponse, request,
    tower::ServiceExt as _,
};

/// What the service answers to an event; `None` if the event is no request of API Gateway's.
pub(super) async fn answer<S, R>(service: S, event: &[u8]) -> Option<Vec<u8>>
where
    S: Service<Request, Response = R, Error = Infallible>,
    R: IntoResponse,
{
    let Ok(response) = service.oneshot(request::from_reader(event).ok()?).await;
    let (parts, body) = response.into_response().await.into_parts();
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = parts.status.as_u16().into();
    answer.headers = parts.headers;
    answer.is_base64_encoded = matches!(body, Body::Binary(_));
    answer.body = Some(body);
    serde_json::to_vec(&answer).ok()
}
