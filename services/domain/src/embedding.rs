//! Arithmetic on embeddings: plain slices of `D` numbers, of unit length unless said otherwise.

/// Inner product; the cosine when both are unit vectors.
///
/// Eight running sums let the compiler use vector registers without reordering the caller's result
/// from run to run.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    debug_assert_eq!(a.len(), b.len());
    let mut sums = [0.0f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f32 = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a8.zip(b8) {
        for i in 0..8 {
            sums[i] += x[i] * y[i];
        }
    }
    sums.iter().sum::<f32>() + tail
}

/// Euclidean length.
pub fn norm(a: &[f32]) -> f32 {
    dot(a, a).sqrt()
}

/// `a / |a|`; `None` where the length is zero or not finite, because such a vector has no direction.
pub fn unit(a: &[f32]) -> Option<Vec<f32>> {
    let length = norm(a);
    (length.is_finite() && length > 1e-12).then(|| a.iter().map(|x| x / length).collect())
}

/// Component-wise mean, summed in f64 so that the order of thousands of crops does not show.
/// `None` when there is no vector.
pub fn mean<'a>(vectors: impl IntoIterator<Item = &'a [f32]>) -> Option<Vec<f32>> {
    let mut count = 0usize;
    let mut sums: Vec<f64> = Vec::new();
    for vector in vectors {
        if count == 0 {
            sums = vec![0.0; vector.len()];
        }
        for (sum, x) in sums.iter_mut().zip(vector) {
            *sum += f64::from(*x);
        }
        count += 1;
    }
    (count > 0).then(|| sums.iter().map(|s| (s / count as f64) as f32).collect())
}

/// `vector − centre`, brought back to unit length; `None` where nothing is left.
pub fn centred(vector: &[f32], centre: &[f32]) -> Option<Vec<f32>> {
    let moved: Vec<f32> = vector.iter().zip(centre).map(|(x, m)| x - m).collect();
    unit(&moved)
}

/// Euclidean distance.
pub fn distance(a: &[f32], b: &[f32]) -> f32 {
    let moved: Vec<f32> = a.iter().zip(b).map(|(x, y)| x - y).collect();
    norm(&moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_agrees_with_the_definition_at_every_length() {
        for n in 0..40 {
            let a: Vec<f32> = (0..n).map(|i| (i as f32 * 0.7).sin()).collect();
            let b: Vec<f32> = (0..n).map(|i| (i as f32 * 0.3).cos()).collect();
            let plain: f64 = a.iter().zip(&b).map(|(x, y)| f64::from(x * y)).sum();
            assert!((f64::from(dot(&a, &b)) - plain).abs() < 1e-5, "{n}");
        }
    }

    #[test]
    fn a_vector_without_direction_is_none() {
        assert_eq!(unit(&[0.0, 0.0]), None);
        assert_eq!(unit(&[f32::NAN, 1.0]), None);
        assert_eq!(centred(&[1.0, 0.0], &[1.0, 0.0]), None);
        assert_eq!(mean(std::iter::empty()), None);
    }
}
