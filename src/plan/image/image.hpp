/// Packs a payload with all the files that it needs (the closure) into a small read-only root directory (the image).
#pragma once

#include <sys/stat.h>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "file/go_on.hpp"
#include "file/place.hpp"
#include "plan/image/elf.hpp"
#include "plan/image/script.hpp"
#include "plan/image/trust.hpp"
#include "plan/package/package_database.hpp"
#include "plan/plan.hpp"
#include "probe/fixed_files.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// A file or directory of the host and its place in the image.
struct Packed {
  std::string inner;   ///< absolute path inside the image
  std::string source;  ///< absolute path on the host, links resolved
  /// For a file: its status when immure chose the file. Only a file with this very status is packed.
  std::optional<struct stat> looked = {};
  std::shared_ptr<const Tree> tree = {};  ///< for a directory: the opened and listed directory
  /// For a file: the opened file. If this is empty, packing opens the file by `source`.
  std::shared_ptr<const sys::Fd> held = {};
  /// For a file that lies nowhere on the host: its contents. `source` is then the file's name in messages and in the
  /// plan.
  std::shared_ptr<const std::string> text = {};
  friend bool operator==(const Packed& one, const Packed& other) {
    return one.inner == other.inner && one.source == other.source;
  }
};

/// Facts of one file. immure read them before packing, to decide what else to pack. The copy in the image must have the
/// same facts.
struct Checked {
  std::string inner;  ///< path of the copy in the image
  bool script = false;
  ScriptLine line;  ///< for a script
  ElfFacts facts;   ///< for everything else
  friend bool operator==(const Checked&, const Checked&) = default;
};

/// A file of the image that the program may start. One file may have several entries, one for each of its names.
struct HelperFile {
  std::string named;        ///< the path that led to the file, links not resolved
  std::string inner;        ///< its path in the image
  std::string interpreter;  ///< of a script: the path of its interpreter in the image
  friend bool operator==(const HelperFile&, const HelperFile&) = default;
};

struct PackageSet;

/// Where the files of an image come from.
struct PackageChoice {
  bool by_package = false;     ///< true: pack the packages that own the program; false: pack what its ELF headers name
  bool tells_missing = false;  ///< without by_package: a note names the packages whose data the image lacks
  std::vector<std::string> packages;      ///< further packages, by name
  bool packs_arguments = true;            ///< pack a script or an archive of the host that an argument names
  bool remember = true;                   ///< store what immure gathers in the image cache
  std::vector<std::string> helpers = {};  ///< programs that the program may start, by name or absolute path
  bool follows_wrappers = true;           ///< take the program behind a script that only starts this program
  DatabasePlace place = {};               ///< where the database of packages lies
};

/// Everything that the kernel and the dynamic loader need for one program. Programs and libraries below /usr, /bin,
/// /lib… and /opt keep their paths. Files from elsewhere, for example a home directory, get a place in /app, so that
/// the image says nothing about the host. Libraries go into a directory that the loader searches without its cache.
struct Closure {
  /// For a script, argv already starts with the interpreter. sha256 is empty: the digest is in Image::program_sha256.
  Program program;
  std::vector<Packed> files;  ///< sorted by inner path
  std::vector<Packed> trees;  ///< directories that are packed whole (the library of a script language), sorted
  /// The fixed files of the image. A fixed file takes the place of any other file with its path.
  std::vector<probe::FixedFile> fixed;
  std::vector<Checked> checked;
  std::vector<HelperFile> helpers = {};  ///< what the program may start
  /// What the program's packages bring; empty if immure packs by ELF headers alone. With `packages`, `files` is empty,
  /// because the program and its libraries are among the files of the packages.
  std::shared_ptr<const PackageSet> packages = {};
  std::vector<Packed> absorbed = {};  ///< files that ELF headers name and `packages` holds
  /// Gathers `packages` anew, with the items that a remembered set lacks.
  std::function<Result<std::shared_ptr<const PackageSet>>(const file::GoOn&)> gather = {};
  bool packs_arguments = true;      ///< as in PackageChoice
  std::string profile;              ///< the built-in profile that fits: `static`, `dynamic`, `python` or `jit`
  std::vector<std::string> starts;  ///< the programs that the program may start, if the program is a shell script
  std::vector<std::string> notes;   ///< what the operator should know about the closure, such as a missing module
  std::string profile_why;          ///< why this profile fits: `node links V8`
  bool reads_input = false;         ///< an argument names a script in the input
};

/// Finds everything that a program needs. Reads ELF headers, the first line of a script, and the names of modules in
/// the sources of a script language, and executes nothing (never ldd). `input`: the directory that will be /in, where
/// an argument may name a script. Errors, all kBadInput: a file is missing, is not readable or not executable, has
/// set-user-ID or set-group-ID, is for another architecture, or has an executable stack or a segment that is both
/// writable and executable (PR_SET_MDWE stops neither; execstack(8)). Also: a library is missing (the error names it),
/// the interpreter of a script is itself a script, or an `include` does not exist; and the errors of take_packages(),
/// if `choice` asks for packages. This function and the functions below also return the error of `go_on`, and remove
/// what they have half made.
[[nodiscard]] Result<Closure> closure_of(const std::string& program, const std::vector<std::string>& arguments,
                                         const std::vector<std::string>& include, const file::GoOn& go_on = {},
                                         const sys::Fd* input = nullptr, const PackageChoice& choice = {});

/// Opens the file that the operator names, for the place `inner` in the image. Error kBadInput: the file does not
/// exist, or is a directory. named_tree() does the same for a directory.
[[nodiscard]] Result<Packed> named_file(std::string inner, const std::string& path);
[[nodiscard]] Result<Packed> named_tree(std::string inner, const std::string& path, const file::GoOn& go_on = {});

/// Makes a file that has no name on the host. Messages and the plan call the file `shown`.
[[nodiscard]] Packed text_file(std::string inner, std::string shown, std::string text);

/// Returns the image of a closure, from the cache or built now and put into the cache atomically. A cached image is
/// built anew in two cases: the size, inode, mtime or ctime of a file differs from what was recorded when the image was
/// hashed, or the image is older than the start of the machine. The cache is $IMMURE_CACHE, or else /var/cache/immure
/// for root and ${XDG_CACHE_HOME:-~/.cache}/immure for everybody else. The cache must belong to the caller, and nobody
/// else may write to it.
[[nodiscard]] Result<Image> cached_image(const Closure& closure, const file::GoOn& go_on = {});

/// Writes the image to a directory that must not exist yet (`immure pack`).
[[nodiscard]] Result<Image> pack_image(const Closure& closure, const file::Place& place, const file::GoOn& go_on = {});
[[nodiscard]] Result<Image> pack_image(const Closure& closure, const std::string& directory,
                                       const file::GoOn& go_on = {});

/// The file::stat_digest of everything in the directory of the image now. Errors: those of file::scan() and of `go_on`.
[[nodiscard]] Result<std::string> image_state(const Image& image, const file::GoOn& go_on = {});

}  // namespace immure::plan
