//! Which right each request needs.

use super::call::{Call, read_name};
use super::routes::Route;
use crate::name::SpaceName;
use crate::plan::{Node, Source};
use crate::serve::auth::{Action, Who};
use crate::serve::refusal::Refusal;
use crate::serve::state::State;

/// Refuses a request whose sender may not make it.
pub(super) fn check(call: &Call, route: &Route) -> Result<(), Refusal> {
    let action = match route.method {
        "POST" => Action::Push,
        "PUT" => Action::Overwrite,
        "DELETE" => Action::Delete,
        _ => Action::Read,
    };
    let space = match (route.path.contains("{space}"), call.parameter("space")) {
        (true, _) => Some(call.space()?),
        (false, Some(text)) if action == Action::Push => {
            Some(read_name("space", text, SpaceName::parse)?)
        }
        _ => None,
    };
    match space {
        Some(_) if route.path.contains("{chart}") => {
            call.state.permit(&call.who, action, &call.chart()?)?
        }
        Some(space) => call.state.permit(&call.who, action, &space)?,
        None => call.state.auth().permit_somewhere(&call.who, action)?,
    }
    Ok(())
}

/// Refuses a plan that takes charts out of spaces that its sender may not read.
pub(super) fn check_sources(state: &State, who: &Who, node: &Node) -> Result<(), Refusal> {
    if let Source::Stored(space) = &node.package.source {
        state.permit(who, Action::Read, space)?;
    }
    node.children.iter().try_for_each(|(_, child)| check_sources(state, who, child))
}
