#include "attest/start/cell.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <optional>

#include <sys/wait.h>
#include <unistd.h>

#include "sys/process.hpp"

namespace immure::attest {
namespace {

/// Makes a cell whose first process sleeps until it is killed.
Cell sleeping_cell() {
  Cell cell;
  cell.init_pid = ::fork();
  if (cell.init_pid == 0) {
    while (true) ::pause();
  }
  cell.init = *sys::open_process(cell.init_pid);
  return cell;
}

bool is_reaped(int pid) { return ::kill(pid, 0) != 0; }

TEST(Cell, EndsWithItsOwner) {
  int pid = -1;
  {
    const Cell cell = sleeping_cell();
    pid = cell.init_pid;
    EXPECT_FALSE(is_reaped(pid));
  }
  EXPECT_TRUE(is_reaped(pid));
}

TEST(Cell, LivesOnWithItsNewOwner) {
  std::optional<Cell> first = sleeping_cell();
  const Cell second = *std::move(first);
  first.reset();
  EXPECT_FALSE(is_reaped(second.init_pid));
}

TEST(Cell, EndsOnce) {
  Cell cell = sleeping_cell();
  const int pid = cell.init_pid;
  cell.end();
  EXPECT_TRUE(is_reaped(pid));
  // The destructor of a cell that has ended must not reap another child.
  EXPECT_FALSE(static_cast<bool>(cell.init));
  EXPECT_EQ(cell.init_pid, -1);
}

}  // namespace
}  // namespace immure::attest
