//! The life of a key: its states, and what leads from one to the next (NIST SP 800-57 Part 1 Rev. 5 §7).

use super::Event;
use serde::{Deserialize, Serialize};

/// A state of a key (SP 800-57 Part 1 §7.1 to §7.6).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Made, and not yet to be used.
    PreActivation,
    /// In use.
    Active,
    /// Not to be used for a while.
    Suspended,
    /// Not to be used for signing any more.
    Deactivated,
    /// Somebody else may have it, or be able to use it.
    Compromised,
    /// It is no more.
    Destroyed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::PreActivation,
        Self::Active,
        Self::Suspended,
        Self::Deactivated,
        Self::Compromised,
        Self::Destroyed,
    ];

    /// Its name, as records write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreActivation => "pre-activation",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
            Self::Compromised => "compromised",
            Self::Destroyed => "destroyed",
        }
    }

    /// Whether a key of this state may come into that one (SP 800-57 Part 1 §7): nothing leads back into
    /// use but from suspension, and nothing out of destruction.
    const fn may_become(self, next: Self) -> bool {
        use State::{Active, Compromised, Deactivated, Destroyed, PreActivation, Suspended};
        match (self, next) {
            (PreActivation, Active | Compromised | Destroyed)
            | (Active, Suspended | Deactivated | Compromised | Destroyed)
            | (Suspended, Active | Deactivated | Compromised | Destroyed)
            | (Deactivated, Compromised | Destroyed)
            | (Compromised, Destroyed) => true,
            (PreActivation | Active | Suspended | Deactivated | Compromised | Destroyed, _) => {
                false
            }
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Something that cannot happen to a key as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotAllowed {
    /// It was made before.
    #[error("the record has this key already, so it cannot be made anew")]
    MadeBefore,
    /// Not out of this state.
    #[error("the record says that this key is {from}, so it cannot be {event}")]
    From {
        /// The state.
        from: State,
        /// What was to happen.
        event: Event,
    },
}

/// The state of a key after an event. `before` is nothing for a key that the record does not know, and
/// `Some(None)` for one that it knows without its state.
pub fn after(before: Option<Option<State>>, event: Event) -> Result<Option<State>, NotAllowed> {
    let Some(known) = before else { return Ok(first(event)) };
    let Some(from) = known else {
        return if event == Event::Generated {
            Err(NotAllowed::MadeBefore)
        } else {
            Ok(first(event))
        };
    };
    let refused = Err(NotAllowed::From { from, event });
    match event {
        Event::Generated => Err(NotAllowed::MadeBefore),
        Event::Noted => Ok(Some(from)),
        Event::Requested | Event::Attested => match from {
            State::PreActivation | State::Active => Ok(Some(from)),
            State::Suspended if event == Event::Attested => Ok(Some(from)),
            State::Suspended | State::Deactivated | State::Compromised | State::Destroyed => {
                refused
            }
        },
        Event::Certified => match from {
            State::PreActivation | State::Active => Ok(Some(State::Active)),
            State::Suspended | State::Deactivated | State::Compromised | State::Destroyed => {
                refused
            }
        },
        Event::Deleted => moved(from, State::Destroyed, event),
        Event::Became(next) => moved(from, next, event),
    }
}

fn moved(from: State, next: State, event: Event) -> Result<Option<State>, NotAllowed> {
    if from.may_become(next) { Ok(Some(next)) } else { Err(NotAllowed::From { from, event }) }
}

/// The state of a key with whose event its record begins.
const fn first(event: Event) -> Option<State> {
    match event {
        Event::Generated | Event::Requested => Some(State::PreActivation),
        Event::Certified => Some(State::Active),
        Event::Deleted => Some(State::Destroyed),
        Event::Became(state) => Some(state),
        Event::Attested | Event::Noted => None,
    }
}
