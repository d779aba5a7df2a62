//! What a file is by its first bytes. Its name and its Content-Type are hearsay.

use std::fmt;

use file_format::{FileFormat, Kind};
use image::ImageFormat;

/// So many bytes tell a picture from what is none.
pub const ENOUGH: usize = 12;
/// As many as are looked at: a mark that comes later is none that a file is known by here.
pub(crate) const LOOKED_AT: usize = 1 << 16;
/// The name of a file that nothing is known of.
pub(crate) const UNKNOWN: &str = "an unknown kind of file";

/// The format of a file that begins like a PNG, a JPEG or a WebP.
pub fn picture_format(bytes: &[u8]) -> Option<ImageFormat> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(ImageFormat::Png);
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Some(ImageFormat::Jpeg);
    }
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    is_webp.then_some(ImageFormat::WebP)
}

/// A file that is no PNG, JPEG or WebP picture. As text: what it is, and what to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherFile {
    name: String,
    /// Whether it is a picture, of another format.
    pub is_picture: bool,
    remedy: &'static str,
}

const AS_JPEG: &str = "save it as JPEG or PNG";
const NO_PHOTO: &str = "it holds no photo; delete it, or leave it";
const NOT_THE_PICTURE: &str = "give the picture itself, not what shows it or refuses it";
const FROM_ITS_PROGRAM: &str = "open it in the program it comes from, and save it as JPEG or PNG";

impl OtherFile {
    /// What the file is that begins with these bytes.
    pub fn of(bytes: &[u8]) -> OtherFile {
        let format = FileFormat::from_bytes(&bytes[..bytes.len().min(LOOKED_AT)]);
        let is_picture = format.kind() == Kind::Image;
        OtherFile { name: name_of(format, bytes), is_picture, remedy: remedy(format, bytes) }
    }
}

impl fmt::Display for OtherFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, not a PNG, JPEG or WebP picture: {}", self.name, self.remedy)
    }
}

/// What a file is, with its article: "a HEIC picture".
pub fn name(bytes: &[u8]) -> String {
    name_of(FileFormat::from_bytes(&bytes[..bytes.len().min(LOOKED_AT)]), bytes)
}

fn name_of(format: FileFormat, bytes: &[u8]) -> String {
    use FileFormat as F;
    let name = match format {
        F::Empty => "empty",
        F::HighEfficiencyImageCoding
        | F::HighEfficiencyImageCodingSequence
        | F::HighEfficiencyImageFileFormat
        | F::HighEfficiencyImageFileFormatSequence => "a HEIC picture",
        F::Av1ImageFileFormat | F::Av1ImageFileFormatSequence => "an AVIF picture",
        F::JpegXl => "a JPEG XL picture",
        F::Gzip => "a gzip archive",
        F::AppleQuicktime => "a QuickTime video",
        // Whether there is sound alone in it, its first bytes do not tell.
        F::Mpeg4Part14 => "an MP4 video",
        F::CompoundFileBinary => "a Windows compound file, as Thumbs.db is",
        F::PlainText
        | F::ArbitraryBinaryData
        | F::HypertextMarkupLanguage
        | F::ExtensibleMarkupLanguage
        | F::ScalableVectorGraphics => text_or_unknown(bytes),
        _ => return named(format),
    };
    name.to_owned()
}

/// By the name that the format's makers gave it, or the short one that people know.
fn named(format: FileFormat) -> String {
    let what = match format.kind() {
        Kind::Image => " picture",
        Kind::Video => " video",
        Kind::Audio => " recording",
        Kind::Archive | Kind::Compressed => " archive",
        _ => " file",
    };
    let name = format.short_name().unwrap_or(format.name());
    // Letters that are spoken by their names begin with a vowel more often than they are one.
    let first = name.chars().next().unwrap_or(' ');
    let is_spelled = name.chars().all(|c| !c.is_ascii_lowercase());
    let vowels = if is_spelled { "AEFHILMNORSX8" } else { "AEIOaeio8" };
    let article = if vowels.contains(first) { "an" } else { "a" };
    format!("{article} {name}{what}")
}

/// What has no mark of its own: text, and what it seems to be.
fn text_or_unknown(bytes: &[u8]) -> &'static str {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if text.starts_with(b"version https://git-lfs") {
        return "a pointer of Git LFS";
    }
    match text.first() {
        Some(b'{' | b'[') if is_text(text) => "JSON",
        Some(b'<') if text.starts_with(b"<?xml") => "XML",
        Some(b'<') if text.starts_with(b"<svg") => "an SVG drawing",
        Some(b'<') => "a web page",
        _ if is_text(bytes) || bytes.starts_with(b"\xff\xfe") => "text",
        _ => UNKNOWN,
    }
}

/// Whether what is there is UTF-8 that prints, up to a character that is cut off.
fn is_text(bytes: &[u8]) -> bool {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    text.chars().all(|c| !c.is_control() || c.is_ascii_whitespace())
}

fn remedy(format: FileFormat, bytes: &[u8]) -> &'static str {
    use FileFormat as F;
    match (format, format.kind()) {
        (F::Empty, _) => "copy it once more",
        (
            F::HighEfficiencyImageCoding
            | F::HighEfficiencyImageCodingSequence
            | F::HighEfficiencyImageFileFormat
            | F::HighEfficiencyImageFileFormatSequence,
            _,
        ) => "save it as JPEG; an iPhone makes JPEGs with Settings, Camera, Formats, Most Compatible",
        (F::GraphicsInterchangeFormat, _) => "save one of its pictures as PNG",
        (F::CompoundFileBinary, _) => NO_PHOTO,
        (F::PlainText | F::ArbitraryBinaryData, _) if text_or_unknown(bytes) == UNKNOWN => FROM_ITS_PROGRAM,
        (
            F::PlainText | F::ArbitraryBinaryData | F::HypertextMarkupLanguage | F::ExtensibleMarkupLanguage,
            _,
        ) => NOT_THE_PICTURE,
        (_, Kind::Image) => AS_JPEG,
        (F::Mpeg4Part14, _) | (_, Kind::Video) => "save one frame of it as JPEG or PNG",
        (_, Kind::Archive | Kind::Compressed | Kind::Package) => "unpack it, and give the pictures in it",
        (_, Kind::Document | Kind::Presentation | Kind::Ebook) => "save the picture in it as JPEG or PNG",
        _ => NO_PHOTO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_kinds_of_files_are_pictures() {
        let pictures: [(&[u8], ImageFormat); 3] = [
            (b"\x89PNG\r\n\x1a\n\0\0\0\r", ImageFormat::Png),
            (b"\xff\xd8\xff\xe0", ImageFormat::Jpeg),
            (b"RIFF\x24\0\0\0WEBPVP8 ", ImageFormat::WebP),
        ];
        for (bytes, format) in pictures {
            assert_eq!(picture_format(bytes), Some(format));
        }
    }

    #[test]
    fn everything_else_is_named_with_what_to_do() {
        let others: [(&[u8], &str, &str); 30] = [
            (b"", "empty", "copy it"),
            (b"\x89PNG\n\x1a\n", "an unknown kind of file", "open it"),
            (b"\xff\xd8", "an unknown kind of file", "open it"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "a WAV recording", "it holds no photo"),
            (b"GIF89a\x01\0\x01\0", "a GIF picture", "save one of its pictures"),
            (
                b"BM\x36\x09\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\0\0\0\x18\0\0\0\x01\0\x18\0",
                "a BMP picture",
                "save it as JPEG",
            ),
            (b"II*\0\x08\0\0\0", "a TIFF picture", "save it as JPEG"),
            (b"MM\0*\0\0\0\x08", "a TIFF picture", "save it as JPEG"),
            (b"\0\0\0\x20ftypavif", "an AVIF picture", "save it as JPEG"),
            (b"\0\0\0\x18ftypheic", "a HEIC picture", "save it as JPEG; an iPhone"),
            (b"\0\0\0\x18ftypmif1", "a HEIC picture", "save it as JPEG; an iPhone"),
            (b"\xff\x0a\xfa\x1f", "a JPEG XL picture", "save it as JPEG"),
            (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture", "save it as JPEG"),
            (b"\0\0\0\x14ftypqt  ", "a QuickTime video", "save one frame"),
            (b"\0\0\0\x20ftypisom", "an MP4 video", "save one frame"),
            (
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
                "a Windows compound file, as Thumbs.db is",
                "it holds no photo",
            ),
            (b"%PDF-1.7", "a PDF file", "save the picture in it"),
            (b"PK\x03\x04\x14\0", "a ZIP archive", "unpack it"),
            (b"\x1f\x8b\x08\0", "a gzip archive", "unpack it"),
            (b"<!DOCTYPE html>", "a web page", "give the picture itself"),
            (b"\n\n  <html>", "a web page", "give the picture itself"),
            (b"\xef\xbb\xbf<!doctype html>", "a web page", "give the picture itself"),
            (b"<script>alert(1)</script>", "a web page", "give the picture itself"),
            (b"<?xml version=\"1.0\"?><plist/>", "XML", "give the picture itself"),
            (b"{\"error\":404}", "JSON", "give the picture itself"),
            (b"[1,2,3]", "JSON", "give the picture itself"),
            (b"Not found\n", "text", "give the picture itself"),
            ("Seite nicht gefunden – ä\n".as_bytes(), "text", "give the picture itself"),
            (
                b"version https://git-lfs.github.com/spec/v1\n",
                "a pointer of Git LFS",
                "give the picture itself",
            ),
            (b"\0\0\0\0", "an unknown kind of file", "open it"),
        ];
        for (bytes, name, remedy) in others {
            let shown = bytes.escape_ascii().to_string();
            assert_eq!(picture_format(bytes), None, "{shown}");
            let told = OtherFile::of(bytes).to_string();
            let expected = format!("{name}, not a PNG, JPEG or WebP picture: {remedy}");
            assert!(told.starts_with(&expected), "{shown}: {told}");
        }
        assert!(OtherFile::of(b"GIF89a\x01\0\x01\0").is_picture);
        assert!(!OtherFile::of(b"%PDF-1.7").is_picture);
    }
}
