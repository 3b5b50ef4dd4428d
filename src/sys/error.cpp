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
  if (error.number != 0) {
    text += ": ";
    text += ::strerrordesc_np(error.number) != nullptr ? ::strerrordesc_np(error.number) : "unknown error";
    text += " (";
    text += ::strerrorname_np(error.number) != nullptr ? ::strerrorname_np(error.number) : "?";
    text += ")";
  }
  text += ".";
  const std::string_view remedy = error.hint.empty() ? limit_remedy(error.number) : std::string_view(error.hint);
  if (!remedy.empty()) text += " " + std::string(remedy);
  return text;
}

}  // namespace immure
