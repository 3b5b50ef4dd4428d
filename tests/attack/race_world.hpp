/// The directories of one race: the operator's paths lie in directories of an attacker, who exchanges them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace immure::attack {

namespace fs = std::filesystem;

/// A text that stands in every file that nobody but the operator may read.
inline constexpr std::string_view kSecret = "SECRET-zqwxk7", kSecretMark = "zqwxk7";

/// What the attacker puts in the place of a path.
enum class Kind : std::uint8_t { kLink, kDirectory, kFile, kFifo };
inline constexpr Kind kKinds[] = {Kind::kLink, Kind::kDirectory, Kind::kFile, Kind::kFifo};
[[nodiscard]] std::string_view name(Kind kind);

/// One path that the attacker may exchange.
struct Place {
  std::string name;       ///< what it is to the operator
  std::string path;       ///< below `theirs`
  bool directory = true;  ///< what belongs there
  bool receives = false;  ///< immure may write there, so that a replacement may be written as well
};

/// The arguments of a run: words, with `@` for the directory `theirs`.
struct Scenario {
  std::string name;
  std::vector<std::string> words;
  std::vector<Place> places;
  bool output_exists = false, inspects = false, warm = false;
  std::string paper = "papers/e.json";  ///< where the evidence goes, below `theirs`
};
[[nodiscard]] const std::vector<Scenario>& scenarios();

/// First lines of the files that the payload reads, by their path in the cell, and the identity of the program.
using Contents = std::map<std::string, std::string>;

struct People {
  uid_t operator_uid, attacker_uid;
};

class World {
 public:
  World(std::string bin, std::string root, People people);

  /// Makes everything anew; `contents` says what differs from the attacker's first set of files.
  void build(const Scenario& scenario, const Contents& contents = {});

  [[nodiscard]] std::string theirs() const { return root_ + "/theirs"; }
  [[nodiscard]] std::string victim() const { return root_ + "/victim"; }
  [[nodiscard]] std::string cache() const { return theirs() + "/caches/cache"; }
  [[nodiscard]] std::string temporary() const { return theirs() + "/temporaries/tmp"; }
  [[nodiscard]] std::string public_key(std::string_view whose) const {
    return root_ + "/keys/" + std::string(whose) + ".pub";
  }
  [[nodiscard]] std::vector<std::string> command(const Scenario& scenario) const;
  [[nodiscard]] std::vector<std::string> environment() const;

  /// As the attacker, puts a hostile file in the place, and the original beside it. False if the attacker may not.
  bool exchange(const Place& place, Kind kind);
  /// Exchanges the same two files back. False if the attacker may not.
  bool exchange_back(const Place& place);
  /// Where the replacement of a place, or what was replaced, lies.
  [[nodiscard]] std::string beside(const Place& place) const;

  /// Everything that can be told of the victim's files without touching them. The time of the last access tells whether
  /// anybody has read them.
  [[nodiscard]] std::string victim_state() const;
  /// The same of the replacement as it was made, but for the time of the last access.
  [[nodiscard]] std::string replacement_state(const std::string& path) const;

 private:
  void fill(const std::string& path, const std::string& place, const std::string& tag, const Contents& contents) const;
  void file(const std::string& path, const std::string& text, unsigned mode) const;

  std::string bin_, root_;
  People people_;
  std::string program_;  ///< the bytes of the payload
  std::string host_key_, other_key_, secret_key_, challenge_;
};

[[nodiscard]] std::string text_of(const std::string& path);
/// What a file of the input holds that belongs to the set `tag`; `path` is its path in the cell.
[[nodiscard]] std::string line_of(const std::string& tag, const std::string& path);

}  // namespace immure::attack
