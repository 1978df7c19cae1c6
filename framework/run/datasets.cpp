#include "run/datasets.hpp"

#include <algorithm>

#include "scenario/phase.hpp"
#include "scenario/workload.hpp"
#include "trial/dataset.hpp"

namespace iodyno::host {
namespace {

bool has_second_paths(const Case& c) {
  return std::ranges::any_of(
      c.steps, [](const Phase& p) { return any_operation(p, &Operation::second_path); });
}

}  // namespace

Datasets::Found Datasets::for_trial(const Case& c, std::uint64_t seed, const Tick& making,
                                    const Tick& removing) {
  const bool keeps = keeps_dataset(c), written = writes_in_place(c);
  // Cases of one dataset follow one another: another one makes room.
  std::vector<std::string> others;
  for (const auto& set : standing_)
    if (set.dataset != c.dataset) others.push_back(set.name);
  for (const auto& name : others) discard(name, removing);
  if (keeps)
    for (const auto& set : standing_)
      if (set.dataset == c.dataset && set.written == written)
        return {set.name, false, set.extents_per_file};
  const auto name = make_new(Files(c.dataset, tree_).count(),
                             [&](const std::string& at) { make(c, at, seed, making); });
  if (keeps) standing_.push_back({c.dataset, written, name, {}});
  return {name, true, {}};
}

void Datasets::keep_extents(const std::string& name, std::optional<double> extents_per_file) {
  for (auto& set : standing_)
    if (set.name == name) set.extents_per_file = extents_per_file;
}

std::string Datasets::make_new(std::uint64_t files,
                               const std::function<void(const std::string&)>& fill) {
  const auto name = places_.make_directory(files);
  try {
    fill(name);
  } catch (const std::system_error&) {
    give_back(name, {});  // half a dataset would take the room of those to come
    throw;
  }
  return name;
}

void Datasets::make(const Case& c, const std::string& name, std::uint64_t seed,
                    const Tick& tick) const {
  const auto directory = open_below(run_, name);
  const Files files(c.dataset, tree_);
  const auto first = c.steps[0].ops[0].op;
  const DatasetParts parts{.directories = first != IODYNO_OP_MKDIR,
                           .lone_directory = first == IODYNO_OP_RMDIR,
                           .file = [&](std::uint64_t file) {
                             return !c.lifecycle() && needs_file(op_at(c.steps[0], seed, file));
                           }};
  if (!tree_) return make_dataset(directory, files, c.dataset.content, parts, tick);
  const auto from = open_at(AT_FDCWD, c.dataset.from.c_str(), O_RDONLY | O_DIRECTORY);
  copy_tree(from, directory, files, *tree_, parts, tick);
}

std::string Datasets::for_second_paths(const Case& c) {
  if (!has_second_paths(c)) return empty();
  const Files files(c.dataset, tree_);
  return make_new(files.count(), [&](const std::string& at) {
    make_dataset(open_below(run_, at), files, c.dataset.content,
                 {.file = [](std::uint64_t) { return false; }});
  });
}

std::string Datasets::empty() {
  const auto name = "set-" + random_id();
  make_directory(run_, name);
  return name;
}

void Datasets::give_back(const std::string& name, const Tick& tick) {
  if (name.empty() || std::ranges::find(standing_, name, &Standing::name) != standing_.end())
    return;
  places_.leave(name);
  remove_tree(run_, name, tick);
}

void Datasets::discard(const std::string& name, const Tick& tick) {
  std::erase_if(standing_, [&](const Standing& set) { return set.name == name; });
  give_back(name, tick);
}

void Datasets::remove_all(const Tick& tick) {
  while (!standing_.empty()) discard(std::string(standing_.back().name), tick);
}

}  // namespace iodyno::host
