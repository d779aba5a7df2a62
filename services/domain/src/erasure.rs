//! What happens when somebody withdraws (README, "People").

/// The services that hold something of a person, and answer a withdrawal with what they removed. When all of them have, a
/// receipt is signed.
pub const ANSWERING: [&str; 4] = ["cluster", "gateway", "ingest", "recommend"];

/// Those of [`ANSWERING`] that have not `answered` yet.
pub fn missing<'a>(answered: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    let answered: Vec<&str> = answered.into_iter().collect();
    ANSWERING.into_iter().filter(|service| !answered.contains(service)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_not_answered_is_missing() {
        assert_eq!(missing([]), ANSWERING);
        assert_eq!(missing(["ingest", "cluster", "somebody"]), ["gateway", "recommend"]);
        assert!(missing(ANSWERING).is_empty());
    }
}
