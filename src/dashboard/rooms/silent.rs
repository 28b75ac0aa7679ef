//! What the silent could change.

use maud::{Markup, html};

use super::project::Subject;
use crate::dashboard::{figure::Figure, view::View};

/// The section of the room.
pub(super) fn section(view: &View<'_>, subject: &Subject<'_>) -> Markup {
    let _ = (view, subject);
    html! {}
}

/// Its figure.
pub(super) fn figure(view: &View<'_>) -> Option<Figure> {
    let _ = view;
    None
}
