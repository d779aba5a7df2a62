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
