#include "inspect/confine.hpp"

#include <csignal>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "drop.hpp"

namespace immure::inspect::test {
namespace {

class Confined : public Drop {
 protected:
  void SetUp() override {
    Drop::SetUp();
    if (kSanitized) GTEST_SKIP() << "no filter under a sanitizer";
    put("a", "x");
    std::ofstream(out() / "b") << "x";
    input_ = sys::Fd(::open(in().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    output_ = sys::Fd(::open(out().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }

  /// The status of a child that walled itself in and then ran `body`, whose result is its exit code.
  template <class Wall, class Body>
  static int in_child(Wall wall, Body body) {
    const int pid = ::fork();
    if (pid == 0) ::_exit(wall() ? body() : 99);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status;
  }
  template <class Body>
  int worker(Body body) {
    return in_child([this] { return confine_worker(input_.get(), 1U << 30, 10).has_value(); }, body);
  }
  template <class Body>
  int coordinator(Body body) {
    return in_child([this] { return confine_coordinator(input_.get(), output_.get()).has_value(); }, body);
  }
  [[nodiscard]] int input() const { return input_.get(); }
  [[nodiscard]] int output() const { return output_.get(); }

 private:
  sys::Fd input_, output_;
};

bool exited_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
bool killed_by_filter(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS; }

int result_of(long answer) { return answer >= 0 ? 0 : errno; }

TEST_F(Confined, AWorkerReadsTheInputAndNothingElse) {
  EXPECT_TRUE(exited_with(worker([&] { return result_of(::openat(input(), "a", O_RDONLY)); }), 0));
  EXPECT_TRUE(exited_with(worker([&] { return result_of(::openat(output(), "b", O_RDONLY)); }), EACCES));
  EXPECT_TRUE(exited_with(worker([] { return result_of(::open("/etc/passwd", O_RDONLY)); }), EACCES));
}

TEST_F(Confined, AWorkerThatDoesMoreIsKilled) {
  EXPECT_TRUE(killed_by_filter(worker([&] { return result_of(::openat(input(), "a", O_WRONLY)); })));
  EXPECT_TRUE(killed_by_filter(worker([&] { return result_of(::openat(output(), "n", O_WRONLY | O_CREAT, 0600)); })));
  EXPECT_TRUE(killed_by_filter(worker([] { return result_of(::socket(AF_UNIX, SOCK_STREAM, 0)); })));
  EXPECT_TRUE(killed_by_filter(worker([] { return result_of(::fork()); })));
  EXPECT_TRUE(killed_by_filter(worker([] { return result_of(::kill(1, 0)); })));
  EXPECT_TRUE(killed_by_filter(worker([] { return result_of(::execl("/bin/true", "true", nullptr)); })));
  EXPECT_TRUE(killed_by_filter(worker([] {
    return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? 1 : 0;
  })));
}

TEST_F(Confined, TheCoordinatorReadsTheInputAndWritesTheOutput) {
  EXPECT_TRUE(exited_with(coordinator([&] { return result_of(::openat(input(), "a", O_RDONLY)); }), 0));
  EXPECT_TRUE(exited_with(coordinator([&] { return result_of(::openat(input(), ".", O_RDONLY | O_DIRECTORY)); }), 0));
  EXPECT_TRUE(exited_with(
      coordinator([&] { return result_of(::openat(output(), "n", O_WRONLY | O_CREAT | O_EXCL, 0600)); }), 0));
  EXPECT_TRUE(exited_with(coordinator([] { return result_of(::fork()); }), 0));
}

TEST_F(Confined, TheCoordinatorDoesNothingElse) {
  EXPECT_TRUE(exited_with(coordinator([&] { return result_of(::openat(output(), "b", O_RDONLY)); }), EACCES));
  EXPECT_TRUE(
      exited_with(coordinator([&] { return result_of(::openat(input(), "n", O_WRONLY | O_CREAT, 0600)); }), EACCES));
  EXPECT_TRUE(exited_with(coordinator([] { return result_of(::open("/etc/passwd", O_RDONLY)); }), EACCES));
  EXPECT_TRUE(exited_with(coordinator([] { return result_of(::socket(AF_UNIX, SOCK_STREAM, 0)); }), EPERM));
  EXPECT_TRUE(exited_with(coordinator([] { return result_of(::execl("/bin/true", "true", nullptr)); }), EPERM));
  EXPECT_TRUE(exited_with(coordinator([&] { return result_of(::fchmodat(output(), "b", 0777, 0)); }), EPERM));
}

}  // namespace
}  // namespace immure::inspect::test
