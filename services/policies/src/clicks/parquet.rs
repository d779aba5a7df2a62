//! Clicks as Parquet: a row a click, a column a field, as data frames read them.
//!
//! What belongs to the ten people of a slate is a list each: their ids, their scores, and their cosines to
//! the five picks, five after five. So is what belongs to the policies that could have made it. `CLICKS.md` tells every
//! column.

mod cell;
mod columns;
mod read;
mod row;
mod write;

pub(super) use read::read;
pub(super) use write::Rows;
#[cfg(test)]
pub(super) use write::schema;
