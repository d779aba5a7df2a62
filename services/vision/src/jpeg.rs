//! The segments of a JPEG's header: what its decoder would not say, or would pass over.

/// Start of a frame: the low nibble says how it is coded. Three markers of this range are something else.
const FRAMES: std::ops::RangeInclusive<u8> = 0xc0..=0xcf;
const HUFFMAN_TABLES: u8 = 0xc4;
const EXTENSION: u8 = 0xc8;
const ARITHMETIC_TABLES: u8 = 0xcc;
/// Start of a frame of JPEG-LS.
const LS_FRAME: u8 = 0xf7;
const SCAN: u8 = 0xda;
const END: u8 = 0xd9;

/// A segment of the header.
struct Segment<'a> {
    marker: u8,
    /// Without its marker and length.
    body: &'a [u8],
    /// Where its marker begins.
    at: usize,
}

/// The segments up to the first scan, which is the last of them. A segment that is cut off ends them.
///
/// Cameras leave bytes between segments that belong to none. All decoders go on to the next marker, and so does this.
fn segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let (mut next, mut ended) = (2, false);
    std::iter::from_fn(move || {
        while !ended {
            let at = next + bytes.get(next..)?.iter().position(|&byte| byte == 0xff)?;
            let marker = *bytes.get(at + 1)?;
            match marker {
                // A byte that fills, and one that a scan would have stuffed.
                0xff | 0x00 => next = at + 1,
                // Markers without a length.
                0x01 | 0xd0..=0xd8 => next = at + 2,
                END => return None,
                _ => {
                    let &[high, low] = bytes.get(at + 2..at + 4)? else { return None };
                    let length = usize::from(u16::from_be_bytes([high, low]));
                    next = at + 2 + length.max(2);
                    ended = marker == SCAN;
                    return Some(Segment { marker, body: bytes.get(at + 4..next)?, at });
                }
            }
        }
        None
    })
}

/// How the JPEG is coded, where no decoder here reads that.
pub(crate) fn unsupported(bytes: &[u8]) -> Option<&'static str> {
    let frame = segments(bytes).find(|segment| match segment.marker {
        HUFFMAN_TABLES | EXTENSION | ARITHMETIC_TABLES => false,
        marker => FRAMES.contains(&marker) || marker == LS_FRAME,
    })?;
    match (frame.marker, frame.body.first()?) {
        (LS_FRAME, _) => Some("a JPEG-LS picture"),
        (0xc3 | 0xc7 | 0xcb | 0xcf, _) => Some("a lossless JPEG"),
        (0xc9 | 0xca | 0xcd | 0xce, _) => Some("an arithmetic-coded JPEG"),
        (0xc5 | 0xc6, _) => Some("a hierarchical JPEG"),
        (_, 12) => Some("a JPEG of 12 bits a colour"),
        _ => None,
    }
}

/// Whether an end-of-image marker follows the first scan: decoders fill what is missing with grey. In scan data 0xff is
/// always stuffed, so 0xffd9 there can only be the marker.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    let scan = segments(bytes).find(|segment| segment.marker == SCAN);
    scan.is_some_and(|scan| bytes[scan.at..].windows(2).any(|pair| pair == [0xff, END]))
}
