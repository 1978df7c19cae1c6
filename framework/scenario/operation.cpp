#include "scenario/operation.hpp"

#include <algorithm>
#include <array>

namespace iodyno::host {
namespace {

using enum Object;
constexpr bool T = true, F = false;

// In the order of enum iodyno_op, so that the operation is the index.
constexpr std::array kOperations{
    //                                             needs leaves path2 reads writes bytes
    Operation{IODYNO_OP_CREATE, "create", file, F, T, F, F, T, F, "make a file and write it"},
    Operation{IODYNO_OP_READ, "read", file, T, T, F, T, F, F,
              "open a file, read all of it, close it"},
    Operation{IODYNO_OP_OVERWRITE, "overwrite", file, T, T, F, F, T, F,
              "write all of a file in place"},
    Operation{IODYNO_OP_APPEND, "append", file, T, F, F, F, T, F,
              "write as much again behind the end of a file"},
    Operation{IODYNO_OP_REWRITE, "rewrite", file, T, T, F, F, T, F,
              "truncate a file to nothing and write it again"},
    Operation{IODYNO_OP_COPY, "copy", file, T, T, T, F, F, T, "copy a file to a new one"},
    Operation{IODYNO_OP_DELETE, "delete", file, T, F, F, F, F, F, "remove a file"},
    Operation{IODYNO_OP_STAT, "stat", file, T, T, F, F, F, F,
              "ask for the size, times and type of a file"},
    Operation{IODYNO_OP_RENAME, "rename", file, T, F, T, F, F, F,
              "move a file to another directory"},
    Operation{IODYNO_OP_LINK, "link", file, T, T, T, F, F, F,
              "make a hard link to a file in another directory"},
    Operation{IODYNO_OP_MKDIR, "mkdir", directory, F, T, F, F, F, F, "make a directory"},
    Operation{IODYNO_OP_RMDIR, "rmdir", directory, T, F, F, F, F, F, "remove an empty directory"},
    Operation{IODYNO_OP_LIST, "list", directory, T, T, F, F, F, F,
              "read all entries of a directory"},
    Operation{IODYNO_OP_READ_BLOCK, "read_block", block, T, T, F, T, F, T,
              "read a block of an open file"},
    Operation{IODYNO_OP_WRITE_BLOCK, "write_block", block, T, T, F, F, T, T,
              "write a block of an open file in place"},
    Operation{IODYNO_OP_FSYNC, "fsync", block, T, T, F, F, F, F,
              "make the data of an open file durable"},
    Operation{IODYNO_OP_SYMLINK, "symlink", file, F, T, T, F, F, F,
              "make a symbolic link in another directory"},
    Operation{IODYNO_OP_REPLACE, "replace", file, T, F, F, F, T, F,
              "write a new file and rename it over the old one"},
};
static_assert(kOperations.size() == IODYNO_OP_COUNT);
constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kOperations.size(); ++i)
    if (kOperations[i].op != iodyno_op(i)) return false;
  return true;
}
static_assert(is_in_order());

}  // namespace

std::span<const Operation> operations() { return kOperations; }

const Operation& operation(iodyno_op op) { return kOperations[op]; }

bool needs_file(iodyno_op op) {
  const auto& row = kOperations[op];
  return row.object == block || (row.object == file && row.needs_object) || op == IODYNO_OP_LIST;
}

const Operation* find_operation(std::string_view name) {
  const auto row = std::ranges::find(kOperations, name, &Operation::name);
  return row == kOperations.end() ? nullptr : &*row;
}

}  // namespace iodyno::host
