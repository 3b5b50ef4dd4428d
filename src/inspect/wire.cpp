#include "inspect/wire.hpp"

#include <cstring>
#include <limits>

#include "inspect/scan/file_type.hpp"

namespace immure::inspect::wire {
namespace {

template <class T>
void put(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

/// Builds a message. When the message is complete, its length is written in front.
class Message {
 public:
  explicit Message(std::string& out) : out_(out), start_(out.size()) { put(out, std::uint32_t{0}); }
  Message(std::string& out, Kind kind) : Message(out) { put(out, kind); }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() {
    const auto length = static_cast<std::uint32_t>(out_.size() - start_ - sizeof(std::uint32_t));
    std::memcpy(out_.data() + start_, &length, sizeof length);
  }

 private:
  std::string& out_;
  std::size_t start_;
};

/// Reads values one after another. If a value is missing, all later values are zero and `good` is false.
class Reader {
 public:
  explicit Reader(std::string_view message) : rest_(message) {}
  template <class T>
  T get() {
    T value{};
    if (rest_.size() < sizeof(T)) {
      good_ = false;
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
    return value;
  }
  std::string text(std::size_t longest) {
    const auto size = get<std::uint32_t>();
    if (size > rest_.size() || size > longest) {
      good_ = false;
      return {};
    }
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  /// True if no value was missing and no bytes are left.
  [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

constexpr std::size_t kLongestPath = 60 * 1024;

bool accept_finding(Reader& in, std::size_t rules, FileResult& result) {
  Finding finding;
  finding.rule = in.get<std::uint16_t>();
  finding.offset = in.get<std::uint64_t>();
  finding.length = in.get<std::uint64_t>();
  finding.member = in.text(kMaxMemberPath);
  finding.seen = in.text(kMaxSeen);
  if (!in.complete() || finding.rule >= rules) return false;
  result.findings.push_back(std::move(finding));
  return true;
}

bool accept_member(Reader& in, FileResult& result) {
  Member member;
  const auto kind = in.get<std::uint8_t>();
  member.type = in.get<std::uint16_t>();
  member.size = in.get<std::uint64_t>();
  const auto digested = in.get<std::uint8_t>();
  const auto digest = in.get<file::Digest>();
  member.path = in.text(kMaxMemberPath);
  if (!in.complete() || kind > static_cast<std::uint8_t>(MemberKind::kSpecial) || digested > 1) return false;
  if (member.type >= file_types().size()) return false;
  member.kind = static_cast<MemberKind>(kind);
  if (digested == 1) member.sha256 = digest;
  result.members.push_back(std::move(member));
  return true;
}

bool accept_covered(Reader& in, FileResult& result) {
  const auto number = in.get<std::uint32_t>();
  Covered covered;
  covered.by = in.get<std::uint8_t>();
  covered.analysed = in.get<std::uint64_t>();
  covered.unpacked = in.get<std::uint64_t>();
  std::string description = in.text(kMaxDescription);
  if (!in.complete() || covered.by >= bit(Scanner::kCount) || number > result.members.size()) return false;
  (number == 0 ? result.covered : result.members[number - 1].covered) = covered;
  if (!description.empty())
    (number == 0 ? result.description : result.members[number - 1].description) = std::move(description);
  return true;
}

}  // namespace

void append_job(std::string& out, const Job& job) {
  const Message message(out);
  put(out, job.number);
  put(out, job.inode);
  put(out, job.size);
  put(out, job.mtime_ns);
  put(out, static_cast<std::uint8_t>(job.containers ? 1 : 0));
  put_text(out, job.path);
}

void append_type(std::string& out, std::uint16_t type) {
  const Message message(out, Kind::kType);
  put(out, type);
}

void append_finding(std::string& out, const Finding& finding) {
  const Message message(out, Kind::kFinding);
  put(out, finding.rule);
  put(out, finding.offset);
  put(out, finding.length);
  put_text(out, std::string_view(finding.member).substr(0, kMaxMemberPath));
  put_text(out, std::string_view(finding.seen).substr(0, kMaxSeen));
}

void append_member(std::string& out, const Member& member) {
  const Message message(out, Kind::kMember);
  put(out, member.kind);
  put(out, member.type);
  put(out, member.size);
  put(out, static_cast<std::uint8_t>(member.sha256 ? 1 : 0));
  put(out, member.sha256.value_or(file::Digest{}));
  put_text(out, std::string_view(member.path).substr(0, kMaxMemberPath));
}

void append_covered(std::string& out, const CoveredContent& content) {
  const Message message(out, Kind::kCovered);
  put(out, content.number);
  put(out, content.covered.by);
  put(out, content.covered.analysed);
  put(out, content.covered.unpacked);
  put_text(out, std::string_view(content.description).substr(0, kMaxDescription));
}

void append_expanded(std::string& out, std::uint64_t bytes) {
  const Message message(out, Kind::kExpanded);
  put(out, bytes);
}

void append_digest(std::string& out, const file::Digest& digest) {
  const Message message(out, Kind::kDigest);
  put(out, digest);
}

void append_done(std::string& out, std::uint32_t job) {
  const Message message(out, Kind::kDone);
  put(out, job);
}

void append_ready(std::string& out) { const Message message(out, Kind::kReady); }

std::optional<std::string_view> next(std::string_view& buffer, bool& broken) {
  std::uint32_t length = 0;
  if (buffer.size() < sizeof length) return std::nullopt;
  std::memcpy(&length, buffer.data(), sizeof length);
  broken = length > kMaxMessage;
  if (broken || buffer.size() - sizeof length < length) return std::nullopt;
  const std::string_view message = buffer.substr(sizeof length, length);
  buffer.remove_prefix(sizeof length + length);
  return message;
}

std::optional<Job> read_job(std::string_view message) {
  Reader in(message);
  Job job;
  job.number = in.get<std::uint32_t>();
  job.inode = in.get<std::uint64_t>();
  job.size = in.get<std::uint64_t>();
  job.mtime_ns = in.get<std::int64_t>();
  job.containers = in.get<std::uint8_t>() != 0;
  job.path = in.text(kLongestPath);
  if (!in.complete()) return std::nullopt;
  return job;
}

bool accept(std::string_view message, std::size_t rules, Said& said) {
  Reader in(message);
  switch (static_cast<Kind>(in.get<std::uint8_t>())) {
    case Kind::kType:
      said.result.type = in.get<std::uint16_t>();
      return in.complete() && said.result.type < file_types().size();
    case Kind::kFinding: return accept_finding(in, rules, said.result);
    case Kind::kMember: return accept_member(in, said.result);
    case Kind::kCovered: return accept_covered(in, said.result);
    case Kind::kExpanded: {
      const auto bytes = in.get<std::uint64_t>();
      constexpr std::uint64_t kUnbelievable = std::numeric_limits<std::uint64_t>::max() / 4;
      if (!in.complete() || bytes > kUnbelievable) return false;
      said.result.walked = true;
      said.result.expanded = bytes;
      return true;
    }
    case Kind::kDigest: said.digest = in.get<file::Digest>(); return in.complete();
    case Kind::kDone: said.done = in.get<std::uint32_t>(); return in.complete();
    case Kind::kReady: said.ready = true; return in.complete();
  }
  return false;
}

}  // namespace immure::inspect::wire
