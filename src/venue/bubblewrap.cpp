/// bubblewrap 0.8 and newer: namespaces and mounts by bwrap, the rest by the cell.
#include "venue/enter.hpp"
#include "venue/outer.hpp"

namespace immure::venue {
namespace {

Result<std::string> program() {
  if (auto path = find_program("bwrap")) return *path;
  return fail(Code::kUnsupported, "bubblewrap", "bwrap is not installed", "To mend it: apt-get install bubblewrap.");
}

Result<std::string> version(const std::string& /*runtime*/) {
  TRY(const std::string bwrap, program());
  TRY(std::string text, run_program({.argv = {bwrap, "--version"}, .as = {}, .inherited = {}}));
  return text;
}

Result<Command> command(const Enclosure& enclosure) {
  TRY(std::string bwrap, program());
  Command command{.argv = {std::move(bwrap)}, .as = {}, .inherited = {enclosure.launcher}};
  // As root bwrap would map the sandbox's user to root; it is started as the user that the cell is to be.
  if (enclosure.ids.privileged) command.as = {enclosure.ids.uid, enclosure.ids.gid};
  auto& argv = command.argv;
  const auto add = [&argv](std::initializer_list<std::string_view> words) {
    argv.insert(argv.end(), words.begin(), words.end());
  };
  add({"--unshare-all", "--new-session", "--die-with-parent", "--clearenv", "--cap-drop", "ALL", "--hostname",
       "immure"});
  // The entrypoint writes the id maps of the cell's own user namespace through it; the cell never sees it.
  add({"--proc", "/proc"});
  add({"--perms", "0555", "--ro-bind-data", std::to_string(enclosure.launcher), kEntryProgram});
  add({"--ro-bind", enclosure.socket_directory, "/run/immure"});
  if (!enclosure.image.empty()) add({"--ro-bind", enclosure.image, kEntryImage});
  if (!enclosure.input.empty()) add({"--ro-bind", enclosure.input, kEntryInput});
  add({"--remount-ro", "/", "--chdir", "/", "--", kEntryProgram, "enter"});
  return command;
}

}  // namespace

const Outer kBubblewrap{
    .name = "bubblewrap", .automatic = true, .version = version, .command = command, .files = {}, .clean_up = nullptr};

}  // namespace immure::venue
