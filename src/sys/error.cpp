#include "sys/error.hpp"

#include <cerrno>
#include <cstring>

namespace immure {
namespace {

/// Says what to do if one of the caller's own resource limits explains the error.
std::string_view limit_remedy(int number) {
  switch (number) {
    case EMFILE: return "Raise the limit of open files (ulimit -n 1024).";
    case EFBIG: return "Raise the limit of file sizes (ulimit -f unlimited).";
    case ENOMEM: return "Raise the limits of memory if there are any (ulimit -v unlimited, ulimit -d unlimited).";
    default: return {};
  }
}

}  // namespace

std::string to_text(const Error& error) {
  std::string text;
  if (!error.where.empty()) text += error.where + ": ";
  text += error.what;
  if (error.errno_value != 0) {
    text += ": ";
    text += ::strerrordesc_np(error.errno_value) != nullptr ? ::strerrordesc_np(error.errno_value) : "unknown error";
    text += " (";
    text += ::strerrorname_np(error.errno_value) != nullptr ? ::strerrorname_np(error.errno_value) : "?";
    text += ")";
  }
  // The words may be the whole text of another error, which ends with a full stop already.
  if (!text.ends_with('.')) text += ".";
  const std::string_view remedy = error.hint.empty() ? limit_remedy(error.errno_value) : std::string_view(error.hint);
  if (!remedy.empty()) text += " " + std::string(remedy);
  return text;
}

}  // namespace immure
