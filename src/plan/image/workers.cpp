#include "plan/image/workers.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "sys/machine.hpp"

namespace immure::plan {

Result<void> for_each_number(std::size_t count, const std::function<Result<void>(std::size_t)>& work) {
  constexpr std::size_t kWorthAThread = 64;
  constexpr std::size_t kMostThreads = 8;
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> error;
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      auto done = work(i);
      if (done) continue;
      next = count;
      const std::scoped_lock lock(mutex);
      if (!error) error = std::move(done).error();
      return;
    }
  };
  {
    std::vector<std::jthread> threads;
    const std::size_t most = std::min({count / kWorthAThread, kMostThreads, std::size_t{sys::processors()} - 1});
    for (std::size_t i = 0; i < most; ++i) {
      try {
        threads.emplace_back(run);
      } catch (const std::system_error&) {
        break;  // the threads that did start share the work
      }
    }
    run();
  }
  if (error) return std::unexpected(*std::move(error));
  return {};
}

}  // namespace immure::plan
