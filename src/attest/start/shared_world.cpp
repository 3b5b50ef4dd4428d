#include "attest/start/shared_world.hpp"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "sys/channel.hpp"

namespace immure::attest {
namespace {

/// Hands out the memory after a World, from its start to its end.
class Arena {
 public:
  explicit Arena(cell::World& world)
      : next_(reinterpret_cast<std::byte*>(&world) + sizeof world), end_(next_ + kArenaBytes) {}

  template <class T>
  std::span<T> items(std::span<const T> from) {
    static_assert(std::is_trivially_copyable_v<T>);
    const std::size_t rounded = (from.size_bytes() + 15) & ~std::size_t{15};
    if (rounded > static_cast<std::size_t>(end_ - next_)) {
      overflowed_ = true;
      return {};
    }
    T* place = reinterpret_cast<T*>(next_);
    if (!from.empty()) std::memcpy(place, from.data(), from.size_bytes());
    next_ += rounded;
    return {place, from.size()};
  }

  const char* text(const char* from) {
    return from == nullptr ? nullptr : items(std::span<const char>(from, std::strlen(from) + 1)).data();
  }

  std::string_view view(std::string_view from) {
    const auto copied = items(std::span<const char>(from));
    return {copied.data(), copied.size()};
  }

  std::span<const char* const> texts(std::span<const char* const> from) {
    const std::span<const char*> copied = items(from);
    for (const char*& each : copied) each = text(each);
    return copied;
  }

  /// Copies a list that ends with a null pointer.
  const char* const* list(const char* const* from) {
    std::size_t count = 0;
    while (from[count] != nullptr) ++count;
    return texts({from, count + 1}).data();
  }

  [[nodiscard]] bool overflowed() const { return overflowed_; }

 private:
  std::byte* next_;
  std::byte* end_;
  bool overflowed_ = false;
};

}  // namespace

Result<SharedWorld> new_shared_world(std::uint32_t stage) {
  auto memory = sys::new_memory(kSharedBytes);
  if (!memory) return fail(Code::kSystem, "the cell", "cannot allocate memory for it", {}, memory.error().value);
  auto world = map_shared_world(memory->get(), stage);
  if (!world)
    return fail(Code::kSystem, "the cell", "cannot map the memory that it shares with immure", {}, world.error().value);
  cell::forget_answers((*world)->page);
  return SharedWorld{std::move(*memory), *world};
}

Result<void> place_spec(cell::World& world, const cell::Spec& spec) {
  Arena arena(world);
  const std::span<cell::Spec> copies = arena.items(std::span<const cell::Spec>(&spec, 1));
  cell::Spec& copy = copies.front();
  copy.image.path = arena.text(spec.image.path);
  copy.input.path = arena.text(spec.input.path);
  copy.readable = arena.texts(spec.readable);
  copy.executables = arena.texts(spec.executables);
  copy.input_mounts = arena.texts(spec.input_mounts);
  copy.fixed_paths = arena.texts(spec.fixed_paths);
  copy.fixed_contents = arena.texts(spec.fixed_contents);
  copy.payload = arena.text(spec.payload);
  copy.workdir = arena.text(spec.workdir);
  copy.arguments = arena.list(spec.arguments);
  copy.environment = arena.list(spec.environment);
  copy.filter = arena.items(spec.filter);
  copy.observer = arena.items(spec.observer);
  copy.attribution = arena.items(spec.attribution);
  copy.secret = arena.view(spec.secret);
  copy.control_bytes = arena.view(spec.control_bytes);
  if (arena.overflowed())
    return fail(Code::kBadInput, "arguments", "are too long for a cell in another venue's walls",
                "Together with the environment they may have " + std::to_string(kArenaBytes >> 20) + " MiB.");
  world.spec = &copy;
  return {};
}

SysResult<cell::World*> map_shared_world(int memory, std::uint32_t stage) {
  TRY(void* mapped, sys::map_memory_at(memory, kWorldAddress + stage * kWorldsApart, kSharedBytes));
  return static_cast<cell::World*>(mapped);
}

}  // namespace immure::attest
