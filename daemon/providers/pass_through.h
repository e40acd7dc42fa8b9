// An answer in the client's own dialect (Responses, Messages) that goes on as it came, but for two
// things: the model has the name the client asked for, and the deployment's credential, should the
// upstream quote it, is no more in it. Streams go on by whole events. Pure; one per answer.
#pragma once

#include <string>
#include <string_view>

namespace litegw::providers {

class PassThrough {
 public:
  // `credential` must outlive this; empty = there is none.
  PassThrough(bool stream, std::string_view model, std::string_view credential);

  // Appends what may go on. A whole answer waits for its end.
  void feed(std::string_view bytes, std::string& out);
  void finish(std::string& out);

 private:
  void append(std::string_view event, std::string& out);

  bool stream_;
  std::string model_json_;
  std::string_view credential_;
  std::string held_;
  std::size_t searched_ = 0;  // of held_, for the end of its event
};

}  // namespace litegw::providers
