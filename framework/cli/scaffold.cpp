#include "cli/scaffold.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstdlib>
#include <iodyno/posix.hpp>
#include <sstream>
#include <vector>

#include "run/catalog.hpp"
#include "trial/failure.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;
constexpr const char* kName = "newcomer";

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Remembers what was made, and removes it again unless all went well.
class Made {
 public:
  Made() = default;
  Made(const Made&) = delete;
  ~Made() {
    std::error_code ignored;
    for (auto path = all_.rbegin(); path != all_.rend(); ++path) fs::remove(*path, ignored);
  }
  void directories(const fs::path& path) {
    if (path.empty() || fs::is_directory(path)) return;
    directories(path.parent_path());
    if (fs::create_directory(path)) all_.push_back(path);
  }
  void file(const fs::path& path, const std::string& text) {
    directories(path.parent_path());
    Fd file = open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
    all_.push_back(path);  // it is there from here on, also where the disk is full
    on_path("write", path, [&] {
      write_fully(file, std::as_bytes(std::span(text)), 0);
      file.close();
    });
  }
  void keep() { all_.clear(); }

 private:
  std::vector<fs::path> all_;
};

}  // namespace

Installation find_installation() {
  const auto program = fs::canonical("/proc/self/exe").parent_path();
  for (const auto& [prefix, scaffold] :
       {std::pair{program, program / "scaffold"},
        std::pair{program.parent_path(), program.parent_path() / "share/iodyno/scaffold"}})
    if (fs::exists(prefix / "include/iodyno/backend.h") && fs::is_directory(scaffold))
      return {prefix, scaffold};
  throw std::runtime_error("neither " + program.string() + " nor " +
                           program.parent_path().string() +
                           " has the headers and templates that are installed with this program");
}

Texts instantiate(const fs::path& folder, const std::string& name,
                  const std::map<std::string, std::string>& words) {
  Texts files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::string path = entry.path().lexically_relative(folder), text = read_file(entry.path());
    replace_all(path, kName, name);
    replace_all(text, kName, name);
    for (const auto& [word, meaning] : words) replace_all(text, "@" + word + "@", meaning);
    files.emplace(path, text);
  }
  return files;
}

void write_files(const fs::path& directory, const Texts& files) {
  Made made;
  for (const auto& [path, text] : files) made.file(directory / path, text);
  made.keep();
}

std::string shell_word(const std::string& text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./+=:,@%").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return text;
  std::string quoted = text;
  replace_all(quoted, "'", "'\\''");
  return "'" + quoted + "'";
}

std::string program_word() {
  const fs::path self = fs::canonical("/proc/self/exe");
  std::istringstream path(std::getenv("PATH") ? std::getenv("PATH") : "");
  for (std::string directory; std::getline(path, directory, ':');) {
    if (!directory.starts_with('/')) continue;  // leads elsewhere after the first cd
    const fs::path found = fs::path(directory) / self.filename();
    std::error_code error;
    if (!fs::exists(found, error)) continue;
    if (fs::equivalent(found, self, error)) return self.filename();
    break;  // another one comes first
  }
  return shell_word(self);
}

}  // namespace iodyno::host
