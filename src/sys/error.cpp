#include "sys/error.hpp"

#include <cstring>

namespace immure {

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
  if (!error.hint.empty()) text += " " + error.hint;
  return text;
}

}  // namespace immure
