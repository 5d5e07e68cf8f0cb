//! Routes and the document of them, from one list. A function has the routes alone: to describe each of them, with the
//! schemas of all that it takes and gives, took half a millisecond to two of a function's start, and nobody reads it there.

use axum::{
    Router,
    handler::Handler,
    routing::{MethodFilter, MethodRouter},
};
use utoipa::openapi::OpenApi;
use utoipa_axum::{PathItemExt as _, router::UtoipaMethodRouter};

/// Routes, and what is said of them beside: nothing, unless somebody wants a document.
pub struct Routes<D = (), S = ()> {
    pub(crate) router: Router<S>,
    pub(crate) description: D,
}

/// What is said of routes.
pub trait Description: Default {
    /// Adds what a route says of itself, if it is to be said.
    fn add<S>(&mut self, said: impl FnOnce() -> UtoipaMethodRouter<S>);

    /// Adds what is said of others.
    fn merge(&mut self, others: Self);
}

impl Description for () {
    fn add<S>(&mut self, _: impl FnOnce() -> UtoipaMethodRouter<S>) {}

    fn merge(&mut self, (): Self) {}
}

impl Description for OpenApi {
    fn add<S>(&mut self, said: impl FnOnce() -> UtoipaMethodRouter<S>) {
        let (schemas, paths, _) = said();
        let mut route = Self::default();
        route.paths = paths;
        route.components.get_or_insert_default().schemas.extend(schemas);
        Self::merge(self, route);
    }

    fn merge(&mut self, others: Self) {
        Self::merge(self, others);
    }
}

impl<D: Description, S: Clone + Send + Sync + 'static> Routes<D, S> {
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), description: D::default() }
    }

    /// Adds what [`route!`](crate::routes::route) makes of a handler.
    pub(crate) fn with(
        mut self,
        (path, methods, said): (String, MethodRouter<S>, impl FnOnce() -> UtoipaMethodRouter<S>),
    ) -> Self {
        self.description.add(said);
        Self { router: self.router.route(&path, methods), ..self }
    }

    pub(crate) fn with_state<T>(self, state: S) -> Routes<D, T> {
        Routes { router: self.router.with_state(state), description: self.description }
    }

    /// These routes and those.
    #[must_use]
    pub fn merge(mut self, others: Self) -> Self {
        self.description.merge(others.description);
        Self { router: self.router.merge(others.router), ..self }
    }
}

/// Where a handler is, and by which methods, as its `utoipa::path` has it.
pub(crate) fn methods<P, H, T, S>(handler: &H) -> (String, MethodRouter<S>)
where
    P: utoipa::Path,
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    let filters = P::methods().into_iter().map(|method| method.to_method_filter());
    let on = |router: MethodRouter<S>, filter: MethodFilter| router.on(filter, handler.clone());
    (P::path(), filters.fold(MethodRouter::new(), on))
}

/// The route of a handler, and how to describe it.
macro_rules! route {
    ($handler:ident) => {
        $crate::routes::route!(@ $handler, pastey::paste! { [<__path_ $handler>] })
    };
    ($module:ident :: $handler:ident) => {
        $crate::routes::route!(@ $module::$handler, pastey::paste! { $module::[<__path_ $handler>] })
    };
    (@ $handler:path, $path:ty) => {{
        let (path, methods) = $crate::routes::methods::<$path, _, _, _>(&$handler);
        (path, methods, || utoipa_axum::routes!($handler))
    }};
}

pub(crate) use route;
