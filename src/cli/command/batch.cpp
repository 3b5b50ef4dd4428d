/// Runs a program on many inputs. Each run has a cell, an output and evidence of its own.
#include <algorithm>
#include <charconv>
#include <map>

#include "cli/batch/crew.hpp"
#include "cli/batch/entries.hpp"
#include "cli/batch/journal.hpp"
#include "cli/batch/manifest.hpp"
#include "cli/batch/preparation.hpp"
#include "cli/batch/reports.hpp"
#include "cli/batch/resume.hpp"
#include "cli/batch/store.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/inspection.hpp"
#include "cli/run/launch_options.hpp"
#include "sys/machine.hpp"
#include "text/json_writer.hpp"

namespace immure::cli {
namespace {

/// The value of an option that is a number in a range.
Result<std::size_t> number_of(const Arguments& arguments, std::string_view option, std::size_t least, std::size_t most,
                              std::size_t otherwise) {
  const auto given = arguments.value(option);
  if (!given) return otherwise;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), number);
  if (error != std::errc{} || end != given->data() + given->size() || number < least || number > most)
    return fail(Code::kUsage, "--" + std::string(option),
                "is not a number from " + std::to_string(least) + " to " + std::to_string(most) + ": " + *given);
  return number;
}

Result<CrewOrders> orders_of(const Arguments& arguments) {
  constexpr std::size_t kMostJobs = 64, kMostRetries = 100, kMostFailures = 1'000'000;
  CrewOrders orders{.prints = arguments.has("print"), .verbose = arguments.has("verbose")};
  TRY(orders.jobs, number_of(arguments, "jobs", 1, kMostJobs, std::min<std::size_t>(sys::processors(), kMostJobs)));
  TRY(const std::size_t retries, number_of(arguments, "retry", 0, kMostRetries, 0));
  orders.retries = static_cast<std::uint32_t>(retries);
  TRY(orders.most_failures, number_of(arguments, "max-failures", 1, kMostFailures, 0));
  return orders;
}

Result<EntryChoice> choice_of(const Arguments& arguments) {
  EntryChoice choice{.in = arguments.value("in"),
                     .each = arguments.value("each"),
                     .from = arguments.value("from"),
                     .name = arguments.value("name")};
  if (choice.in && choice.from)
    return fail(Code::kUsage, "--from", "contradicts --in", "A list has the whole path of each input.");
  if (!choice.in && !choice.from) return std::unexpected(arguments.required("in").error());
  if (choice.each && !choice.in) return fail(Code::kUsage, "--each", "needs --in", "A list names each input itself.");
  if (arguments.has("as") && !choice.each && !choice.from)
    return fail(Code::kUsage, "--as", "needs --each or --from: without them, all inputs are directories");
  if (const auto place = arguments.value("as");
      place && (place->empty() || *place == "." || *place == ".." || place->contains('/')))
    return fail(Code::kUsage, "--as", "is not the name of a file: " + *place, "The input will be /in/NAME.");
  return choice;
}

struct Counts {
  std::size_t well = 0, otherwise = 0, blocked = 0, not_started = 0;
};

Counts count(const std::vector<BatchRun>& runs) {
  Counts counts;
  for (const BatchRun& run : runs) {
    const bool was_made = run.ended || run.interrupted;
    ++(!was_made                     ? counts.not_started
       : run.record.code == kSuccess ? counts.well
       : is_blocked(run.record)      ? counts.blocked
                                     : counts.otherwise);
  }
  return counts;
}

std::string as_json(const std::vector<BatchRun>& runs) {
  const Counts counts = count(runs);
  return json_line([&](text::JsonWriter& json) {
    json.object().member("blocked", counts.blocked).member("endedOtherwise", counts.otherwise);
    json.member("endedWell", counts.well).member("notStarted", counts.not_started).key("runs").array();
    for (const BatchRun& run : runs) {
      json.object().key("exitCode");
      run.ended || run.interrupted ? json.value(run.record.code) : json.null();
      json.member("name", run.entry.name).close();
    }
    json.close().close();
  });
}

std::string sum_text(const std::vector<BatchRun>& runs) {
  const Counts counts = count(runs);
  return std::to_string(runs.size()) + " runs = " + std::to_string(counts.well) + " ended with 0 + " +
         std::to_string(counts.otherwise) + " with another code + " + std::to_string(counts.blocked) + " BLOCKED + " +
         std::to_string(counts.not_started) + " not started";
}

/// Makes a run of the inspector, which also gets a list of what its cell cannot show of the input.
Result<ExitCode> inspect_one(Launch wanted) {
  TRY(const std::optional<ExitCode> led, begin(wanted));
  if (led) return *led;
  const auto added = add_hidden_entries(wanted);
  if (!added && added.error().code == Code::kBadInput) return blocked(added.error(), false);
  if (!added) return std::unexpected(added.error());
  return launch(std::move(wanted));
}

/// What all runs have in common, and the program with its arguments.
Result<Launch> common_of(const Arguments& arguments) {
  TRY(Launch common, launch_of(arguments));
  if (arguments.has("inspect")) {
    for (const std::string_view option : {"profile", "tmp", "read-back", "socket-pairs", "env", "include", "package",
                                          "closure", "rootfs", "image", "fail-on-refused"})
      if (arguments.has(option))
        return fail(Code::kUsage, "--" + std::string(option),
                    "has no effect with --inspect: the inspector is the program");
    common.arguments.insert(common.arguments.begin(), {"--in", "/in", "--out", "/out"});
    common.hints = false;
    limit_inspection(common);
    return common;
  }
  if (common.program.empty()) return fail(Code::kUsage, "batch", "PROGRAM is missing", "See `immure batch --help`.");
  return common;
}

/// Makes one run. Called in a process of its own.
ExitCode make_run(const BatchRun& run, RunFacts& facts, const Preparation& prepared, const BatchStore& store) {
  const BatchEntry& entry = run.entry;
  Launch wanted = prepared.common;
  wanted.input = entry.shown;
  wanted.looked_at.emplace(NamedInput{.place = entry.is_file ? prepared.place : std::string(), .path = entry.shown},
                           entry.identity);
  wanted.input_holder = prepared.entries.directory ? &*prepared.entries.directory : nullptr;
  wanted.output = prepared.output_path + "/" + entry.name;
  wanted.holder = &store.work();
  wanted.on_outcome = [&facts](const attest::RunOutcome& outcome) {
    outcome.statement.predicate.input.manifest_sha256.copy(facts.input_sha256.data(), facts.input_sha256.size());
  };
  const auto code = prepared.inspects ? inspect_one(std::move(wanted)) : launch(std::move(wanted));
  if (!code) tell(code.error());
  return code ? *code : exit_code(code.error());
}

/// Makes the runs that are left, and reports how all runs ended.
Result<ExitCode> make_runs(const Arguments& arguments, const CrewOrders& orders, Preparation& prepared,
                           OutputDirectory& output) {
  TRY(sys::Fd descriptor, output.descriptor());
  TRY(const BatchStore store, BatchStore::open(std::move(descriptor), output.path()));
  output.keep();
  TRY(Begun begun, begin_or_resume(prepared, store, orders.retries));
  std::vector<BatchRun>& runs = begun.runs;
  const auto ended = Crew(runs, store, begun.journal, orders, [&](const BatchRun& run, RunFacts& facts) {
                       return make_run(run, facts, prepared, store);
                     }).work();
  const auto finished = store.finish();
  if (!ended) return std::unexpected(ended.error());
  CHECK_OK(finished);
  if (*ended == 0 && prepared.common.key) CHECK_OK(write_manifest(prepared, begun, store));
  CHECK_OK(write_reports(prepared, runs, store));
  const Counts counts = count(runs);
  if (arguments.has("json")) CHECK_OK(print(as_json(runs)));
  tell(sum_text(runs));
  if (counts.not_started > 0 || *ended != 0)
    tell("to go on with the runs that are left: the same command with --resume");
  if (*ended != 0) return kSignalBase + *ended;
  if (counts.blocked > 0) return kBlocked;
  return counts.otherwise > 0 || counts.not_started > 0 ? kBatchFailed : kSuccess;
}

/// Looks at everything that the operator names, and makes the output directory.
Result<std::pair<Preparation, OutputDirectory>> prepare(const Arguments& arguments, const EntryChoice& choice,
                                                        Launch common) {
  TRY(const std::string given_output, arguments.required("out"));
  if (arguments.has("inspect")) CHECK_OK(be_inspector(common));
  TRY(BatchEntries entries, batch_entries(choice));
  if (entries.passed_over > 0)
    tell("note: --each leaves out " + std::to_string(entries.passed_over) + " entries of " + *choice.in);
  TRY(OutputDirectory output,
      arguments.has("resume") ? OutputDirectory::look_at_batch(given_output) : OutputDirectory::look_at(given_output));
  if (entries.directory) CHECK_OK(check_apart(entries.directory->fd, entries.directory->path, output));
  TRY(Preparation prepared, prepare_batch(arguments, std::move(common), std::move(entries), output));
  CHECK_OK(output.create());
  return std::pair(std::move(prepared), std::move(output));
}

}  // namespace

Result<ExitCode> batch_command(const Arguments& arguments) {
  TRY(Launch common, common_of(arguments));
  if (common.no_evidence == common.key.has_value())
    return fail(Code::kUsage, "batch", "takes either --key or --no-evidence", "`immure keygen host.key` makes a key.");
  TRY(const EntryChoice choice, choice_of(arguments));
  TRY(const CrewOrders orders, orders_of(arguments));
  TRY(const std::string output_is_given, arguments.required("out"));
  // The batch blocks signals, so it must not wait for ever until somebody reads its messages.
  limit_patience();
  auto prepared = prepare(arguments, choice, std::move(common));
  if (prepared) {
    auto code = make_runs(arguments, orders, prepared->first, prepared->second);
    // As in `run`, an input, a key or a result that is missing or unusable keeps the programs from starting.
    if (code || code.error().code != Code::kBadInput) return code;
    return blocked(code.error(), arguments.has("json"));
  }
  const Code why = prepared.error().code;
  if (why == Code::kBadInput || why == Code::kBlocked || why == Code::kUnsupported)
    return blocked(prepared.error(), arguments.has("json"));
  return std::unexpected(prepared.error());
}

}  // namespace immure::cli
