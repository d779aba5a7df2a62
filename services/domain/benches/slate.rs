//! Scoring a million people, one thread: the fast form, and the straightforward one beside it.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use domain::catalogue::CosineTable;
use domain::slate::top_ten;
use domain::{GROUPS, Ranking, SLATE};
use std::hint::black_box;

const PEOPLE: usize = 1_000_000;
const WEIGHTS: [f32; 5] = [1.0, 0.45, 0.35, 0.25, 0.15];

/// Cosines spread over −1 to 1 by a multiplicative hash: no two runs differ.
fn table() -> CosineTable {
    let cosine = |i: usize| ((i as u32).wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0;
    CosineTable::new(PEOPLE, (0..PEOPLE * GROUPS).map(cosine).collect()).expect("the size fits")
}

/// Every score, then everyone sorted.
fn straightforward(table: &CosineTable, ranking: &Ranking) -> Vec<usize> {
    let mut scores = vec![0.0f32; table.people()];
    for (group, weight) in ranking.groups().into_iter().zip(WEIGHTS) {
        for (score, cosine) in scores.iter_mut().zip(table.row(group)) {
            *score += weight * cosine;
        }
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    order.truncate(SLATE);
    order
}

fn slate(criterion: &mut Criterion) {
    let table = table();
    let ranking = Ranking::new(&[3, 1, 8, 0, 5]).expect("five distinct groups");
    let mut group = criterion.benchmark_group("slate of a million");
    group.throughput(Throughput::Elements(PEOPLE as u64)).sample_size(30);
    group.bench_function("top_ten", |b| b.iter(|| top_ten(&table, black_box(&ranking), &WEIGHTS)));
    group.sample_size(10);
    group.bench_function("sorting everyone", |b| b.iter(|| straightforward(&table, black_box(&ranking))));
    group.finish();
}

criterion_group!(benches, slate);
criterion_main!(benches);
