#include "inspect/report/earlier.hpp"

#include <nlohmann/json.hpp>

#include "inspect/report/report.hpp"

namespace immure::inspect {
namespace {

/// Reads the values at `findings[i].KEY` and `entries[i].KEY`, and nothing deeper.
class Reader : public nlohmann::json_sax<nlohmann::json> {
 public:
  [[nodiscard]] Earlier take() { return std::move(earlier_); }
  [[nodiscard]] bool is_report() const { return schema_ == kReportSchema; }

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool string(string_t& value) override {
    if (depth_ == kTop && key_ == "schema") schema_ = value;
    if (depth_ == kItem) item_[key_] = std::move(value);
    return true;
  }
  bool key(string_t& value) override {
    if (depth_ == kTop) section_ = value;
    if (depth_ == kTop || depth_ == kItem) key_ = std::move(value);
    return true;
  }
  bool start_object(std::size_t /*size*/) override {
    if (++depth_ == kItem) item_.clear();
    return depth_ < kDeepest;
  }
  bool end_object() override {
    if (depth_-- == kItem) finish();
    return true;
  }
  bool start_array(std::size_t /*size*/) override { return ++depth_ < kDeepest; }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return false;
  }

 private:
  static constexpr int kTop = 1, kItem = 3, kDeepest = 16;

  void finish() {
    if (section_ == "findings") {
      earlier_.findings[item_["fingerprint"]] = {item_["rule"], item_["path"], item_["member"]};
    } else if (section_ == "entries") {
      std::string& state = earlier_.entries[item_["path"]];
      state = item_["kind"] + " " + item_["mode"] + " " + item_["sha256"] + item_["target"];
    }
  }

  Earlier earlier_;
  std::string schema_, section_, key_;
  std::map<std::string, std::string> item_;
  int depth_ = 0;
};

template <class Map, class Each>
void each_missing(const Map& from, const Map& in, Each each) {
  for (const auto& [key, value] : from) {
    if (!in.contains(key)) each(key, value);
  }
}

}  // namespace

Result<Earlier> parse_earlier(std::string_view text, std::string_view file) {
  Reader reader;
  const bool read = nlohmann::json::sax_parse(text, &reader);
  if (!read || !reader.is_report())
    return fail(Code::kBadInput, std::string(file), "is not a report.json of this inspector",
                "Its schema must be " + std::string(kReportSchema) + ".");
  return reader.take();
}

Changes compare(const Earlier& before, const Earlier& now) {
  Changes changes;
  const auto into = [](std::vector<Changes::Finding>& list) {
    return [&list](const std::string& fingerprint, const Earlier::Finding& one) {
      list.push_back({fingerprint, one.rule, one.path, one.member});
    };
  };
  each_missing(before.findings, now.findings, into(changes.gone));
  each_missing(now.findings, before.findings, into(changes.fresh));
  changes.same_findings = now.findings.size() - changes.fresh.size();
  const auto path_into = [](std::vector<std::string>& list) {
    return [&list](const std::string& path, const std::string& /*state*/) { list.push_back(path); };
  };
  each_missing(before.entries, now.entries, path_into(changes.removed));
  each_missing(now.entries, before.entries, path_into(changes.added));
  for (const auto& [path, state] : now.entries) {
    const auto old = before.entries.find(path);
    if (old != before.entries.end() && old->second != state) changes.changed.push_back(path);
  }
  changes.same_entries = now.entries.size() - changes.added.size() - changes.changed.size();
  return changes;
}

}  // namespace immure::inspect
