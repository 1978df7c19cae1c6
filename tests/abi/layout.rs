//! What layout.c prints of the header, of iodyno.rs.
mod iodyno;
use iodyno::*;
use std::mem::{size_of, size_of_val, MaybeUninit};
use std::ptr::addr_of;

macro_rules! layout {
    ($type:ident as $name:literal: $($field:ident)*) => {
        println!("{} {}", $name, size_of::<$type>());
        // SAFETY: all zeroes may be looked at, but for functions, which nobody calls.
        let value: MaybeUninit<$type> = MaybeUninit::zeroed();
        $(unsafe {
            let field = addr_of!((*value.as_ptr()).$field);
            let offset = field as usize - value.as_ptr() as usize;
            println!("{}.{} {} {}", $name, stringify!($field), offset, size_of_val(&*field));
        })*
    };
}
macro_rules! values {
    ($($name:ident)*) => { $(println!("{} {}", stringify!($name), $name as i64);)* };
}
macro_rules! operations {
    ($($name:ident)*) => { $(println!("OP_{} {}", stringify!($name), op::$name as i64);)* };
}

fn main() {
    layout!(Value as "value": i r s);
    layout!(OptionRow as "option": name doc kind reserved fallback min max choices);
    layout!(Error as "error": code text);
    layout!(Host as "host": size abi_minor this note count unsupported keep deliver);
    layout!(Config as "config": size queue_depth flags max_batch dir_fd dir_fd2 expect reserved kept
        options buffers buffer_size source source_size source_tail host);
    layout!(Request as "request": op flags file offset length data path path2 not_before_ns
        reserved);
    layout!(Completion as "completion": error how bytes start_ns end_ns);
    layout!(Batch as "batch": size count flags reserved deadline_ns requests completions);
    layout!(Backend as "backend": size abi_major abi_minor name version summary ops flags
        option_count option_size reserved options open open_files run close);
    values!(ABI_MAJOR ABI_MINOR DURABLE WRITABLE DIRECT PACED SYNTHETIC CALIBRATES UNTIMED REHEARSAL
        SHARED FALLBACK CACHED PUNTED PENDING AS_IS WARM COLD BOOL INT REAL TEXT CHOICE SIZE TIME
        SIZE_UNKNOWN);
    operations!(CREATE READ OVERWRITE APPEND REWRITE COPY DELETE STAT RENAME LINK MKDIR RMDIR LIST
        READ_BLOCK WRITE_BLOCK FSYNC SYMLINK REPLACE COUNT);
}
