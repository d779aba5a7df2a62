//! The converters answer right, known without a golden folder: a net whose weights a formula gives.

use vision::VisionConfig;
use vision::models::{Verdict, verify_converters};

#[test]
fn converters_make_nets_that_give_the_known_answers() {
    let checked = verify_converters(&VisionConfig::default()).expect("`make setup` has fetched onnx runtime");
    assert!(!checked.is_empty());
    for converter in checked {
        let Verdict::Good { difference } = converter.verdict else { panic!("{converter:?}") };
        eprintln!("{:?}: within {difference:.1e}", converter.converter);
    }
}
