/// The directories of one race. The operator's paths lie in directories of an attacker, who exchanges them.
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

/// A text in every file that only the operator may read.
inline constexpr std::string_view kSecret = "SECRET-zqwxk7", kSecretMark = "zqwxk7";

/// What the attacker puts in the place of a path: a link to the victim's file, a directory, a file or a FIFO.
enum class Kind : std::uint8_t { kLink, kDirectory, kFile, kFifo };
inline constexpr Kind kKinds[] = {Kind::kLink, Kind::kDirectory, Kind::kFile, Kind::kFifo};
[[nodiscard]] std::string_view name(Kind kind);

/// One path that the attacker may exchange.
struct Place {
  std::string name;  ///< what the operator uses the path for
  std::string path;  ///< path below `theirs`
  /// True if a directory belongs there, false if a file does.
  bool directory = true;
  /// True if immure may write there. Then immure may write to a replacement as well.
  bool receives = false;
};

/// A command of immure: its words, in which `@` stands for the directory `theirs`.
struct Scenario {
  std::string name;
  std::vector<std::string> words;
  std::vector<Place> places;
  bool output_exists = false, inspects = false, warm = false;
  /// Path of the evidence, below `theirs`.
  std::string paper = "papers/e.json";
};
[[nodiscard]] const std::vector<Scenario>& scenarios();

/// The first lines of the files that the payload reads, by their path in the cell, and the identity of the program.
using Contents = std::map<std::string, std::string>;

struct People {
  uid_t operator_uid, attacker_uid;
};

class World {
 public:
  World(std::string bin, std::string root, People people);

  /// Makes all files again. `contents` says how the files differ from the attacker's first set.
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

  /// As the attacker, puts a hostile file in the place, and the original file beside it. Returns false if the attacker
  /// is not allowed to do this.
  bool exchange(const Place& place, Kind kind);
  /// Exchanges the same two files back. Returns false if the attacker is not allowed to do this.
  bool exchange_back(const Place& place);
  /// The path of the replacement before the exchange, which is the path of the original afterwards.
  [[nodiscard]] std::string beside(const Place& place) const;

  /// Everything that can be said about the victim's files without touching them. The time of the last access shows
  /// whether anybody has read them.
  [[nodiscard]] std::string victim_state() const;
  /// Says the same about a replacement, but without the time of the last access.
  [[nodiscard]] std::string replacement_state(const std::string& path) const;

 private:
  void fill(const std::string& path, const std::string& place, const std::string& tag, const Contents& contents) const;
  void file(const std::string& path, const std::string& text, unsigned mode) const;

  std::string bin_, root_;
  People people_;
  std::string program_;  ///< bytes of the payload's program
  std::string host_key_, other_key_, secret_key_, challenge_;
};

[[nodiscard]] std::string text_of(const std::string& path);
/// The first line of a file of the input from the set `tag`. `path` is the path of the file in the cell.
[[nodiscard]] std::string line_of(const std::string& tag, const std::string& path);

}  // namespace immure::attack
