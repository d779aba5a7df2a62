//! Small systems of linear equations, for estimates that are fitted rather than looked up.

/// Solves A·z = b for a symmetric positive definite A by Cholesky's factorisation. `None` where A is not
/// positive definite, or holds a number that is not finite.
pub(crate) fn solve<const N: usize>(mut a: [[f64; N]; N], b: [f64; N]) -> Option<[f64; N]> {
    // L, with A = L·Lᵀ, takes the place of A's lower half.
    for i in 0..N {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            let rest = a[i][j] - known;
            a[i][j] = if i == j { positive(rest)?.sqrt() } else { rest / a[j][j] };
        }
    }
    let mut z = b;
    for i in 0..N {
        z[i] = (z[i] - (0..i).map(|k| a[i][k] * z[k]).sum::<f64>()) / a[i][i];
    }
    for i in (0..N).rev() {
        z[i] = (z[i] - (i + 1..N).map(|k| a[k][i] * z[k]).sum::<f64>()) / a[i][i];
    }
    z.iter().all(|z| z.is_finite()).then_some(z)
}

fn positive(pivot: f64) -> Option<f64> {
    (pivot > 0.0 && pivot.is_finite()).then_some(pivot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_solved_by_hand() {
        let a = [[4.0, 2.0, 0.0], [2.0, 5.0, 1.0], [0.0, 1.0, 3.0]];
        let z = solve(a, [8.0, 15.0, 11.0]).unwrap();
        for (found, by_hand) in z.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - by_hand).abs() < 1e-12, "{z:?}");
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_no_solution_here() {
        assert_eq!(solve([[1.0, 2.0], [2.0, 1.0]], [1.0, 1.0]), None);
        assert_eq!(solve([[f64::NAN]], [1.0]), None);
    }
}
