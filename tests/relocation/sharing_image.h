// A real image whose subvolumes and files share extents (tests/support/images), on disks that keep
// a journal.
#pragma once

#include "support/journaled_disks.h"
#include "support/must.h"
#include "support/recorded_image.h"

namespace canopy {

inline JournaledDisks sharing_image() {
  JournaledDisks::Devices devices;
  devices.push_back(must(load_recorded_image(TEST_IMAGES_DIR "/sharing.img.zst")));
  return JournaledDisks(std::move(devices));
}

}  // namespace canopy
