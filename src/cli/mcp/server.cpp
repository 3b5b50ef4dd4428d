#include "cli/mcp/server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/help.hpp"
#include "cli/mcp/calls.hpp"
#include "cli/mcp/message.hpp"
#include "cli/mcp/tools.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/patience.hpp"
#include "text/list.hpp"

namespace immure::cli::mcp {
namespace {

/// The versions of the protocol that the server speaks, the newest first.
constexpr auto kVersions = std::to_array<std::string_view>({"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"});

/// With more than this for a client that does not read, the server takes no further requests.
constexpr std::size_t kMostUnread = 8 << 20;

std::string instructions(const Settings& settings) {
  std::string text =
      "immure runs programs in a sandbox that it tests before each run. A program gets no network, reads its input "
      "below /in and writes to /out. Paths of calls lie below the directories that the operator allows: " +
      settings.roots.text() + ". A relative path begins in the first one.";
  if (!settings.programs.empty()) text += " Allowed programs: " + text::list_text(settings.programs) + ".";
  text += settings.key ? " Each run leaves signed evidence beside its output." : " Runs leave no evidence.";
  return text;
}

/// Answers requests. Has no descriptors of its own.
class Session {
 public:
  explicit Session(const Settings& settings) : settings_(settings), calls_(settings) {}

  void take_line(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    const Message message = read_message(line);
    switch (message.kind) {
      case Message::Kind::kRequest: return take_request(message);
      case Message::Kind::kNotification: return take_notification(message);
      case Message::Kind::kResponse: return;  // the server asks nothing
      case Message::Kind::kWrong: return say(error_line(message.id, message.code, message.why));
    }
  }

  void refuse_long_line() {
    say(error_line(nullptr, Rpc::kInvalidRequest,
                   "the message is longer than " + std::to_string(kLongestLine) + " bytes"));
  }

  [[nodiscard]] Calls& calls() { return calls_; }
  [[nodiscard]] std::string take_messages() { return std::exchange(messages_, {}) + calls_.take_messages(); }

 private:
  void say(std::string line) { messages_ += line; }
  void refuse(const Message& message, Rpc code, const std::string& why) { say(error_line(message.id, code, why)); }

  void take_request(const Message& message) {
    // With the id of another call, the client could not tell the two answers apart.
    if (calls_.has(message.id))
      return say(error_line(nullptr, Rpc::kInvalidRequest, "a call with this `id` still runs"));
    if (message.method == "ping") return say(answer_line(message.id, json::object()));
    if (message.method == "initialize") return initialize(message);
    if (!initialized_) return refuse(message, Rpc::kInvalidRequest, "send `initialize` first");
    if (message.method == "tools/list") return list(message);
    if (message.method == "tools/call") return call(message);
    refuse(message, Rpc::kMethodNotFound, "there is no method " + message.method);
  }

  void take_notification(const Message& message) {
    if (message.method != "notifications/cancelled") return;
    if (const auto id = message.params.find("requestId"); id != message.params.end()) calls_.cancel(*id);
  }

  void initialize(const Message& message) {
    if (initialized_) return refuse(message, Rpc::kInvalidRequest, "the session has begun already");
    const auto wanted = message.params.find("protocolVersion");
    if (wanted == message.params.end() || !wanted->is_string())
      return refuse(message, Rpc::kInvalidParams, "`protocolVersion` is missing");
    const bool known = std::ranges::find(kVersions, wanted->get<std::string>()) != kVersions.end();
    initialized_ = true;
    say(answer_line(message.id, {{"protocolVersion", known ? *wanted : json(kVersions.front())},
                                 {"capabilities", {{"tools", json::object()}}},
                                 {"serverInfo", {{"name", "immure"}, {"title", "immure"}, {"version", version()}}},
                                 {"instructions", instructions(settings_)}}));
  }

  void list(const Message& message) {
    // All tools fit into one page, so no cursor was ever given out.
    if (message.params.contains("cursor")) return refuse(message, Rpc::kInvalidParams, "there is no such cursor");
    say(answer_line(message.id, tool_list(settings_)));
  }

  void call(const Message& message) {
    const auto name = message.params.find("name");
    if (name == message.params.end() || !name->is_string())
      return refuse(message, Rpc::kInvalidParams, "`name` of the tool is missing");
    const Tool* tool = find_tool(name->get<std::string>());
    if (tool == nullptr)
      return refuse(message, Rpc::kInvalidParams, "there is no tool " + name->get<std::string>().substr(0, 64));
    const json arguments = message.params.value("arguments", json::object());
    if (!arguments.is_object()) return refuse(message, Rpc::kInvalidParams, "`arguments` is no object");
    const json meta = message.params.value("_meta", json::object());
    json token = meta.is_object() ? meta.value("progressToken", json()) : json();
    if (!token.is_string() && !token.is_number_integer()) token = nullptr;
    calls_.take(message.id, *tool, arguments, token);
  }

  const Settings& settings_;
  Calls calls_;
  std::string messages_;
  bool initialized_ = false;
};

/// Moves bytes between the session and the client.
class Server {
 public:
  Server(const Settings& settings, sys::Fd signals) : session_(settings), signals_(std::move(signals)) {}

  ExitCode serve() {
    while (true) {
      session_.calls().step();
      unwritten_ += session_.take_messages();
      if (lost_) return kFault;
      if (ended_) return finish();
      wait();
      if (const int signal = taken_signal(); signal != 0) return kSignalBase + signal;
    }
  }

 private:
  void wait() {
    const bool reads = unwritten_.size() < kMostUnread;
    std::vector<pollfd> fds = {{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                               {.fd = reads ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0},
                               {.fd = unwritten_.empty() ? -1 : STDOUT_FILENO, .events = POLLOUT, .revents = 0}};
    session_.calls().add_to(fds);
    const auto ready = sys::call(::poll, fds.data(), fds.size(), session_.calls().sleep_ms());
    if (!ready || *ready == 0) return;
    if (fds[1].revents != 0) read();
    if (fds[2].revents != 0) write();
  }

  void read() {
    std::array<char, 65536> buffer;
    const auto count = sys::read_some(STDIN_FILENO, std::as_writable_bytes(std::span(buffer)));
    if (!count && count.error().value == EAGAIN) return;
    if (!count || *count == 0) {
      ended_ = true;
      return;
    }
    lines_.add(std::string_view(buffer.data(), *count));
    std::string line;
    for (auto next = lines_.take(line); next != Lines::Next::kNothing; next = lines_.take(line)) {
      if (next == Lines::Next::kLine) session_.take_line(line);
      if (next == Lines::Next::kTooLong) session_.refuse_long_line();
    }
  }

  /// Writes a piece. A client that does not read must not keep the server from watching its calls.
  void write() {
    constexpr std::size_t kPiece = 65536;
    constexpr int kPatienceMs = 50;
    const auto count = sys::write_within(STDOUT_FILENO, std::string_view(unwritten_).substr(0, kPiece), kPatienceMs);
    if (count) unwritten_.erase(0, *count);
    if (!count && count.error().value != EINTR && count.error().value != EAGAIN) lost_ = true;
  }

  /// The client has closed standard input: ends all calls, and gives the client what was answered before.
  ExitCode finish() {
    std::int64_t patience_ms = 5'000;
    session_.calls().cancel_all();
    static_cast<void>(sys::write_patiently(STDOUT_FILENO, unwritten_, patience_ms));
    return kSuccess;
  }

  [[nodiscard]] int taken_signal() const {
    signalfd_siginfo info{};
    const auto count = sys::read_some(signals_.get(), std::as_writable_bytes(std::span(&info, 1)));
    return count && *count == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

  Session session_;
  sys::Fd signals_;
  Lines lines_;
  std::string unwritten_;
  bool ended_ = false, lost_ = false;
};

}  // namespace

Result<ExitCode> serve(const Settings& settings) {
  sigset_t ending;
  ::sigemptyset(&ending);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) ::sigaddset(&ending, signal);
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  // A client that goes away is an error of write(2), and no signal that kills the server before its calls.
  ::signal(SIGPIPE, SIG_IGN);
  const auto number = sys::call(::signalfd, -1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
  if (!number) return fail(Code::kSystem, "mcp", "cannot watch signals", {}, number.error().value);
  return Server(settings, sys::Fd(*number)).serve();
}

}  // namespace immure::cli::mcp
