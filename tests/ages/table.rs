//! The table of bad cases: its rows, and what is held against each of them.

use crate::scene::Scene;
use inkan::rule::{Finding, Indication, SubIndication};
use inkan::task::verify::FileReport;

/// Something that must not pass, beside something as like it as can be that does.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    /// What is wrong.
    pub(crate) wrong: &'static str,
    /// Who says that it is.
    pub(crate) clause: &'static str,
    /// What the whole comes to.
    pub(crate) leads_to: SubIndication,
    /// The check that must have found it, and what that alone leads to.
    pub(crate) found_by: (&'static str, SubIndication),
    pub(crate) bad: fn() -> Scene,
    /// What is otherwise with the twin.
    pub(crate) but: &'static str,
    pub(crate) twin: fn() -> Scene,
}

/// The rows of one subject.
pub(crate) struct Group {
    pub(crate) subject: &'static str,
    pub(crate) cases: &'static [Case],
}

impl Group {
    /// Judges every row, and tells all that are not as the table has them.
    #[track_caller]
    pub(crate) fn hold(&self) {
        let wrong: Vec<String> = self.cases.iter().filter_map(Case::unlike).collect();
        assert!(wrong.is_empty(), "{}:\n{}", self.subject, wrong.join("\n"));
    }
}

impl Case {
    /// In what this row is not as the table has it.
    fn unlike(&self) -> Option<String> {
        let (bad, twin) = ((self.bad)().judged(), (self.twin)().judged());
        let is_told = against(&bad).iter().any(|f| self.is_told_by(f));
        let good = bad.sub_indication() == Some(self.leads_to)
            && bad.indication() == self.leads_to.indication()
            && is_told;
        let found = |report: &FileReport| -> String {
            let found = against(report).into_iter().map(|f| {
                let sub = f.sub_indication().map_or("", SubIndication::name);
                format!("\n      {} {sub} on {}: {:?}", f.rule.id, f.about.name, f.outcome)
            });
            found.collect()
        };
        if !good {
            let seen = bad.sub_indication().map_or("passed", SubIndication::name);
            return Some(format!("  {}: {seen}{}", self.wrong, found(&bad)));
        }
        let passed = twin.indication() == Indication::Passed;
        (!passed).then(|| format!("  the twin of: {}{}", self.wrong, found(&twin)))
    }

    pub(crate) fn is_told_by(&self, finding: &Finding) -> bool {
        (finding.rule.check, finding.sub_indication()) == (self.found_by.0, Some(self.found_by.1))
    }
}

/// The findings against a file and against all that it rests on.
pub(crate) fn against(report: &FileReport) -> Vec<&Finding> {
    let trouble = report.trouble.iter();
    let verdicts = trouble.chain(report.signatures.iter().map(|s| &s.judged.verdict));
    let all = verdicts.flat_map(|verdict| verdict.all_findings());
    all.filter(|finding| finding.sub_indication().is_some()).collect()
}
