#include "race_world.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <dirent.h>
#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "race_places.hpp"

namespace immure::attack {
namespace {

[[noreturn]] void die(const std::string& what) {
  std::perror(("immure-races: " + what).c_str());
  std::exit(70);
}

/// Makes and exchanges files with the rights of one ordinary user.
class As {
 public:
  explicit As(uid_t uid) {
    ::setfsgid(uid);
    ::setfsuid(uid);
  }
  ~As() {
    ::setfsuid(::geteuid());
    ::setfsgid(::getegid());
  }
  As(const As&) = delete;
  As& operator=(const As&) = delete;
};

void shell(const std::string& command) {
  if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) die(command);
}

}  // namespace

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::kLink: return "link";
    case Kind::kDirectory: return "directory";
    case Kind::kFile: return "file";
    case Kind::kFifo: return "fifo";
  }
  return "";
}

std::string line_of(const std::string& tag, const std::string& path) { return tag + " " + path + "\n"; }

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

World::World(std::string bin, std::string root, People people) : bin_(bin), root_(std::move(root)), people_(people) {
  program_ = text_of(fs::read_symlink("/proc/self/exe").parent_path() / "immure-walk-payload");
  if (program_.find("IDENTITY[GOOD") == std::string::npos) die("no payload beside this program");
  fs::create_directory(root_ + "/keys");
  for (const char* each : {"host", "other", "secret"}) shell(bin_ + "/immure keygen " + root_ + "/keys/" + each);
  shell(bin_ + "/immure challenge --audience races -o " + root_ + "/challenge");
  host_key_ = text_of(root_ + "/keys/host");
  other_key_ = text_of(root_ + "/keys/other");
  secret_key_ = text_of(root_ + "/keys/secret");
  challenge_ = text_of(root_ + "/challenge");
  for (const char* each : {"host", "other", "secret"})
    fs::permissions(root_ + "/keys/" + each + ".pub", fs::perms(0644));
  fs::permissions(root_ + "/keys", fs::perms(0755));
}

std::vector<std::string> World::command(const Scenario& scenario) const {
  std::vector<std::string> result = {bin_ + "/immure"};
  for (std::string word : scenario.words) {
    if (word.starts_with('@')) word.replace(0, 1, theirs());
    result.push_back(std::move(word));
  }
  return result;
}

std::vector<std::string> World::environment() const {
  return {"IMMURE_CACHE=" + cache(), "TMPDIR=" + temporary(), "PATH=/usr/bin:/bin", "NO_COLOR=1"};
}

void World::file(const std::string& path, const std::string& text, unsigned mode) const {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fchmod(fd, mode) != 0)
    die(path);
  ::close(fd);
}

// Writes the files of a place, from one of three sets: the attacker's first (A), second (B), or the victim's.
void World::fill(const std::string& path, const std::string& place, const std::string& tag,
                 const Contents& contents) const {
  const auto told = [&](const std::string& key) -> std::optional<std::string> {
    const auto found = contents.find(key);
    const std::string text = found == contents.end() ? tag : found->second;
    return text == "-" ? std::nullopt : std::optional(text);
  };
  const auto line = [&](const std::string& at, const std::string& key) {
    if (const auto text = told(key)) file(at, line_of(*text, key), 0644);
  };
  const auto directory = [&](const std::string& at) {
    if (::mkdir(at.c_str(), 0755) != 0 || ::chmod(at.c_str(), 0755) != 0) die(at);
  };
  const auto program = [&](const std::string& at) {
    const auto identity = told("program");
    if (!identity) return;
    std::string bytes = program_, mark = *identity == "A" ? "GOOD" : *identity;
    mark.resize(12, ' ');
    bytes.replace(bytes.find("IDENTITY[") + 9, 12, mark);
    file(at, bytes, 0755);
  };
  const auto is = [&](const Place& wanted) { return place == wanted.path; };
  // If the directory of a place is itself a place, fill it with the files of the places in it.
  const auto below = [&](const Place& wanted) {
    fill(path + wanted.path.substr(place.size()), wanted.path, tag, contents);
  };
  if (is(kInputFile)) return line(path, "/in/file");
  if (is(kInputOther)) return line(path, "/in/sub/other");
  if (is(kIncludeFile)) return line(path, "/app/tree/data");
  if (is(kRootNote)) return line(path, "/data/note");
  if (is(kProgram) || is(kRootProgram)) return program(path);
  if (is(kKey)) return file(path, tag == "A" ? host_key_ : tag == "B" ? other_key_ : secret_key_, 0600);
  if (is(kChallenge)) return file(path, tag == std::string(kSecret) ? std::string(kSecret) : challenge_, 0644);
  if (is(kProfile)) {
    const std::string include = "base = \"dynamic\"\n[image]\ninclude = [\"" + theirs() + "/includes/tree\"]\n";
    return file(path, tag == std::string(kSecret) ? std::string(kSecret) + " = 1\n" : include, 0644);
  }
  if (is(kRulesFile))
    return file(path,
                "rule " +
                    std::string(tag == "A"   ? "a"
                                : tag == "B" ? "b"
                                             : "SECRET_zqwxk7") +
                    " { meta: description = \"d\" why = \"w\" advice = \"a\" severity = \"low\" strings: $a = "
                    "\"zzzzzz\" condition: $a }\n",
                0644);
  if (is(kInclude) && contents.contains("/app/tree")) return file(path, "B\n", 0644);
  if (is(kEvidence) || is(kBatchPaper) || is(kOutputFile)) return file(path, tag + "\n", 0644);
  directory(path);
  if (is(kRoot)) {
    directory(path + "/in");
    directory(path + "/out");
  }
  static const std::pair<const Place*, const Place*> kHolds[] = {
      {&kInput, &kInputFile},       {&kInput, &kInputSub},
      {&kInputSub, &kInputOther},   {&kInputParent, &kInput},
      {&kKeyParent, &kKey},         {&kProgramParent, &kProgram},
      {&kInclude, &kIncludeFile},   {&kIncludeParent, &kInclude},
      {&kProfileParent, &kProfile}, {&kChallengeParent, &kChallenge},
      {&kCacheParent, &kCache},     {&kTemporaryParent, &kTemporary},
      {&kRoot, &kRootBin},          {&kRoot, &kRootData},
      {&kRootBin, &kRootProgram},   {&kRootData, &kRootNote},
      {&kRootParent, &kRoot},       {&kRules, &kRulesFile},
      {&kRulesParent, &kRules}};
  for (const auto& [holder, held] : kHolds) {
    if (is(*holder)) below(*held);
  }
}

void World::build(const Scenario& scenario, const Contents& contents) {
  std::error_code ignored;
  shell("rm -rf " + root_ + "/theirs " + root_ + "/victim");
  const std::string out = theirs() + "/" + kOutput.path;
  {
    fs::create_directory(theirs());
    if (::chown(theirs().c_str(), people_.attacker_uid, people_.attacker_uid) != 0) die("chown");
    As attacker(people_.attacker_uid);
    for (const Place* each : {&kInputParent, &kProgramParent, &kIncludeParent, &kProfileParent, &kChallengeParent,
                              &kRootParent, &kRulesParent, &kKeyParent})
      fill(theirs() + "/" + each->path, each->path, "A", contents);
    // An ordinary operator has to make files in these directories, so everybody may write in them.
    const mode_t mode = people_.operator_uid == 0 ? 0755 : 0777;
    for (const Place* each : {&kOutputParent, &kEvidenceParent, &kCacheParent, &kTemporaryParent}) {
      const std::string path = theirs() + "/" + each->path;
      fs::create_directory(path);
      if (::chmod(path.c_str(), mode) != 0) die(path);
    }
    if (scenario.output_exists) {
      fs::create_directory(out);
      if (::chmod(out.c_str(), mode) != 0) die(out);
    }
  }
  {
    // These files belong to the operator, although the directories belong to the attacker.
    const auto give = [&](const std::string& path) {
      if (::lchown(path.c_str(), people_.operator_uid, people_.operator_uid) != 0) die(path);
    };
    give(theirs() + "/" + kKey.path);
    // immure refuses a root directory of another user if evidence is wanted.
    const std::string owner = std::to_string(people_.operator_uid);
    shell("chown -Rh " + owner + ":" + owner + " " + theirs() + "/" + kRoot.path);
    for (const std::string& each : {cache(), temporary()}) {
      ::mkdir(each.c_str(), 0755);
      ::chmod(each.c_str(), 0755);
      give(each);
    }
  }
  {
    // Make the targets of the attacker's links.
    fs::create_directory(victim());
    for (const Place& place : scenario.places) {
      std::string at = victim() + "/" + place.path;
      std::ranges::replace(at.begin() + static_cast<std::ptrdiff_t>(victim().size()) + 1, at.end(), '/', '+');
      fill(at, place.path, std::string(kSecret), {{"program", "SECRETzqwxk7"}});
    }
    shell("chown -R " + std::to_string(people_.operator_uid) + ":" + std::to_string(people_.operator_uid) + " " +
          victim() + "; chmod 0700 " + victim() + "; find " + victim() +
          " -depth -exec touch -a -h -d 2000-01-01 {} +");
  }
}

std::string World::beside(const Place& place) const {
  // A replacement lies outside of what immure reads. But another user's directory cannot leave its parent (rename(2)).
  const bool deeper = std::ranges::count(place.path, '/') > 1;
  if (deeper && !place.receives) return theirs() + "/.hostile";
  const std::string path = theirs() + "/" + place.path;
  return path.substr(0, path.rfind('/')) + "/.hostile";
}

bool World::exchange(const Place& place, Kind kind) {
  As attacker(people_.attacker_uid);
  const std::string path = theirs() + "/" + place.path, hostile = beside(place);
  if (::access(path.substr(0, path.rfind('/')).c_str(), F_OK) != 0) return false;
  std::string secret = place.path;
  std::ranges::replace(secret, '/', '+');
  struct stat info{};
  if (::lstat(path.substr(0, path.rfind('/')).c_str(), &info) != 0 ||
      (info.st_uid != people_.attacker_uid && (info.st_mode & 02U) == 0))
    return false;
  switch (kind) {
    case Kind::kLink:
      if (::symlink((victim() + "/" + secret).c_str(), hostile.c_str()) != 0) return false;
      break;
    case Kind::kDirectory:
      if (place.directory) {
        fill(hostile, place.path, "B", {});
      } else {
        fs::create_directory(hostile);
      }
      break;
    case Kind::kFile:
      if (place.directory) {
        file(hostile, "B\n", 0644);
      } else {
        fill(hostile, place.path, "B", {});
      }
      break;
    case Kind::kFifo:
      if (::mkfifo(hostile.c_str(), 0666) != 0) return false;
      break;
  }
  if (exchange_back(place)) return true;
  fs::remove_all(hostile);
  return false;
}

bool World::exchange_back(const Place& place) {
  As attacker(people_.attacker_uid);
  const std::string path = theirs() + "/" + place.path, hostile = beside(place);
  if (::renameat2(AT_FDCWD, hostile.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (errno != ENOENT) return false;
  // Only one of the two names exists, so this is a rename and no exchange.
  return ::renameat2(AT_FDCWD, hostile.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0 ||
         ::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, hostile.c_str(), RENAME_NOREPLACE) == 0;
}

namespace {

void describe(const std::string& path, const std::string& shown, bool accesses, std::string& text) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) {
    text += shown + " gone\n";
    return;
  }
  text += shown + " mode " + std::to_string(info.st_mode) + " size " + std::to_string(info.st_size) + " owner " +
          std::to_string(info.st_uid);
  // An exchange changes the status of the file that is moved, but not its contents.
  const timespec& changed = accesses ? info.st_ctim : info.st_mtim;
  text += " changed " + std::to_string(changed.tv_sec) + "." + std::to_string(changed.tv_nsec);
  if (accesses) text += " read " + std::to_string(info.st_atim.tv_sec) + "." + std::to_string(info.st_atim.tv_nsec);
  text += "\n";
  if (!S_ISDIR(info.st_mode)) return;
  // Use O_NOATIME, because this look must not change the access time that the next look compares.
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOATIME | O_NOFOLLOW | O_CLOEXEC);
  DIR* const directory = fd < 0 ? nullptr : ::fdopendir(fd);
  if (directory == nullptr) return;
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string each = entry->d_name;
    if (each != "." && each != "..") names.push_back(each);
  }
  ::closedir(directory);
  std::ranges::sort(names);
  for (const std::string& each : names) describe(path + "/" + each, shown + "/" + each, accesses, text);
}

}  // namespace

std::string World::victim_state() const {
  std::string text;
  describe(victim(), "victim", true, text);
  return text;
}

std::string World::replacement_state(const std::string& path) const {
  std::string text;
  describe(path, "replacement", false, text);
  return text;
}

}  // namespace immure::attack
