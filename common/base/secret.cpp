#include "common/base/secret.h"

#include <openssl/crypto.h>

namespace litegw {

std::string Secret::masked() const {
  if (value_.size() < 12) return "...";
  std::string prefix = value_.starts_with("sk-") ? "sk-" : "";
  return prefix + "..." + value_.substr(value_.size() - 4);
}

bool Secret::equals(std::string_view other) const {
  return value_.size() == other.size() &&
         CRYPTO_memcmp(value_.data(), other.data(), other.size()) == 0;
}

}  // namespace litegw
