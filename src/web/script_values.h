// The values that the script interface gives (web/script.js), as JSON.
#pragma once

#include <string>

#include "session/balance_job.h"
#include "session/image_job.h"
#include "session/image_summary.h"
#include "session/send_job.h"

namespace canopy {

std::string summary_json(const ImageSummary& summary);
std::string subvolumes_json(const SubvolumeList& subvolumes);
std::string send_progress_json(const SendJobSnapshot& snapshot);
std::string send_result_json(const SendJobSnapshot& snapshot);
std::string balance_progress_json(const BalanceJobSnapshot& snapshot);
std::string balance_result_json(const BalanceJob& job);
// [{ name, size, runs: [[offset, length, at], ...] }]
std::string image_json(const std::vector<ImagePieces>& devices);

}  // namespace canopy
