#pragma once
#include <cstdint>

namespace iodyno::host {

/// Makes free memory cheap to take: so many bytes of it, as far as there are.
///
/// A virtual machine may hand its free memory back to its host, which happens within seconds
/// (free page reporting, mm/page_reporting.c); the next one to take such a page then waits for the
/// host. Where this is so, a copy of 512 MiB on ext4 took fifteen times as long a few seconds after
/// the last one as just after it. So the page cache is filled once with a file without a name in
/// `directory`, which is gone again before anything of it is written. Touching as much anonymous
/// memory does not help: the page cache takes larger pieces, and others.
///
/// At most a quarter of the free memory, and half of what the kernel lets stand unwritten, is
/// taken. Where files without a name can't be had (O_TMPFILE), nothing is done. Returns the bytes.
/// `largest`: of the files to come, which decides how large the pieces are that they will take.
std::uint64_t back_free_memory(int directory, std::uint64_t bytes,
                               std::uint64_t largest = UINT64_MAX);

}  // namespace iodyno::host
