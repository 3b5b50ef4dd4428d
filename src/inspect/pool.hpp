/// The workers start before any input is opened, and get files to inspect. The coordinator ends and replaces a worker
/// that dies, hangs or sends nonsense.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "file/progress.hpp"
#include "inspect/input_root.hpp"
#include "inspect/limits.hpp"
#include "inspect/scan/findings.hpp"
#include "inspect/scan/rule_set.hpp"
#include "inspect/wire.hpp"
#include "inspect/worker.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::inspect {

/// What the hasher and the parser said about one entry.
struct Inspected {
  FileResult result;
  std::optional<file::Digest> sha256;
};

class Pool {
 public:
  using Clock = std::chrono::steady_clock;

  /// Starts `each` hashers, and as many parsers unless only an inventory is wanted. `rules` and `limits` must outlive
  /// the pool; `input` must stay open.
  [[nodiscard]] static Result<Pool> start(int input, const RuleSet& rules, const Limits& limits, unsigned each);

  /// Hashes every regular file of `listing`, and parses it if there are parsers, while the listing goes on. Returns one
  /// result for each entry. Parsers take files in the order of the entries. A file that no worker survives, or that
  /// takes too long, gets a finding that says so. Error: no worker can be started. If `progress` is given, the function
  /// writes there how far the work is.
  [[nodiscard]] Result<std::vector<Inspected>> inspect(Listing& listing, file::ProgressFile* progress = nullptr);

  Pool(Pool&&) = default;
  Pool& operator=(Pool&&) = delete;
  ~Pool();

 private:
  struct Process {
    Role role;
    int pid = -1;
    bool ready = false;  ///< the worker has restricted itself
    sys::Fd jobs, answers;
    std::string unsent;  ///< jobs that did not fit into the pipe
    std::string received;
    std::size_t received_for_job = 0;
    wire::Said said;
    std::deque<std::uint32_t> outstanding;  ///< entries, in the order in which their answers come
    std::uint64_t outstanding_bytes = 0;
    Clock::time_point since;  ///< when the first outstanding job began
  };
  struct Queue {
    std::deque<std::uint32_t> again;   ///< jobs of workers that died; they go before the rest
    std::vector<std::uint32_t> files;  ///< entries, in the order in which they are given out
    std::size_t next = 0;              ///< an index into files
    std::size_t left = 0;              ///< the number of files without an answer yet
  };

  Pool(int input, const RuleSet& rules, const Limits& limits) : input_(input), rules_(rules), limits_(limits) {}
  [[nodiscard]] Result<void> launch(Process& process);
  [[nodiscard]] Result<void> replace(Process& process);
  void list_some(Listing& listing);
  void feed(Process& process);
  [[nodiscard]] std::size_t share(const Process& process);
  void send(Process& process);
  [[nodiscard]] Result<void> wait();
  [[nodiscard]] Result<void> receive(Process& process);
  [[nodiscard]] Result<void> check_time(Process& process, Clock::time_point now);
  [[nodiscard]] Result<void> lost(Process& process, Rule rule, const std::string& seen);
  bool take_messages(Process& process);
  void finish(Process& process);
  void give_up(Listing& listing);
  void tell(file::ProgressFile& progress);
  void end(Process& process);
  [[nodiscard]] bool may_expand() const;
  [[nodiscard]] std::span<Queue> roles();

  int input_;
  const RuleSet& rules_;
  const Limits& limits_;
  std::vector<Process> processes_;
  const std::vector<Entry>* entries_ = nullptr;
  bool listed_ = false;          ///< all files are known
  std::array<Queue, 2> queues_;  ///< the queue of the hashers, and the queue of the parsers
  std::vector<Inspected> inspected_;
  std::vector<std::uint8_t> attempts_, parsed_;
  std::size_t prefix_ = 0;  ///< all files before this one in the parsers' queue are parsed
  std::uint64_t prefix_expanded_ = 0;
  Clock::time_point deadline_, told_;
  file::Progress progress_;  ///< bytes count once when they are hashed, and once when they are parsed
};

}  // namespace immure::inspect
