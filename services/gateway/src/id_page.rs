//! Pages of lists that are ordered by a person's id: a cursor is the last id of the page before.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use domain::PersonId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::Problem;

/// Longest filter, in characters.
const FILTER: usize = 100;

/// Which page of a list of people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct IdPage {
    /// `next` of the page before; without it the first come first.
    #[param(pattern = "^[a-z0-9-]{1,64}$")]
    cursor: Option<String>,
    /// How many at most, 1 to 200.
    #[serde(default = "most")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: usize,
    /// Only those in whose id or name this stands, in large or small letters.
    #[param(max_length = 100)]
    filter: Option<String>,
}

fn most() -> usize {
    50
}

impl IdPage {
    /// The page that is asked for, if it can be.
    pub(crate) fn asked(query: Result<Query<Self>, QueryRejection>) -> Result<Self, Problem> {
        let Query(page) = query.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
        if page.cursor.as_ref().is_some_and(|cursor| PersonId::new(cursor).is_err()) {
            return Err(Problem::bad_request("cursor must be next of the page before").field("cursor"));
        }
        if !(1..=200).contains(&page.limit) {
            return Err(Problem::bad_request("limit must be 1 to 200").field("limit"));
        }
        if page.filter.as_ref().is_some_and(|filter| filter.chars().count() > FILTER) {
            let detail = format!("filter must have {FILTER} characters at most");
            return Err(Problem::bad_request(detail).field("filter"));
        }
        let filter = page.filter.map(|filter| filter.trim().to_lowercase());
        Ok(Self { filter: filter.filter(|filter| !filter.is_empty()), ..page })
    }

    /// Whether somebody is meant by the filter.
    pub(crate) fn means(&self, id: &str, name: &str) -> bool {
        self.filter.as_ref().is_none_or(|filter| id.contains(filter) || name.to_lowercase().contains(filter))
    }

    /// The page's part of `people`, who are in the order of their ids, and the cursor of the one behind it.
    pub(crate) fn cut<T>(
        &self,
        people: impl Iterator<Item = T>,
        id: impl Fn(&T) -> &str,
    ) -> (Vec<T>, Option<String>) {
        let behind = |person: &T| self.cursor.as_deref().is_none_or(|cursor| id(person) > cursor);
        // One more than is told says whether there is another page.
        let mut page: Vec<T> = people.filter(behind).take(self.limit + 1).collect();
        let more = page.len() > self.limit;
        page.truncate(self.limit);
        let next = page.last().filter(|_| more).map(|last| id(last).to_owned());
        (page, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_until_the_last() {
        let people = ["a", "b", "c", "d", "e"];
        let page = |cursor: Option<&str>, limit| {
            let page = IdPage { cursor: cursor.map(str::to_owned), limit, filter: None };
            page.cut(people.into_iter(), |id| id)
        };
        assert_eq!(page(None, 2), (vec!["a", "b"], Some("b".to_owned())));
        assert_eq!(page(Some("b"), 2), (vec!["c", "d"], Some("d".to_owned())));
        assert_eq!(page(Some("d"), 2), (vec!["e"], None));
        assert_eq!(page(None, 5).1, None);
        // Whoever is the cursor may have left meanwhile.
        assert_eq!(page(Some("bb"), 1).0, ["c"]);
    }
}
