//! The catalogue that is simulated on: the one that serves, an exported one, or a drawn one.

use std::path::PathBuf;

use domain::Catalogue;
use proto::convert::decode;
use proto::v1::{CatalogueSnapshot, DescribeRequest};
use serde_json::Value;
use store::{Catalogues, ObjectConfig};

use super::drawn_catalogue;
use crate::CliError;
use crate::catalogue::{connect, vectors_folder};
use crate::running::Running;

/// People of the drawn catalogue.
const PEOPLE: usize = 999;

/// Where the catalogue comes from.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Catalogue")]
pub(super) struct CatalogueArgs {
    /// Folder of an exported catalogue [default: the one that serves, or a drawn one where nothing is running]
    #[arg(long, value_name = "DIR", conflicts_with = "people")]
    catalogue: Option<PathBuf>,
    /// Draw a catalogue of so many people, 10 to 100000, instead of using one that there is.
    #[arg(long, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    people: Option<u32>,
    #[command(flatten)]
    running: Running,
}

impl CatalogueArgs {
    /// Returns the catalogue, drawn by `seed` where it is drawn, and where it comes from.
    pub(super) async fn read(&self, seed: u64) -> Result<(Catalogue, String), CliError> {
        let (catalogue, from) = if let Some(folder) = &self.catalogue {
            (vectors_folder::catalogue(folder)?, format!("exported to {}", folder.display()))
        } else if let Some(people) = self.people {
            (drawn_catalogue::drawn(people as usize, seed)?, "drawn".to_owned())
        } else if let Some(version) = self.version_served().await {
            (self.published(&version).await?, format!("served from {}", self.running.data.display()))
        } else {
            let word = format!("drawn, since nothing is running on {}", self.running.data.display());
            (drawn_catalogue::drawn(PEOPLE, seed)?, word)
        };
        Ok((catalogue, from))
    }

    /// The catalogue that the system at `url` serves: the exported one given, or the store's.
    pub(super) async fn served_at(&self, url: &str) -> Result<Catalogue, CliError> {
        let what = "a catalogue served at the address given with --against".to_owned();
        let version = version_at(url).await.ok_or(CliError::NotReady { what, seconds: 0 })?;
        let Some(folder) = &self.catalogue else { return self.published(&version).await };
        let catalogue = vectors_folder::catalogue(folder)?;
        if catalogue.version == version {
            return Ok(catalogue);
        }
        let why = format!("it is catalogue {}, while {version} serves", catalogue.version);
        Err(CliError::Vectors { path: folder.clone(), why })
    }

    /// The version that the running system serves, if there is one.
    async fn version_served(&self) -> Option<String> {
        let mut cluster = connect(&self.running).await.ok()?;
        let version = cluster.describe(DescribeRequest::default()).await.ok()?.into_inner().catalogue_version;
        (!version.is_empty()).then_some(version)
    }

    /// A catalogue out of the object store.
    async fn published(&self, version: &str) -> Result<Catalogue, CliError> {
        let bytes =
            Catalogues::open(&ObjectConfig { objects: self.running.objects() })?.published(version).await?;
        Ok(decode::<CatalogueSnapshot>("CatalogueSnapshot", &bytes)?.try_into()?)
    }
}

async fn version_at(url: &str) -> Option<String> {
    let faces = runtime::web::client().get(format!("{url}/api/v1/representatives")).send().await.ok()?;
    let faces: Value = faces.json().await.ok()?;
    Some(faces["catalogue_version"].as_str()?.to_owned())
}
