#include "trial/message.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace iodyno::host {
namespace {

using nlohmann::json;

constexpr const char* kBroken = "a message between processes is broken: ";

template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

// One function a struct names its fields; Writer and Reader say what is done with them. So a field
// can't be written and then forgotten when reading.
struct Writer {
  json& to;
  template <class T>
  void operator()(const char* name, const T& value);
};
struct Reader {
  const json& from;
  template <class T>
  void operator()(const char* name, T& value);
};

void fields(auto visit, Is<FileSize> auto& x) {
  visit("min", x.min), visit("max", x.max), visit("log_uniform", x.log_uniform);
}
void fields(auto visit, Is<Content> auto& x) { visit("random_fraction", x.random_fraction); }
void fields(auto visit, Is<Dataset> auto& x) {
  visit("files", x.files), visit("size", x.size), visit("directories", x.directories);
  visit("content", x.content), visit("from", x.from);
}
void fields(auto visit, Is<Share> auto& x) { visit("op", x.op), visit("weight", x.weight); }
void fields(auto visit, Is<Order> auto& x) { visit("kind", x.kind), visit("theta", x.theta); }
void fields(auto visit, Is<Consume> auto& x) { visit("kind", x.kind), visit("text", x.text); }
void fields(auto visit, Is<Rate> auto& x) { visit("per_second", x.per_second); }
void fields(auto visit, Is<Phase> auto& x) {
  visit("name", x.name), visit("ops", x.ops), visit("depth", x.depth), visit("batch", x.batch);
  visit("timed", x.timed), visit("cache", x.cache), visit("metadata", x.metadata),
      visit("sizes", x.sizes);
  visit("rehearse", x.rehearse), visit("direct", x.direct), visit("consume", x.consume);
  visit("durability", x.durability), visit("pin", x.pin), visit("rate", x.rate),
      visit("block", x.block);
  visit("count", x.count), visit("time_ns", x.time_ns), visit("order", x.order);
}
void fields(auto visit, Is<TreeFile> auto& x) {
  visit("path", x.path), visit("size", x.size), visit("directory", x.directory);
}
void fields(auto visit, Is<Tree> auto& x) {
  visit("directories", x.directories), visit("files", x.files);
}
void fields(auto visit, Is<TrialSpec> auto& x) {
  visit("plugin_file", x.plugin_file), visit("options", x.options), visit("steps", x.steps);
  visit("lifecycle", x.lifecycle), visit("dataset", x.dataset), visit("tree", x.tree);
  visit("directory", x.directory), visit("second_directory", x.second_directory),
      visit("seed", x.seed);
  visit("version", x.version), visit("cap_ns", x.cap_ns), visit("kept", x.kept);
  visit("check_layout", x.check_layout), visit("verify", x.verify);
  visit("extents_per_file", x.extents_per_file);
  visit("cpu_probe_ns", x.cpu_probe_ns), visit("memory_limit_bytes", x.memory_limit_bytes);
  visit("device_stat", x.device_stat);
}
void fields(auto visit, Is<OptionDescription> auto& x) {
  visit("name", x.name), visit("doc", x.doc), visit("type", x.type), visit("fallback", x.fallback);
  visit("min", x.min), visit("max", x.max), visit("bounded", x.bounded),
      visit("choices", x.choices);
}
void fields(auto visit, Is<BackendDescription> auto& x) {
  visit("file", x.file), visit("hash", x.hash), visit("name", x.name), visit("version", x.version);
  visit("summary", x.summary), visit("abi_major", x.abi_major), visit("abi_minor", x.abi_minor);
  visit("ops", x.ops), visit("flags", x.flags), visit("options", x.options);
}
void fields(auto visit, Is<Probe> auto& x) {
  visit("ops", x.ops), visit("unsupported", x.unsupported), visit("notes", x.notes);
}
void fields(auto visit, Is<Job> auto& x) { visit("kind", x.kind), visit("spec", x.spec); }
void fields(auto visit, Is<Reply> auto& x) {
  visit("stage", x.stage), visit("error", x.error), visit("description", x.description);
  visit("probe", x.probe), visit("sample", x.sample);
}

/// The last enumerator of an enum that crosses: with another one nobody knows what to do.
template <class T>
constexpr int kLast = -1;
template <>
constexpr int kLast<iodyno_op> = IODYNO_OP_COUNT - 1;
template <>
constexpr int kLast<CacheState> = int(CacheState::cold);
template <>
constexpr int kLast<Sizes> = int(Sizes::unknown);
template <>
constexpr int kLast<Durability> = int(Durability::end);
template <>
constexpr int kLast<Order::Kind> = int(Order::Kind::zipf);
template <>
constexpr int kLast<Consume::Kind> = int(Consume::Kind::count);
template <>
constexpr int kLast<Job::Kind> = int(Job::Kind::trial);

template <class T>
concept OneOfOurs = requires(Writer writer, T value) {
  fields(writer, value);
};

/// Members, so that each overload sees all others.
struct Codec {
  template <class T>
  static json write(const std::vector<T>& list) {
    json array = json::array();
    for (const auto& item : list) array.push_back(write(item));
    return array;
  }
  template <class T>
  static void read(const json& from, std::vector<T>& list) {
    for (const auto& item : from) read(item, list.emplace_back());
  }
  template <class T>
  static json write(const std::optional<T>& value) {
    return value ? write(*value) : json();
  }
  template <class T>
  static void read(const json& from, std::optional<T>& value) {
    if (!from.is_null()) read(from, value.emplace());
  }
  static json write(const std::shared_ptr<const Tree>& tree) {
    return tree ? write(*tree) : json();
  }
  static void read(const json& from, std::shared_ptr<const Tree>& tree) {
    if (from.is_null()) return;
    auto made = std::make_shared<Tree>();
    read(from, *made);
    tree = std::move(made);
  }
  static json write(const OptionValue& value) {
    return std::visit([](const auto& held) { return json(held); }, value);
  }
  static void read(const json& from, OptionValue& value) {
    if (from.is_string())
      value = from.get<std::string>();
    else if (from.is_number_float())
      value = from.get<double>();
    else
      value = from.get<std::int64_t>();
  }
  static json write(const Sample& sample) { return to_json_line(sample); }
  static void read(const json& from, Sample& sample) {
    sample = sample_from_json(from.get<std::string>());
  }
  template <class K, class T>
  static json write(const std::map<K, T>& map) {
    return json(map);
  }
  template <class K, class T>
  static void read(const json& from, std::map<K, T>& map) {
    from.get_to(map);
  }

  template <class T>
  static json write(const T& value) {
    if constexpr (OneOfOurs<const T>) {
      json object = json::object();
      fields(Writer{object}, value);
      return object;
    } else if constexpr (std::is_enum_v<T>) {
      return int(value);
    } else {
      return json(value);
    }
  }

  template <class T>
  static T whole(const json& from, T min, T max) {
    const bool fits =
        from.is_number_unsigned()  ? std::cmp_less_equal(from.get<std::uint64_t>(), max)
        : from.is_number_integer() ? std::cmp_greater_equal(from.get<std::int64_t>(), min)
                                   : false;
    if (!fits) throw std::runtime_error(std::string(kBroken) + "a number that can't be");
    return from.get<T>();
  }

  template <class T>
  static void read(const json& from, T& value) {
    if constexpr (OneOfOurs<T>)
      fields(Reader{from}, value);
    else if constexpr (std::is_enum_v<T>)
      value = T(whole<int>(from, 0, kLast<T>));
    else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
      value = whole<T>(from, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    else
      from.get_to(value);
  }
};

template <class T>
void Writer::operator()(const char* name, const T& value) {
  to[name] = Codec::write(value);
}
template <class T>
void Reader::operator()(const char* name, T& value) {
  Codec::read(from.at(name), value);
}

template <class T>
std::string encode_any(const T& value) {
  const auto bytes = json::to_cbor(Codec::write(value));
  return {bytes.begin(), bytes.end()};
}

/// Hears a message go by, and stops at what is nested deeper than any of ours: the reader of CBOR
/// calls itself for each level, so that a few KiB of another hand would use up the stack.
class Depth : public nlohmann::json_sax<json> {
 public:
  bool too_deep() const { return level_ > kLevels; }

  bool start_object(std::size_t) override { return ++level_ <= kLevels; }
  bool start_array(std::size_t) override { return ++level_ <= kLevels; }
  bool end_object() override { return --level_, true; }
  bool end_array() override { return --level_, true; }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool key(string_t&) override { return true; }
  /// Told better by the parser of what is used.
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return false;
  }

 private:
  static constexpr int kLevels = 16;
  int level_ = 0;
};

template <class T>
T decode_any(std::string_view bytes) {
  try {
    Depth depth;
    json::sax_parse(bytes.begin(), bytes.end(), &depth, json::input_format_t::cbor);
    if (depth.too_deep()) throw std::runtime_error(std::string(kBroken) + "it is nested too deep");
    T value;
    Codec::read(json::from_cbor(bytes.begin(), bytes.end()), value);
    return value;
  } catch (const json::exception& e) {
    throw std::runtime_error(kBroken + std::string(e.what()));
  }
}

}  // namespace

std::string encode(const Job& job) { return encode_any(job); }
Job decode_job(std::string_view bytes) { return decode_any<Job>(bytes); }
std::string encode(const Reply& reply) { return encode_any(reply); }
Reply decode_reply(std::string_view bytes) { return decode_any<Reply>(bytes); }

}  // namespace iodyno::host
