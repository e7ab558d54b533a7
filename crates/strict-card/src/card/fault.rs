//! What goes wrong with a token, and when: the plan of the configuration, carried out.

use crate::config::{FaultPlan, InjectedError, Vanish};
use crate::surroundings::Surroundings;
use cryptoki_sys::CK_RV;

/// A plan and how far it has come.
#[derive(Debug)]
pub(super) struct Faults {
    pub(super) plan: FaultPlan,
    signatures: u32,
    errors: u32,
    presence: Presence,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Presence {
    Inserted,
    Gone,
    /// It vanished once and was put back; it vanishes no more.
    Returned,
}

/// What a call meets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Due {
    Nothing,
    /// The token leaves at this moment.
    Vanish,
    /// It left before.
    Absent,
    Error(CK_RV),
}

impl Faults {
    pub(super) fn new(plan: FaultPlan) -> Self {
        Self { plan, signatures: 0, errors: 0, presence: Presence::Inserted }
    }

    /// A signature was made.
    pub(super) fn signed(&mut self) {
        self.signatures = self.signatures.saturating_add(1);
    }

    /// Whether the token is in its slot.
    pub(super) fn present(&self, surroundings: &dyn Surroundings) -> bool {
        self.presence != Presence::Gone || self.put_back(surroundings)
    }

    /// What a call of this function meets now.
    pub(super) fn due(&mut self, function: &str, surroundings: &dyn Surroundings) -> Due {
        if self.presence == Presence::Gone {
            if !self.put_back(surroundings) {
                return Due::Absent;
            }
            self.presence = Presence::Returned;
        }
        if self.presence == Presence::Inserted && self.vanishes(function) {
            self.presence = Presence::Gone;
            return Due::Vanish;
        }
        match self.plan.error.as_ref().filter(|error| self.fails(error, function)) {
            None => Due::Nothing,
            Some(error) => {
                self.errors = self.errors.saturating_add(1);
                Due::Error(error.code)
            }
        }
    }

    fn put_back(&self, surroundings: &dyn Surroundings) -> bool {
        let file = self.plan.vanish.as_ref().and_then(|vanish| vanish.until.as_ref());
        file.is_some_and(|file| surroundings.exists(file))
    }

    fn vanishes(&self, function: &str) -> bool {
        let due = |vanish: &Vanish| {
            self.signatures >= vanish.after
                && vanish.during.as_ref().is_none_or(|during| during == function)
        };
        self.plan.vanish.as_ref().is_some_and(due)
    }

    fn fails(&self, error: &InjectedError, function: &str) -> bool {
        self.signatures >= error.after
            && error.during == function
            && error.times.is_none_or(|times| self.errors < times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::trial::Quiet;
    use std::path::PathBuf;

    fn vanishing(during: Option<&str>, until: Option<&str>) -> Faults {
        let during = during.map(str::to_owned);
        let vanish = Vanish { after: 1, during, until: until.map(PathBuf::from) };
        Faults::new(FaultPlan { vanish: Some(vanish), ..FaultPlan::default() })
    }

    #[test]
    fn a_token_vanishes_after_its_signatures_and_stays_away() {
        let (mut faults, world) = (vanishing(None, None), Quiet::default());
        assert_eq!(faults.due("C_Login", &world), Due::Nothing);
        faults.signed();
        assert!(faults.present(&world));
        assert_eq!(faults.due("C_Logout", &world), Due::Vanish);
        assert_eq!(faults.due("C_OpenSession", &world), Due::Absent);
        assert!(!faults.present(&world));
    }

    #[test]
    fn a_token_vanishes_in_the_function_that_is_named() {
        let (mut faults, world) = (vanishing(Some("C_Sign"), None), Quiet::default());
        faults.signed();
        assert_eq!(faults.due("C_Logout", &world), Due::Nothing);
        assert_eq!(faults.due("C_Sign", &world), Due::Vanish);
    }

    #[test]
    fn a_token_that_was_put_back_stays() {
        let (mut faults, mut world) = (vanishing(None, Some("back")), Quiet::default());
        faults.signed();
        assert_eq!(faults.due("C_Logout", &world), Due::Vanish);
        assert_eq!(faults.due("C_OpenSession", &world), Due::Absent);
        world.files.push("back".into());
        assert!(faults.present(&world));
        assert_eq!(faults.due("C_OpenSession", &world), Due::Nothing);
        faults.signed();
        assert_eq!(faults.due("C_Sign", &world), Due::Nothing);
    }

    #[test]
    fn an_error_comes_as_often_as_it_is_planned() {
        let error =
            |times| InjectedError { after: 1, during: "C_Sign".to_owned(), code: 0x30, times };
        let world = Quiet::default();
        let plan = FaultPlan { error: Some(error(Some(1))), ..FaultPlan::default() };
        let mut faults = Faults::new(plan.clone());
        assert_eq!(faults.due("C_Sign", &world), Due::Nothing);
        faults.signed();
        assert_eq!(faults.due("C_SignInit", &world), Due::Nothing);
        assert_eq!(faults.due("C_Sign", &world), Due::Error(0x30));
        assert_eq!(faults.due("C_Sign", &world), Due::Nothing);
        let mut lasting = Faults::new(FaultPlan { error: Some(error(None)), ..plan });
        lasting.signed();
        for _ in 0..3 {
            assert_eq!(lasting.due("C_Sign", &world), Due::Error(0x30));
        }
    }
}
