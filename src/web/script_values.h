// The values that the script interface gives (web/script.js), as JSON.
#pragma once

#include <string>

#include "session/image_summary.h"
#include "session/send_job.h"

namespace canopy {

std::string summary_json(const ImageSummary& summary);
std::string subvolumes_json(const SubvolumeList& subvolumes);
std::string send_progress_json(const SendJobSnapshot& snapshot);
std::string send_result_json(const SendJobSnapshot& snapshot);

}  // namespace canopy
