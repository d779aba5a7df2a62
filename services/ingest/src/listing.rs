//! A person's pictures, source by source, before any of them is read.

use std::collections::HashSet;
use std::path::Path;

use domain::roster::{Enrolment, Source};

use crate::folder;
use crate::origin::Origin;
use crate::search::Search;

/// What the sources of one person name.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Each picture once, in the order of the sources.
    pub(crate) pictures: Vec<Origin>,
    /// Sources that gave none, and why.
    pub(crate) passed_over: Vec<(Source, String)>,
}

impl Listing {
    /// Walks the sources of `person`; `photos` holds `<person>/<picture>`.
    pub(crate) async fn of(person: &Enrolment, photos: Option<&Path>, search: &mut Search) -> Self {
        let mut listing = Self::default();
        for source in &person.sources {
            let pictures = match source {
                Source::Folder => in_folder(person, photos),
                Source::Address(address) => Ok(vec![Origin::Web(address.clone())]),
                Source::Search(query) => {
                    let found = search.results(&person.name, query.as_deref()).await;
                    found.map(|found| found.into_iter().map(Origin::Web).collect()).map_err(|e| e.to_string())
                }
            };
            match pictures {
                Ok(pictures) => listing.pictures.extend(pictures),
                Err(why) => listing.passed_over.push((source.clone(), why)),
            }
        }
        let mut addresses = HashSet::new();
        listing.pictures.retain(|picture| match picture {
            Origin::Web(address) => addresses.insert(address.clone()),
            Origin::File(_) => true,
        });
        listing
    }
}

fn in_folder(person: &Enrolment, photos: Option<&Path>) -> Result<Vec<Origin>, String> {
    let photos = photos.ok_or("no folder of pictures was named; --photos names one")?;
    let files = folder::pictures(&photos.join(person.id.as_str()));
    let files = files.map_err(|error| format!("the folder {error}"))?;
    Ok(files.into_iter().map(Origin::File).collect())
}
