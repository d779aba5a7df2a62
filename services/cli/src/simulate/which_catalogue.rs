//! The catalogue that is simulated on: the one that serves, an exported one, or a drawn one.

use std::path::PathBuf;

use domain::Catalogue;
use proto::convert::decode;
use proto::v1::CatalogueSnapshot;
use serde_json::Value;
use store::{Catalogues, ObjectConfig};

use super::drawn_catalogue;
use crate::CliError;
use crate::catalogue::vectors_folder;
use crate::endpoints::Running;

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
    /// Folder of the catalogues [default: objects/ in the data folder]
    #[arg(long, env = "AVZEUS_OBJECTS", value_name = "DIR")]
    objects: Option<PathBuf>,
    #[command(flatten)]
    running: Running,
}

impl CatalogueArgs {
    /// Reads or draws it, `seed` being the drawn one's, and says on standard error which it is.
    pub(super) async fn read(&self, seed: u64) -> Result<Catalogue, CliError> {
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
        eprintln!("{:>12} {}, {} people: {from}", "catalogue", catalogue.version, catalogue.people.len());
        Ok(catalogue)
    }

    /// The version that a running system serves, if one does.
    async fn version_served(&self) -> Option<String> {
        let url = format!("{}/api/v1/representatives", self.running.endpoints().ok()?.http);
        let faces: Value = runtime::web::client().get(url).send().await.ok()?.json().await.ok()?;
        Some(faces["catalogue_version"].as_str()?.to_owned())
    }

    /// A catalogue out of the object store.
    pub(super) async fn published(&self, version: &str) -> Result<Catalogue, CliError> {
        let objects = self.objects.clone().unwrap_or_else(|| self.running.data.join("objects"));
        let bytes = Catalogues::open(&ObjectConfig { objects })?.published(version).await?;
        Ok(decode::<CatalogueSnapshot>("CatalogueSnapshot", &bytes)?.try_into()?)
    }
}
