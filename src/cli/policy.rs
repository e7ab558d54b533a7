//! `inkan policy list|show|explain`

use super::{Exit, Failure};
use crate::policy::listing::{Listed, all};
use crate::policy::load::text_of;
use crate::report::{Catalogue, Language, policy};
use crate::rule::FixedRule;

/// What was typed.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the profiles that come with inkan.
    List,
    /// Print a profile as it is, as a starting point for one's own.
    Show {
        /// Its name.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Say what a rule asks, which document demands it, and what to do when it is not met.
    Explain {
        /// The id of the rule, as in a report.
        #[arg(value_name = "RULE-ID")]
        rule: String,
    },
}

/// Runs the subcommand.
pub(crate) fn run(command: &Command, language: Language) -> Result<Exit, Failure> {
    let catalogue = Catalogue::load(language);
    let profiles = all()?;
    let text = match command {
        Command::List => policy::list(&profiles, catalogue),
        Command::Show { name } => show(name, &profiles)?,
        Command::Explain { rule } => explain(rule, &profiles, catalogue)?,
    };
    super::print(&text)?;
    Ok(Exit::Passed)
}

fn show(name: &str, profiles: &[Listed]) -> Result<String, Failure> {
    text_of(name).map(str::to_owned).map_err(|error| {
        let names: Vec<&str> = profiles.iter().map(|profile| profile.name.as_str()).collect();
        Failure::new(error.to_string(), format!("the profiles are {}", names.join(", ")))
    })
}

fn explain(rule: &str, profiles: &[Listed], c: &Catalogue) -> Result<String, Failure> {
    let demands = profiles.iter().flat_map(|profile| &profile.demands);
    if let Some(demand) = demands.into_iter().find(|demand| demand.id == rule) {
        return Ok(policy::explain(demand, c));
    }
    match FixedRule::ALL.into_iter().find(|fixed| fixed.id == rule) {
        Some(fixed) => Ok(policy::explain_fixed(&fixed, c)),
        None => Err(Failure::new(
            format!("there is no rule '{rule}'"),
            "copy the id from a report, as in hpki-sign.6.1.7.key-usage-is",
        )),
    }
}
