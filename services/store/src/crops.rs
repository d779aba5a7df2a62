//! Face crops: three lossless views each.

use bytes::Bytes;
use domain::{CropId, PersonId};

use crate::objects::Objects;
use crate::{ObjectConfig, StoreError};

/// One of a crop's views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// About twice the face box, at most 400 px a side: any profile's input can be cut from it, and every picture
    /// shown.
    Context,
    /// The face at 150×150, aligned by its five points: the input of dlib's profile as it is.
    Aligned,
    /// The face at 160×160 with margin 10: the input of FaceNet's profiles as it is.
    Face,
}

/// A crop's views, as PNG.
#[derive(Debug, Clone)]
pub struct Views {
    /// See [`View::Context`].
    pub context: Bytes,
    /// See [`View::Face`].
    pub face: Bytes,
    /// See [`View::Aligned`]. What was stored before there was such a view has none.
    pub aligned: Bytes,
}

/// The crops of everyone, as PNG.
#[derive(Debug, Clone)]
pub struct Crops(Objects);

impl Crops {
    /// Opens the store, making its folder when it is missing.
    pub fn open(config: &ObjectConfig) -> Result<Self, StoreError> {
        Objects::open(config).map(Self)
    }

    /// Stores its views. Doing it again replaces them with the same.
    pub async fn put(&self, person: &PersonId, crop: &CropId, views: Views) -> Result<(), StoreError> {
        self.0.put(&key(person, crop, View::Face), views.face).await?;
        self.0.put(&key(person, crop, View::Aligned), views.aligned).await?;
        // Written last: `holds` looks for this one, so a crop that is held is whole.
        self.0.put(&key(person, crop, View::Context), views.context).await?;
        // Of a try that was killed.
        self.0.remove_unfinished(&format!("crops/{person}/{crop}")).await
    }

    /// The PNG of one view.
    pub async fn get(&self, person: &PersonId, crop: &CropId, view: View) -> Result<Bytes, StoreError> {
        self.0.get(&key(person, crop, view)).await
    }

    /// Removes every crop of `person`; returns how many pictures that were, three a crop.
    pub async fn erase(&self, person: &PersonId) -> Result<u64, StoreError> {
        let removed = self.0.remove_below(&format!("crops/{person}"), |_| false).await?;
        self.0.remove_unfinished(&format!("crops/{person}")).await?;
        Ok(removed)
    }

    /// Whether the crop is stored whole.
    pub async fn holds(&self, person: &PersonId, crop: &CropId) -> Result<bool, StoreError> {
        self.0.holds(&key(person, crop, View::Context)).await
    }
}

fn key(person: &PersonId, crop: &CropId, view: View) -> String {
    let name = match view {
        View::Context => "context",
        View::Aligned => "aligned",
        View::Face => "face",
    };
    format!("crops/{person}/{crop}/{name}.png")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_killed_writer_left_goes_with_the_next_try_and_with_the_person() {
        let folder = tempfile::tempdir().unwrap();
        let crops = Crops::open(&ObjectConfig { objects: folder.path().to_owned() }).unwrap();
        let (ada, crop) = (PersonId::new("ada").unwrap(), CropId::from_digest(&[1; 32]));
        let put = async || {
            let png = Bytes::from_static(b"a picture");
            let views = Views { context: png.clone(), face: png.clone(), aligned: png };
            crops.put(&ada, &crop, views).await.unwrap();
        };
        put().await;
        let unfinished = folder.path().join(format!("crops/ada/{crop}/context.png#1"));
        std::fs::write(&unfinished, "half a picture").unwrap();
        put().await;
        assert!(!unfinished.exists());
        assert_eq!(crops.get(&ada, &crop, View::Context).await.unwrap(), "a picture");
        std::fs::write(&unfinished, "half a picture").unwrap();
        assert_eq!(crops.erase(&ada).await.unwrap(), 3);
        assert!(!folder.path().join("crops/ada").exists());
    }
}
