//! What the profiles demand, as lists to read: the same files that are applied, without their types.

use super::PolicyError;
use super::load::{EMBEDDED, Header, header, text_of};
use super::requirement::Applies;
use crate::rule::Level;
use serde::Deserialize;

/// A profile to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// What it says of itself.
    pub header: Header,
    /// Whether its certificates can be told by their marks.
    pub is_recognised: bool,
    /// What it demands itself, beside what it extends.
    pub demands: Vec<Demand>,
}

/// A demand to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Demand {
    /// The id of the rule.
    pub id: String,
    /// The check.
    pub check: String,
    /// Its parameters, as in the file; empty if it has none.
    pub parameters: String,
    /// The document with its edition.
    pub document: String,
    /// The clause in it.
    pub clause: String,
    /// Where the document can be had.
    pub url: Option<String>,
    /// How much a violation weighs.
    pub level: Level,
    /// To which certificates of a path it applies.
    pub applies: Applies,
    /// Whether the clause was read in the document itself.
    pub confirmed: bool,
}

#[derive(Deserialize)]
struct File {
    recognise: Option<toml::Table>,
    #[serde(default)]
    require: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    clause: String,
    document: Option<String>,
    level: Level,
    #[serde(default)]
    applies: Applies,
    confirmed: bool,
    check: toml::Table,
}

/// All profiles that come with inkan.
pub fn all() -> Result<Vec<Listed>, PolicyError> {
    EMBEDDED.iter().map(|(name, _)| listed(name)).collect()
}

fn listed(name: &str) -> Result<Listed, PolicyError> {
    let unusable = |error: toml::de::Error| PolicyError::NotUsable {
        name: name.to_owned(),
        reason: error.to_string(),
    };
    let header = header(name)?;
    let file: File = toml::from_str(text_of(name)?).map_err(unusable)?;
    let demands = file.require.into_iter().map(|entry| demand(name, &header, entry)).collect();
    Ok(Listed { name: name.to_owned(), is_recognised: file.recognise.is_some(), header, demands })
}

fn demand(profile: &str, header: &Header, entry: Entry) -> Demand {
    let (check, value) = entry.check.into_iter().next().unwrap_or_else(|| {
        // A file without a check is refused when it is applied; here it shows as what it is.
        (String::new(), toml::Value::Table(toml::Table::new()))
    });
    let parameters = match &value {
        toml::Value::Table(table) if table.is_empty() => String::new(),
        other => other.to_string(),
    };
    Demand {
        id: format!("{profile}.{}.{check}", entry.clause),
        check,
        parameters,
        url: header.url.clone().filter(|_| entry.document.is_none()),
        document: entry.document.unwrap_or_else(|| header.document.clone()),
        clause: entry.clause,
        level: entry.level,
        applies: entry.applies,
        confirmed: entry.confirmed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::recognise::Kinds;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_listed_is_what_is_applied() {
        let listed: BTreeSet<String> =
            all().unwrap().into_iter().flat_map(|p| p.demands).map(|d| d.id).collect();
        for profile in Kinds::embedded().unwrap().profiles() {
            for requirement in &profile.requirements {
                assert!(listed.contains(&requirement.rule.id), "{}", requirement.rule.id);
            }
        }
    }

    #[test]
    fn no_rule_id_is_used_twice_and_every_profile_has_a_title() {
        let mut ids = BTreeSet::new();
        for profile in all().unwrap() {
            assert!(!profile.header.title.en.is_empty(), "{}", profile.name);
            assert!(!profile.header.title.ja.is_empty(), "{}", profile.name);
            for demand in profile.demands {
                assert!(ids.insert(demand.id.clone()), "{}", demand.id);
            }
        }
    }
}
