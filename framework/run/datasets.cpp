#include "run/datasets.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "report/gbench.hpp"
#include "scenario/content.hpp"
#include "scenario/phase.hpp"
#include "scenario/workload.hpp"
#include "trial/dataset.hpp"
#include "trial/failure.hpp"

namespace iodyno::host {
namespace {

bool has_second_paths(const Case& c) {
  return std::ranges::any_of(
      c.steps, [](const Phase& p) { return any_operation(p, &Operation::second_path); });
}

/// The bytes that a dataset is made of: by the rule, or those of a tree, which is somebody's, and
/// may have changed since.
class AsMade {
 public:
  AsMade(const Dataset& dataset, const Files& files, const Tree* tree, std::time_t made)
      : files_(files), tree_(tree), made_(made), source_(dataset.content) {
    if (tree_) from_ = open_at(AT_FDCWD, dataset.from.c_str(), O_RDONLY | O_DIRECTORY);
  }

  std::span<const std::byte> bytes(std::uint64_t file, std::uint64_t offset) {
    const auto length = std::min(files_.size(file) - offset, Source::kPieceMax);
    if (!tree_) return source_.bytes(file, 0, offset, length);
    piece_.resize(length);
    const auto& path = tree_->files[file].path;
    const Fd original = open_file_below(from_, path, O_RDONLY | O_NONBLOCK);
    struct stat status;
    check(fstat(original, &status), path.c_str());
    if (!S_ISREG(status.st_mode) || std::uint64_t(status.st_size) != files_.size(file) ||
        status.st_mtim.tv_sec >= made_)
      fail(ESTALE, path + " of the tree");
    return std::span(piece_).first(read_fully(original, piece_, offset));
  }

 private:
  const Files& files_;
  const Tree* tree_;
  const std::time_t made_;
  const Source source_;
  Fd from_;
  std::vector<std::byte> piece_;
};

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
  const Files files(c.dataset, tree_);
  const auto began = std::time(nullptr);
  std::optional<Inventory> inventory;
  const auto name = make_new(files.count(), [&](const std::string& at) {
    make(c, at, seed, making);
    if (keeps) inventory.emplace(open_below(run_, at), files, written);
  });
  if (keeps) standing_.push_back({c.dataset, written, began, name, {}, std::move(*inventory)});
  return {name, true, {}};
}

std::string Datasets::fault(const std::string& name, const Tick& tick) {
  const auto set = std::ranges::find(standing_, name, &Standing::name);
  if (set == standing_.end()) return {};
  const Files files(set->dataset, tree_);
  std::optional<AsMade> as_made;  // there is rarely need of it
  const auto made = [&](std::uint64_t file, std::uint64_t offset) {
    if (!as_made) as_made.emplace(set->dataset, files, tree_.get(), set->began);
    return as_made->bytes(file, offset);
  };
  return set->inventory.fault(open_below(run_, name), files, made, tick);
}

bool Datasets::is_whole(const std::string& name, Sample& sample, const Tick& tick) {
  try {
    const auto what = fault(name, tick);
    if (what.empty()) return true;
    sample.invalid.push_back(clean_text("damaged the dataset: " + what));
  } catch (const std::system_error& e) {
    sample.notes["host.dataset"] =
        clean_text("made anew, as it can't be told whether it is whole: " + failure_text(e));
  }
  return false;
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
