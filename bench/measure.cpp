// Compares the times of several command lines. Each round starts every command once, so that a disturbance of the
// machine affects all commands alike. Therefore only ratios of medians within one call of `measure` mean anything.
//   measure ROUNDS FILE [PAUSE]    each line of FILE: label TAB program TAB argument TAB ...
// With PAUSE, in milliseconds, each command starts on an idle machine. Without a pause, a wait in the kernel may have
// begun during the previous command already, and the next command then seems cheaper. The output has one line for each
// command: label TAB median TAB 10th percentile TAB 90th percentile (microseconds) TAB peak memory (KiB).

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Command {
  std::string label;
  std::vector<std::string> words;
  std::vector<double> microseconds;
  long peak_kib = 0;
};

std::vector<Command> read_commands(const char* path) {
  std::vector<Command> commands;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    Command command;
    std::size_t start = 0;
    while (start <= line.size()) {
      const std::size_t tab = std::min(line.find('\t', start), line.size());
      std::string field = line.substr(start, tab - start);
      if (start == 0) {
        command.label = std::move(field);
      } else {
        command.words.push_back(std::move(field));
      }
      start = tab + 1;
    }
    if (!command.words.empty()) commands.push_back(std::move(command));
  }
  return commands;
}

/// Runs the command once. Returns false if the exit code is not 0.
bool run_once(Command& command, const posix_spawn_file_actions_t& actions) {
  std::vector<char*> argv;
  for (std::string& word : command.words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const auto begin = std::chrono::steady_clock::now();
  pid_t child = -1;
  if (::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ) != 0) return false;
  int status = 0;
  rusage usage{};
  if (::wait4(child, &status, 0, &usage) != child) return false;
  const std::chrono::duration<double, std::micro> elapsed = std::chrono::steady_clock::now() - begin;
  command.microseconds.push_back(elapsed.count());
  command.peak_kib = std::max(command.peak_kib, usage.ru_maxrss);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

double percentile(const std::vector<double>& sorted, double part) {
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3 && count != 4) return 64;
  const std::chrono::milliseconds pause(count == 4 ? std::atoi(arguments[3]) : 0);
  const int rounds = std::atoi(arguments[1]);
  std::vector<Command> commands = read_commands(arguments[2]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  // The first rounds fill caches, so they do not count.
  constexpr int kWarmUp = 3;
  for (int round = -kWarmUp; round < rounds; ++round) {
    for (Command& command : commands) {
      std::this_thread::sleep_for(pause);
      if (!run_once(command, actions)) {
        std::fprintf(stderr, "measure: %s: failed\n", command.label.c_str());
        return 1;
      }
      if (round < 0) command.microseconds.clear();
    }
  }
  ::posix_spawn_file_actions_destroy(&actions);
  for (Command& command : commands) {
    std::sort(command.microseconds.begin(), command.microseconds.end());
    std::printf("%s\t%.1f\t%.1f\t%.1f\t%ld\n", command.label.c_str(), percentile(command.microseconds, 0.5),
                percentile(command.microseconds, 0.1), percentile(command.microseconds, 0.9), command.peak_kib);
  }
  return 0;
}
