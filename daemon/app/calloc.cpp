// litegwd's own calloc, for any thread: large memory comes as untouched pages. mimalloc 2.0 clears
// it by hand, and LMDB asks for 2 MiB with each environment that it opens (its list of dirty pages,
// which only a very large transaction fills): 6 MiB at rest. What is freed goes to mimalloc either
// way.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <mimalloc.h>
#include <sys/mman.h>

namespace {

constexpr std::size_t page_size = 4096;
constexpr std::size_t large = std::size_t{1} << 20;

// The kernel gives zeros for private pages that it has taken back.
void clear_pages(char* memory, std::size_t size) {
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) % page_size;
  const std::size_t pages = (size - before) / page_size * page_size;
  if (madvise(memory + before, pages, MADV_DONTNEED) != 0) std::memset(memory + before, 0, pages);
  std::memset(memory, 0, before);
  std::memset(memory + before + pages, 0, size - before - pages);
}

}  // namespace

extern "C" void* calloc(std::size_t count, std::size_t size) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes) || bytes < large) return mi_calloc(count, size);
  char* const memory = static_cast<char*>(mi_malloc(bytes));
  if (memory != nullptr) clear_pages(memory, bytes);
  return memory;
}
