//! Whether an ONNX file takes and gives what its profile says, told when it is opened.

use ort::session::Session;
use ort::value::{Outlet, TensorElementType, ValueType};

use crate::profile::Profile;

/// Chips that a net takes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Batch {
    /// As many as it is given.
    Any,
    /// One: its first dimension is fixed.
    One,
}

/// Hold the session's input and output against the profile. The error says which is not as it should be;
/// a dimension that the file leaves open is taken on trust.
pub(crate) fn check(session: &Session, profile: &Profile) -> Result<Batch, String> {
    let [input] = session.inputs() else {
        return Err(format!("it has {} inputs, not one", session.inputs().len()));
    };
    let output = session.outputs().first().ok_or("it has no output")?;
    let side = i64::from(profile.input_side);
    let shape = floats("input", input)?;
    if !fits(shape, &[None, Some(3), Some(side), Some(side)]) {
        return Err(format!("its input has shape {shape:?}, not [n, 3, {side}, {side}]"));
    }
    let batch = match shape[0] {
        1 => Batch::One,
        -1 => Batch::Any,
        n => return Err(format!("it takes {n} pictures at once, no more and no less")),
    };
    let dimension = profile.dimension as i64;
    let shape = floats("output", output)?;
    if !fits(shape, &[None, Some(dimension)]) {
        return Err(format!("its output has shape {shape:?}, not [n, {dimension}]"));
    }
    Ok(batch)
}

/// The shape of an outlet of 32-bit floats; -1 where it is left open.
fn floats<'s>(kind: &str, outlet: &'s Outlet) -> Result<&'s [i64], String> {
    match outlet.dtype() {
        ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } => Ok(shape),
        other => Err(format!("its {kind} {} is {other}, not 32-bit floats", outlet.name())),
    }
}

fn fits(shape: &[i64], expected: &[Option<i64>]) -> bool {
    let fits = |(&size, expected): (&i64, &Option<i64>)| size < 0 || expected.is_none_or(|e| e == size);
    shape.len() == expected.len() && shape.iter().zip(expected).all(fits)
}
