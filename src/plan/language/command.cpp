#include "plan/language/command.hpp"

namespace immure::plan {
namespace {

bool is_one_of(std::string_view list, std::string_view option) {
  return list.contains(" " + std::string(option) + " ");
}

class Reader {
 public:
  Reader(std::span<const std::string> arguments, const OptionLetters& letters)
      : arguments_(arguments), letters_(letters) {}

  Command read() {
    for (; at_ < arguments_.size() && !ends_; ++at_) {
      const std::string_view argument = arguments_[at_];
      if (argument == "--") {
        ++at_;
        break;
      }
      if (argument == "-" || !argument.starts_with('-')) break;
      argument.starts_with("--") ? long_option(argument) : cluster(argument.substr(1));
    }
    const bool named = at_ < arguments_.size() && arguments_[at_] != "-";
    if (!ends_ && named && command_.code.empty() && !command_.script) command_.script = at_;
    return std::move(command_);
  }

 private:
  std::string value(std::string_view rest) {
    if (!rest.empty()) return std::string(rest);
    return at_ + 1 < arguments_.size() ? arguments_[++at_] : std::string();
  }

  void module(std::string name) {
    command_.modules.push_back(std::move(name));
    ends_ = letters_.module_ends;
  }

  void long_option(std::string_view argument) {
    const std::size_t equals = argument.find('=');
    const std::string_view name = argument.substr(0, equals);
    const std::string_view rest = equals == std::string_view::npos ? "" : argument.substr(equals + 1);
    if (is_one_of(letters_.long_code, name))
      command_.code.push_back(value(rest));
    else if (is_one_of(letters_.long_module, name))
      module(value(rest));
    else if (is_one_of(letters_.long_value, name))
      value(rest);
  }

  void cluster(std::string_view letters) {
    for (std::size_t i = 0; i < letters.size(); ++i) {
      const std::string_view rest = letters.substr(i + 1);
      if (letters_.code.contains(letters[i])) return command_.code.push_back(value(rest));
      if (letters_.module.contains(letters[i])) return module(value(rest));
      if (letters_.file.contains(letters[i]) && rest.empty() && at_ + 1 < arguments_.size()) {
        command_.script = ++at_;
        return;
      }
      if (letters_.attached.contains(letters[i])) return;
      if (letters_.value.contains(letters[i])) return static_cast<void>(value(rest));
    }
  }

  std::span<const std::string> arguments_;
  const OptionLetters& letters_;
  Command command_;
  std::size_t at_ = 0;
  bool ends_ = false;
};

}  // namespace

Command command_of(std::span<const std::string> arguments, const OptionLetters& letters) {
  return Reader(arguments, letters).read();
}

}  // namespace immure::plan
