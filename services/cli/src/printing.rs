//! Lines on standard output and standard error, whose readers may leave: `avzeus models list | head`.
//!
//! The standard library's `println!` and `eprintln!` panic then. Those of this crate, under the same names, drop what
//! nobody reads: the command goes on to its end and exits as it would have, so that an import is not left half-way and
//! what `avzeus up` started is not left alone.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Prints a line to standard output.
macro_rules! println {
    ($($words:tt)+) => { $crate::printing::line(std::io::stdout(), format_args!($($words)+)) };
}

/// Prints a line to standard error.
macro_rules! eprintln {
    () => { $crate::printing::line(std::io::stderr(), format_args!("")) };
    ($($words:tt)+) => { $crate::printing::line(std::io::stderr(), format_args!($($words)+)) };
}

/// Writes `words` as a line; nothing, where nobody reads any longer. Panics where it cannot be written for another
/// reason, such as a full disk, as the standard library does.
pub(crate) fn line(mut to: impl Write, words: Arguments<'_>) {
    match to.write_fmt(format_args!("{words}\n")) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => panic!("a line cannot be printed: {error}"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_reader_that_left_is_no_failure() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        line(&writer, format_args!("{} words", 2));
        let mut read = [0; 8];
        reader.read_exact(&mut read).unwrap();
        assert_eq!(&read, b"2 words\n");
        drop(reader);
        line(&writer, format_args!("nobody reads this"));
    }

    #[test]
    #[should_panic(expected = "a line cannot be printed")]
    fn a_full_disk_is_one() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        line(Full, format_args!("words"));
    }
}
