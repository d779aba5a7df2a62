//! What operations of the contract are about, as whoever calls them thinks of it.

use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::tag::{Tag, TagBuilder};

/// A tag, what it is for, and how the paths of its operations begin.
const TAGS: [(&str, &str, &[&str]); 8] = [
    (
        "Recommendations",
        "Nine faces to rank, or a photo; and ten people for it.",
        &["/api/v1/representatives", "/api/v1/recommendations", "/api/v1/photos/"],
    ),
    (
        "Clicks",
        "Which of the ten was clicked; and, for operators, all recorded clicks to take away.",
        &["/api/v1/clicks", "/api/v1/admin/clicks"],
    ),
    (
        "Policies",
        "What chooses the weights: what serves now, what each policy is worth, which one is to serve.",
        &["/api/v1/policy", "/api/v1/events", "/api/v1/admin/policies"],
    ),
    ("Pictures", "Faces, of people who consent to being shown.", &["/media/"]),
    (
        "People",
        "For operators: the roster, its import and collection, a person's crops, and erasing somebody.",
        &["/api/v1/admin/roster", "/api/v1/admin/collect", "/api/v1/admin/people"],
    ),
    (
        "Catalogue",
        "For operators: the people who can be recommended, their nine groups, and who stands for each.",
        &["/api/v1/admin/catalogue"],
    ),
    (
        "Dead letters",
        "For operators: messages that could not be handled, to be read, tried again or dropped.",
        &["/api/v1/admin/dead-letters"],
    ),
    ("Health", "For operators: how every service and stream is.", &["/api/v1/admin/health"]),
];

/// Tags every operation by its path, and describes the tags.
pub(crate) fn tag(document: &mut Document) {
    let mut used = Vec::new();
    for (path, item) in &mut document.paths.paths {
        let Some((name, ..)) = TAGS.iter().find(|(.., begins)| begins.iter().any(|b| path.starts_with(b)))
        else {
            continue;
        };
        used.push(*name);
        for operation in [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten() {
            operation.tags = Some(vec![(*name).to_owned()]);
        }
    }
    let described = TAGS.iter().filter(|(name, ..)| used.contains(name)).map(described);
    document.tags = Some(described.collect());
}

fn described((name, description, _): &(&str, &str, &[&str])) -> Tag {
    TagBuilder::new().name(*name).description(Some(*description)).build()
}
