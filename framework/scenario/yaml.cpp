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

constexpr std::size_t kTextMax = 1 << 20, kDepthMax = 16;

struct Refused {
  YAML::Mark at;
  std::string message;
};

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
    add({.at = position(mark), .text = null_text(mark)});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_extras(mark, tag, anchor);
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

  /// yaml-cpp makes one event of an absent value and of the words `null` and `~`: the text tells
  /// them apart.
  std::string null_text(const YAML::Mark& mark) const {
    if (mark.pos < 0 || std::size_t(mark.pos) >= text_.size()) return "";
    const auto rest = text_.substr(std::size_t(mark.pos));
    for (const std::string_view word : {"null", "Null", "NULL", "~"})
      if (rest.starts_with(word)) return std::string(word);
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
    if (open_.empty()) {
      root = std::move(node);
    } else if (Node& parent = open_.back(); parent.kind == Node::Kind::list) {
      parent.items.push_back(std::move(node));
    } else if (auto& key = waiting_.back(); !key) {
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
};

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto entry = std::ranges::find(entries, key, [](const Entry& e) { return e.key.text; });
  return entry == entries.end() ? nullptr : &entry->value;
}

std::optional<Node> parse_yaml(std::string_view text, const std::string& file, Diagnostics& out) {
  Builder builder(text, file);
  if (text.size() > kTextMax) {
    out.push_back({builder.position({}), "", "more than 1 MiB of text"});
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
  } catch (const YAML::Exception& e) {
    out.push_back({builder.position(e.mark), "", "not YAML: " + e.msg});
    return {};
  }
  if (!builder.root) out.push_back({builder.position({}), "", "the file is empty"});
  return std::move(builder.root);
}

}  // namespace iodyno::host
