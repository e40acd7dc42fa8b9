// The mock provider's answer as a body that arrives piece by piece, each on a turn of its own of
// the event loop, as from a socket.
#pragma once

#include "daemon/providers/mock/mock.h"
#include "daemon/upstream/body_source.h"

namespace litegw::server {

class MockSource final : public upstream::BodySource {
 public:
  MockSource(net::Executor executor, providers::mock::MockAnswer answer);

  Result<std::string_view> take() override;
  bool done() const override { return next_ == answer_.pieces.size(); }
  net::Task<Status> wait() override;
  void abort() override { aborted_ = true; }

 private:
  net::Executor executor_;
  providers::mock::MockAnswer answer_;
  std::size_t next_ = 0;
  bool ready_ = true;
  bool aborted_ = false;
};

}  // namespace litegw::server
