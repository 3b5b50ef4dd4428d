#include "cli/mcp/calls.hpp"

#include <algorithm>
#include <utility>

#include "sys/clock.hpp"

namespace immure::cli::mcp {
namespace {

constexpr std::size_t kMostWaiting = 64;
constexpr std::int64_t kProgressMs = 1'000;
/// What a command may print as JSON. The statement of evidence has at most 8 MiB of names.
constexpr std::size_t kMostJson = 12 << 20;

double seconds(std::int64_t milliseconds) {
  constexpr double kPerSecond = 1000;
  return static_cast<double>(milliseconds) / kPerSecond;
}

}  // namespace

bool Calls::has(const json& id) const { return std::ranges::find(calls_, id, &Call::id) != calls_.end(); }

std::size_t Calls::running() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(calls_, [](const Call& call) { return call.child.has_value(); }));
}

void Calls::take(const json& id, const Tool& tool, const json& arguments, const json& token) {
  if (calls_.size() >= settings_.calls + kMostWaiting) {
    messages_ += answer_line(id, refusal("Too many calls wait already. Call again when some of them have ended."));
    return;
  }
  auto work = tool.work(arguments, settings_);
  if (!work) {
    messages_ += answer_line(id, refusal(to_text(work.error())));
    return;
  }
  calls_.push_back({.id = id, .token = token, .tool = &tool, .work = *std::move(work)});
}

void Calls::cancel(const json& id) {
  const auto call = std::ranges::find(calls_, id, &Call::id);
  if (call == calls_.end()) return;
  // A call that waits is simply forgotten. The others keep their place until their process has ended.
  call->cancelled = true;
  if (call->child) call->child->kill();
  if (!call->child) calls_.erase(call);
}

void Calls::cancel_all() { calls_.clear(); }

std::int64_t Calls::deadline(const Call& call) const {
  return call.begun_ms + static_cast<std::int64_t>(settings_.timeout_ms);
}

Result<void> Calls::start(Call& call, const std::vector<std::string>& words, bool verifies) {
  ChildSpec spec{.words = words, .inherited = {}, .standard_input = {}, .most_error = settings_.most_output};
  for (const Grant& grant : call.work.grants) spec.inherited.push_back(grant.fd.get());
  if (!verifies) spec.standard_input = call.work.standard_input;
  spec.with_result = !verifies && call.work.result == ResultPlace::kOwnPipe;
  spec.most_output = spec.with_result ? settings_.most_output : kMostJson;
  TRY(Child child, Child::start(settings_.self, spec));
  call.child.emplace(std::move(child));
  return {};
}

void Calls::begin(Call& call) {
  call.begun_ms = call.told_ms = sys::monotonic_ms();
  const auto started = start(call, call.work.words, false);
  if (started) return;
  messages_ += answer_line(call.id, refusal(to_text(started.error())));
  call.cancelled = true;
}

/// Answers, or lets the verifier look at the evidence first.
bool Calls::finish(Call& call) {
  Ended ended = ended_of(*call.child, call.work, call.late);
  call.child.reset();
  if (call.ended) {
    messages_ += answer_line(call.id, answer(*call.tool, call.work, *call.ended, verdict_of(ended)));
    return true;
  }
  const bool verifies = call.work.output && !settings_.trusted.empty() && !call.late && has_evidence(ended);
  if (verifies) {
    call.work.result = ResultPlace::kOutput;
    call.ended = std::move(ended);
    if (start(call, verify_words(settings_, call.work.grants.at(*call.work.output)), true)) return false;
    ended = *std::move(call.ended);
  }
  messages_ += answer_line(call.id, answer(*call.tool, call.work, ended, std::nullopt));
  return true;
}

bool Calls::advance(Call& call) {
  if (!call.child) return call.cancelled;
  if (!call.cancelled && !call.late && sys::monotonic_ms() >= deadline(call)) {
    call.late = true;
    call.child->kill();
  }
  if (!call.child->has_ended()) {
    if (!call.cancelled) tell_progress(call);
    return false;
  }
  return call.cancelled || finish(call);
}

void Calls::tell_progress(Call& call) {
  const std::int64_t now = sys::monotonic_ms();
  if (call.token.is_null() || now - call.told_ms < kProgressMs) return;
  call.told_ms = now;
  const std::string what = call.ended ? "the verifier checks the evidence" : std::string(call.tool->name) + " runs";
  messages_ += notification_line("notifications/progress", {{"progressToken", call.token},
                                                            {"progress", seconds(now - call.begun_ms)},
                                                            {"total", seconds(deadline(call) - call.begun_ms)},
                                                            {"message", what}});
}

void Calls::step() {
  for (auto call = calls_.begin(); call != calls_.end();) call = advance(*call) ? calls_.erase(call) : std::next(call);
  for (Call& call : calls_) {
    if (running() >= settings_.calls) return;
    if (!call.child && !call.cancelled) begin(call);
  }
}

void Calls::add_to(std::vector<pollfd>& fds) const {
  for (const Call& call : calls_)
    if (call.child) call.child->add_to(fds);
}

int Calls::sleep_ms() const {
  constexpr std::int64_t kLongest = 60'000;
  std::int64_t until = kLongest;
  const std::int64_t now = sys::monotonic_ms();
  for (const Call& call : calls_) {
    if (!call.child) continue;
    until = std::min(until, deadline(call) - now);
    if (!call.token.is_null()) until = std::min(until, call.told_ms + kProgressMs - now);
  }
  return static_cast<int>(std::max<std::int64_t>(until, 0));
}

std::string Calls::take_messages() { return std::exchange(messages_, {}); }

}  // namespace immure::cli::mcp
