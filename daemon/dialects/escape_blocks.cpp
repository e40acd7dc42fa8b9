#include "daemon/dialects/escape_blocks.h"

#include <cstdint>
#include <cstring>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace litegw::dialects {
namespace {

// The compiler's vector type: every processor will do.
using Lane = unsigned char __attribute__((vector_size(16)));

Lane load_lane(const char* from) {
  Lane lane;
  std::memcpy(&lane, from, sizeof lane);
  return lane;
}

bool any(const Lane& lane) {
  std::uint64_t halves[2];
  std::memcpy(halves, &lane, sizeof lane);
  return (halves[0] | halves[1]) != 0;
}

bool has_odd_escape(const char* bytes) {
  Lane odd{};
  for (std::size_t at = 0; at < escape_block; at += sizeof(Lane)) {
    const Lane now = load_lane(bytes + at);
    const Lane next = load_lane(bytes + at + 1);
    const Lane usual = static_cast<Lane>((next & 0xEF) == 0x62) |  // b r
                       static_cast<Lane>((next & 0xF7) == 0x66) |  // f n
                       static_cast<Lane>(next == 't') | static_cast<Lane>(next == '"') |
                       static_cast<Lane>(next == '\\') | static_cast<Lane>(next == '/');
    odd |= static_cast<Lane>(now == '\\') & ~usual;
  }
  return any(odd);
}

#ifdef __x86_64__
[[gnu::target("avx2")]] inline __m256i load_wide(const char* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

// A byte is usual when its low and its high half name a common row of
//   2_ " /    5_ \    6_ b f n    7_ r t
// Bytes above 0x7F have no low half: the shuffle gives 0 for them.
[[gnu::target("avx2")]] std::size_t find_odd_escape_avx2(std::string_view text, std::size_t from) {
  constexpr char two = 1, five = 2, six = 4, seven = 8;
  const __m256i low_rows = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 0, two | six | seven, 0, seven, 0, six, 0, 0, 0, 0, 0, five, 0, six, two));
  const __m256i high_rows = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 0, two, 0, 0, five, six, seven, 0, 0, 0, 0, 0, 0, 0, 0));
  const __m256i half = _mm256_set1_epi8(0x0F);
  const __m256i backslash = _mm256_set1_epi8('\\');
  for (; from + escape_block < text.size(); from += escape_block) {
    __m256i odd = _mm256_setzero_si256();
    for (std::size_t at = from; at < from + escape_block; at += sizeof(__m256i)) {
      const __m256i next = load_wide(text.data() + at + 1);
      const __m256i high = _mm256_and_si256(_mm256_srli_epi16(next, 4), half);
      const __m256i rows = _mm256_and_si256(_mm256_shuffle_epi8(low_rows, next),
                                            _mm256_shuffle_epi8(high_rows, high));
      const __m256i unusual = _mm256_cmpeq_epi8(rows, _mm256_setzero_si256());
      const __m256i escaping = _mm256_cmpeq_epi8(load_wide(text.data() + at), backslash);
      odd = _mm256_or_si256(odd, _mm256_and_si256(escaping, unusual));
    }
    if (!_mm256_testz_si256(odd, odd)) return from;
  }
  return from;
}
#endif

}  // namespace

std::size_t find_odd_escape(std::string_view text, std::size_t from) {
  while (from + escape_block < text.size() && !has_odd_escape(text.data() + from))
    from += escape_block;
  return from;
}

FindOddEscape best_find_odd_escape() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) return find_odd_escape_avx2;
#endif
  return find_odd_escape;
}

}  // namespace litegw::dialects
