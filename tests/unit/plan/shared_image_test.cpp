#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include <unistd.h>

#include "image_fixture.hpp"

namespace immure::plan {
namespace {

using SharedImageTest = ImageTest;

// Other runs give the files of an image names in their own images, and remove these names again. Both change the ctime
// of a file that this run may be hashing.
TEST_F(SharedImageTest, StateIsKnownWhileFilesGetAndLoseNames) {
  const Image held = image({dir_.write("data", std::string(1 << 20, 'x'))});
  const std::string file = held.directory + "/app/data", other = dir_ / "other";
  // Longer than it takes to hash the file, but short enough that a change sometimes happens during the hashing.
  constexpr useconds_t kPause = 5'000;
  std::atomic<bool> done = false;
  std::thread builder([&] {
    while (!done) {
      EXPECT_EQ(::link(file.c_str(), other.c_str()), 0);
      ::usleep(kPause);
      ::unlink(other.c_str());
      ::usleep(kPause);
    }
  });
  for (int time = 0; time < 200; ++time) {
    const auto state = image_state(held);
    EXPECT_EQ(state.value_or("none"), held.stat_sha256) << (state ? "" : to_text(state.error()));
  }
  done = true;
  builder.join();
}

}  // namespace
}  // namespace immure::plan
