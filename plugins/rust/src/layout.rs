//! The layout of the structs, pinned as in the header: a compiler that disagrees says so here.
//! `offset_of!` takes Rust 1.77, so each struct is made of bytes that are their own number: the
//! first one of a field is its offset.
#![allow(dead_code)] // older compilers don't see what only nameless constants use
use std::mem::size_of;

use crate::abi::*;

#[repr(C)]
union Numbered<T: Copy> {
    bytes: [u8; 256],
    value: T,
}

const fn numbered<T: Copy>() -> T {
    let mut bytes = [0; 256];
    let mut at = 0;
    while at < 256 {
        bytes[at] = at as u8;
        at += 1;
    }
    assert!(size_of::<T>() <= 256);
    // SAFETY: none of our structs has a bit pattern that it can't hold, but for functions at 0.
    unsafe { Numbered { bytes }.value }
}

const fn offset<F: Copy>(field: F) -> u8 {
    // SAFETY: no field is empty.
    unsafe { Numbered { value: field }.bytes[0] }
}

macro_rules! pin {
    ($name:ident: $size:literal bytes $(, $field:ident at $offset:literal)*) => {
        const _: () = {
            assert!(size_of::<$name>() == $size);
            let numbered: $name = numbered();
            $(assert!(offset(numbered.$field) == $offset);)*
            let _ = numbered;
        };
    };
}
pin!(Value: 8 bytes);
pin!(OptionRow: 56 bytes, fallback at 24, choices at 48);
pin!(Error: 256 bytes, text at 4);
pin!(Host: 56 bytes, note at 16, deliver at 48);
pin!(Config: 96 bytes, dir_fd at 16, options at 40, buffers at 48, source at 64, host at 88);
pin!(Request: 64 bytes, file at 4, offset at 8, length at 16, data at 24, path at 32,
     not_before_ns at 48);
pin!(Completion: 32 bytes, bytes at 8, start_ns at 16, end_ns at 24);
pin!(Batch: 40 bytes, deadline_ns at 16, requests at 24, completions at 32);
pin!(Backend: 96 bytes, name at 8, ops at 32, options at 56, open at 64, close at 88);
