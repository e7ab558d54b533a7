//! The one module of this process: who may call it, and what it answers.
//!
//! The process and the thread that called `C_Initialize` own it until `C_Finalize`. JAHIS 24-002
//! §5.2.1 does not promise access from several threads, and PKCS#11 v2.20 §6.6.1 wants a forked
//! process to initialise for itself.

use crate::card::{Card, Refusal};
use crate::config::Config;
use crate::log::{Log, complain};
use crate::rv;
use crate::surroundings::Machine;
use cryptoki_sys as ck;
use cryptoki_sys::CK_RV;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread::{self, ThreadId};

/// Names the file that configures the card.
const CONFIG: &str = "STRICT_CARD_CONFIG";

/// Its log is known from the first call on, because a violation may come before `C_Initialize`. What
/// is wrong with the configuration is told by `C_Initialize`.
static MODULE: LazyLock<Mutex<Module>> = LazyLock::new(|| {
    let log = configuration().and_then(|config| Ok(Log::open(config.log)?));
    Mutex::new(Module { log: log.unwrap_or_default(), running: None })
});

struct Module {
    log: Log,
    running: Option<Running>,
}

/// What `C_Initialize` began.
struct Running {
    card: Card,
    process: u32,
    thread: ThreadId,
}

/// What a caller gave where the guideline wants NULL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Argument {
    Null,
    Given,
}

/// Does the work of a function with the card, if the caller may call.
pub(crate) fn call(
    function: &'static str,
    work: impl FnOnce(&mut Card) -> Result<(), Refusal>,
) -> CK_RV {
    answer(function, |module| work(&mut module.running()?.card))
}

/// Does the work of a function that needs no card.
pub(crate) fn call_without_card(
    function: &'static str,
    work: impl FnOnce() -> Result<(), Refusal>,
) -> CK_RV {
    answer(function, |_| work())
}

/// Refuses a function that is in the list and was never promised.
pub(crate) fn refuse(function: &'static str) -> CK_RV {
    let how = "this function is not among the 21 that are promised";
    answer(function, |_| Err(Refusal::breach(ck::CKR_FUNCTION_NOT_SUPPORTED, how)))
}

/// `C_Initialize`: reads the configuration anew, and puts every card in afresh.
pub(crate) fn initialize(arguments: Argument) -> CK_RV {
    answer("C_Initialize", |module| module.initialize(arguments))
}

/// `C_Finalize`.
pub(crate) fn finalize(reserved: Argument) -> CK_RV {
    answer("C_Finalize", |module| {
        module.running()?;
        null(reserved, "pReserved is NULL")?;
        module.running = None;
        Ok(())
    })
}

impl Module {
    fn initialize(&mut self, arguments: Argument) -> Result<(), Refusal> {
        null(arguments, "pInitArgs is NULL")?;
        if self.running.as_ref().is_some_and(|running| running.process == process::id()) {
            self.running()?;
            let value = ck::CKR_CRYPTOKI_ALREADY_INITIALIZED;
            return Err(Refusal::breach(value, "a second C_Initialize without C_Finalize"));
        }
        let (log, card) = load().map_err(|error| {
            complain(&error.to_string());
            Refusal::plain(ck::CKR_GENERAL_ERROR)
        })?;
        let thread = thread::current().id();
        self.log = log;
        self.running = Some(Running { card, process: process::id(), thread });
        Ok(())
    }

    /// What is running, for the process and the thread that own it.
    fn running(&mut self) -> Result<&mut Running, Refusal> {
        let none = || {
            let value = ck::CKR_CRYPTOKI_NOT_INITIALIZED;
            Refusal::breach(value, "a call before C_Initialize or after C_Finalize")
        };
        let running = self.running.as_mut().ok_or_else(none)?;
        let refusal = |how| Err(Refusal::breach(ck::CKR_FUNCTION_FAILED, how));
        if running.process != process::id() {
            return refusal("a call from a forked process that did not initialise");
        }
        if running.thread != thread::current().id() {
            return refusal("a call from a second thread");
        }
        Ok(running)
    }
}

fn null(argument: Argument, how: &'static str) -> Result<(), Refusal> {
    match argument {
        Argument::Null => Ok(()),
        Argument::Given => Err(Refusal::breach(ck::CKR_ARGUMENTS_BAD, how)),
    }
}

/// Does the work, logs what came of it, and lets no panic reach the caller.
fn answer(function: &'static str, work: impl FnOnce(&mut Module) -> Result<(), Refusal>) -> CK_RV {
    let mut module = MODULE.lock().unwrap_or_else(PoisonError::into_inner);
    let done = catch_unwind(AssertUnwindSafe(|| work(&mut module))).unwrap_or_else(|_| {
        Err(Refusal::breach(ck::CKR_GENERAL_ERROR, "the test card itself is broken: it panicked"))
    });
    let (value, breach) = match done {
        Ok(()) => (ck::CKR_OK, None),
        Err(refusal) => (refusal.value, refusal.breach),
    };
    module.log.call(function, &rv::name(value));
    if let Some(how) = breach {
        module.log.violation(function, how);
    }
    value
}

fn load() -> Result<(Log, Card), Box<dyn Error>> {
    let config = configuration()?;
    let log = Log::open(config.log)?;
    let machine = Machine::new(config.state)?;
    Ok((log, Card::new(config.library, config.slots, Box::new(machine))))
}

#[expect(clippy::disallowed_methods, reason = "a module has no arguments but its environment")]
fn configuration() -> Result<Config, Box<dyn Error>> {
    let path = std::env::var_os(CONFIG).ok_or_else(|| format!("{CONFIG} names no file"))?;
    Ok(Config::read(&PathBuf::from(path))?)
}
