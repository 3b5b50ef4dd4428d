/// The calls of tools that wait or run.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include <poll.h>

#include "cli/mcp/answer.hpp"
#include "cli/mcp/child.hpp"
#include "cli/mcp/message.hpp"
#include "cli/mcp/settings.hpp"
#include "cli/mcp/tools.hpp"
#include "sys/error.hpp"

namespace immure::cli::mcp {

/// Starts calls, a few at a time, watches their deadlines, and collects messages for the client. A call that the client
/// has cancelled gives no answer.
class Calls {
 public:
  explicit Calls(const Settings& settings) : settings_(settings) {}

  /// True if a call with this id waits or runs.
  [[nodiscard]] bool has(const json& id) const;
  /// Takes a call that `tools/call` asks for. `token` is its progress token, or null. Answers at once if the arguments
  /// are refused or too many calls wait.
  void take(const json& id, const Tool& tool, const json& arguments, const json& token);
  /// Ends a call without an answer. Does nothing if there is no such call.
  void cancel(const json& id);
  /// Ends all calls without answers, and waits for the ends of their processes.
  void cancel_all();

  void add_to(std::vector<pollfd>& fds) const;
  /// How long the caller may sleep at most.
  [[nodiscard]] int sleep_ms() const;
  /// Does what is due: reads what has arrived, ends what is late, answers what has ended, starts what waits.
  void step();
  /// Takes the messages for the client.
  [[nodiscard]] std::string take_messages();

 private:
  struct Call {
    json id, token;
    const Tool* tool = nullptr;
    Work work;
    std::optional<Child> child = {};
    std::optional<Ended> ended = {};  ///< the run itself, while the verifier runs
    std::int64_t begun_ms = 0, told_ms = 0;
    bool late = false, cancelled = false;
  };
  [[nodiscard]] std::size_t running() const;
  [[nodiscard]] Result<void> start(Call& call, const std::vector<std::string>& words, bool verifies);
  void begin(Call& call);
  /// Returns true if the call is over.
  [[nodiscard]] bool advance(Call& call);
  [[nodiscard]] bool finish(Call& call);
  void tell_progress(Call& call);
  [[nodiscard]] std::int64_t deadline(const Call& call) const;

  const Settings& settings_;
  std::list<Call> calls_;
  std::string messages_;
};

}  // namespace immure::cli::mcp
