// The only file that knows yaml-cpp. Its event interface, not its nodes: events carry every
// position and every key, and an alias is seen before anything is multiplied by it.
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "scenario/node.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kDepthMax = 16, kValuesMax = 100'000, kKeysMax = 256, kKeyBytesMax = 1024;

struct Refused {
  YAML::Mark at;
  std::string message;
};
struct Misplaced {
  Position at;
  std::string message;
};

/// The length of the letter of UTF-8 that the text begins with, or 0 if it begins with none.
std::size_t letter(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? std::uint8_t(text[i]) : 0u; };
  const auto lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF5 ? 0 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
  const bool beyond = lead == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

/// A mistake of syntax in the words of people.
std::string explain(std::string_view text, const YAML::Exception& e) {
  for (int line = 0; line < e.mark.line; ++line) text.remove_prefix(text.find('\n') + 1);
  if (const auto indent = text.substr(0, text.find_first_not_of(" \t"));
      indent.find('\t') != indent.npos)
    return "a tab in the indentation, which must be of spaces";
  static constexpr std::pair<std::string_view, const char*> kWords[] = {
      {"end of sequence not found", "this does not fit the list above: check the indentation"},
      {"end of map not found", "this does not fit the map above: check the indentation"},
      {"end of sequence flow not found", "a list within [ ] lacks a comma, or its end"},
      {"end of map flow not found", "a map within { } lacks a comma, or its end"},
      {"illegal map value",
       "a value with \": \" in it, or a key in a strange place: put text in quotes"},
  };
  for (const auto& [theirs, ours] : kWords)
    if (e.msg == theirs) return std::string("not YAML: ") + ours;
  return "not YAML: " + e.msg;
}

/// What yaml-cpp would replace, or take for the end of the text, in silence.
std::optional<Diagnostic> find_bad_bytes(std::string_view text) {
  int line = 1, column = 1;
  while (!text.empty()) {
    const auto length = letter(text);
    const auto c = static_cast<unsigned char>(text[0]);
    const auto at = [&] { return Position{nullptr, line, column}; };
    if (length == 0) return Diagnostic{at(), "", "not UTF-8"};
    if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7F)
      return Diagnostic{at(), "", "a control character"};
    column = c == '\n' ? 1 : column + int(length);
    line += c == '\n';
    text.remove_prefix(length);
  }
  return {};
}

class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const std::string& file)
      : text_(text), source_(std::make_shared<const std::string>(file)) {}

  std::optional<Node> root;

  Position position(const YAML::Mark& mark) const {
    return {source_, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root) throw Refused{mark, "a second document; a scenario is one"};
  }
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{mark, "an alias; a scenario has none: write the value again"};
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_extras(mark, "?", anchor);
    Node node{.at = position(mark), .text = null_text(mark)};
    // An absent value has no place, and yaml-cpp tells where the next thing begins.
    if (node.text.empty() && !open_.empty())
      node.at = waiting_.back() ? waiting_.back()->at : open_.back().at;
    add(std::move(node));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_extras(mark, tag, anchor);
    if (tag == "!" && !ends(mark)) throw Refused{mark, "a quotation mark without its end"};
    add({.at = position(mark), .text = value, .quoted = tag == "!"});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_extras(mark, tag, anchor);
    open(mark, Node::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_extras(mark, tag, anchor);
    open(mark, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  static void refuse_extras(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) throw Refused{mark, "an anchor; a scenario has none: write the value again"};
    if (!tag.empty() && tag != "?" && tag != "!") throw Refused{mark, "a tag; a scenario has none"};
  }

  /// Whether quoted text has its second quotation mark: to yaml-cpp, the end of the file is as
  /// good.
  bool ends(const YAML::Mark& mark) const {
    auto rest = text_.substr(std::min(std::size_t(std::max(mark.pos, 0)), text_.size()));
    if (!rest.starts_with('"') && !rest.starts_with('\'')) return true;  // a block
    const char quote = rest[0];
    for (std::size_t i = 1; i < rest.size(); ++i) {
      if (rest[i] == quote && quote == '\'' && rest.substr(i + 1).starts_with(quote))
        ++i;
      else if (rest[i] == quote)
        return true;
      else if (rest[i] == '\\' && quote == '"')
        ++i;
    }
    return false;
  }

  /// yaml-cpp makes one event of an absent value and of the words `null` and `~`: the text tells
  /// them apart.
  std::string null_text(const YAML::Mark& mark) const {
    if (mark.pos < 0 || std::size_t(mark.pos) >= text_.size()) return "";
    const auto rest = text_.substr(std::size_t(mark.pos));
    for (const std::string_view word : {"null", "Null", "NULL", "~"}) {
      if (!rest.starts_with(word)) continue;
      const auto end = rest.substr(word.size(), 1);
      if (!end.empty() && std::string_view(" \t\r\n,]}:").find(end) == end.npos) continue;
      const auto after = rest.find_first_not_of(' ', word.size());
      const bool next_key = after != rest.npos && rest[after] == ':';
      if (!next_key || open_.empty() || !waiting_.back()) return std::string(word);
    }
    return "";
  }

  void open(const YAML::Mark& mark, Node::Kind kind) {
    if (open_.size() == kDepthMax)
      throw Refused{mark, "nested deeper than " + std::to_string(kDepthMax)};
    open_.push_back({.kind = kind, .at = position(mark)});
    waiting_.emplace_back();
  }

  void close() {
    Node node = std::move(open_.back());
    open_.pop_back();
    waiting_.pop_back();
    add(std::move(node));
  }

  void add(Node node) {
    if (++values_ > kValuesMax)
      throw Misplaced{node.at, "more than " + std::to_string(kValuesMax) + " values"};
    if (open_.empty()) {
      root = std::move(node);
    } else if (Node& parent = open_.back(); parent.kind == Node::Kind::list) {
      parent.items.push_back(std::move(node));
    } else if (auto& key = waiting_.back(); !key) {
      if (node.kind != Node::Kind::scalar)
        throw Misplaced{node.at, "a key must be a word, not a list or a map"};
      if (node.text.empty()) throw Misplaced{node.at, "a key is missing before the colon"};
      if (node.text.size() > kKeyBytesMax)
        throw Misplaced{node.at, "a key of more than " + std::to_string(kKeyBytesMax) + " bytes"};
      if (parent.entries.size() == kKeysMax)
        throw Misplaced{node.at, "more than " + std::to_string(kKeysMax) + " keys in one map"};
      key = std::move(node);
    } else {
      parent.entries.push_back({std::move(*key), std::move(node)});
      key.reset();
    }
  }

  std::string_view text_;
  std::shared_ptr<const std::string> source_;
  std::vector<Node> open_;
  std::vector<std::optional<Node>> waiting_;  // of each open map: the key whose value is to come
  std::size_t values_ = 0;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto entry = std::ranges::find(entries, key, [](const Entry& e) { return e.key.text; });
  return entry == entries.end() ? nullptr : &entry->value;
}

std::optional<Node> parse_yaml(std::string_view text, const std::string& file, Diagnostics& out) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  Builder builder(text, file);
  if (text.size() > kScenarioBytesMax) {
    out.push_back({builder.position({}), "", "more than 1 MiB of text"});
    return {};
  }
  if (auto bad = find_bad_bytes(text)) {
    bad->at.source = builder.position({}).source;
    out.push_back(std::move(*bad));
    return {};
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    out.push_back({builder.position(refused.at), "", refused.message});
    return {};
  } catch (const Misplaced& misplaced) {
    out.push_back({misplaced.at, "", misplaced.message});
    return {};
  } catch (const YAML::Exception& e) {
    out.push_back({builder.position(e.mark), "", explain(text, e)});
    return {};
  }
  if (!builder.root) out.push_back({builder.position({}), "", "the file is empty"});
  return std::move(builder.root);
}

}  // namespace iodyno::host
