#include "sample_session.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "container/unpack.h"
#include "device/memory_device.h"

namespace canopy {

namespace {

Result<std::vector<std::unique_ptr<Device>>> sample_devices() {
  std::ifstream file("../../assets/sample.img.zst", std::ios::binary);
  MemoryDevice packed("sample.img", std::vector<u8>(std::istreambuf_iterator<char>(file), {}));
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(TRY(unpack(packed, Packing::zstd, {})));
  return devices;
}

}  // namespace

std::unique_ptr<Filesystem> filesystem_of_sample() {
  return Filesystem::open(sample_devices().value()).value();
}

std::shared_ptr<Session> open_sample(News& news, const OpenChoice& choice) {
  auto session = Session::open([](Opening&) { return sample_devices(); }, news.changed(), choice);
  news.wait([&] { return session->state() != Session::State::opening; });
  EXPECT_EQ(session->state(), Session::State::open)
      << (session->state() == Session::State::failed ? session->problem().to_string() : "");
  session->begin_use();
  return session;
}

SendRequest request_for(const Session& session, const char* path, const char* parent) {
  const SubvolumeList& all = session.summary().subvolumes;
  SendRequest request;
  request.subvolume = all.find_path(path)->id;
  if (parent != nullptr) {
    request.parent = all.find_path(parent)->id;
    request.clone_sources = {*request.parent};
  }
  return request;
}

}  // namespace canopy
