#include "cli/run/inputs.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/ground.hpp"
#include "file/readable_path.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/visible.hpp"

namespace immure::cli {
namespace {

struct Looked {
  file::Place place;
  sys::Fd found;  ///< O_PATH
  struct stat status{};
};

Result<struct stat> status_of(const sys::Fd& file, const std::string& name) {
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, file.get(), &status); failure != 0)
    return fail(Code::kBadInput, name, "its status cannot be read", {}, failure);
  return status;
}

Result<Looked> look_at(const NamedInput& named, const file::HeldDirectory* parent = nullptr) {
  const std::string path = without_trailing_slashes(named.path);
  TRY(file::Place place, parent != nullptr
                             ? file::place_in(parent->fd, parent->path, path.substr(path.rfind('/') + 1), named.path)
                             : file::place_of(path));
  auto found = sys::open_at(place.directory.get(), place.name.c_str(), O_PATH | O_NOFOLLOW);
  if (!found && found.error().value == ENOENT)
    return fail(Code::kBadInput, named.path, "does not exist", "Name a file or directory that the program may read.");
  if (!found) return fail(Code::kBadInput, named.path, "its status cannot be read", {}, found.error().value);
  TRY(const struct stat status, status_of(*found, named.path));
  if (S_ISLNK(status.st_mode))
    return fail(Code::kBadInput, named.path, "is a symbolic link", "Name the file or directory itself.");
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
    return fail(Code::kBadInput, named.path, "is neither a regular file nor a directory");
  return Looked{std::move(place), std::move(*found), status};
}

Result<void> check_place(const std::string& place, const std::string& shown) {
  constexpr std::size_t kLongestName = 255;
  const bool is_name =
      !place.empty() && place != "." && place != ".." && place.size() <= kLongestName && text::is_printable(place);
  if (is_name) return {};
  return fail(Code::kUsage, "--in " + shown, "gives no name that a file below /in can have",
              "Write --in NAME=PATH with a NAME of printable characters.");
}

/// Opens exactly the file or directory that was looked at, even if its name leads elsewhere by now.
Result<attest::OpenPart> open_part(const NamedInput& named, const Looked& looked) {
  attest::OpenPart part{.place = named.place.empty() ? looked.place.name : named.place,
                        .name = file::readable_path(named.path),
                        .path = looked.place.path(),
                        .opened = {},
                        .is_file = S_ISREG(looked.status.st_mode),
                        .owner = looked.status.st_uid};
  CHECK_OK(check_place(part.place, named.path));
  CHECK_OK(file::check_holds_data(looked.found.get(), named.path));
  const std::string link = "/proc/self/fd/" + std::to_string(looked.found.get());
  const int flags = part.is_file ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_RDONLY | O_DIRECTORY;
  auto opened = sys::open_at(AT_FDCWD, link.c_str(), flags);
  if (!opened)
    return fail(Code::kBadInput, named.path, "cannot be read", sys::lease_hint(opened.error().value),
                opened.error().value);
  part.opened = std::move(*opened);
  if (part.is_file) {
    TRY(const struct stat parent, status_of(looked.place.directory, looked.place.parent));
    part.owner = parent.st_uid;
  }
  return part;
}

/// Opens exactly the directory that was looked at.
Result<InputDirectory> open_whole(const Looked& looked, const std::string& shown) {
  auto directory = sys::open_at(looked.found.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!directory) return fail(Code::kBadInput, shown, "cannot be read", {}, directory.error().value);
  return InputDirectory{std::move(*directory), looked.place.path()};
}

/// Error kBadInput if the file is this input.
Result<void> check_other_than(const file::Place& place, const std::string& what, const attest::OpenPart& part) {
  const auto there = file::status_of(place);
  if (!there) return {};
  TRY(const struct stat input, status_of(part.opened, part.name));
  if (there->st_dev != input.st_dev || there->st_ino != input.st_ino) return {};
  return fail(Code::kBadInput, place.shown, what + " is the input " + part.name, "Name different files.");
}

}  // namespace

Result<sys::Fd> open_input_file(const file::Place& place) {
  auto opened = sys::open_at(place.directory.get(), place.name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
  if (!opened && opened.error().value == ELOOP)
    return fail(Code::kBadInput, place.shown, "is a symbolic link", "Name the file itself.");
  if (!opened)
    return fail(Code::kBadInput, place.shown, "cannot be read",
                opened.error().value == ENOENT ? "Check the path." : sys::lease_hint(opened.error().value),
                opened.error().value);
  TRY(const struct stat status, status_of(*opened, place.shown));
  if (!S_ISREG(status.st_mode)) return fail(Code::kBadInput, place.shown, "is not a regular file", "Name a file.");
  TRY(const struct stat parent, status_of(place.directory, place.parent));
  // The owner of the directory decides what has this name. Root must not read for this user what the user cannot read.
  const bool owner_reads = parent.st_uid == 0 || parent.st_uid == status.st_uid || (status.st_mode & S_IROTH) != 0;
  if (::geteuid() == 0 && !owner_reads)
    return fail(Code::kBadInput, place.shown, "may not be read by the owner of its directory",
                "Put the file into a directory of your own.");
  return std::move(*opened);
}

Result<NamedInput> parse_input(const std::string& value) {
  const std::size_t equals = value.find('=');
  const bool is_named = equals != std::string::npos && equals > 0 && value.find('/') > equals;
  NamedInput named = is_named ? NamedInput{value.substr(0, equals), value.substr(equals + 1)} : NamedInput{{}, value};
  if (named.path.empty())
    return fail(Code::kUsage, "--in", "is empty or has no path: \"" + value + "\"",
                "Name a directory or a file, or NAME=PATH.");
  return named;
}

/// A shell's `*` gives names that the owner of a directory has chosen. A file called `x=secret` must not make immure
/// read the file `secret`.
Result<void> check_unambiguous(const NamedInput& named, const std::string& value) {
  struct stat status{};
  if (named.place.empty() || sys::error_of(::lstat, value.c_str(), &status) != 0) return {};
  return fail(Code::kUsage, "--in " + value,
              "is a file of this name, and can also mean " + named.path + " as " + named.place,
              "For the file write --in ./" + value + ", for the other --in " + named.place + "=./" + named.path + ".");
}

Result<HeldInput> hold_inputs(const std::vector<std::string>& values) {
  HeldInput input;
  struct Held {
    attest::OpenPart part;
    sys::Fd parent;
  };
  std::vector<Held> held;
  for (const std::string& value : values) {
    TRY(const NamedInput named, parse_input(value));
    CHECK_OK(check_unambiguous(named, value));
    const std::string path = without_trailing_slashes(named.path);
    const std::string last = path.substr(path.rfind('/') + 1);
    // `/`, `.` and `..` are directories without a name that could become the name of a place.
    const bool has_name = !last.empty() && last != "." && last != "..";
    if (values.size() == 1 && named.place.empty() && !has_name) {
      TRY(input.whole, input_directory(named.path));
      return input;
    }
    if (!has_name)
      return fail(Code::kUsage, "--in " + value, "ends without a name that /in could have",
                  "Name the directory itself.");
    TRY(Looked looked, look_at(named));
    if (values.size() == 1 && named.place.empty() && S_ISDIR(looked.status.st_mode)) {
      TRY(input.whole, open_whole(looked, named.path));
      return input;
    }
    TRY(attest::OpenPart part, open_part(named, looked));
    held.push_back({std::move(part), std::move(looked.place.directory)});
  }
  const auto place = [](const Held& one) -> const std::string& { return one.part.place; };
  std::ranges::sort(held, {}, place);
  if (const auto twice = std::ranges::adjacent_find(held, {}, place); twice != held.end())
    return fail(Code::kUsage, "--in", "gives two inputs the place /in/" + twice->part.place,
                "Write --in NAME=PATH with different names.");
  for (Held& one : held) {
    input.parts.push_back(std::move(one.part));
    input.parents.push_back(std::move(one.parent));
  }
  return input;
}

Result<HeldInput> hold_input(const NamedInput& named, const Identity& identity, const file::HeldDirectory* parent) {
  TRY(Looked looked, look_at(named, parent));
  if (identity_of(looked.status) != identity)
    return fail(Code::kBadInput, named.path, "was changed or replaced after the batch had looked at it",
                "Go on with --resume, or begin a new batch, when nobody changes the inputs.");
  HeldInput input;
  if (S_ISDIR(looked.status.st_mode)) {
    TRY(input.whole, open_whole(looked, named.path));
    return input;
  }
  TRY(attest::OpenPart part, open_part(named, looked));
  input.parts.push_back(std::move(part));
  input.parents.push_back(std::move(looked.place.directory));
  return input;
}

Result<void> check_apart(const HeldInput& input, const OutputDirectory& output) {
  if (input.parts.empty()) return check_apart(input.whole.directory, input.whole.path, output);
  for (const attest::OpenPart& part : input.parts) {
    if (!part.is_file) CHECK_OK(check_apart(part.opened, part.path, output));
  }
  return {};
}

Result<void> check_file_outside(const file::Place& place, const std::string& what, const HeldInput& input,
                                const OutputDirectory& output) {
  if (input.parts.empty()) CHECK_OK(check_file_outside(place, what, input.whole.directory, "input", input.whole.path));
  for (const attest::OpenPart& part : input.parts) {
    if (part.is_file) {
      CHECK_OK(check_other_than(place, what, part));
    } else {
      CHECK_OK(check_file_outside(place, what, part.opened, "input", part.path));
    }
  }
  return check_file_outside(place, what, output);
}

const sys::Fd* source_directory(const HeldInput& input, const std::vector<std::string>& arguments) {
  if (input.parts.empty()) return input.whole.directory ? &input.whole.directory : nullptr;
  for (const std::string& argument : arguments) {
    for (std::size_t i = 0; i < input.parts.size(); ++i) {
      const attest::OpenPart& part = input.parts[i];
      const std::string inner = "/in/" + part.place;
      const bool has_own_name = part.path.ends_with("/" + part.place);
      if (has_own_name && (argument == inner || argument.starts_with(inner + "/"))) return &input.parents[i];
    }
  }
  return nullptr;
}

std::vector<plan::InputPart> planned_parts(const HeldInput& input) {
  std::vector<plan::InputPart> parts;
  for (const attest::OpenPart& part : input.parts) parts.push_back({part.name, part.path, part.place});
  return parts;
}

}  // namespace immure::cli
