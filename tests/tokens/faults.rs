//! Cards that go away, fail, lie or take their time in the middle of a batch.

use crate::card::{Card, MEMBER, slot};
use crate::desk::refused;
use std::time::{Duration, Instant};

/// The signatures of the first `count` of these files.
fn signatures(files: &[String], count: usize) -> Vec<String> {
    files.iter().take(count).map(|file| format!("{file}.p7s")).collect()
}

/// After a fault in the middle: the first two are signed and nothing else is there; with the card back,
/// `--resume` signs the rest and leaves the first two as they are.
#[track_caller]
fn resumes(card: &Card, files: &[String]) {
    let first = signatures(files, 2);
    assert_eq!(card.desk.signatures(), first);
    let before: Vec<Vec<u8>> = first.iter().map(|name| card.desk.read(name)).collect();
    card.becomes(&slot(MEMBER, "", ""));
    let ran = card.sign(files, &["--resume"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), files.len(), "{}", ran.stdout);
    let after: Vec<Vec<u8>> = first.iter().map(|name| card.desk.read(name)).collect();
    assert!(before == after, "what was signed before was touched");
    card.desk.all_verify(files);
    assert_eq!(card.violations(), Vec::<String>::new());
}

#[test]
fn a_card_that_is_pulled_out_ends_the_batch_and_resume_signs_the_rest() {
    for (function, signatures) in
        [("C_Sign", 2), ("C_FindObjectsInit", 2), ("C_Login", 2), ("C_Logout", 3)]
    {
        let during = format!("signatures = {signatures}, during = '{function}'");
        let card = Card::faulty(&format!("vanish-after = {{ {during} }}"));
        let files = card.desk.records(5);
        let ran = card.sign(&files, &[]);
        refused(&ran, &[function, "CKR_DEVICE_REMOVED", "'HPKI Application'"], "--resume");
        assert!(ran.stderr.contains("warning: files not signed: 2;"), "{}", ran.stderr);
        resumes(&card, &files);
    }
}

#[test]
fn a_card_that_is_put_back_within_the_run_is_not_used_again() {
    let card =
        Card::faulty("vanish-after = { signatures = 2, during = 'C_Sign', until-file = 'back' }");
    card.desk.write("back", b"");
    let files = card.desk.records(5);
    refused(&card.sign(&files, &[]), &["CKR_DEVICE_REMOVED"], "--resume");
    assert_eq!(card.calls("C_Login").len(), 3);
    resumes(&card, &files);
}

#[test]
fn a_session_that_is_lost_and_a_device_that_fails_end_the_batch() {
    for (code, times) in [
        ("CKR_SESSION_HANDLE_INVALID", ", times = 1"),
        ("CKR_DEVICE_ERROR", ", times = 1"),
        ("CKR_DEVICE_ERROR", ""),
        ("CKR_TOKEN_NOT_PRESENT", ""),
    ] {
        let fault = format!("error-after = {{ signatures = 2, code = '{code}'{times} }}");
        let card = Card::faulty(&fault);
        let files = card.desk.records(4);
        refused(&card.sign(&files, &[]), &["C_Sign", code], "--resume");
        assert_eq!(card.calls("C_Sign").len(), 3);
        resumes(&card, &files);
    }
}

#[test]
fn a_fault_that_passes_costs_one_file_and_no_contract() {
    for function in ["C_Sign", "C_SignInit", "C_FindObjectsInit", "C_FindObjects", "C_Login"] {
        let during = format!("during = '{function}', times = 1");
        let code = format!("signatures = 2, code = 'CKR_FUNCTION_FAILED', {during}");
        let card = Card::faulty(&format!("error-after = {{ {code} }}"));
        let files = card.desk.records(4);
        refused(&card.sign(&files, &[]), &[function, "CKR_FUNCTION_FAILED"], "look the name up");
        let signed = [&files[..2], &files[3..]].concat();
        assert_eq!(card.desk.signatures(), signatures(&signed, 3), "{function}");
        card.desk.all_verify(&signed);
        assert_eq!(card.violations(), Vec::<String>::new(), "{function}");
    }
}

#[test]
fn what_would_fail_for_every_file_is_said_once() {
    for code in ["CKR_MECHANISM_INVALID", "CKR_KEY_FUNCTION_NOT_PERMITTED", "CKR_DATA_LEN_RANGE"] {
        let fault =
            format!("error-after = {{ signatures = 0, code = '{code}', during = 'C_SignInit' }}");
        let card = Card::faulty(&fault);
        let files = card.desk.records(4);
        refused(&card.sign(&files, &[]), &["C_SignInit", code], "inkan token check");
        assert_eq!(card.calls("C_SignInit").len(), 1);
        assert!(card.desk.signatures().is_empty());
    }
}

#[test]
fn a_signature_that_does_not_verify_is_thrown_away() {
    let card = Card::faulty("corrupt-signature = true");
    let files = card.desk.records(3);
    refused(&card.sign(&files, &[]), &["does not verify", "thrown away"], "do not use this token");
    assert_eq!(card.calls("C_Sign"), ["CKR_OK"]);
    assert!(card.desk.signatures().is_empty());
}

#[test]
fn a_slow_card_is_waited_for() {
    let card = Card::faulty("delay-ms = 400");
    let files = card.desk.records(3);
    let begin = Instant::now();
    let ran = card.sign(&files, &[]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(begin.elapsed() >= Duration::from_millis(1200));
    card.desk.all_verify(&files);
}

#[test]
fn a_card_that_fails_before_anything_is_signed_is_named() {
    for (function, code, hint) in [
        ("C_OpenSession", "CKR_SESSION_COUNT", "close other programs"),
        ("C_GetAttributeValue", "CKR_DEVICE_MEMORY", "close other programs"),
        ("C_FindObjectsInit", "CKR_TOKEN_NOT_RECOGNIZED", "insert the right card"),
        ("C_Login", "CKR_USER_PIN_NOT_INITIALIZED", "set the PIN"),
    ] {
        let during = format!("code = '{code}', during = '{function}'");
        let card = Card::faulty(&format!("error-after = {{ signatures = 0, {during} }}"));
        refused(&card.sign(&card.desk.records(2), &[]), &[function, code], hint);
        assert!(card.desk.signatures().is_empty());
        assert_eq!(card.violations(), Vec::<String>::new());
    }
}
