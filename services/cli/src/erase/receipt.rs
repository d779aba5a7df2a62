//! Receipts, as people and programs read them.

use domain::Hex;
use jiff::Timestamp;
use proto::v1::{PersonErased, Receipt};
use serde_json::{Value, json};

use crate::CliError;

pub(super) fn print(receipt: &Receipt) -> Result<(), CliError> {
    let statement = receipt.statement()?;
    println!("{} withdrew at {}", statement.person, time(statement.withdrawn_at_ms));
    for answer in &statement.answers {
        println!("{:>12}  {}  {}", answer.service, time(answer.erased_at_ms), removed(answer));
    }
    let verdict = if receipt.is_genuine() { "signed" } else { "NOT signed as it says" };
    println!(
        "{:>12}  {}  {verdict}, key {}",
        "receipt",
        time(statement.signed_at_ms),
        Hex(&receipt.public_key)
    );
    Ok(())
}

pub(super) fn json(receipt: &Receipt) -> Result<Value, CliError> {
    let statement = receipt.statement()?;
    let answers = statement.answers.iter().map(|answer| {
        let removed = answer.removed.iter().map(|removed| (removed.what.clone(), removed.count.into()));
        json!({
            "service": answer.service,
            "erased_at_ms": answer.erased_at_ms,
            "removed": removed.collect::<serde_json::Map<_, _>>(),
        })
    });
    Ok(json!({
        "person": statement.person,
        "withdrawn_at_ms": statement.withdrawn_at_ms,
        "signed_at_ms": statement.signed_at_ms,
        "answers": answers.collect::<Vec<_>>(),
        "statement": Hex(&receipt.statement).to_string(),
        "public_key": Hex(&receipt.public_key).to_string(),
        "signature": Hex(&receipt.signature).to_string(),
        "genuine": receipt.is_genuine(),
    }))
}

fn removed(answer: &PersonErased) -> String {
    let some = answer.removed.iter().filter(|removed| removed.count > 0);
    let words: Vec<String> = some.map(|removed| format!("{} {}", removed.count, removed.what)).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

fn time(ms: u64) -> String {
    Timestamp::from_millisecond(ms as i64).map_or_else(|_| ms.to_string(), |time| time.to_string())
}
