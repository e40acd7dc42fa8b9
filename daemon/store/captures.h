// The newest request bodies that were asked to be kept (cursor.capture), one file each: text, 0600,
// at most 50. Called by event loops; a thread of its own writes, so nobody waits for the disk.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace litegw::store {

class Captures {
 public:
  explicit Captures(std::string folder) : folder_(std::move(folder)) {}
  ~Captures();  // writes what is queued
  Captures(const Captures&) = delete;
  Captures& operator=(const Captures&) = delete;

  // `name` must sort by time; it is a file's name. Dropped when 20 wait already, or over 4 MiB.
  void keep(std::string name, std::string text);

 private:
  struct Capture {
    std::string name, text;
  };
  void run();
  void write(const Capture& capture);
  void remove_oldest();

  const std::string folder_;
  bool told_failure_ = false;  // the thread's
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Capture> waiting_;
  bool stopping_ = false;
  std::thread thread_;  // starts with the first capture
};

}  // namespace litegw::store
