//! A tensor of unit vectors that somebody else wrote, a row a person: what is wrong with all of it is told of the file, and not
//! of every row.

use domain::embedding::{norm, unit};
use half::{bf16, f16};
use safetensors::tensor::{Dtype, TensorView};

/// How far a vector's length may lie from 1.
const ROUNDING: f32 = 1e-3;
/// The same for numbers of 16 bits, which keep two to three digits.
const COARSE_ROUNDING: f32 = 1e-2;

/// Vectors in numbers of 32 bits.
#[derive(Debug, PartialEq)]
pub(super) struct Numbers {
    /// Numbers of a vector.
    pub(super) dimension: usize,
    /// One vector after the other.
    pub(super) rows: Vec<f32>,
}

impl Numbers {
    /// Reads `tensor`, which is to hold a unit vector for each of `people`. A few vectors of another length are left to
    /// whoever takes them in; where most are, the error says what is wrong with the tensor, in words that follow its name.
    pub(super) fn of(tensor: &TensorView<'_>, people: usize) -> Result<Self, String> {
        let (width, shape) = (tensor.dtype(), tensor.shape());
        let (&[count, dimension], Some(mut rows)) = (shape, numbers(width, tensor.data())) else {
            return Err(format!(
                "is {width:?} {shape:?}, and must be people × numbers of F32, F64, F16 or BF16"
            ));
        };
        if count != people {
            let transposed = if dimension == people {
                "; it is people × numbers that is read: save numpy.ascontiguousarray(vectors.T)"
            } else {
                ""
            };
            return Err(format!("holds {count} vectors for the {people} people of people.json{transposed}"));
        }
        let coarse = matches!(width, Dtype::F16 | Dtype::BF16);
        check(&rows, count, dimension, if coarse { COARSE_ROUNDING } else { ROUNDING })?;
        if coarse {
            // What was 1 long before it was rounded is so again.
            for row in rows.chunks_exact_mut(dimension.max(1)) {
                if let Some(unit) = unit(row).filter(|_| is_unit(norm(row), COARSE_ROUNDING)) {
                    row.copy_from_slice(&unit);
                }
            }
        }
        Ok(Self { dimension, rows })
    }
}

fn numbers(width: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    let pairs = || bytes.as_chunks::<2>().0.iter();
    Some(match width {
        Dtype::F32 => bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F64 => {
            bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect()
        }
        Dtype::F16 => pairs().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect(),
        Dtype::BF16 => pairs().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()).collect(),
        _ => return None,
    })
}

/// Refuses vectors of which most are not 1 long.
fn check(rows: &[f32], count: usize, dimension: usize, rounding: f32) -> Result<(), String> {
    let lengths: Vec<f32> = rows.chunks_exact(dimension.max(1)).map(norm).collect();
    let mut off = lengths.iter().enumerate().filter(|(_, length)| !is_unit(**length, rounding));
    let Some((first, length)) = off.next() else { return Ok(()) };
    let off = 1 + off.count();
    // Scrambled rows are 1 long by chance, too: how the others are does not matter.
    if is_column_major(rows, count, dimension, rounding) {
        return Err("is written column by column (Fortran order), so that every vector is made of pieces of others: save \
                    numpy.ascontiguousarray(vectors)"
            .to_owned());
    }
    if 2 * off > count {
        return Err(format!(
            "holds {off} of {count} vectors that are not 1 long (row {}: {length:.3}): divide each by its length",
            first + 1
        ));
    }
    Ok(())
}

/// Whether every vector is 1 long if the numbers are read column by column.
fn is_column_major(rows: &[f32], count: usize, dimension: usize, rounding: f32) -> bool {
    let mut squares = vec![0.0f64; count];
    for column in rows.chunks_exact(count.max(1)) {
        for (square, number) in squares.iter_mut().zip(column) {
            *square += f64::from(*number).powi(2);
        }
    }
    count > 1 && dimension > 1 && squares.iter().all(|square| is_unit(square.sqrt() as f32, rounding))
}

fn is_unit(length: f32, rounding: f32) -> bool {
    (length - 1.0).abs() < rounding
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const PEOPLE: usize = 20;
    const DIMENSION: usize = 8;

    fn rows() -> Vec<f32> {
        let row = |person: usize| {
            let numbers: Vec<f32> = (0..DIMENSION).map(|d| ((person * 31 + d * 7) as f32).sin()).collect();
            unit(&numbers).unwrap()
        };
        (0..PEOPLE).flat_map(row).collect()
    }

    fn read(width: Dtype, shape: [usize; 2], bytes: &[u8]) -> Result<Numbers, String> {
        Numbers::of(&TensorView::new(width, shape.to_vec(), bytes).unwrap(), PEOPLE)
    }

    fn of_f32(rows: &[f32], shape: [usize; 2]) -> Result<Numbers, String> {
        read(Dtype::F32, shape, &rows.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())
    }

    #[test]
    fn every_width_of_floats_is_taken() {
        let (shape, rows) = ([PEOPLE, DIMENSION], rows());
        assert_eq!(of_f32(&rows, shape), Ok(Numbers { dimension: DIMENSION, rows: rows.clone() }));
        let wide: Vec<u8> = rows.iter().flat_map(|x| f64::from(*x).to_le_bytes()).collect();
        assert_eq!(read(Dtype::F64, shape, &wide).unwrap().rows, rows);
        let half: Vec<u8> = rows.iter().flat_map(|x| f16::from_f32(*x).to_le_bytes()).collect();
        let brain: Vec<u8> = rows.iter().flat_map(|x| bf16::from_f32(*x).to_le_bytes()).collect();
        for (width, bytes, apart) in [(Dtype::F16, half, 1e-3), (Dtype::BF16, brain, 8e-3)] {
            let read = read(width, shape, &bytes).unwrap().rows;
            assert!(read.iter().zip(&rows).all(|(a, b)| (a - b).abs() < apart), "{width:?}");
            assert!(read.chunks(DIMENSION).all(|row| (norm(row) - 1.0).abs() < 1e-6), "{width:?}");
        }
        assert!(read(Dtype::I8, shape, &[0; PEOPLE * DIMENSION]).unwrap_err().contains("must be people"));
    }

    #[test]
    fn what_is_wrong_with_all_of_it_is_told_of_the_file() {
        let (shape, rows) = ([PEOPLE, DIMENSION], rows());
        let columns: Vec<f32> = (0..rows.len()).map(|i| rows[i % PEOPLE * DIMENSION + i / PEOPLE]).collect();
        assert!(of_f32(&columns, shape).unwrap_err().contains("column by column"));
        assert!(of_f32(&columns, [DIMENSION, PEOPLE]).unwrap_err().contains("vectors.T"));
        let long: Vec<f32> = rows.iter().map(|x| 3.0 * x).collect();
        let told = of_f32(&long, shape).unwrap_err();
        assert!(told.contains("20 of 20 vectors that are not 1 long (row 1: 3.000)"), "{told}");
        let mut one = rows;
        one[2 * DIMENSION] = f32::NAN;
        assert!(of_f32(&one, shape).is_ok(), "one vector is refused by itself");
    }
}
