#include "cli/run/papers.hpp"

#include "file/named.hpp"

namespace immure::cli {
namespace {

/// Where the file of --stdout goes; nothing without --stdout. Error kBadInput if the file lies in the input or the
/// output, and the errors of check_new_file().
Result<std::optional<file::Place>> stdout_place(const Launch& wanted, const HeldInput& input,
                                                const OutputDirectory& output) {
  if (!wanted.standard_output) return std::nullopt;
  TRY(file::Place place, file::place_of(*wanted.standard_output));
  CHECK_OK(check_file_outside(place, "the file for standard output", input, output));
  CHECK_OK(check_new_file(place, wanted.replace));
  return place;
}

}  // namespace

Result<void> check_different(const file::Place& one, const file::Place& other, const std::string& what) {
  const auto same = is_same_place(one, other);
  if (!same) return fail(Code::kBadInput, one.shown, "cannot be compared with " + what, {}, same.error().value);
  // The same file may have two names (hard links).
  const auto here = file::status_of(one), there = file::status_of(other);
  for (const auto* status : {&here, &there})
    if (!*status && status->error().value != ENOENT)
      return fail(Code::kBadInput, one.shown, "cannot be compared with " + what, {}, status->error().value);
  const bool one_file = here && there && here->st_dev == there->st_dev && here->st_ino == there->st_ino;
  if (*same || one_file) return fail(Code::kBadInput, one.shown, "is " + what + " too", "Name different files.");
  return {};
}

namespace {

Result<file::Place> key_place(const Launch& wanted) {
  const auto place_again = [](const file::Place& known) {
    return file::place_in(known.directory, known.parent, known.name, known.shown);
  };
  TRY(file::Place place, wanted.key_place ? place_again(*wanted.key_place) : file::place_of(*wanted.key));
  if (wanted.key_place) place.found = wanted.key_place->found;
  if (place.found) return place;
  CHECK_OK(file::hold(place));
  if (place.found) return place;
  // hold() found no regular file, and open_named() says what is there instead. All later checks compare the key that
  // immure holds, so a key file that appears only now must not be used.
  const auto opened = file::open_named(place);
  return opened ? fail(Code::kBadInput, place.shown, "was not there when the run began", "Try again.")
                : std::unexpected(opened.error());
}

}  // namespace

std::optional<std::string> evidence_path(const Launch& wanted) {
  if (wanted.no_evidence || !wanted.key) return std::nullopt;
  if (wanted.evidence) return wanted.evidence;
  return without_trailing_slashes(wanted.output) + ".evidence.json";
}

Result<Papers> papers_of(const Launch& wanted, const HeldInput& input, const OutputDirectory& output) {
  Papers papers;
  if (wanted.standard_input && *wanted.standard_input != "-") {
    TRY(papers.standard_input, file::place_of(*wanted.standard_input));
  }
  TRY(papers.standard_output, stdout_place(wanted, input, output));
  if (papers.standard_output && papers.standard_input)
    CHECK_OK(check_different(*papers.standard_output, *papers.standard_input, "the file for standard input"));
  const auto evidence = evidence_path(wanted);
  if (!evidence) return papers;
  TRY(file::Place key, key_place(wanted));
  const std::string kind = wanted.signer ? "the public key" : "the private key";
  if (!wanted.signer) CHECK_OK(check_file_outside(key, kind, input, output));
  TRY(file::Place place, wanted.holder != nullptr
                             ? file::place_in(wanted.holder->fd, wanted.holder->path,
                                              evidence->substr(evidence->rfind('/') + 1), *evidence)
                             : file::place_of(*evidence));
  CHECK_OK(check_file_outside(place, "the evidence", input, output));
  const auto is_key = file::is_same_place(key, place);
  if (!is_key) return fail(Code::kBadInput, *evidence, "cannot be compared with the key", {}, is_key.error().value);
  if (*is_key) return fail(Code::kBadInput, *evidence, "is the key, and cannot be the evidence too");
  CHECK_OK(check_writable_file(place, wanted.replace));
  if (papers.standard_output) {
    CHECK_OK(check_different(*papers.standard_output, key, kind));
    CHECK_OK(check_different(*papers.standard_output, place, "the evidence"));
  }
  (wanted.signer ? papers.signer_key : papers.key) = std::move(key);
  papers.evidence = std::move(place);
  return papers;
}

Result<void> check_apart_from_papers(const file::Place& place, const std::string& what, const Papers& papers,
                                     const HeldInput& input, const OutputDirectory& output) {
  CHECK_OK(check_file_outside(place, what, input, output));
  if (papers.key) CHECK_OK(check_different(place, *papers.key, "the private key"));
  if (papers.signer_key) CHECK_OK(check_different(place, *papers.signer_key, "the public key"));
  if (papers.evidence) CHECK_OK(check_different(place, *papers.evidence, "the evidence"));
  if (papers.standard_output) CHECK_OK(check_different(place, *papers.standard_output, "the file for standard output"));
  if (papers.standard_input) CHECK_OK(check_different(place, *papers.standard_input, "the file for standard input"));
  return {};
}

Result<void> check_result_apart(const JsonSink& sink, const Papers& papers, const HeldInput& input,
                                const OutputDirectory& output) {
  const std::optional<file::Place>& place = sink.place();
  return place ? check_apart_from_papers(*place, "the result", papers, input, output) : Result<void>();
}

}  // namespace immure::cli
