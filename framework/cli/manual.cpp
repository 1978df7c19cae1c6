// The manual page, in the macros of man(7).
#include <algorithm>

#include "cli/program_text.hpp"

namespace iodyno::host {
namespace {

/// Text as it is: no letter of it is taken for a command of roff.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
    switch (c) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;
      case '^': out += "\\(ha"; break;
      case '~': out += "\\(ti"; break;
      case '`': out += "\\(ga"; break;
      default: out += c;
    }
  }
  return out;
}

std::string bold(const std::string& text) { return "\\fB" + plain(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + plain(text) + "\\fR"; }

std::string sentence(const std::string& text) {
  return plain(text) + (text.ends_with('.') ? "\n" : ".\n");
}

std::string words_of(const OptionText& option) {
  if (option.positional) return italic(option.name);
  return bold(option.name) + (option.value.empty() ? "" : " " + italic(option.value));
}

std::string paragraph(const OptionText& option) {
  std::string text = ".TP\n" + words_of(option) + "\n" + sentence(option.about);
  if (!option.choices.empty()) {
    text += "One of ";
    for (std::size_t i = 0; i < option.choices.size(); ++i)
      text += (i == 0 ? "" : ", ") + bold(option.choices[i]);
    text += ".\n";
  }
  if (!option.fallback.empty()) text += "Default: " + bold(option.fallback) + "\n";
  return text;
}

std::string section(const CommandText& command) {
  std::string head = ".SS " + bold("iodyno " + command.name);
  const bool has_flags = std::ranges::any_of(
      command.options, [](const OptionText& o) { return !o.positional && o.name != "--help"; });
  if (has_flags) head += " [" + italic("OPTION") + "...]";
  std::string options;
  for (const OptionText& option : command.options) {
    if (option.name == "--help") continue;  // said once, of all
    options += paragraph(option);
    if (!option.positional) continue;
    const std::string name = italic(option.name) + (option.repeated ? "..." : "");
    head += option.required ? " " + name : " [" + name + "]";
  }
  return head + "\n" + sentence(command.about) + options;
}

/// What the parser does not know.
constexpr const char* kEnvironment = R"(.SH ENVIRONMENT
.TP
.B IODYNO_BACKEND_PATH
Directories to look for backends in, colon\-separated; after those of \fB\-\-backend\-path\fR.
.TP
.B NO_COLOR
If set, nothing is coloured.
.SH SEE ALSO
.BR fio (1),
and the documents in
.IR /usr/share/doc/iodyno/docs :
.I writing\-a\-scenario.md
has the language with all its keys,
.I writing\-a\-backend.md
the way to an engine of one's own.
)";

}  // namespace

std::string manual_page(const ProgramText& program) {
  std::string text = ".TH IODYNO 1 \"\" \"iodyno " IODYNO_VERSION "\" \"User Commands\"\n";
  text += ".SH NAME\niodyno \\- a dynamometer for file\\-I/O engines\n";
  text += ".SH SYNOPSIS\n" + bold("iodyno") + " " + italic("COMMAND") + " [" + italic("OPTION") +
          "...] [" + italic("ARGUMENT") + "...]\n";
  text += ".SH DESCRIPTION\n" + plain(program.about) + "\n";
  text += ".SH OPTIONS\n";
  for (const OptionText& option : program.options) text += paragraph(option);
  text += ".SH COMMANDS\n";
  for (const CommandText& command : program.commands) text += section(command);
  constexpr std::string_view kStatus = "Exit status: ";
  std::string footer = program.footer;
  if (footer.starts_with(kStatus)) footer.erase(0, kStatus.size());
  return text + ".SH EXIT STATUS\n" + plain(footer) + "\n" + kEnvironment;
}

}  // namespace iodyno::host
