// Times as btrfs-progs prints them: in the local time zone, by strftime.
#pragma once

#include <string>

#include "ondisk/inode_item.h"

namespace canopy {

enum class TimeZone { hidden, shown };

// "2026-11-22 12:54:39", with " +0000" where the zone is shown; "-" for the second 0, which stands
// for a time that was never set.
std::string local_time_text(const Timespec& time, TimeZone zone);

}  // namespace canopy
