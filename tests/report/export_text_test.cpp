// Exports that are text: CSV, Go's benchmark format, OpenMetrics, each read by the rules of its
// specification.
#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "exported.hpp"

namespace iodyno::host {
namespace {

using example::Export;
using example::harmful;
using example::quiet_case;
using test::contains;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

// --- RFC 4180

using Record = std::vector<std::string>;

/// Its grammar: fields between commas, CRLF after each record; a field with a comma, a quotation
/// mark or the end of a line stands in quotation marks, and a mark in it twice.
std::vector<Record> read_csv(const std::string& text) {
  std::vector<Record> records;
  Record record(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted) {
      if (text[i] != '"') {
        record.back() += text[i];
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        record.back() += text[++i];
      } else {
        quoted = false;
        EXPECT_TRUE(text[i + 1] == ',' || text[i + 1] == '\r') << "behind a quoted field";
      }
    } else if (text[i] == '"') {
      EXPECT_TRUE(record.back().empty()) << "a quotation mark within a field";
      quoted = true;
    } else if (text[i] == ',') {
      record.emplace_back();
    } else if (text[i] == '\r') {
      EXPECT_EQ(text[++i], '\n');
      records.push_back(record);
      record = Record(1);
    } else {
      record.back() += text[i];
    }
  }
  EXPECT_EQ(record, Record(1)) << "the last record ends, too";
  return records;
}

using Row = std::map<std::string, std::string>;

std::vector<Row> rows_of(const std::string& text) {
  const auto records = read_csv(text);
  const std::set<std::string> columns(records.at(0).begin(), records.at(0).end());
  EXPECT_EQ(columns.size(), records.at(0).size()) << "two columns of one name";
  std::vector<Row> rows;
  for (std::size_t i = 1; i < records.size(); ++i) {
    EXPECT_EQ(records[i].size(), records[0].size());
    for (std::size_t k = 0; k < records[i].size(); ++k)
      rows.resize(i), rows.back()[records[0][k]] = records[i][k];
  }
  return rows;
}

TEST_F(Export, Csv) {
  const auto rows = rows_of(export_csv(runs_of(all_kinds())));
  ASSERT_EQ(rows.size(), 4u);
  const Row& posix = rows[0];
  EXPECT_EQ(posix.at("scenario"), "tiny");
  EXPECT_EQ(posix.at("backend"), "posix");
  EXPECT_EQ(posix.at("sweep.depth"), "1");
  EXPECT_EQ(posix.at("state"), "ok");
  EXPECT_EQ(posix.at("trials"), "3");
  EXPECT_EQ(posix.at("version"), "0.1");
  EXPECT_NEAR(std::stod(posix.at("real_time_ns")), 1010, 1e-6);
  EXPECT_NEAR(std::stod(posix.at("real_time_low_ns")), 1005, 1e-6);
  EXPECT_NEAR(std::stod(posix.at("cpu_time_ns")), 505, 1e-6);
  EXPECT_EQ(posix.at("setup_ns"), "5000");
  EXPECT_EQ(posix.at("depth"), "3") << "a counter of the backend beside the key of the sweep";
  EXPECT_EQ(posix.at("bytes_per_second"), "") << "not the measure there";
  EXPECT_EQ(rows[2].at("state"), "failed");
  EXPECT_EQ(rows[2].at("remark"), "failed: EIO (1 of 3 trials)");
  EXPECT_EQ(rows[3].at("state"), "skipped");
  for (const char* column : {"real_time_ns", "cpu_time_ns", "trials", "items_per_second"})
    for (const std::size_t i : {2, 3}) EXPECT_EQ(rows[i].at(column), "") << column;
}

TEST_F(Export, CsvTellsRunsApart) {
  const std::string text = gbench_results(all_kinds());
  const auto rows = rows_of(export_csv(runs_in({text, text})));
  ASSERT_EQ(rows.size(), 8u);
  EXPECT_NE(rows[0].at("file"), rows[4].at("file"));
  EXPECT_EQ(rows[0].at("name"), rows[4].at("name"));
}

TEST_F(Export, CsvHasNoFormulas) {
  const auto rows = rows_of(export_csv(runs_in({harmful(gbench_results(all_kinds()))})));
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_TRUE(rows[1].at("remark").starts_with("'=cmd|"));
  for (const Row& row : rows)
    for (const auto& [column, value] : row) EXPECT_LE(value.size(), 2000u) << column;
}

// --- Go's benchmark format (golang.org/design/14313-benchmark-format)

/// Fields as strings.Fields has them.
std::vector<std::string> fields_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> fields;
  for (std::string field; stream >> field;) fields.push_back(field);
  return fields;
}

std::vector<std::vector<std::string>> results_in(const std::string& text) {
  static const std::regex configuration(R"([a-z][^A-Z\s]*:( .*)?)");
  std::vector<std::vector<std::string>> results;
  for (const std::string& line : lines_of(text)) {
    if (!line.starts_with("Benchmark")) {
      EXPECT_TRUE(line.starts_with("Unit ") || std::regex_match(line, configuration)) << line;
      continue;
    }
    results.push_back(fields_of(line));
    const auto& fields = results.back();
    EXPECT_GE(fields.size(), 4u);
    EXPECT_EQ(fields.size() % 2, 0u) << line;
    EXPECT_GE(std::stoll(fields[1]), 1);
    for (std::size_t i = 2; i < fields.size(); i += 2)
      EXPECT_GE(std::stod(fields[i]), 0) << fields[i];
  }
  return results;
}

TEST_F(Export, Gobench) {
  const auto results = results_in(export_gobench(runs_of(all_kinds())));
  ASSERT_EQ(results.size(), 6u) << "a line a trial";
  EXPECT_EQ(results[0][0], "BenchmarkTiny/phase=read/backend=posix/depth=1");
  EXPECT_EQ(results[0][1], "100") << "requests";
  EXPECT_NEAR(std::stod(results[0][2]), 1000, 1e-6);
  EXPECT_EQ(results[0][3], "ns/op");
  EXPECT_NEAR(std::stod(results[0][4]), 500, 1e-6);
  EXPECT_EQ(results[0][5], "cpu-ns/op");
  EXPECT_EQ(results[3][7], "B/s");
  EXPECT_NEAR(std::stod(results[3][6]), 4096e9 / 1000, 1);
}

TEST_F(Export, GobenchNumbersAreNoProcessors) {
  Results results = example::results({quiet_case("read", "uring-64"), quiet_case("read", "uring")});
  results.cases[0].name = "tiny/read/backend:uring-64/real_time";
  results.cases[1].name = "tiny/read/backend:uring/real_time";
  const auto lines = results_in(export_gobench(runs_of(results)));
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0][0], "BenchmarkTiny/phase=read/backend=uring-64-1");
  EXPECT_EQ(lines[3][0], "BenchmarkTiny/phase=read/backend=uring");
}

TEST_F(Export, GobenchOfHarmfulNames) {
  const auto runs = runs_in({harmful(gbench_results(all_kinds()))});
  EXPECT_EQ(results_in(export_gobench(runs)).size(), 6u);
}

// --- OpenMetrics 1.0

struct Metric {
  std::string family, labels;
  double value = 0;
};

/// NAME="VALUE", with commas between; in a value \\, \" and \n are all that a backslash may begin.
void expect_labels(const std::string& labels) {
  std::set<std::string> names;
  for (std::size_t at = 0; at < labels.size(); ++at) {
    const auto equals = labels.find("=\"", at);
    ASSERT_NE(equals, labels.npos) << labels;
    const std::string name = labels.substr(at, equals - at);
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), name.npos) << name;
    EXPECT_TRUE(names.insert(name).second) << name << " twice";
    for (at = equals + 2; at < labels.size() && labels[at] != '"'; ++at)
      if (labels[at] == '\\') {
        ++at;
        EXPECT_TRUE(labels[at] == '\\' || labels[at] == '"' || labels[at] == 'n') << labels;
      }
    ASSERT_LT(at, labels.size()) << labels;
    ++at;
    EXPECT_TRUE(at == labels.size() || labels[at] == ',') << labels;
  }
}

/// Holds a text to the rules that concern gauges.
std::vector<Metric> read_openmetrics(const std::string& text) {
  const std::string end = "# EOF\n";
  EXPECT_TRUE(text.ends_with("\n" + end));
  std::vector<Metric> metrics;
  std::set<std::string> families, series;
  std::string family;
  for (const std::string& line : lines_of(text.substr(0, text.size() - end.size()))) {
    if (line.starts_with("#")) {
      const std::string kind = line.substr(2, 4), rest = line.substr(7);
      const std::string of = rest.substr(0, rest.find(' '));
      EXPECT_TRUE(kind == "TYPE" || kind == "UNIT" || kind == "HELP") << line;
      if (kind == "TYPE") {
        EXPECT_TRUE(line.ends_with(" gauge"));
        EXPECT_TRUE(families.insert(of).second) << of << " is in two places";
        family = of;
      }
      EXPECT_EQ(of, family) << "metadata stands before its samples";
      EXPECT_TRUE(kind != "UNIT" || of.ends_with("_" + rest.substr(of.size() + 1))) << line;
      continue;
    }
    const auto open = line.find('{'), close = line.rfind("} ");
    EXPECT_NE(close, line.npos) << line;
    if (close == line.npos) continue;
    EXPECT_EQ(line.substr(0, open), family);
    EXPECT_TRUE(series.insert(line.substr(0, close)).second) << "twice: " << line;
    const std::string labels = line.substr(open + 1, close - open - 1);
    expect_labels(labels);
    metrics.push_back({family, labels, std::stod(line.substr(close + 2))});
  }
  return metrics;
}

double value_of(const std::vector<Metric>& metrics, const std::string& family,
                const std::string& label) {
  for (const Metric& one : metrics)
    if (one.family == family && one.labels.find(label) != std::string::npos) return one.value;
  ADD_FAILURE() << family << " of " << label;
  return 0;
}

TEST_F(Export, Openmetrics) {
  const auto metrics = read_openmetrics(export_openmetrics(runs_of(all_kinds())));
  const std::string posix = "scenario=\"tiny\",phase=\"read\",backend=\"posix\",depth=\"1\"";
  EXPECT_NEAR(value_of(metrics, "iodyno_request_seconds", posix), 1010e-9, 1e-15);
  EXPECT_NEAR(value_of(metrics, "iodyno_request_cpu_seconds", posix), 505e-9, 1e-15);
  EXPECT_NEAR(value_of(metrics, "iodyno_requests_per_second", posix), 1e9 / 1010, 1e-3);
  EXPECT_NEAR(value_of(metrics, "iodyno_latency_seconds", posix + ",percentile=\"99\""), 1010e-9,
              5e-9);
  EXPECT_EQ(value_of(metrics, "iodyno_trials", posix), 3);
  for (const Metric& one : metrics)
    if (one.labels.find("aio") != one.labels.npos || one.labels.find("copy") != one.labels.npos) {
      EXPECT_EQ(one.family, "iodyno_case_state") << "a case that failed has no figures";
    }
  EXPECT_EQ(value_of(metrics, "iodyno_case_state", "state=\"failed\""), 1);
  EXPECT_EQ(value_of(metrics, "iodyno_case_state", "state=\"skipped\""), 1);
}

TEST_F(Export, OpenmetricsLabelsOfSweeps) {
  Results results = example::results({quiet_case("read", "posix")});
  results.cases[0].name = "tiny/read/backend:posix/phase:2/a.b:3/a-b:4/0:5/__x:6/real_time";
  const auto metrics = read_openmetrics(export_openmetrics(runs_of(results)));
  EXPECT_TRUE(
      contains(metrics.at(0).labels, R"(key_phase="2",a_b="3",a_b_="4",key_0="5",key___x="6")"));
}

TEST_F(Export, OpenmetricsOfHarmfulTexts) {
  const auto runs = runs_in({harmful(gbench_results(all_kinds()))});
  const auto metrics = read_openmetrics(export_openmetrics(runs));
  EXPECT_FALSE(metrics.empty());
  EXPECT_TRUE(contains(metrics.at(0).labels, R"(\"1\")")) << "escaped";
}

}  // namespace
}  // namespace iodyno::host
