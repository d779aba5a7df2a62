//! A folder with an exported catalogue: `vectors.safetensors`, and `people.json` in the order of its rows.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use domain::draft::Draft;
use domain::{Alias, Catalogue, CataloguePerson, PersonId};
use proto::convert::catalogue::portrait;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::unit_vectors::Numbers;
use crate::CliError;

/// What editors and spreadsheets put at the beginning of a file, in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Names of the tensors.
const DIRECTIONS: &str = "vectors";
const GROUPED: &str = "grouped_vectors";
const GROUPS: &str = "groups";
const REPRESENTATIVES: &str = "rp_vec";
const CENTRE: &str = "centre";

/// Who the rows are.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct People {
    /// Model profile of the vectors.
    pub(super) profile: String,
    /// The catalogue they come from; empty where they come from elsewhere.
    #[serde(default)]
    pub(super) catalogue_version: String,
    pub(super) people: Vec<Person>,
}

/// One row.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    /// Crops that the vector is the mean of.
    #[serde(default)]
    pub(super) crops: u32,
    /// Group in the exported catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<u32>,
    /// Crop id of the portrait there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) portrait: Option<String>,
}

/// The numbers, row by row.
#[derive(Debug, Default)]
pub(super) struct Vectors {
    pub(super) dimension: usize,
    /// `P×D`, unit, not centred: what is imported.
    pub(super) directions: Vec<f32>,
    /// `P×D`, unit, as they were grouped.
    pub(super) grouped: Vec<f32>,
    /// `P`.
    pub(super) groups: Vec<u32>,
    /// `K×D`: rp_k.
    pub(super) representatives: Vec<f32>,
    /// `D`, or nothing where the profile does not centre.
    pub(super) centre: Vec<f32>,
}

/// Writes both files.
pub(super) fn write(folder: &Path, people: &People, vectors: &Vectors) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(CliError::file(folder, "made"))?;
    let (count, dimension) = (people.people.len(), vectors.dimension);
    let floats = |numbers: &[f32]| numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let groups: Vec<u8> = vectors.groups.iter().flat_map(|g| g.to_le_bytes()).collect();
    let tensors = [
        (DIRECTIONS, Dtype::F32, vec![count, dimension], floats(&vectors.directions)),
        (GROUPED, Dtype::F32, vec![count, dimension], floats(&vectors.grouped)),
        (GROUPS, Dtype::U32, vec![count], groups),
        (
            REPRESENTATIVES,
            Dtype::F32,
            vec![vectors.representatives.len() / dimension.max(1), dimension],
            floats(&vectors.representatives),
        ),
        (CENTRE, Dtype::F32, vec![vectors.centre.len()], floats(&vectors.centre)),
    ];
    let views = tensors.iter().map(|(name, kind, shape, bytes)| {
        (*name, TensorView::new(*kind, shape.clone(), bytes).expect("shape and numbers were made together"))
    });
    let about = HashMap::from([
        ("profile".to_owned(), people.profile.clone()),
        ("catalogue_version".to_owned(), people.catalogue_version.clone()),
    ]);
    let (numbers, names) = files(folder);
    let bytes = safetensors::serialize(views, Some(about)).map_err(|e| unusable(&numbers, e))?;
    std::fs::write(&numbers, bytes).map_err(CliError::file(&numbers, "written"))?;
    let json = serde_json::to_vec_pretty(people).expect("people are plain text");
    std::fs::write(&names, json).map_err(CliError::file(&names, "written"))
}

/// Reads what an import needs: people, each there once, their unit vectors before centring, and in what width those are
/// written.
pub(super) fn read(folder: &Path) -> Result<(People, Vectors, Dtype), CliError> {
    let Table { people, numbers, width } = table(folder, DIRECTIONS)?;
    once(&people.people).map_err(|why| unusable(&files(folder).1, why))?;
    let Numbers { dimension, rows: directions } = numbers;
    Ok((people, Vectors { dimension, directions, ..Vectors::default() }, width))
}

/// Refuses people who stand there twice: whose vector counts is not to be guessed.
fn once(people: &[Person]) -> Result<(), String> {
    let mut first = HashMap::new();
    let mut twice = Vec::new();
    for (row, person) in (1..).zip(people) {
        if let Some(before) = first.insert(&person.id, row) {
            twice.push(format!("{} (rows {before} and {row})", person.id));
        }
    }
    if twice.is_empty() {
        return Ok(());
    }
    Err(format!("nobody may stand there twice, and these do: {}", twice.join(", ")))
}

/// Reads the catalogue that was exported: the same people in the same groups.
pub(crate) fn catalogue(folder: &Path) -> Result<Catalogue, CliError> {
    let Table { people, numbers, .. } = table(folder, GROUPED)?;
    let People { profile, catalogue_version, people } = people;
    let Numbers { dimension, rows: grouped } = numbers;
    let unusable = |why: String| unusable(&files(folder).1, why);
    let (mut everyone, mut groups) = (Vec::with_capacity(people.len()), Vec::with_capacity(people.len()));
    for (person, vector) in people.into_iter().zip(grouped.chunks_exact(dimension.max(1))) {
        let group = person.group.ok_or_else(|| unusable(format!("{} is in no group", person.id)))?;
        groups.push(group as usize);
        everyone.push(CataloguePerson {
            portrait: portrait(person.portrait.as_deref().unwrap_or_default())?,
            // Nobody's clicks are recorded against what was exported, so that their ids do for aliases.
            alias: Alias::new(&person.id).map_err(|e| unusable(e.to_string()))?,
            id: PersonId::new(person.id).map_err(|e| unusable(e.to_string()))?,
            name: person.name,
            links: Vec::new(),
            vector: vector.to_vec(),
            crops: person.crops,
        });
    }
    // What the groups' vectors are follows from their members; the vectors are centred already.
    let (draft, _) = Draft::grouped(profile, Vec::new(), everyone, &groups, None, 0.0)?;
    Ok(draft.catalogue(catalogue_version)?)
}

/// People, and the tensor with a row for each of them.
struct Table {
    people: People,
    numbers: Numbers,
    /// Of the numbers in the file.
    width: Dtype,
}

/// Reads both files, of the tensors the one called `name`.
fn table(folder: &Path, name: &str) -> Result<Table, CliError> {
    let (vectors, names) = files(folder);
    let json = std::fs::read(&names).map_err(CliError::file(&names, "read"))?;
    let json = json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&json);
    let people: People = serde_json::from_slice(json).map_err(|e| unusable(&names, e))?;
    let bytes = std::fs::read(&vectors).map_err(CliError::file(&vectors, "read"))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|e| unusable(&vectors, e))?;
    let tensor = tensors.tensor(name).map_err(|e| unusable(&vectors, e))?;
    let numbers = Numbers::of(&tensor, people.people.len());
    let numbers = numbers.map_err(|why| unusable(&vectors, format!("{name} {why}")))?;
    Ok(Table { people, numbers, width: tensor.dtype() })
}

fn files(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("vectors.safetensors"), folder.join("people.json"))
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> CliError {
    CliError::Vectors { path: path.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_what_does_not_fit_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let person = |id: &str| Person { id: id.into(), crops: 3, group: Some(1), ..Person::default() };
        let mut people =
            People { profile: "p".into(), people: vec![person("a"), person("b")], ..People::default() };
        let directions = vec![1.0, 0.0, 0.0, 0.6, 0.8, 0.0];
        let vectors = Vectors {
            dimension: 3,
            grouped: directions.clone(),
            directions,
            groups: vec![1, 1],
            representatives: vec![0.0; 27],
            centre: vec![0.1; 3],
        };
        write(folder.path(), &people, &vectors).unwrap();
        let (again, read_again, width) = read(folder.path()).unwrap();
        assert_eq!((again.profile.as_str(), again.people[1].id.as_str()), ("p", "b"));
        assert_eq!((read_again.dimension, read_again.directions), (3, vectors.directions.clone()));
        assert_eq!(width, Dtype::F32);
        let told = |people: &People| {
            let json = [BYTE_ORDER_MARK, &serde_json::to_vec(people).unwrap()].concat();
            std::fs::write(files(folder.path()).1, json).unwrap();
            read(folder.path()).unwrap_err().to_string()
        };
        people.people[1].id = "a".into();
        assert!(told(&people).contains("a (rows 1 and 2)"), "{}", told(&people));
        people.people.pop();
        assert!(told(&people).contains("2 vectors for the 1 people"), "{}", told(&people));
        std::fs::write(files(folder.path()).0, b"no tensors").unwrap();
        assert!(told(&people).contains("catalogue export"));
    }
}
