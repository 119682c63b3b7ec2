//! Keeping the network through the API: with a token that has the scope `keep`, or a keeper's session.

mod people;
mod queue;
mod system;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(people::routes()).merge(queue::routes()).merge(system::routes())
}
