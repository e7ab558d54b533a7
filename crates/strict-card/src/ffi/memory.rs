//! Reading and writing the memory of a caller.

use crate::card::{Refusal, Room, ulong};
use cryptoki_sys as ck;
use cryptoki_sys::CK_ULONG;

/// Writes a value for the caller.
///
/// # Safety
///
/// `to` is NULL or points to a place for a `T`.
pub(super) unsafe fn write<T>(to: *mut T, value: T) -> Result<(), Refusal> {
    if to.is_null() {
        return Err(bad("a pointer for an answer is NULL"));
    }
    // SAFETY: it is not NULL, so it points to a place for a `T`.
    unsafe { to.write(value) };
    Ok(())
}

/// What the caller gives as a pointer and a length.
///
/// # Safety
///
/// `from` is NULL or points to `length` values that nobody changes during `'a`.
pub(super) unsafe fn slice<'a, T>(from: *const T, length: CK_ULONG) -> Result<&'a [T], Refusal> {
    if length == 0 {
        return Ok(&[]);
    }
    if from.is_null() {
        return Err(bad("a pointer to data is NULL and its length is not"));
    }
    let length = length_of::<T>(length)?;
    // SAFETY: it is not NULL, so it points to so many values, and they fit into an address space.
    Ok(unsafe { std::slice::from_raw_parts(from, length) })
}

/// The same for what the caller lets be changed.
///
/// # Safety
///
/// `from` is NULL or points to `length` values that nobody else touches during `'a`.
pub(super) unsafe fn slice_mut<'a, T>(
    from: *mut T,
    length: CK_ULONG,
) -> Result<&'a mut [T], Refusal> {
    if length == 0 {
        return Ok(&mut []);
    }
    if from.is_null() {
        return Err(bad("a pointer to data is NULL and its length is not"));
    }
    let length = length_of::<T>(length)?;
    // SAFETY: it is not NULL, so it points to so many values, and they fit into an address space.
    Ok(unsafe { std::slice::from_raw_parts_mut(from, length) })
}

/// Writes several values to a place that the caller may not know the size of: with NULL it asks for
/// their number (PKCS#11 v2.20 §11.2).
///
/// # Safety
///
/// `count` is NULL or points to a number; `to` is NULL or points to places for so many values.
pub(super) unsafe fn write_all<T: Copy>(
    values: &[T],
    to: *mut T,
    count: *mut CK_ULONG,
) -> Result<(), Refusal> {
    // SAFETY: as promised to this function.
    let room = unsafe { room(to, count) }?;
    // SAFETY: likewise.
    unsafe { write(count, ulong(values.len())) }?;
    match room {
        Room::Asked => Ok(()),
        Room::Bytes(places) if places < values.len() => {
            Err(Refusal::plain(ck::CKR_BUFFER_TOO_SMALL))
        }
        Room::Bytes(_) => {
            // SAFETY: there are enough places, and the values are not among them.
            unsafe { to.copy_from_nonoverlapping(values.as_ptr(), values.len()) };
            Ok(())
        }
    }
}

/// How many places a caller offers.
///
/// # Safety
///
/// `count` is NULL or points to a number.
pub(super) unsafe fn room<T>(to: *const T, count: *const CK_ULONG) -> Result<Room, Refusal> {
    if count.is_null() {
        return Err(bad("a pointer to a length is NULL"));
    }
    if to.is_null() {
        return Ok(Room::Asked);
    }
    // SAFETY: it is not NULL, so it points to a number.
    Ok(Room::Bytes(length_of::<T>(unsafe { count.read() })?))
}

/// A number of values that an address space can hold.
fn length_of<T>(length: CK_ULONG) -> Result<usize, Refusal> {
    let most = isize::MAX.unsigned_abs() / size_of::<T>().max(1);
    usize::try_from(length)
        .ok()
        .filter(|length| *length <= most)
        .ok_or_else(|| bad("a length is greater than memory"))
}

pub(super) fn bad(how: &'static str) -> Refusal {
    Refusal::breach(ck::CKR_ARGUMENTS_BAD, how)
}
