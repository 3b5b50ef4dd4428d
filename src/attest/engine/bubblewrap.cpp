/// bubblewrap 0.8 and newer: bwrap makes namespaces and mounts, and the cell makes everything else.
#include "attest/engine/outer_sandbox.hpp"
#include "attest/host/surroundings.hpp"
#include "attest/start/enter.hpp"

namespace immure::attest {
namespace {

Result<std::string> program() {
  if (auto path = find_program("bwrap")) return *path;
  return fail(Code::kUnsupported, "bubblewrap", "bwrap is not installed", "To fix this: apt-get install bubblewrap.");
}

Result<std::string> version(const std::string& /*runtime*/, const file::GoOn& go_on) {
  TRY(const std::string bwrap, program());
  TRY(std::string text, run_program({.argv = {bwrap, "--version"}, .as = {}, .inherited = {}}, go_on));
  return text;
}

std::vector<std::string> words(const Enclosure& enclosure) {
  std::vector<std::string> argv = {"bwrap"};
  const auto add = [&argv](std::initializer_list<std::string_view> more) {
    argv.insert(argv.end(), more.begin(), more.end());
  };
  add({"--unshare-all", "--new-session", "--die-with-parent", "--clearenv", "--cap-drop", "ALL", "--hostname",
       "immure"});
  // The entrypoint needs /proc to write the id maps of the cell's own user namespace. The cell never sees this /proc.
  add({"--proc", "/proc"});
  // The cell mounts the null device anew, and hands out descriptors of that mount.
  add({"--dev-bind", "/dev/null", "/dev/null"});
  add({"--perms", "0555", "--ro-bind-data", std::to_string(enclosure.launcher), kEntryProgram});
  add({"--ro-bind", enclosure.socket_directory, "/run/immure"});
  if (!enclosure.image.empty()) add({"--ro-bind", enclosure.image, kEntryImage});
  if (!enclosure.input.empty()) add({"--ro-bind", enclosure.input, kEntryInput});
  add({"--remount-ro", "/", "--chdir", "/", "--", kEntryProgram, "enter"});
  return argv;
}

Result<Command> command(const Enclosure& enclosure) {
  Command command{.argv = words(enclosure), .as = {}, .inherited = {enclosure.launcher}};
  TRY(command.argv.front(), program());
  // As root, bwrap would map the sandbox's user to root. So start bwrap as the user under which the cell is to run.
  if (enclosure.ids.privileged) {
    CHECK_OK(check_passable(enclosure.directory));
    command.as = {enclosure.ids.uid, enclosure.ids.gid};
  }
  return command;
}

}  // namespace

const OuterSandbox kBubblewrap{.name = venue::kBubblewrap,
                               .automatic = true,
                               .version = version,
                               .words = words,
                               .command = command,
                               .files = {},
                               .clean_up = nullptr};

}  // namespace immure::attest
