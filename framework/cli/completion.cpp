// What completes command lines of iodyno in three shells. Each script has the words of every
// command in it; only backends and scenarios are asked for when they are needed.
#include <algorithm>

#include "cli/program_text.hpp"

namespace iodyno::host {
namespace {

/// What stands for a value, by the name that the help gives it.
enum class Value { none, words, directory, file, backend, scenario, either };

Value value_of(const OptionText& option) {
  const std::string& name = option.positional ? option.name : option.value;
  if (!option.choices.empty()) return Value::words;
  if (name == "DIR" || name == "DIRS") return Value::directory;
  if (name == "FILE" || name == "RESULTS" || name == "BASELINE") return Value::file;
  if (name == "PLUGIN" || name == "SPEC") return Value::backend;
  if (name == "SCENARIO") return Value::scenario;
  if (name == "NAME" && option.about.starts_with("A backend or a scenario")) return Value::either;
  return Value::none;
}

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : between) + word;
  return all;
}

std::vector<std::string> flags_of(const std::vector<OptionText>& options) {
  std::vector<std::string> all;
  for (const OptionText& option : options)
    if (!option.positional) all.push_back(option.name);
  return all;
}

std::vector<std::string> names_of(const std::vector<CommandText>& commands) {
  std::vector<std::string> all;
  for (const CommandText& command : commands) all.push_back(command.name);
  return all;
}

/// In single quotes, for a shell; `also` has a backslash before it.
std::string quoted(const std::string& text, const std::string& also = "") {
  std::string out = "'";
  for (const char c : text) {
    if (also.find(c) != also.npos) out += '\\';
    out += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return out + "'";
}

/// The first part of a description: what one line has room for.
std::string brief(const std::string& text) { return text.substr(0, text.find("; ")); }

// --- bash

const char* bash_kind(Value value) {
  switch (value) {
    case Value::directory: return "directories";
    case Value::file: return "files";
    case Value::backend: return "backends files";
    case Value::scenario: return "scenarios files";
    case Value::either: return "backends scenarios files";
    default: return "";
  }
}

std::string bash_values(const OptionText& option) {
  return value_of(option) == Value::words ? "words=" + quoted(joined(option.choices))
                                          : "kinds=" + quoted(bash_kind(value_of(option)));
}

std::string bash_case(const CommandText& command) {
  std::string text = "    " + command.name + ")\n      case $previous in\n";
  std::string otherwise = "words=" + quoted(joined(flags_of(command.options)));
  std::vector<std::string> kinds;
  for (const OptionText& option : command.options) {
    if (option.positional && value_of(option) == Value::words)
      otherwise += " also=" + quoted(joined(option.choices));
    else if (option.positional)
      kinds.emplace_back(bash_kind(value_of(option)));
    else if (!option.value.empty())
      text += "        " + option.name + ") " + bash_values(option) + " ;;\n";
  }
  if (!kinds.empty()) otherwise += " kinds=" + quoted(kinds.front());
  return text + "        *) " + otherwise + " ;;\n      esac ;;\n";
}

constexpr const char* kBashHead = R"sh(# bash completion for iodyno, made by `iodyno generate bash`
_iodyno() {
  local program=$1 current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local word kind command='' words='' also='' kinds=''
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || { command=$word; break; }
  done
  case $command in
)sh";
constexpr const char* kBashTail = R"sh(  esac
  if [[ $current == -* ]]; then kinds=''; elif [[ $also$kinds ]]; then words=$also; fi
  for kind in $kinds; do
    case $kind in
      backends | scenarios)
        words+=" $("$program" list "$kind" 2>/dev/null | sed -n 's/^  \([^ ]*\) .*/\1/p')" ;;
    esac
  done
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  case $kinds in
    *directories) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$current") ;;
    *files) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$current") ;;
  esac
  [[ ! $kinds ]] || compopt -o filenames 2>/dev/null
}
complete -F _iodyno iodyno
)sh";

// --- zsh

std::string zsh_action(const OptionText& option) {
  switch (value_of(option)) {
    case Value::words: return "(" + joined(option.choices) + ")";
    case Value::directory: return "_directories";
    case Value::file: return "_files";
    // With a space before it, it is called with just these words.
    case Value::backend: return " _iodyno_names backends";
    case Value::scenario: return " _iodyno_names scenarios";
    case Value::either: return " _iodyno_names";
    case Value::none: return " ";
  }
  return " ";
}

std::string zsh_argument(const OptionText& option) {
  if (option.positional)
    return quoted(std::string(option.repeated ? "*" : "") + ":" + option.name + ":" +
                  zsh_action(option));
  std::string text = quoted((option.repeated ? "*" : "") + option.name) + "'['" +
                     quoted(brief(option.about), "[]:") + "']'";
  if (!option.value.empty()) text += quoted(":" + option.value + ":" + zsh_action(option));
  return text;
}

// --- fish

std::string fish_values(const OptionText& option) {
  switch (value_of(option)) {
    case Value::words: return " -a " + quoted(joined(option.choices));
    case Value::directory: return " -a '(__fish_complete_directories)'";
    case Value::file: return " -F";
    case Value::backend: return " -F -a '(__iodyno_names backends)'";
    case Value::scenario: return " -F -a '(__iodyno_names scenarios)'";
    case Value::either: return " -F -a '(__iodyno_names)'";
    case Value::none: return "";
  }
  return "";
}

std::string fish_line(const std::string& command, const OptionText& option) {
  const std::string values = fish_values(option);
  if (option.positional && values.empty()) return "";
  std::string text = "complete -c iodyno -n '__fish_seen_subcommand_from " + command + "'";
  if (!option.positional) text += " -l " + option.name.substr(2);
  if (!option.positional && !option.value.empty()) text += " -r";
  return text + values + (option.positional ? "" : " -d " + quoted(brief(option.about))) + "\n";
}

}  // namespace

std::string bash_completion(const ProgramText& program) {
  std::string text = kBashHead;
  text += "    '') words=" +
          quoted(joined(names_of(program.commands)) + " " + joined(flags_of(program.options))) +
          " ;;\n";
  for (const CommandText& command : program.commands) text += bash_case(command);
  return text + kBashTail;
}

std::string zsh_completion(const ProgramText& program) {
  std::string text =
      "#compdef iodyno\n"
      "# zsh completion for iodyno, made by `iodyno generate zsh`\n"
      "_iodyno_names() {\n"
      "  local -a names=(${(f)\"$(iodyno list $1 2>/dev/null | sed -n 's/^  \\([^ ]*\\) "
      ".*/\\1/p')\"})\n"
      "  compadd -a names\n"
      "  _files\n"
      "}\n"
      "_iodyno() {\n"
      "  local -a commands=(\n";
  for (const CommandText& command : program.commands)
    text += "    " + quoted(command.name + ":" + brief(command.about)) + "\n";
  text +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe command commands\n"
      "    _arguments";
  for (const OptionText& option : program.options) text += " " + zsh_argument(option);
  text += "\n    return\n  fi\n  shift words\n  (( CURRENT-- ))\n  case $words[1] in\n";
  for (const CommandText& command : program.commands) {
    text += "    " + command.name + ")\n      _arguments";
    for (const OptionText& option : command.options) text += " \\\n        " + zsh_argument(option);
    text += " ;;\n";
  }
  return text + "  esac\n}\n_iodyno \"$@\"\n";
}

std::string fish_completion(const ProgramText& program) {
  std::string text =
      "# fish completion for iodyno, made by `iodyno generate fish`\n"
      "function __iodyno_names\n"
      "  iodyno list $argv 2>/dev/null | sed -n 's/^  \\([^ ]*\\) .*/\\1/p'\n"
      "end\n"
      "complete -c iodyno -f\n";
  for (const OptionText& option : program.options)
    text += "complete -c iodyno -n '__fish_use_subcommand' -l " + option.name.substr(2) + " -d " +
            quoted(brief(option.about)) + "\n";
  for (const CommandText& command : program.commands) {
    text += "complete -c iodyno -n '__fish_use_subcommand' -a " + command.name + " -d " +
            quoted(brief(command.about)) + "\n";
    for (const OptionText& option : command.options) text += fish_line(command.name, option);
  }
  return text;
}

}  // namespace iodyno::host
