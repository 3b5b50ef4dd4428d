// Measures the least time that reading and hashing a tree can take: computes SHA-256 by OpenSSL's EVP and does nothing
// else, with the given number of threads.
//   hash_floor THREADS DIRECTORY
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

void hash_files(const std::vector<std::string>& files, std::atomic<std::size_t>& next) {
  constexpr std::size_t kBlock = 256 * 1024;
  const auto block = std::make_unique<unsigned char[]>(kBlock);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  for (std::size_t i = next++; i < files.size(); i = next++) {
    const int fd = ::open(files[i].c_str(), O_RDONLY | O_NOFOLLOW);
    if (fd < 0) std::exit(1);
    EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
    for (ssize_t count = 0; (count = ::read(fd, block.get(), kBlock)) > 0;)
      EVP_DigestUpdate(context, block.get(), static_cast<std::size_t>(count));
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_DigestFinal_ex(context, digest, nullptr);
    ::close(fd);
  }
  EVP_MD_CTX_free(context);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[2])) {
    if (entry.is_regular_file() && !entry.is_symlink()) files.push_back(entry.path());
  }
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> threads;
  for (int i = std::atoi(argv[1]); i > 0; --i) threads.emplace_back(hash_files, std::cref(files), std::ref(next));
  return 0;
}
