#include "report/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "report/gbench.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// What a row says of itself, of all that may stand in it.
struct Row {
  std::string name, run_type, time_unit, label, error_message;
  double real_time = NAN, repetition_index = NAN, cpu_time = NAN, iterations = NAN;
  std::map<std::string, double> counters;
  bool failed = false;
  bool has_block = false;  ///< the counter, which a summary does not have
};

/// Hears the file go by, value for value, and keeps what is needed: a file of hundreds of MiB is
/// mostly counters. Within the outermost object, level 1, `context` is an object of level 2, and
/// `benchmarks` an array of objects of level 3.
class Listener : public nlohmann::json_sax<Json> {
 public:
  explicit Listener(Keep keep) : keep_(keep) {}

  std::map<std::string, std::string> context;
  std::vector<Row> rows;
  std::string problem;  ///< why it stopped to listen
  bool has_context = false, has_rows = false;
  bool has_bad_row = false;  ///< of which nobody can say what it is

  bool null() override { return value(); }
  bool boolean(bool truth) override {
    if (in_row() && key_ == "error_occurred") rows.back().failed = truth;
    return value();
  }
  bool number_integer(number_integer_t number) override { return value(double(number)); }
  bool number_unsigned(number_unsigned_t number) override { return value(double(number)); }
  bool number_float(number_float_t number, const string_t&) override { return value(number); }
  bool string(string_t& text) override {
    if (level_ == 2 && part_ == "context") context[clean_text(key_)] = clean_text(text);
    if (in_row()) keep(text);
    return value();
  }
  bool binary(binary_t&) override { return value(); }

  bool key(string_t& key) override {
    key_ = key;
    if (level_ == 1) part_ = key;
    return true;
  }
  bool start_object(std::size_t) override {
    ++level_;
    has_context |= level_ == 2 && part_ == "context";
    if (level_ == 3 && part_ == "benchmarks") {
      row_is_open_ = true;
      rows.emplace_back();
    }
    return true;
  }
  bool end_object() override {
    if (in_row()) end_row();
    if (level_ == 3) row_is_open_ = false;
    --level_;
    return true;
  }
  bool start_array(std::size_t) override {
    if (level_ == 0) return stop("is not an object");
    ++level_;
    has_rows |= level_ == 2 && part_ == "benchmarks";
    return true;
  }
  bool end_array() override {
    --level_;
    return true;
  }
  bool parse_error(std::size_t at, const std::string&, const Json::exception& error) override {
    return stop(is_range_error(error)
                    ? fmt::format("has a number that is too great, at byte {}", at)
                    : fmt::format("is not JSON, or not all of it: an error at "
                                  "byte {}",
                                  at));
  }

 private:
  static bool is_range_error(const Json::exception& error) {
    return dynamic_cast<const Json::out_of_range*>(&error) != nullptr;
  }
  bool in_row() const { return level_ == 3 && row_is_open_; }

  /// A row of nothing is three bytes in a file, and a hundred times that here.
  void end_row() {
    const Row& row = rows.back();
    const bool is_trial = row.run_type == "iteration" && !row.name.empty();
    has_bad_row |= !is_trial && row.run_type != "aggregate";
    if (!is_trial) rows.pop_back();
  }

  bool stop(std::string why) {
    problem = std::move(why);
    return false;
  }

  /// Anything but an object can't be the whole of it.
  bool value() { return level_ != 0 || stop("is not an object"); }

  bool value(double number) {
    if (in_row()) {
      if (key_ == "real_time") rows.back().real_time = number;
      if (key_ == "repetition_index") rows.back().repetition_index = number;
      if (key_ == "block") rows.back().has_block = true;
      if (keep_ == Keep::figures) keep_figure(number);
    }
    return value();
  }

  /// What Google Benchmark has no name for is a counter.
  void keep_figure(double number) {
    static const std::set<std::string_view> kOthers = {"family_index", "per_family_instance_index",
                                                       "repetitions",  "repetition_index",
                                                       "threads",      "real_time"};
    if (key_ == "cpu_time")
      rows.back().cpu_time = number;
    else if (key_ == "iterations")
      rows.back().iterations = number;
    else if (!kOthers.contains(key_))
      rows.back().counters[clean_text(key_)] = number;
  }

  void keep(const std::string& text) {
    static constexpr std::pair<std::string_view, std::string Row::*> kTexts[] = {
        {"name", &Row::name},
        {"run_type", &Row::run_type},
        {"time_unit", &Row::time_unit},
        {"label", &Row::label},
        {"error_message", &Row::error_message}};
    for (const auto& [key, member] : kTexts)
      if (key_ == key) rows.back().*member = clean_text(text);
  }

  Keep keep_;
  int level_ = 0;
  bool row_is_open_ = false;  // an array may stand where a row should
  std::string part_, key_;
};

/// Why it can't be compared, behind the name of the file.
struct Problem {
  std::string text;
};

/// Takes the name of a case apart; "/" separates, the last part is "real_time".
ReadCase case_named(const std::string& name) {
  // More than a scenario can give, and what is searched and taken apart ends soon.
  constexpr std::size_t kBytesMax = 65536, kKeysMax = 100;
  if (name.size() > kBytesMax)
    throw Problem{fmt::format("has a case with a name of more than {} bytes", kBytesMax)};
  if (std::ranges::count(name, '/') > std::ptrdiff_t(kKeysMax))
    throw Problem{fmt::format("has a case with more than {} keys in its name", kKeysMax)};
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    parts.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  constexpr std::string_view kBackend = "backend:";
  if (parts.size() < 4 || !parts[2].starts_with(kBackend) || parts.back() != "real_time")
    throw Problem{fmt::format("has a case with a name that is none of ours: \"{}\"", name)};
  ReadCase named;
  named.name = name;
  named.scenario = parts[0];
  named.phase = parts[1];
  named.backend = parts[2].substr(kBackend.size());
  for (std::size_t i = 3; i + 1 < parts.size(); ++i) {
    const std::size_t colon = parts[i].find(':');
    if (colon == std::string::npos)
      throw Problem{fmt::format("has a case with a name that is none of ours: \"{}\"", name)};
    named.point.emplace_back(parts[i].substr(0, colon), parts[i].substr(colon + 1));
  }
  return named;
}

void check_version(const Listener& heard) {
  const auto found = heard.context.find("iodyno.format_version");
  if (!heard.has_context || found == heard.context.end())
    throw Problem{"is not a result of iodyno: its context has no iodyno.format_version"};
  if (found->second != kResultFormatVersion)
    throw Problem{fmt::format("has version {} of the format; this program reads version {}",
                              found->second, kResultFormatVersion)};
  if (!heard.has_rows) throw Problem{"has no \"benchmarks\""};
}

Repetition repetition_of(Row& row) {
  const auto lacks = [&](const char* what) {
    return Problem{fmt::format("has a row without a sound \"{}\": {}", what, row.name)};
  };
  if (!row.has_block)
    throw Problem{"is a summary, which has medians only; give results.json, from beside it"};
  if (row.time_unit != "ns") throw lacks("time_unit");
  if (!std::isfinite(row.real_time) || row.real_time < 0) throw lacks("real_time");
  if (!(row.repetition_index >= 0 && row.repetition_index <= UINT32_MAX &&
        row.repetition_index == std::floor(row.repetition_index)))
    throw lacks("repetition_index");
  return {std::uint32_t(row.repetition_index), row.real_time, row.cpu_time, row.iterations,
          std::move(row.counters)};
}

/// Puts a row to its case.
void add_row(ReadCase& to, Row& row) {
  to.label = row.label;
  if (row.failed) {
    // Its label is "failed: …" or "invalid: …"; rows of another hand may have none.
    to.missing = row.label.empty() ? "failed: " + row.error_message : row.label;
    return;
  }
  to.repetitions.push_back(repetition_of(row));
}

void check_case(ReadCase& read) {
  auto& repetitions = read.repetitions;
  if (!read.missing.empty()) return repetitions.clear();
  std::ranges::sort(repetitions, {}, &Repetition::block);
  if (std::ranges::adjacent_find(repetitions, {}, &Repetition::block) != repetitions.end())
    throw Problem{fmt::format("has two trials of one block: {}", read.name)};
  if (std::ranges::any_of(repetitions, [](auto& one) { return one.real_time_ns == 0; }))
    read.missing = "failed: a trial of it took no time";
}

ReadResults results_of(Listener heard) {
  check_version(heard);
  ReadResults results;
  results.context = std::move(heard.context);
  std::map<std::string, std::size_t> places;
  const auto case_of = [&](const std::string& name) -> ReadCase& {
    const auto [place, is_new] = places.emplace(name, results.cases.size());
    if (is_new) results.cases.push_back(case_named(name));
    return results.cases[place->second];
  };
  if (heard.has_bad_row) throw Problem{"has a row without a sound \"name\" or \"run_type\""};
  for (Row& row : heard.rows) add_row(case_of(row.name), row);
  constexpr std::string_view kSkipped = "iodyno.skipped.";
  for (const auto& [key, reason] : results.context)
    if (key.starts_with(kSkipped))
      case_of(key.substr(kSkipped.size())).missing = "skipped: " + reason;
  if (results.cases.empty()) throw Problem{"has no case"};
  for (ReadCase& read : results.cases) check_case(read);
  return results;
}

ReadResults read_file(const std::string& path, Keep keep) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Problem{std::strerror(errno)};
  Listener heard(keep);
  if (!Json::sax_parse(file, &heard)) throw Problem{heard.problem};
  return results_of(std::move(heard));
}

}  // namespace

std::string ReadCase::work() const {
  std::string text = phase;
  for (const auto& [key, value] : point) text += fmt::format("/{}:{}", key, value);
  return text;
}

std::string ReadResults::stated(const std::string& key) const {
  const auto found = context.find("iodyno." + key);
  return found == context.end() ? std::string() : found->second;
}

ReadResults read_results(const std::string& path, Keep keep) {
  std::error_code ignored;
  const std::string file =
      fs::is_directory(path, ignored) ? (fs::path(path) / "results.json").string() : path;
  try {
    return read_file(file, keep);
  } catch (const Problem& problem) {
    throw UnreadableResults(fmt::format("{}: {}", clean_text(file), problem.text));
  }
}

}  // namespace iodyno::host
