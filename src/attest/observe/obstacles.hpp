/// What stood in the way of a program whose run is explained: counts, in bounded memory. Everything here is for people.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "attest/observe/refusals.hpp"

namespace immure::attest {

/// A process of the cell.
struct Doer {
  int number = 0;  ///< as the cell counts its processes
  std::string name;
  bool is_program = false;  ///< the process that immure started; else a child of this process
};

/// One thing that the program asked for and did not get.
struct Obstacle {
  enum class Kind : std::uint8_t {
    kCall,    ///< the filter denied the call
    kWrite,   ///< the call cannot succeed in a cell; `what` is as in evidence::Refusal
    kLookup,  ///< the cell has no file with this path
  };
  Kind kind = Kind::kCall;
  std::uint32_t number = 0;                  ///< kCall: the number of the system call
  std::array<std::uint64_t, 6> arguments{};  ///< kCall: of the first such call
  int answer = 0;                            ///< kCall: the errno
  std::string_view what;                     ///< kWrite
  std::string detail;                        ///< a path, or the arguments that matter; visible text
  std::uint64_t count = 0;
  std::uint64_t last = 0;     ///< the place of the last of these calls among all calls that were noted
  Doer doer;                  ///< who made the first of these calls
  bool others = false;        ///< other processes made such calls too
  bool is_new = false;        ///< kWrite: the program asked for a file that must not exist yet, as for temporary files
  bool from_workdir = false;  ///< kWrite: the path began in the program's working directory
  bool found_later = false;   ///< kLookup: the program found a file of this name at the next places where it looked
};

/// What a run tells about itself.
struct Explanation {
  std::vector<Obstacle> obstacles;  ///< in no order
  /// Calls that had no room in `obstacles`, because the program made too many different calls.
  std::uint64_t uncounted = 0;
  std::uint64_t last = 0;  ///< how many calls were noted in all
};

/// Counts obstacles. Each kind has room of its own, so that a flood of one kind hides no other kind. The last obstacle
/// of a kind is kept even if there is no room for it. Of one system call, only the first different details are kept,
/// and one entry counts the others.
class Obstacles {
 public:
  static constexpr std::size_t kMost = 512;          ///< of each kind
  static constexpr std::size_t kMostOfOneCall = 32;  ///< details of one system call
  void note(Obstacle obstacle);
  /// Call this for a path that the process `process` of the cell looked up and found. If the process looked for a file
  /// of the same name right before, and for nothing else since, those were earlier places of one search.
  void found(std::string_view path, int process);
  [[nodiscard]] Explanation list() const;

 private:
  using Key = std::tuple<std::uint32_t, std::string_view, std::string>;
  /// Look-ups of one process, one after the other, that ask for the same name in different directories.
  struct Search {
    int process = 0;
    std::string name;
    std::vector<Key> missing;
  };
  void search_on(const Obstacle& lookup);

  struct Kept {
    std::map<Key, Obstacle> known;
    Obstacle newest;  ///< the last one that had no room; `count` is 0 if all had room
  };
  std::array<Kept, 3> kinds_;
  std::map<std::uint32_t, std::size_t> details_;  ///< how many details are kept, by the number of the system call
  std::uint64_t noted_ = 0, uncounted_ = 0;
  Search search_;
};

/// The part of a denied call's arguments that people want to see, such as `AF_INET, SOCK_STREAM`; may be empty. `path`:
/// the path that an argument points at, or empty.
[[nodiscard]] std::string call_detail(std::uint32_t number, const std::array<std::uint64_t, 6>& arguments,
                                      std::string_view path);

/// The index of the argument of a denied call that points at a path; -1 if the call has none.
[[nodiscard]] int path_argument(std::uint32_t number);

}  // namespace immure::attest
