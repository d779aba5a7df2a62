//! What a file is by its first bytes. Its Content-Type and its name are hearsay.

/// So many bytes tell a picture from what is none.
pub(super) const ENOUGH: usize = 12;

/// What begins a file → what it is. The first match names it.
const OTHERS: [(&[u8], &str); 11] = [
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip"),
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"<?xml", "XML"),
    (b"<svg", "an SVG drawing"),
];

/// Nothing wrong with a file that begins like a PNG, a JPEG or a WebP; otherwise what it looks like.
pub(super) fn check(bytes: &[u8]) -> Result<(), &'static str> {
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let is_picture = bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(b"\xff\xd8\xff") || is_webp;
    if is_picture { Ok(()) } else { Err(looks_like(bytes)) }
}

fn looks_like(bytes: &[u8]) -> &'static str {
    if bytes.is_empty() {
        return "empty";
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return "an AVIF, HEIC or video file";
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match OTHERS.iter().find(|(magic, _)| text.starts_with(magic)) {
        Some((_, kind)) => kind,
        None if text.starts_with(b"<") => "a web page",
        None if bytes.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) => "text",
        None => "an unknown kind of file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_kinds_of_files_are_pictures() {
        let pictures: [&[u8]; 3] =
            [b"\x89PNG\r\n\x1a\n\0\0\0\r", b"\xff\xd8\xff\xe0", b"RIFF\x24\0\0\0WEBPVP8 "];
        for bytes in pictures {
            assert_eq!(check(bytes), Ok(()));
        }
    }

    #[test]
    fn everything_else_is_named() {
        let others: [(&[u8], &str); 23] = [
            (b"", "empty"),
            (b"\x89PNG\n\x1a\n", "an unknown kind of file"),
            (b"\xff\xd8", "an unknown kind of file"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "an unknown kind of file"),
            (b"GIF89a\x01\0\x01\0", "a GIF"),
            (b"BM\x36\0\0\0", "a BMP"),
            (b"II*\0\x08\0\0\0", "a TIFF"),
            (b"MM\0*\0\0\0\x08", "a TIFF"),
            (b"\0\0\0\x20ftypavif", "an AVIF, HEIC or video file"),
            (b"%PDF-1.7", "a PDF"),
            (b"PK\x03\x04\x14\0", "a ZIP archive"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"<!DOCTYPE html>", "a web page"),
            (b"\n\n  <html>", "a web page"),
            (b"\xef\xbb\xbf<!doctype html>", "a web page"),
            (b"<script>alert(1)</script>", "a web page"),
            (b"<?xml version=\"1.0\"?><svg/>", "XML"),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\">", "an SVG drawing"),
            (b"{\"error\":404}", "JSON"),
            (b"[1,2,3]", "JSON"),
            (b"Not found\n", "text"),
            (b"\x7fELF\x02\x01\x01", "an unknown kind of file"),
            (b"\0\0\0\0", "an unknown kind of file"),
        ];
        for (bytes, kind) in others {
            assert_eq!(check(bytes), Err(kind), "{:?}", bytes.escape_ascii().to_string());
        }
    }
}
