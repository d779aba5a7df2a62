//! A net whose every weight is given by a formula. What a converter must make of it is known without
//! anyone's weights, so the converter itself can be checked.

use std::collections::{BTreeMap, BTreeSet};

use super::tensor::{GraphBuilder, Tensor, Weights};

/// The ONNX file that `build` makes of formula weights.
///
/// With `k` a tensor's place in the sorted list of all names, `i` the row-major index and `u = h(i, k)`:
/// running variances are `0.5 + u`, running means `(u − 0.5)·0.2`, tensors of two and more dimensions
/// `(u − 0.5)·2·√(3 / inputs of one output)`, other weights `0.5 + u`, everything else `(u − 0.5)·0.2`.
pub(super) fn onnx(build: GraphBuilder) -> Result<Vec<u8>, String> {
    let mut asked = Asked::default();
    build(&mut asked)?;
    let places = asked.0.into_iter().enumerate().map(|(place, name)| (name, place)).collect();
    build(&mut Formula(places))
}

/// Learns which tensors a net takes.
#[derive(Default)]
struct Asked(BTreeSet<String>);

impl Weights for Asked {
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, String> {
        self.0.insert(name.into());
        Ok(Tensor::new(shape, vec![0.0; shape.iter().product()]))
    }
}

/// The place of each tensor in the sorted list.
struct Formula(BTreeMap<String, usize>);

impl Weights for Formula {
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, String> {
        let k = self.0.remove(name).ok_or_else(|| format!("{name} is taken twice"))?;
        let inputs: usize = shape[1..].iter().product();
        let number = |u: f64| match name.rsplit('.').next() {
            Some("running_var") => 0.5 + u,
            Some("running_mean") => (u - 0.5) * 0.2,
            _ if shape.len() > 1 => (u - 0.5) * 2.0 * (3.0 / inputs as f64).sqrt(),
            Some("weight") => 0.5 + u,
            _ => (u - 0.5) * 0.2,
        };
        let values = (0..shape.iter().product()).map(|i| number(h(i, k)) as f32).collect();
        Ok(Tensor::new(shape, values))
    }
}

/// A hash of two numbers, spread over 0 to 1.
fn h(i: usize, k: usize) -> f64 {
    let mut x = (i as u32).wrapping_mul(2_654_435_761);
    x = x.wrapping_add((k as u32).wrapping_mul(40_503)).wrapping_add(12_345);
    for _ in 0..2 {
        x = (x ^ (x >> 16)).wrapping_mul(0x045d_9f3b);
    }
    f64::from(x ^ (x >> 16)) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::inception_graph::inception_resnet_v1;

    #[test]
    fn a_net_is_asked_for_every_tensor_it_takes() {
        let mut asked = Asked::default();
        inception_resnet_v1(&mut asked).expect("zeros are numbers");
        let names: Vec<_> = asked.0.iter().map(String::as_str).collect();
        assert_eq!(names.len(), 602);
        assert_eq!((names[0], names[601]), ("block8.branch0.bn.bias", "repeat_3.4.conv2d.weight"));
    }

    #[test]
    fn the_hash_spreads_over_its_range() {
        let values: Vec<f64> = (0..1000).map(|i| h(i, 7)).collect();
        assert!(values.iter().all(|v| (0.0..1.0).contains(v)));
        assert!((values.iter().sum::<f64>() / 1000.0 - 0.5).abs() < 0.03);
        assert!(h(0, 999) != h(0, 1000));
    }
}
