//! The contact sheet of one person: every crop with its verdict, in one HTML file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{CropId, PersonId};
use proto::v1::{CropVerdict, DescribeReply, DescribedPerson};
use store::{Crops, ObjectConfig, View};

use super::show::{cosine, quality};
use crate::CliError;

const STYLE: &str = include_str!("sheet.css");

/// Writes the sheet of `person` to `file`; a crop whose picture is gone stands there without one.
pub(super) async fn write(
    person: &DescribedPerson,
    reply: &DescribeReply,
    objects: PathBuf,
    file: &Path,
) -> Result<(), CliError> {
    let crops = Crops::open(&ObjectConfig { objects })?;
    let (mut kept, mut dropped) = (String::new(), String::new());
    for crop in &person.crops {
        let picture = picture(&crops, &person.person, &crop.crop).await;
        figure(if crop.kept { &mut kept } else { &mut dropped }, crop, picture.as_deref());
    }
    std::fs::write(file, page(person, reply, &kept, &dropped)).map_err(CliError::file(file, "written"))
}

/// The face as a data address.
async fn picture(crops: &Crops, person: &str, crop: &str) -> Option<String> {
    let (person, crop) = (PersonId::new(person).ok()?, CropId::new(crop).ok()?);
    let png = crops.get(&person, &crop, View::Face).await.ok()?;
    Some(format!("data:image/png;base64,{}", STANDARD.encode(png)))
}

fn figure(html: &mut String, crop: &CropVerdict, picture: Option<&str>) {
    let image = picture.map_or_else(
        || "<div class=\"gone\">no picture</div>".to_owned(),
        |data| format!("<img src=\"{data}\" alt=\"\" width=\"160\" height=\"160\">"),
    );
    let reason =
        if crop.kept { String::new() } else { format!("<strong>{}</strong>", escaped(&crop.reason)) };
    let measured = crop.quality.map_or_else(String::new, |q| format!("<span>{}</span>", quality(&q)));
    let _ = write!(
        html,
        "<figure>{image}<figcaption>{reason}<span>cosine {} · probability {:.2}</span>{measured}\
         <span class=\"source\" title=\"{crop_id}\">{}</span></figcaption></figure>",
        cosine(crop),
        crop.probability,
        escaped(&crop.source),
        crop_id = crop.crop,
    );
}

fn page(person: &DescribedPerson, reply: &DescribeReply, kept: &str, dropped: &str) -> String {
    let place = person.group.map_or_else(|| escaped(&person.left_out), |group| format!("group {group}"));
    let (name, id) = (escaped(&person.name), escaped(&person.person));
    let name = if name.is_empty() { &id } else { &name };
    let section = |class: &str, title: &str, count: u32, figures: &str| {
        let none = if figures.is_empty() { "<p class=\"none\">none</p>" } else { "" };
        format!(
            "<section class=\"{class}\"><h2>{title} <b>{count}</b></h2>{none}<div class=\"sheet\">{figures}</div></section>"
        )
    };
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{name}: crops</title><style>{STYLE}</style></head>\
         <body><header><h1>{name}</h1><p>{id} · {place} · catalogue {} · {}</p></header>{}{}</body></html>\n",
        escaped(&reply.catalogue_version),
        escaped(&reply.profile),
        section("kept", "Kept", person.kept, kept),
        section("dropped", "Dropped", person.dropped, dropped),
    )
}

/// Text that cannot become markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sources_are_shown_and_never_run() {
        let person = DescribedPerson { name: "<script>".into(), person: "p".into(), ..Default::default() };
        let crop = CropVerdict { source: "\"><img src=x>".into(), ..Default::default() };
        let mut figures = String::new();
        figure(&mut figures, &crop, None);
        let html = page(&person, &DescribeReply::default(), "", &figures);
        assert!(!html.contains("<script>") && !html.contains("<img src=x>"), "{html}");
        assert!(html.contains("&lt;script&gt;") && html.contains("no picture"));
    }
}
